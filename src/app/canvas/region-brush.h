/* region-brush.h - a brush that gives a region its shape.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "base/region-shape.h"

G_BEGIN_DECLS

typedef struct {
  gboolean on;
  double radius;           /* of the picture's width */
  double x, y;             /* where the pointer is, units */
  gboolean inside;         /* it is over the layer */
  double start_x, start_y; /* where what is dragged began */
  LimnRegion *before;      /* what is painted was so; NULL: nothing is */
  LimnRegionStroke stroke;
} LimnRegionBrush;

void limn_region_brush_init (LimnRegionBrush *self);
/* place: the picture's, units; x, y: the pointer's. */
void limn_region_brush_begin (LimnRegionBrush *self, LimnRegion *region, const graphene_rect_t *place, double x,
                              double y, gboolean erases);
/* By so much from where it began. */
void limn_region_brush_go (LimnRegionBrush *self, LimnRegion *region, const graphene_rect_t *place, double dx,
                           double dy);
/* FALSE: nothing would be left of region, which is as before. */
gboolean limn_region_brush_end (LimnRegionBrush *self, LimnRegion *region);
/* region, or NULL, is as before. */
void limn_region_brush_cancel (LimnRegionBrush *self, LimnRegion *region);
void limn_region_brush_resize (LimnRegionBrush *self, double by);
/* A ring where it would paint. */
void limn_region_brush_draw (const LimnRegionBrush *self, GtkSnapshot *snapshot, const graphene_rect_t *place);

/* What of the region's rectangle is of it. */
void limn_region_draw_shape (GtkSnapshot *snapshot, const LimnRegion *region, const graphene_rect_t *place,
                             GdkRGBA color);

G_END_DECLS
