/* region-shape.c - see region-shape.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/region-shape.h"

#include <math.h>
#include <string.h>

/* Whether the middle of pixel i of n is between from and to. */
static gboolean
is_between (int i, int n, double from, double to)
{
  double middle = (i + 0.5) / n;

  return middle >= from && middle < to;
}

static gboolean
is_in_rectangle (const LimnRegion *region, int x, int y)
{
  return is_between (x, region->mask_width, region->x, region->x + region->width)
         && is_between (y, region->mask_height, region->y, region->y + region->height);
}

/* The mask says all of it: the rectangle is the picture's. */
static void
open_up (LimnRegion *region, double aspect)
{
  if (region->mask == NULL) {
    region->mask_width = aspect >= 1 ? LIMN_REGION_SHAPE : MAX ((int) lround (LIMN_REGION_SHAPE * aspect), 1);
    region->mask_height = aspect >= 1 ? MAX ((int) lround (LIMN_REGION_SHAPE / aspect), 1) : LIMN_REGION_SHAPE;
    region->mask = g_malloc ((gsize) region->mask_width * (gsize) region->mask_height);
    memset (region->mask, 1, (gsize) region->mask_width * (gsize) region->mask_height);
  }
  for (int y = 0; y < region->mask_height; y++)
    for (int x = 0; x < region->mask_width; x++)
      region->mask[y * region->mask_width + x] &= is_in_rectangle (region, x, y);
  region->x = region->y = 0;
  region->width = region->height = 1;
}

/* Of a point from the stroke's line, in widths of the picture. */
static double
distance (const LimnRegionStroke *stroke, double x, double y)
{
  double down = 1 / stroke->aspect, ax = stroke->x1 - stroke->x0, ay = (stroke->y1 - stroke->y0) * down;
  double px = x - stroke->x0, py = (y - stroke->y0) * down, length = ax * ax + ay * ay;
  double along = length > 0 ? CLAMP ((px * ax + py * ay) / length, 0, 1) : 0;

  return hypot (px - along * ax, py - along * ay);
}

void
limn_region_paint (LimnRegion *region, const LimnRegionStroke *stroke)
{
  if (region->mask == NULL || region->x > 0 || region->y > 0 || region->width < 1 || region->height < 1)
    open_up (region, stroke->aspect);
  for (int y = 0; y < region->mask_height; y++)
    for (int x = 0; x < region->mask_width; x++)
      if (distance (stroke, (x + 0.5) / region->mask_width, (y + 0.5) / region->mask_height) <= stroke->radius)
        region->mask[y * region->mask_width + x] = !stroke->erases;
}

gboolean
limn_region_fit (LimnRegion *region)
{
  int left = G_MAXINT, top = G_MAXINT, right = -1, bottom = -1;

  if (region->mask == NULL)
    return TRUE;
  for (int y = 0; y < region->mask_height; y++)
    for (int x = 0; x < region->mask_width; x++)
      if (region->mask[y * region->mask_width + x] != 0 && is_in_rectangle (region, x, y)) {
        left = MIN (left, x);
        right = MAX (right, x);
        top = MIN (top, y);
        bottom = MAX (bottom, y);
      }
  if (right < 0)
    return FALSE;
  region->x = (double) left / region->mask_width;
  region->y = (double) top / region->mask_height;
  region->width = (double) (right + 1 - left) / region->mask_width;
  region->height = (double) (bottom + 1 - top) / region->mask_height;
  return TRUE;
}

void
limn_region_move (LimnRegion *region, const LimnRegion *before, double x, double y, double width, double height)
{
  region->x = x;
  region->y = y;
  region->width = width;
  region->height = height;
  if (before->mask == NULL || width <= 0 || height <= 0)
    return;
  for (int row = 0; row < region->mask_height; row++)
    for (int column = 0; column < region->mask_width; column++) {
      double across = before->x + ((column + 0.5) / region->mask_width - x) / width * before->width;
      double down = before->y + ((row + 0.5) / region->mask_height - y) / height * before->height;
      int from_x = (int) floor (across * before->mask_width), from_y = (int) floor (down * before->mask_height);
      gboolean there = from_x >= 0 && from_x < before->mask_width && from_y >= 0 && from_y < before->mask_height;

      region->mask[row * region->mask_width + column] = there && before->mask[from_y * before->mask_width + from_x];
    }
}
