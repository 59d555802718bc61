/* timeline-input.c - keys and pointer of the timeline.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/timeline-input.h"

#include <glib/gi18n.h>
#include <math.h>

#define PREVIEW 160 /* pixels, the longer side */
#define REACH 12    /* pixels around the handle */

static void
look_at (LimnTimeline *self, double x)
{
  limn_timeline_set_step (self, MAX (1, (int) ceil (limn_timeline_step_at (self, x))));
}

static void
move_handoff (LimnTimeline *self, double step)
{
  int n = limn_timeline_n_steps (self);

  limn_timeline_drag (self, CLAMP (round (step), 0, n) / n);
}

static gboolean
on_handle (LimnTimeline *self, double x, double y)
{
  return self->movable && y >= LIMN_TIMELINE_STRIP - 2 && y <= LIMN_TIMELINE_STRIP + LIMN_TIMELINE_BAR
         && fabs (x - limn_timeline_x (self, limn_timeline_split (self))) <= REACH;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnTimeline *self)
{
  if (self->record == NULL)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag_x = x;
  self->dragged = LIMN_TIMELINE_NOTHING;
  if (on_handle (self, x, y)) {
    self->dragged = LIMN_TIMELINE_HANDLE;
  } else if (y < LIMN_TIMELINE_STRIP) {
    self->dragged = LIMN_TIMELINE_STEPS;
    look_at (self, x);
  }
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, LimnTimeline *self)
{
  if (self->dragged == LIMN_TIMELINE_STEPS)
    look_at (self, self->drag_x + x);
  else if (self->dragged == LIMN_TIMELINE_HANDLE)
    move_handoff (self, limn_timeline_step_at (self, self->drag_x + x));
}

static void
drag_end_cb (GtkGestureDrag *gesture, double x, double y, LimnTimeline *self)
{
  if (self->dragged == LIMN_TIMELINE_HANDLE)
    limn_timeline_let_go (self);
  self->dragged = LIMN_TIMELINE_NOTHING;
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, LimnTimeline *self)
{
  gboolean grabbing = self->dragged == LIMN_TIMELINE_HANDLE || on_handle (self, x, y);

  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), grabbing ? "ew-resize" : "default");
}

static void
append_caption (GtkWidget *box, const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), label);
}

/* a step larger, with its number and its time */
static GtkWidget *
make_preview (LimnTimeline *self, int step)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4), *picture;
  GdkTexture *texture = g_ptr_array_index (self->textures, step);
  g_autofree char *text = limn_timeline_describe_step (self, step);
  g_autofree char *share = limn_timeline_describe_share (self, step);

  if (texture != NULL) {
    double scale = PREVIEW / (double) MAX (gdk_texture_get_width (texture), gdk_texture_get_height (texture));

    picture = gtk_picture_new_for_paintable (GDK_PAINTABLE (texture));
    gtk_widget_set_size_request (picture, (int) (gdk_texture_get_width (texture) * scale),
                                 (int) (gdk_texture_get_height (texture) * scale));
    gtk_box_append (GTK_BOX (box), picture);
  }
  gtk_box_append (GTK_BOX (box), gtk_label_new (text));
  if (share != NULL)
    append_caption (box, share);
  return box;
}

static gboolean
query_tooltip_cb (LimnTimeline *self, int x, int y, gboolean by_key, GtkTooltip *tooltip)
{
  int step = by_key ? self->step : (int) ceil (limn_timeline_step_at (self, x));

  if (self->record == NULL || step < 1 || step > limn_timeline_n_steps (self))
    return FALSE;
  if (!by_key && y > LIMN_TIMELINE_STRIP) {
    if (!on_handle (self, x, y))
      return FALSE;
    gtk_tooltip_set_text (tooltip, _ ("Drag to Hand Over to the Refiner Earlier or Later"));
    return TRUE;
  }
  gtk_tooltip_set_custom (tooltip, make_preview (self, step));
  return TRUE;
}

static gboolean
walk_steps (LimnTimeline *self, int by, GdkModifierType modifiers)
{
  if (modifiers & GDK_SHIFT_MASK) {
    if (self->movable)
      move_handoff (self, limn_timeline_split (self) + by);
    return GDK_EVENT_STOP;
  }
  if (self->step == 0 && by < 0)
    limn_timeline_set_step (self, limn_record_get_last_step (self->record) - 1);
  else
    limn_timeline_set_step (self, MAX (1, self->step + by));
  return GDK_EVENT_STOP;
}

static gboolean
walk_tree (LimnTimeline *self, int by)
{
  guint index;

  if (self->runs->len < 2 || !g_ptr_array_find (self->runs, self->record, &index))
    return GDK_EVENT_PROPAGATE;
  if ((int) index + by >= 0 && (int) index + by < (int) self->runs->len)
    limn_timeline_choose (self, g_ptr_array_index (self->runs, (int) index + by));
  return GDK_EVENT_STOP;
}

/* back to the result, or to where the hand-off was */
static gboolean
give_up (LimnTimeline *self)
{
  if (self->moved < 0 && self->step == 0)
    return GDK_EVENT_PROPAGATE;
  limn_timeline_drag (self, -1);
  limn_timeline_set_step (self, 0);
  return GDK_EVENT_STOP;
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnTimeline *self)
{
  int forward = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL ? -1 : 1;

  if (self->record == NULL || (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (key) {
  case GDK_KEY_Left:
  case GDK_KEY_KP_Left:
    return walk_steps (self, -forward, modifiers);
  case GDK_KEY_Right:
  case GDK_KEY_KP_Right:
    return walk_steps (self, forward, modifiers);
  case GDK_KEY_Home:
    limn_timeline_set_step (self, 1);
    return GDK_EVENT_STOP;
  case GDK_KEY_End:
    limn_timeline_set_step (self, limn_record_get_last_step (self->record));
    return GDK_EVENT_STOP;
  case GDK_KEY_Page_Up:
    return walk_tree (self, -1);
  case GDK_KEY_Page_Down:
    return walk_tree (self, 1);
  case GDK_KEY_Return:
  case GDK_KEY_KP_Enter:
    limn_timeline_let_go (self);
    return GDK_EVENT_STOP;
  case GDK_KEY_Escape:
    return give_up (self);
  default:
    return GDK_EVENT_PROPAGATE;
  }
}

void
limn_timeline_listen (LimnTimeline *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new (), *motion = gtk_event_controller_motion_new ();

  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, keys);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_set_has_tooltip (widget, TRUE);
  g_signal_connect (widget, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}
