/* region-shape.h - regions that are no rectangles: painted with a brush, and moved as they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/regions.h"

G_BEGIN_DECLS

#define LIMN_REGION_SHAPE 256 /* pixels along the longer side of a mask that is begun */

/* From one point to another, shares of the picture. */
typedef struct {
  double x0, y0, x1, y1;
  double radius; /* of the picture's width */
  double aspect; /* the picture's width by its height */
  gboolean erases;
} LimnRegionStroke;

/* What is not masked yet begins as its rectangle.  The rectangle is the whole picture's then, until it is fit. */
void limn_region_paint (LimnRegion *region, const LimnRegionStroke *stroke);
/* The rectangle becomes no larger than what is of the region.  FALSE: nothing is, and it stays. */
gboolean limn_region_fit (LimnRegion *region);
/* region gets that rectangle, with before's mask moved and stretched as before's is to get there. */
void limn_region_move (LimnRegion *region, const LimnRegion *before, double x, double y, double width, double height);

G_END_DECLS
