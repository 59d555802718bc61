/* plain.c - maps that are the picture, only less of it; and what all maps share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "map/map-private.h"

#include <math.h>
#include <string.h>

float *
limn_map_luma (const LimnImage *image)
{
  gsize n = (gsize) image->width * image->height;
  float *plane = g_new (float, n);

  for (gsize i = 0; i < n; i++) {
    const guint8 *rgb = image->rgb + 3 * i;
    plane[i] = (float) (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]);
  }
  return plane;
}

LimnImage *
limn_map_from_plane (const float *plane, int width, int height)
{
  LimnImage *map = limn_image_new (width, height);

  for (gsize i = 0; i < (gsize) width * height; i++)
    memset (map->rgb + 3 * i, (int) rint (CLAMP ((double) plane[i], 0, 255)), 3);
  return map;
}

/* One row or column of count values, step apart. */
static void
smooth_line (float *line, int count, int step, const double *weights, int reach, float *before)
{
  for (int i = 0; i < count; i++)
    before[i] = line[(gsize) i * step];
  for (int i = 0; i < count; i++) {
    double sum = weights[0] * (double) before[i];

    for (int k = 1; k <= reach; k++)
      sum += weights[k] * ((double) before[MAX (i - k, 0)] + (double) before[MIN (i + k, count - 1)]);
    line[(gsize) i * step] = (float) sum;
  }
}

void
limn_map_smooth (float *plane, int width, int height, double deviation)
{
  int reach = (int) ceil (3 * deviation);
  g_autofree double *weights = g_new (double, reach + 1);
  g_autofree float *before = g_new (float, MAX (width, height));
  double sum = 1;

  weights[0] = 1;
  for (int k = 1; k <= reach; k++) {
    weights[k] = exp (-0.5 * (k / deviation) * (k / deviation));
    sum += 2 * weights[k];
  }
  for (int k = 0; k <= reach; k++)
    weights[k] /= sum;
  for (int y = 0; y < height; y++)
    smooth_line (plane + (gsize) y * width, width, 1, weights, reach, before);
  for (int x = 0; x < width; x++)
    smooth_line (plane + x, height, width, weights, reach, before);
}

LimnImage *
limn_map_blur (const LimnImage *image, const double *numbers)
{
  gsize n = (gsize) image->width * image->height;
  LimnImage *map = limn_image_new (image->width, image->height);
  g_autofree float *plane = g_new (float, n);

  for (int c = 0; c < 3; c++) {
    for (gsize i = 0; i < n; i++)
      plane[i] = image->rgb[3 * i + c];
    limn_map_smooth (plane, image->width, image->height, numbers[0]);
    for (gsize i = 0; i < n; i++)
      map->rgb[3 * i + c] = (guint8) rint (CLAMP ((double) plane[i], 0, 255));
  }
  return map;
}

/* The mean of image's part at x, y, of at most side pixels each way, in map. */
static void
fill_square (const LimnImage *image, LimnImage *map, int x, int y, int side)
{
  int right = MIN (x + side, image->width), bottom = MIN (y + side, image->height);
  guint count = (guint) (right - x) * (guint) (bottom - y), sums[3] = { 0 };

  for (int row = y; row < bottom; row++)
    for (int column = x; column < right; column++)
      for (int c = 0; c < 3; c++)
        sums[c] += image->rgb[3 * ((gsize) row * image->width + column) + c];
  for (int row = y; row < bottom; row++)
    for (int column = x; column < right; column++)
      for (int c = 0; c < 3; c++)
        map->rgb[3 * ((gsize) row * image->width + column) + c] = (guint8) ((sums[c] + count / 2) / count);
}

LimnImage *
limn_map_grid (const LimnImage *image, const double *numbers)
{
  LimnImage *map = limn_image_new (image->width, image->height);
  int side = (int) numbers[0];

  for (int y = 0; y < image->height; y += side)
    for (int x = 0; x < image->width; x += side)
      fill_square (image, map, x, y, side);
  return map;
}

LimnImage *
limn_map_grey (const LimnImage *image, const double *numbers)
{
  g_autofree float *plane = limn_map_luma (image);

  return limn_map_from_plane (plane, image->width, image->height);
}

/* What there is less of are the strokes, on paper or on black. */
LimnImage *
limn_map_scribble (const LimnImage *image, const double *numbers)
{
  gsize n = (gsize) image->width * image->height, light = 0;
  g_autofree float *plane = limn_map_luma (image);

  for (gsize i = 0; i < n; i++)
    light += (double) plane[i] >= numbers[0];
  for (gsize i = 0; i < n; i++)
    plane[i] = ((double) plane[i] >= numbers[0]) == (2 * light <= n) ? 255 : 0;
  return limn_map_from_plane (plane, image->width, image->height);
}

LimnImage *
limn_map_invert (const LimnImage *image, const double *numbers)
{
  LimnImage *map = limn_image_copy (image);

  for (gsize i = 0; i < (gsize) 3 * image->width * image->height; i++)
    map->rgb[i] = (guint8) (255 - map->rgb[i]);
  return map;
}
