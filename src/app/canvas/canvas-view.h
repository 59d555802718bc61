/* canvas-view.h - where the picture is on the canvas: arithmetic of fitting, zooming and moving.
 *
 * "Units" are the widget's, of which a scaled screen has factor device pixels each; "pixels" are the picture's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <graphene.h>
#include <glib.h>

G_BEGIN_DECLS

#define LIMN_ZOOM_LEAST 0.05
#define LIMN_ZOOM_MOST 32.0

typedef struct {
  double width, height;                 /* of the canvas, units */
  double margin;                        /* around a fitted picture, units */
  double inset;                         /* at the top, kept free above a fitted picture, units */
  int factor;                           /* device pixels a unit */
  double picture_width, picture_height; /* pixels; 0: no picture */
  double left, top, right, bottom;      /* pixels beyond the picture that fit as well */
  double zoom;                          /* device pixels a pixel; 0: as large as fits */
  double center_x, center_y;            /* of the canvas, pixels; while zoom is not 0 */
} LimnCanvasView;

/* Units a pixel. */
double limn_canvas_view_scale (const LimnCanvasView *view);
/* Device pixels a pixel, as it is drawn: never 0 with a picture. */
double limn_canvas_view_zoom (const LimnCanvasView *view);
/* The picture, in units, its corner on a device pixel. */
graphene_rect_t limn_canvas_view_rect (const LimnCanvasView *view);
void limn_canvas_view_to_picture (const LimnCanvasView *view, double x, double y, double *picture_x, double *picture_y);

/* The pixel at x, y (units) stays there.  zoom 0: fits. */
void limn_canvas_view_zoom_at (LimnCanvasView *view, double zoom, double x, double y);
/* Moves the picture by units; does nothing while it is fitted. */
void limn_canvas_view_pan (LimnCanvasView *view, double dx, double dy);
/* After a change of sizes. */
void limn_canvas_view_settle (LimnCanvasView *view);

G_END_DECLS
