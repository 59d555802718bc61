/* canvas-layer.h - one picture on the canvas, drawn as its size on the screen asks for: halved, smooth, or pixel by
 * pixel.
 *
 * Counted references; main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_CRISP_ZOOM 4.0 /* from here on every pixel is a square */

typedef struct _LimnCanvasLayer LimnCanvasLayer;

/* Copies.  enlarged: NULL, or what is drawn instead where the picture is fitted. */
LimnCanvasLayer *limn_canvas_layer_new (const LimnImage *image, const LimnImage *enlarged);
/* A rough look at a picture of width x height pixels. */
LimnCanvasLayer *limn_canvas_layer_new_preview (const LimnImage *preview, int width, int height);
LimnCanvasLayer *limn_canvas_layer_ref (LimnCanvasLayer *layer);
void limn_canvas_layer_unref (LimnCanvasLayer *layer);

int limn_canvas_layer_get_width (LimnCanvasLayer *layer);
int limn_canvas_layer_get_height (LimnCanvasLayer *layer);
GdkTexture *limn_canvas_layer_get_texture (LimnCanvasLayer *layer);

typedef struct {
  graphene_rect_t rect; /* where the picture goes, units */
  float width, height;  /* of the canvas, units */
  int factor;           /* device pixels a unit */
  gboolean fitted;
} LimnCanvasPlace;

void limn_canvas_layer_snapshot (LimnCanvasLayer *layer, GtkSnapshot *snapshot, const LimnCanvasPlace *place);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnCanvasLayer, limn_canvas_layer_unref)

G_END_DECLS
