/* canvas-enlarge.c - resampling for the screen: smooth, halved, or pixel by pixel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-enlarge.h"

#include <math.h>
#include <string.h>

/* For the place i of size * times: the first of its four neighbours, of which some may lie outside, and their
 * shares. */
static int
spline (int i, int times, float weights[4])
{
  float at = (i + 0.5f) / times - 0.5f, first = floorf (at), t = at - first;

  weights[0] = (1 - t) * (1 - t) * (1 - t) / 6;
  weights[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  weights[2] = (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6;
  weights[3] = t * t * t / 6;
  return (int) first - 1;
}

/* One row, wider. */
static void
widen (const guint8 *row, int width, int times, float *out)
{
  for (int x = 0; x < width * times; x++, out += 3) {
    float weights[4];
    int first = spline (x, times, weights);

    out[0] = out[1] = out[2] = 0;
    for (int k = 0; k < 4; k++) {
      const guint8 *pixel = row + CLAMP (first + k, 0, width - 1) * 3;

      for (int c = 0; c < 3; c++)
        out[c] += weights[k] * pixel[c];
    }
  }
}

LimnImage *
limn_canvas_enlarge (const LimnImage *image, int times)
{
  int width = image->width * times, height = image->height * times;
  LimnImage *large = limn_image_new (width, height);
  gsize n = (gsize) width * 3;
  g_autofree float *rows = g_new (float, n * image->height);

  for (int y = 0; y < image->height; y++)
    widen (image->rgb + (gsize) y * image->width * 3, image->width, times, rows + n * y);
  for (int y = 0; y < height; y++) {
    guint8 *out = large->rgb + n * y;
    const float *from[4];
    float weights[4];
    int first = spline (y, times, weights);

    for (int k = 0; k < 4; k++)
      from[k] = rows + n * CLAMP (first + k, 0, image->height - 1);
    for (gsize i = 0; i < n; i++)
      out[i] = (guint8) (weights[0] * from[0][i] + weights[1] * from[1][i] + weights[2] * from[2][i]
                         + weights[3] * from[3][i] + 0.5f);
  }
  return large;
}

LimnImage *
limn_canvas_halve (const LimnImage *image)
{
  LimnImage *half = limn_image_new (MAX (1, image->width / 2), MAX (1, image->height / 2));
  gsize right = image->width > 1 ? 3 : 0, below = image->height > 1 ? (gsize) image->width * 3 : 0;

  for (int y = 0; y < half->height; y++) {
    const guint8 *from = image->rgb + (gsize) y * 2 * image->width * 3;
    guint8 *to = half->rgb + (gsize) y * half->width * 3;

    for (int x = 0; x < half->width; x++, from += 6, to += 3)
      for (int c = 0; c < 3; c++)
        to[c] = (from[c] + from[c + right] + from[c + below] + from[c + right + below] + 2) / 4;
  }
  return half;
}

LimnImage *
limn_canvas_magnify (const LimnImage *image, double left, double top, double zoom, int width, int height)
{
  LimnImage *seen = limn_image_new (width, height);
  g_autofree int *columns = g_new (int, width);
  int last = -1;

  for (int x = 0; x < width; x++)
    columns[x] = CLAMP ((int) floor ((x + 0.5 - left) / zoom), 0, image->width - 1) * 3;
  for (int y = 0; y < height; y++) {
    int row = CLAMP ((int) floor ((y + 0.5 - top) / zoom), 0, image->height - 1);
    const guint8 *from = image->rgb + (gsize) row * image->width * 3;
    guint8 *to = seen->rgb + (gsize) y * width * 3;

    if (row == last) {
      memcpy (to, to - (gsize) width * 3, (gsize) width * 3);
      continue;
    }
    last = row;
    for (int x = 0; x < width; x++)
      memcpy (to + x * 3, from + columns[x], 3);
  }
  return seen;
}
