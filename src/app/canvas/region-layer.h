/* region-layer.h - regions over the picture, while they are drawn: rectangles to draw, move, pull at and take away, and
 * a brush that gives the selected one another shape (B; Ctrl erases).
 *
 * Lies over the canvas.  What is drawn is the settings' "regions"; where no picture of their shape is on the canvas,
 * its place is shown.
 *
 * Signals: "drawn" (guint index): a new one is there; "left" (): Escape.  Properties: "selected" (int, -1: none),
 * "brushes" (boolean).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/canvas.h"

G_BEGIN_DECLS

#define LIMN_TYPE_REGION_LAYER (limn_region_layer_get_type ())
G_DECLARE_FINAL_TYPE (LimnRegionLayer, limn_region_layer, LIMN, REGION_LAYER, GtkWidget)

void limn_region_layer_bind (LimnRegionLayer *self, LimnCanvas *canvas, LimnSettings *settings);
/* The picture's place, in units of the layer. */
graphene_rect_t limn_region_layer_get_place (LimnRegionLayer *self);
void limn_region_layer_select (LimnRegionLayer *self, int index);
/* What is dragged paints the selected one. */
void limn_region_layer_set_brushes (LimnRegionLayer *self, gboolean brushes);

G_END_DECLS
