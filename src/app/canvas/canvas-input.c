/* canvas-input.c - wheel, fingers, pointer, pen and keys over the canvas.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-private.h"

#include <math.h>

#define WHEEL_ZOOM 1.15
#define STEP 48 /* units, of an arrow key */

void
limn_canvas_update_cursor (LimnCanvas *self)
{
  static const char *const resize[] = { "w-resize", "n-resize", "e-resize", "s-resize" };
  LimnCanvasEdge edge = self->drag == DRAG_EDGE ? self->edge : self->hover_edge;
  const char *name = NULL;

  if (self->drag == DRAG_PAN)
    name = "grabbing";
  else if (self->drag == DRAG_EDGE || edge != EDGE_NONE)
    name = resize[edge];
  else if (self->drag == DRAG_DIVIDER || limn_canvas_is_on_divider (self, self->pointer_x, self->pointer_y))
    name = "col-resize";
  else if (self->space)
    name = "grab";
  else if (self->mode == LIMN_CANVAS_MASK)
    name = "none"; /* the brush's own outline is drawn */
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), name);
}

/* ---- Pointer ---- */

static void
enter_cb (GtkEventControllerMotion *controller, double x, double y, LimnCanvas *self)
{
  self->pointer_inside = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
leave_cb (GtkEventControllerMotion *controller, LimnCanvas *self)
{
  self->pointer_inside = FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, LimnCanvas *self)
{
  self->pointer_inside = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  if (self->drag == DRAG_NONE)
    self->hover_edge = limn_canvas_find_edge (self, x, y);
  if (self->hold && !self->compare && self->drag == DRAG_NONE) {
    graphene_rect_t rect = limn_canvas_place (self).rect;

    self->divider = CLAMP ((x - rect.origin.x) / rect.size.width, 0, 1);
  }
  limn_canvas_update_cursor (self);
  if (self->mode != LIMN_CANVAS_VIEW || self->hold)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* A wheel zooms, as in other picture viewers; two fingers on a touchpad move the picture, and zoom with Ctrl. */
static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, LimnCanvas *self)
{
  GdkModifierType modifiers = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean fingers = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_SURFACE;

  if (self->view.picture_width <= 0)
    return GDK_EVENT_PROPAGATE;
  if ((modifiers & GDK_CONTROL_MASK) != 0 || !(fingers || (modifiers & GDK_SHIFT_MASK) != 0)) {
    limn_canvas_zoom_by (self, pow (WHEEL_ZOOM, fingers ? -dy / 20 : -dy));
    return GDK_EVENT_STOP;
  }
  limn_canvas_view_pan (&self->view, fingers ? -dx : -dx * STEP, fingers ? -dy : -dy * STEP);
  limn_canvas_view_changed (self);
  return GDK_EVENT_STOP;
}

static void
pinch_begin_cb (GtkGesture *gesture, GdkEventSequence *sequence, LimnCanvas *self)
{
  /* the first finger may have begun to paint */
  limn_canvas_drag_cancel (self);
  self->pinch_zoom = limn_canvas_get_shown_zoom (self);
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
pinch_cb (GtkGestureZoom *gesture, double scale, LimnCanvas *self)
{
  double x = self->view.width / 2, y = self->view.height / 2;

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y);
  limn_canvas_view_zoom_at (&self->view, self->pinch_zoom * scale, x, y);
  limn_canvas_view_changed (self);
}

/* double click: between fitted and pixel for pixel */
static void
pressed_cb (GtkGestureClick *gesture, int presses, double x, double y, LimnCanvas *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (presses != 2 || self->mode == LIMN_CANVAS_MASK || self->view.picture_width <= 0)
    return;
  limn_canvas_view_zoom_at (&self->view, self->view.zoom > 0 ? 0 : 1, x, y);
  limn_canvas_view_changed (self);
}

/* ---- Strokes and other drags ---- */

static double
pressure_of (GdkEvent *event, gboolean *eraser)
{
  GdkDeviceTool *tool = event != NULL ? gdk_event_get_device_tool (event) : NULL;
  double pressure = 1;

  *eraser = tool != NULL && gdk_device_tool_get_tool_type (tool) == GDK_DEVICE_TOOL_TYPE_ERASER;
  /* a mouse has none: full */
  if (tool == NULL || !gdk_event_get_axis (event, GDK_AXIS_PRESSURE, &pressure))
    return 1;
  return pressure;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnCanvas *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  gboolean eraser;
  double pressure = pressure_of (gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (gesture)), &eraser);

  limn_canvas_drag_begin (self, button == 0 ? GDK_BUTTON_PRIMARY : button, x, y, pressure, eraser);
  if (self->drag == DRAG_NONE)
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
}

