/* canvas-private.h - the canvas's parts, for the files that it is made of and for tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/canvas-layer.h"
#include "app/canvas/canvas-view.h"
#include "app/canvas/canvas.h"
#include "app/canvas/mask-overlay.h"

G_BEGIN_DECLS

#define LIMN_CANVAS_RADIUS 6 /* units: of a fitted picture's corners */

typedef enum { DRAG_NONE, DRAG_PAN, DRAG_STROKE, DRAG_DIVIDER, DRAG_EDGE } LimnCanvasDrag;
typedef enum { EDGE_NONE = -1, EDGE_LEFT, EDGE_TOP, EDGE_RIGHT, EDGE_BOTTOM } LimnCanvasEdge;

struct _LimnCanvas {
  GtkWidget parent_instance;

  /* What is seen, and how. */
  LimnCanvasView view;
  LimnCanvasMode mode;
  LimnCanvasLayer *layer;                 /* the preview or the picture; NULL: none, or only its place is shown: */
  int waiting_width, waiting_height;      /* pixels; 0: not waiting */
  LimnCanvasLayer *fading;                /* what is still seen under it; NULL: nothing */
  gint64 faded_from, shown_at, step_time; /* µs; step_time: between the last two */
  guint fade_tick;
  LimnCanvasLayer *guide; /* over it; NULL: nothing */
  double guide_opacity;

  /* The picture, and the one before it. */
  LimnPicture *picture;      /* of layer, or the last one while a preview is there */
  LimnCanvasLayer *finished; /* its */
  LimnCanvasLayer *before;   /* NULL: nothing to compare with, or not rendered yet */
  GCancellable *rendering;   /* of before */
  gboolean compare, hold;
  double divider; /* 0..1 of the picture's width */

  /* Where a mask is painted or the picture extended. */
  LimnMaskEditor *editor;
  LimnMaskOverlay *overlay;
  LimnCanvasLayer *base; /* NULL: not rendered yet */
  int base_width, base_height;
  LimnArea area; /* of base, where that has a size */
  LimnMargins margins;

  /* Pointer and keys. */
  gboolean repeats; /* shows the picture two times two, to see its edges meet */
  gboolean pointer_inside, space;
  double pointer_x, pointer_y;
  double pinch_zoom;
  LimnCanvasDrag drag;
  LimnCanvasEdge edge, hover_edge;
  LimnMargins drag_margins;
  double drag_x, drag_y; /* units: where it began, and, while moving the picture, where it was last */
};

/* canvas.c */
/* The picture's or the base's size has another meaning for the view from now on. */
void limn_canvas_resize (LimnCanvas *self, gboolean center);
void limn_canvas_view_changed (LimnCanvas *self);
LimnCanvasPlace limn_canvas_place (LimnCanvas *self);
gboolean limn_canvas_is_comparing (LimnCanvas *self);

/* canvas-input.c */
void limn_canvas_add_input (LimnCanvas *self);
void limn_canvas_update_cursor (LimnCanvas *self);

/* canvas-drag.c: what a button or pen does; x, y in units.  Tests call these as the gestures do. */
void limn_canvas_drag_begin (LimnCanvas *self, guint button, double x, double y, double pressure, gboolean eraser);
void limn_canvas_drag_to (LimnCanvas *self, double x, double y, double pressure);
void limn_canvas_drag_end (LimnCanvas *self);
void limn_canvas_drag_cancel (LimnCanvas *self);
/* Under x, y. */
LimnCanvasEdge limn_canvas_find_edge (LimnCanvas *self, double x, double y);
gboolean limn_canvas_is_on_divider (LimnCanvas *self, double x, double y);

/* canvas-compare.c */
/* picture: NULL, or what the one before is to: its source, or else last, which was finished before it. */
void limn_canvas_look_for_before (LimnCanvas *self, LimnPicture *picture, LimnCanvasLayer *last);
void limn_canvas_snapshot_compare (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place);

/* canvas-draw.c */
void limn_canvas_draw_checker (LimnCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect);
/* Two times two, where it repeats. */
void limn_canvas_draw_layer (LimnCanvas *self, GtkSnapshot *snapshot, LimnCanvasLayer *layer,
                             const LimnCanvasPlace *place);
/* Where a picture will be. */
void limn_canvas_draw_place (LimnCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect);
/* What is to be added around place, and the handles of its edges. */
void limn_canvas_draw_margins (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place);
/* What is laid over the picture, where there is something. */
void limn_canvas_draw_guide (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place, double opacity);
graphene_rect_t limn_canvas_extended_rect (LimnCanvas *self, const LimnCanvasPlace *place);
/* The mask, and what is painted by itself. */
void limn_canvas_draw_mask (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place);
void limn_canvas_draw_brush (LimnCanvas *self, GtkSnapshot *snapshot);
/* A word on a dark plate; x: its left end, or right end where from_right. */
void limn_canvas_draw_plate (LimnCanvas *self, GtkSnapshot *snapshot, const char *text, double x, double y,
                             gboolean from_right);

G_END_DECLS
