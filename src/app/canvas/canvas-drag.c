/* canvas-drag.c - what a pressed button or a pen does: moves the picture, paints, or takes hold of a line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-private.h"

#include <math.h>

#define GRIP 12 /* units: how near the pointer must be */
#define GRAIN 8 /* pixels: the sizes that a model can paint */

LimnCanvasEdge
limn_canvas_find_edge (LimnCanvas *self, double x, double y)
{
  LimnCanvasPlace place = limn_canvas_place (self);
  graphene_rect_t outer = limn_canvas_extended_rect (self, &place);
  double distances[4] = { fabs (x - outer.origin.x), fabs (y - outer.origin.y),
                          fabs (x - outer.origin.x - outer.size.width), fabs (y - outer.origin.y - outer.size.height) };
  LimnCanvasEdge nearest = EDGE_NONE;

  if (self->mode != LIMN_CANVAS_EXTEND || x < outer.origin.x - GRIP || y < outer.origin.y - GRIP
      || x > outer.origin.x + outer.size.width + GRIP || y > outer.origin.y + outer.size.height + GRIP)
    return EDGE_NONE;
  for (int i = 0; i < 4; i++)
    if (distances[i] <= GRIP && (nearest == EDGE_NONE || distances[i] < distances[nearest]))
      nearest = (LimnCanvasEdge) i;
  return nearest;
}

gboolean
limn_canvas_is_on_divider (LimnCanvas *self, double x, double y)
{
  graphene_rect_t rect = limn_canvas_place (self).rect;

  return self->compare && limn_canvas_is_comparing (self)
         && fabs (x - rect.origin.x - self->divider * rect.size.width) <= GRIP && y >= rect.origin.y
         && y <= rect.origin.y + rect.size.height;
}

static void
move_divider (LimnCanvas *self, double x)
{
  graphene_rect_t rect = limn_canvas_place (self).rect;

  self->divider = CLAMP ((x - rect.origin.x) / rect.size.width, 0, 1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
move_edge (LimnCanvas *self, double x, double y)
{
  double scale = limn_canvas_view_scale (&self->view);
  double dx = (x - self->drag_x) / scale, dy = (y - self->drag_y) / scale;
  LimnMargins margins = self->drag_margins;
  int *side[] = { &margins.left, &margins.top, &margins.right, &margins.bottom };
  double by[] = { -dx, -dy, dx, dy };

  *side[self->edge] = MAX (0, (int) round ((*side[self->edge] + by[self->edge]) / GRAIN) * GRAIN);
  limn_canvas_set_margins (self, &margins);
  g_signal_emit_by_name (self, "extended");
}

static LimnCanvasDrag
choose (LimnCanvas *self, guint button, double x, double y)
{
  gboolean paints = self->mode == LIMN_CANVAS_MASK && self->editor != NULL && !self->space;

  if (button == GDK_BUTTON_PRIMARY && (self->edge = limn_canvas_find_edge (self, x, y)) != EDGE_NONE)
    return DRAG_EDGE;
  if (button == GDK_BUTTON_PRIMARY && limn_canvas_is_on_divider (self, x, y))
    return DRAG_DIVIDER;
  if (paints && (button == GDK_BUTTON_PRIMARY || button == GDK_BUTTON_SECONDARY))
    return DRAG_STROKE;
  return button == GDK_BUTTON_PRIMARY || button == GDK_BUTTON_MIDDLE ? DRAG_PAN : DRAG_NONE;
}

void
limn_canvas_drag_begin (LimnCanvas *self, guint button, double x, double y, double pressure, gboolean eraser)
{
  double at_x, at_y;

  self->pointer_x = self->drag_x = x;
  self->pointer_y = self->drag_y = y;
  self->drag = choose (self, button, x, y);
  if (self->drag == DRAG_STROKE) {
    limn_canvas_view_to_picture (&self->view, x, y, &at_x, &at_y);
    limn_mask_editor_begin_stroke (
        self->editor, at_x, at_y, pressure,
        eraser || limn_mask_editor_get_erase (self->editor) != (button == GDK_BUTTON_SECONDARY));
  } else if (self->drag == DRAG_EDGE) {
    self->drag_margins = self->margins;
  }
  limn_canvas_update_cursor (self);
}

void
limn_canvas_drag_to (LimnCanvas *self, double x, double y, double pressure)
{
  double at_x, at_y;

  self->pointer_x = x;
  self->pointer_y = y;
  switch (self->drag) {
  case DRAG_STROKE:
    limn_canvas_view_to_picture (&self->view, x, y, &at_x, &at_y);
    limn_mask_editor_stroke_to (self->editor, at_x, at_y, pressure);
    gtk_widget_queue_draw (GTK_WIDGET (self));
    break;
  case DRAG_PAN:
    limn_canvas_view_pan (&self->view, x - self->drag_x, y - self->drag_y);
    self->drag_x = x;
    self->drag_y = y;
    gtk_widget_queue_draw (GTK_WIDGET (self));
    break;
  case DRAG_DIVIDER:
    move_divider (self, x);
    break;
  case DRAG_EDGE:
    move_edge (self, x, y);
    break;
  case DRAG_NONE:
    break;
  }
}

void
limn_canvas_drag_end (LimnCanvas *self)
{
  LimnCanvasDrag drag = self->drag;

  self->drag = DRAG_NONE;
  if (drag == DRAG_STROKE)
    limn_mask_editor_end_stroke (self->editor);
  else if (drag == DRAG_EDGE)
    limn_canvas_resize (self, FALSE);
  limn_canvas_update_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_canvas_drag_cancel (LimnCanvas *self)
{
  if (self->drag == DRAG_STROKE)
    limn_mask_editor_cancel_stroke (self->editor);
  self->drag = DRAG_NONE;
  limn_canvas_update_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