/* GTK merges the motion of a frame into one event; a quick curve needs the points in between. */
static void
stroke_history (LimnCanvas *self, GdkEvent *event, double x, double y)
{
  guint n = 0;
  g_autofree GdkTimeCoord *history = NULL;
  double event_x, event_y;

  if (event == NULL || gdk_event_get_event_type (event) != GDK_MOTION_NOTIFY
      || !gdk_event_get_position (event, &event_x, &event_y))
    return;
  history = gdk_event_get_history (event, &n);
  for (guint i = 0; i < n; i++) {
    const GdkTimeCoord *point = &history[i];
    gboolean pen = gdk_event_get_device_tool (event) != NULL && (point->flags & GDK_AXIS_FLAG_PRESSURE) != 0;

    if ((point->flags & GDK_AXIS_FLAG_X) != 0 && (point->flags & GDK_AXIS_FLAG_Y) != 0)
      limn_canvas_drag_to (self, x + point->axes[GDK_AXIS_X] - event_x, y + point->axes[GDK_AXIS_Y] - event_y,
                           pen ? point->axes[GDK_AXIS_PRESSURE] : 1);
  }
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, LimnCanvas *self)
{
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (gesture));
  gboolean eraser;
  double pressure = pressure_of (event, &eraser), x, y;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  if (self->drag == DRAG_STROKE)
    stroke_history (self, event, x + dx, y + dy);
  limn_canvas_drag_to (self, x + dx, y + dy, pressure);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, LimnCanvas *self)
{
  limn_canvas_drag_end (self);
}

static void
drag_cancel_cb (GtkGesture *gesture, GdkEventSequence *sequence, LimnCanvas *self)
{
  limn_canvas_drag_cancel (self);
}

/* ---- Keys ---- */

static gboolean
pan_key (LimnCanvas *self, guint key, GdkModifierType modifiers)
{
  double step = (modifiers & GDK_SHIFT_MASK) != 0 ? 4 * STEP : STEP;

  /* a fitted picture has nowhere to go: the key moves the focus as everywhere */
  if (self->view.zoom <= 0 || (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  switch (key) {
  case GDK_KEY_Left:
    limn_canvas_view_pan (&self->view, step, 0);
    break;
  case GDK_KEY_Right:
    limn_canvas_view_pan (&self->view, -step, 0);
    break;
  case GDK_KEY_Up:
    limn_canvas_view_pan (&self->view, 0, step);
    break;
  case GDK_KEY_Down:
    limn_canvas_view_pan (&self->view, 0, -step);
    break;
  default:
    return FALSE;
  }
  limn_canvas_view_changed (self);
  return TRUE;
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnCanvas *self)
{
  if (key == GDK_KEY_space) {
    self->space = TRUE;
    limn_canvas_update_cursor (self);
    gtk_widget_queue_draw (GTK_WIDGET (self));
    return GDK_EVENT_STOP;
  }
  return limn_canvas_take_key (self, key, modifiers) || pan_key (self, key, modifiers);
}

static void
release_space (LimnCanvas *self)
{
  self->space = FALSE;
  limn_canvas_update_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
key_released_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnCanvas *self)
{
  if (key == GDK_KEY_space)
    release_space (self);
}

static void
focus_left_cb (GtkEventControllerFocus *controller, LimnCanvas *self)
{
  release_space (self);
}

/* ---- All of it ---- */

static void
add_pointer (LimnCanvas *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *pinch = gtk_gesture_zoom_new (), *click = gtk_gesture_click_new (), *drag = gtk_gesture_drag_new ();

  g_signal_connect (motion, "enter", G_CALLBACK (enter_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (drag_cancel_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (pinch));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

void
limn_canvas_add_input (LimnCanvas *self)
{
  GtkEventController *keys = gtk_event_controller_key_new (), *focus = gtk_event_controller_focus_new ();

  add_pointer (self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect (keys, "key-released", G_CALLBACK (key_released_cb), self);
  g_signal_connect (focus, "leave", G_CALLBACK (focus_left_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}
