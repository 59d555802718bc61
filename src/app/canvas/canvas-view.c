/* canvas-view.c - where the picture is on the canvas.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-view.h"

#include <math.h>

#define FIT_MOST 3.0 /* device pixels a pixel: beyond that a tiny picture shows nothing but them */

static double
fit_scale (const LimnCanvasView *view)
{
  double width = MAX (1, view->width - 2 * view->margin);
  double height = MAX (1, view->height - view->inset - 2 * view->margin);

  double scale = MIN (width / (view->picture_width + view->left + view->right),
                      height / (view->picture_height + view->top + view->bottom));

  return MIN (scale, FIT_MOST / view->factor);
}

double
limn_canvas_view_scale (const LimnCanvasView *view)
{
  if (view->picture_width <= 0 || view->picture_height <= 0)
    return 1;
  return view->zoom > 0 ? view->zoom / view->factor : fit_scale (view);
}

double
limn_canvas_view_zoom (const LimnCanvasView *view)
{
  return limn_canvas_view_scale (view) * view->factor;
}

graphene_rect_t
limn_canvas_view_rect (const LimnCanvasView *view)
{
  double scale = limn_canvas_view_scale (view);
  double center_x = view->center_x, center_y = view->center_y, middle = view->height / 2;

  if (view->zoom <= 0) {
    middle += view->inset / 2;
    center_x = (view->picture_width + view->right - view->left) / 2;
    center_y = (view->picture_height + view->bottom - view->top) / 2;
  }
  return GRAPHENE_RECT_INIT (floor ((view->width / 2 - center_x * scale) * view->factor) / view->factor,
                             floor ((middle - center_y * scale) * view->factor) / view->factor,
                             view->picture_width * scale, view->picture_height * scale);
}

void
limn_canvas_view_to_picture (const LimnCanvasView *view, double x, double y, double *picture_x, double *picture_y)
{
  graphene_rect_t rect = limn_canvas_view_rect (view);
  double scale = limn_canvas_view_scale (view);

  *picture_x = (x - rect.origin.x) / scale;
  *picture_y = (y - rect.origin.y) / scale;
}

void
limn_canvas_view_settle (LimnCanvasView *view)
{
  if (view->zoom > 0 && view->picture_width > 0 && view->zoom <= fit_scale (view) * view->factor) {
    /* all of it is seen: no corner to look for */
    view->center_x = (view->picture_width + view->right - view->left) / 2;
    view->center_y = (view->picture_height + view->bottom - view->top) / 2;
  } else {
    /* an edge may be brought to the middle, where one paints best */
    view->center_x = CLAMP (view->center_x, -view->left, view->picture_width + view->right);
    view->center_y = CLAMP (view->center_y, -view->top, view->picture_height + view->bottom);
  }
}

void
limn_canvas_view_zoom_at (LimnCanvasView *view, double zoom, double x, double y)
{
  double picture_x, picture_y, scale;

  if (view->picture_width <= 0)
    return;
  limn_canvas_view_to_picture (view, x, y, &picture_x, &picture_y);
  view->zoom = zoom > 0 ? CLAMP (zoom, LIMN_ZOOM_LEAST, LIMN_ZOOM_MOST) : 0;
  scale = limn_canvas_view_scale (view);
  view->center_x = picture_x - (x - view->width / 2) / scale;
  view->center_y = picture_y - (y - view->height / 2) / scale;
  limn_canvas_view_settle (view);
}

void
limn_canvas_view_pan (LimnCanvasView *view, double dx, double dy)
{
  double scale = limn_canvas_view_scale (view);

  if (view->zoom <= 0 || view->picture_width <= 0)
    return;
  view->center_x -= dx / scale;
  view->center_y -= dy / scale;
  limn_canvas_view_settle (view);
}
