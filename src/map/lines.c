/* lines.c - lines and soft edges, by how brightness changes between blurs of the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "map/map-private.h"

#include <math.h>

/* As Marr and Hildreth 1980 have it, beyond which two blurs are less like a second derivative. */
#define WIDER 1.6

LimnImage *
limn_map_lines (const LimnImage *image, const double *numbers)
{
  gsize n = (gsize) image->width * image->height;
  g_autofree float *narrow = limn_map_luma (image);
  g_autofree float *wide = g_memdup2 (narrow, n * sizeof (float));

  limn_map_smooth (narrow, image->width, image->height, numbers[0]);
  limn_map_smooth (wide, image->width, image->height, WIDER * numbers[0]);
  for (gsize i = 0; i < n; i++)
    narrow[i] = (float) (numbers[1] * fabs ((double) wide[i] - (double) narrow[i]));
  return limn_map_from_plane (narrow, image->width, image->height);
}

LimnImage *
limn_map_soft (const LimnImage *image, const double *numbers)
{
  int width = image->width, height = image->height;
  g_autofree float *plane = limn_map_luma (image), *slope = g_new (float, (gsize) width *height);

  limn_map_smooth (plane, width, height, numbers[0]);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const float *row = plane + (gsize) y * width;
      const float *above = plane + (gsize) MAX (y - 1, 0) * width,
                  *below = plane + (gsize) MIN (y + 1, height - 1) * width;
      double across = (double) row[MIN (x + 1, width - 1)] - (double) row[MAX (x - 1, 0)];
      double down = (double) below[x] - (double) above[x];

      /* a wide blur makes an edge as much less steep */
      slope[(gsize) y * width + x] = (float) (numbers[1] * numbers[0] * hypot (across, down) / 2);
    }
  return limn_map_from_plane (slope, width, height);
}
