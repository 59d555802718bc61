/* frame-view.c - the size hints as one sees them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/frame-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/colors.h"
#include "app/panel/frame-paint.h"

#define MARGIN 16      /* pixels around the drawing: the paper, the grip and the focus ring */
#define REACH 10       /* pixels from a grip that still take it */
#define SETTLE 220     /* ms */
#define MOVE_GRID 8    /* pixels of the photo: one of the latent */
#define RESIZE_GRID 64 /* what the models know */

#define EDGES (LIMN_GRIP_LEFT | LIMN_GRIP_RIGHT | LIMN_GRIP_TOP | LIMN_GRIP_BOTTOM)

/* widget = origin + scale * drawing */
typedef struct {
  double scale;
  graphene_point_t origin;
} View;

struct _LimnFrameView {
  GtkWidget parent_instance;
  LimnSettings *settings;
  gboolean negative;
  int width, height;     /* shapes are of this size of the widget */
  LimnSizeHints seen[2]; /* what is drawn */

  View view;
  LimnFrameShape shapes[2], from[2], to[2]; /* what is drawn, on its way; [1]: the negative's */
  AdwAnimation *settle;

  LimnGrip grip; /* that is being dragged */
  LimnSizeHints start;
  graphene_point_t pressed;
};

G_DEFINE_FINAL_TYPE (LimnFrameView, limn_frame_view, GTK_TYPE_WIDGET)

enum { PROP_NEGATIVE = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static gboolean
is_separate (LimnFrameView *self)
{
  return limn_settings_values (self->settings)->separate_negative;
}

static gboolean
drags_negative (LimnFrameView *self)
{
  return self->negative && is_separate (self);
}

static LimnSizeHints
resolved (LimnFrameView *self, gboolean negative)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  LimnSizeHints hints = limn_hints_get (self->settings, negative && is_separate (self));

  return limn_size_hints_resolve (&hints, values->width, values->height);
}

/* ---- Layout ---- */

static graphene_rect_t
placed (const View *view, graphene_rect_t rect)
{
  return GRAPHENE_RECT_INIT (view->origin.x + rect.origin.x * view->scale, view->origin.y + rect.origin.y * view->scale,
                             rect.size.width * view->scale, rect.size.height * view->scale);
}

static LimnFrameShape
shape_of (const View *view, const LimnSizeHints *hints)
{
  return (LimnFrameShape){ placed (view, limn_hints_photo (hints)), placed (view, limn_hints_frame (hints)),
                           limn_hints_scale (hints) };
}

/* The photo, the frame and the ghost all fit in the widget. */
static View
fit (LimnFrameView *self)
{
  LimnSizeHints hints[2] = { resolved (self, FALSE), resolved (self, TRUE) };
  graphene_rect_t all = limn_hints_photo (&hints[0]);
  View view;

  for (int i = 0; i < 2; i++) {
    graphene_rect_t photo = limn_hints_photo (&hints[i]), frame = limn_hints_frame (&hints[i]);

    graphene_rect_union (&all, &photo, &all);
    graphene_rect_union (&all, &frame, &all);
  }
  view.scale =
      MIN (MAX (1, self->width - 2 * MARGIN) / all.size.width, MAX (1, self->height - 2 * MARGIN) / all.size.height);
  view.origin = GRAPHENE_POINT_INIT ((self->width - all.size.width * view.scale) / 2,
                                     (self->height - all.size.height * view.scale) / 2);
  return view;
}

static void
jump (LimnFrameView *self)
{
  adw_animation_pause (self->settle);
  memcpy (self->shapes, self->to, sizeof self->shapes);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static graphene_rect_t
between (const graphene_rect_t *a, const graphene_rect_t *b, double t)
{
  graphene_rect_t out;

  graphene_rect_interpolate (a, b, t, &out);
  return out;
}

static void
settle_cb (double t, gpointer data)
{
  LimnFrameView *self = data;

  for (int i = 0; i < 2; i++) {
    self->shapes[i].photo = between (&self->from[i].photo, &self->to[i].photo, t);
    self->shapes[i].frame = between (&self->from[i].frame, &self->to[i].frame, t);
    self->shapes[i].scale = self->from[i].scale + (self->to[i].scale - self->from[i].scale) * t;
  }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
show_shapes (LimnFrameView *self, gboolean animate)
{
  LimnSizeHints hints[2] = { resolved (self, FALSE), resolved (self, TRUE) };

  for (int i = 0; i < 2; i++)
    self->to[i] = shape_of (&self->view, &hints[i]);
  if (animate && gtk_widget_get_mapped (GTK_WIDGET (self)) && self->shapes[0].photo.size.width > 0) {
    memcpy (self->from, self->shapes, sizeof self->from);
    adw_animation_reset (self->settle);
    adw_animation_play (self->settle);
  } else {
    jump (self);
  }
}

/* The photo before it is resized to the frame: its corner is where it was dragged to, and no smaller than fits. */
static void
show_dragged_photo (LimnFrameView *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  LimnSizeHints start = limn_size_hints_resolve (&self->start, values->width, values->height);
  LimnSizeHints now = resolved (self, self->negative);
  double scale = limn_hints_scale (&start), room_x, room_y;
  LimnFrameShape *shape = &self->to[drags_negative (self)];
  View view = self->view;

  room_x = (self->width - MARGIN - view.origin.x) / view.scale / (now.original_width * scale);
  room_y = (self->height - MARGIN - view.origin.y) / view.scale / (now.original_height * scale);
  view.scale *= MIN (1, MIN (room_x, room_y));
  for (int i = 0; i < 2; i++) {
    LimnSizeHints hints = resolved (self, i);

    self->to[i] = shape_of (&view, &hints);
  }
  shape->photo = placed (&view, GRAPHENE_RECT_INIT (0, 0, now.original_width * scale, now.original_height * scale));
  if (!is_separate (self))
    self->to[1] = self->to[0];
  jump (self);
}

static void
update_accessible (LimnFrameView *self)
{
  LimnSizeHints hints = resolved (self, self->negative);
  g_autofree char *text = limn_hints_describe (&hints);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double) LIMN_HINT_MOST,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double) hints.crop_left,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static gboolean
see (LimnFrameView *self)
{
  LimnSizeHints now[2] = { resolved (self, FALSE), resolved (self, TRUE) };
  gboolean same = limn_size_hints_equal (&now[0], &self->seen[0]) && limn_size_hints_equal (&now[1], &self->seen[1]);

  memcpy (self->seen, now, sizeof now);
  return !same;
}

static void
hints_changed_cb (LimnFrameView *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self)); /* there may be a ghost now */
  if (!see (self))
    return;
  update_accessible (self);
  if (self->grip == LIMN_GRIP_PHOTO) {
    show_dragged_photo (self);
  } else if (self->grip != LIMN_GRIP_NONE) {
    show_shapes (self, FALSE);
  } else {
    self->view = fit (self);
    show_shapes (self, TRUE);
  }
}

/* ---- Grips ---- */

graphene_point_t
limn_frame_view_grip_point (LimnFrameView *self, LimnGrip grip)
{
  const LimnFrameShape *shape = &self->to[drags_negative (self)];
  graphene_point_t point;

  graphene_rect_get_center (&shape->frame, &point);
  if (grip & LIMN_GRIP_PHOTO) {
    graphene_rect_get_bottom_right (&shape->photo, &point);
    return GRAPHENE_POINT_INIT (point.x + LIMN_FRAME_PAPER, point.y + LIMN_FRAME_PAPER);
  }
  if (grip & LIMN_GRIP_LEFT)
    point.x = shape->frame.origin.x;
  if (grip & LIMN_GRIP_RIGHT)
    point.x = shape->frame.origin.x + shape->frame.size.width;
  if (grip & LIMN_GRIP_TOP)
    point.y = shape->frame.origin.y;
  if (grip & LIMN_GRIP_BOTTOM)
    point.y = shape->frame.origin.y + shape->frame.size.height;
  return point;
}

LimnGrip
limn_frame_view_grip_at (LimnFrameView *self, double x, double y)
{
  const graphene_rect_t *frame = &self->to[drags_negative (self)].frame;
  graphene_point_t corner = limn_frame_view_grip_point (self, LIMN_GRIP_PHOTO), near;
  double left = x - frame->origin.x, right = x - frame->origin.x - frame->size.width;
  double top = y - frame->origin.y, bottom = y - frame->origin.y - frame->size.height;
  double reach_x = MIN (REACH, frame->size.width / 4), reach_y = MIN (REACH, frame->size.height / 4);
  int grip = LIMN_GRIP_NONE;

  near = limn_frame_view_grip_point (self, LIMN_GRIP_RIGHT | LIMN_GRIP_BOTTOM);
  if (hypot (x - corner.x, y - corner.y) <= REACH + 2
      && hypot (x - corner.x, y - corner.y) <= hypot (x - near.x, y - near.y))
    return LIMN_GRIP_PHOTO;
  if (left < -REACH || right > REACH || top < -REACH || bottom > REACH)
    return LIMN_GRIP_NONE;
  if (left <= reach_x)
    grip |= LIMN_GRIP_LEFT;
  else if (right >= -reach_x)
    grip |= LIMN_GRIP_RIGHT;
  if (top <= reach_y)
    grip |= LIMN_GRIP_TOP;
  else if (bottom >= -reach_y)
    grip |= LIMN_GRIP_BOTTOM;
  return grip != LIMN_GRIP_NONE ? (LimnGrip) grip : LIMN_GRIP_MOVE;
}

static const char *
grip_cursor (LimnGrip grip)
{
  gboolean falling = grip == (LIMN_GRIP_LEFT | LIMN_GRIP_TOP) || grip == (LIMN_GRIP_RIGHT | LIMN_GRIP_BOTTOM);

  if (grip == LIMN_GRIP_NONE)
    return "default";
  if (grip == LIMN_GRIP_MOVE)
    return "move";
  if (grip == LIMN_GRIP_PHOTO || falling)
    return "nwse-resize";
  if (!(grip & (LIMN_GRIP_TOP | LIMN_GRIP_BOTTOM)))
    return "ew-resize";
  return grip & (LIMN_GRIP_LEFT | LIMN_GRIP_RIGHT) ? "nesw-resize" : "ns-resize";
}

/* ---- Dragging ---- */

/* x, y: pixels along both sides, such that the shape width x height is kept. */
static void
keep_shape (double width, double height, LimnGrip grip, double *x, double *y)
{
  double sign_x = grip & LIMN_GRIP_LEFT ? -1 : 1, sign_y = grip & LIMN_GRIP_TOP ? -1 : 1;
  double grows = (sign_x * *x / width + sign_y * *y / height) / 2;

  *x = sign_x * grows * width;
  *y = sign_y * grows * height;
}

static gboolean
is_corner (LimnGrip grip)
{
  return grip & (LIMN_GRIP_LEFT | LIMN_GRIP_RIGHT) && grip & (LIMN_GRIP_TOP | LIMN_GRIP_BOTTOM);
}

/* near its diagonal a photo keeps its shape */
static void
lean_to_shape (double width, double height, gboolean always, double *x, double *y)
{
  double ratio = ((width + *x) / width) / MAX (1e-6, (height + *y) / height);

  if (always || (ratio > 0.92 && ratio < 1.09))
    keep_shape (width, height, LIMN_GRIP_RIGHT | LIMN_GRIP_BOTTOM, x, y);
}

static void
drag_by (LimnFrameView *self, double x, double y, GdkModifierType state)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  LimnSizeHints start = limn_size_hints_resolve (&self->start, values->width, values->height), hints;
  gboolean exact = state & GDK_CONTROL_MASK, keep = state & GDK_SHIFT_MASK;
  int grid = exact ? 1 : self->grip == LIMN_GRIP_MOVE ? MOVE_GRID : RESIZE_GRID;

  x /= self->view.scale;
  y /= self->view.scale;
  if (self->grip == LIMN_GRIP_PHOTO) {
    x /= limn_hints_scale (&start);
    y /= limn_hints_scale (&start);
    lean_to_shape (start.original_width, start.original_height, keep, &x, &y);
    /* of a photo that must keep its shape, the sides cannot be rounded one by one */
    if (keep)
      grid = 1;
  } else if (keep && is_corner (self->grip)) {
    keep_shape (start.target_width, start.target_height, self->grip, &x, &y);
  }
  hints = limn_hints_drag (&self->start, values->width, values->height, self->grip, x, y, grid);
  limn_hints_set (self->settings, drags_negative (self), &hints);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnFrameView *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  jump (self);
  self->grip = limn_frame_view_grip_at (self, x, y);
  self->start = limn_hints_get (self->settings, drags_negative (self));
  if (self->grip != LIMN_GRIP_NONE)
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, LimnFrameView *self)
{
  if (self->grip != LIMN_GRIP_NONE)
    drag_by (self, x, y, gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture)));
}

static void
drag_end_cb (GtkGestureDrag *gesture, double x, double y, LimnFrameView *self)
{
  self->grip = LIMN_GRIP_NONE;
  self->view = fit (self);
  show_shapes (self, TRUE);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, LimnFrameView *self)
{
  if (self->grip == LIMN_GRIP_NONE)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), grip_cursor (limn_frame_view_grip_at (self, x, y)));
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, LimnFrameView *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  LimnGrip grip = state & GDK_ALT_MASK     ? LIMN_GRIP_PHOTO
                  : state & GDK_SHIFT_MASK ? (LimnGrip) (LIMN_GRIP_RIGHT | LIMN_GRIP_BOTTOM)
                                           : LIMN_GRIP_MOVE;
  int grid = state & GDK_CONTROL_MASK ? 1 : grip == LIMN_GRIP_MOVE ? MOVE_GRID : RESIZE_GRID;
  LimnSizeHints hints = limn_hints_get (self->settings, drags_negative (self));
  int x = 0, y = 0;

  switch (key) {
  case GDK_KEY_Left:
  case GDK_KEY_KP_Left:
    x = -grid;
    break;
  case GDK_KEY_Right:
  case GDK_KEY_KP_Right:
    x = grid;
    break;
  case GDK_KEY_Up:
  case GDK_KEY_KP_Up:
    y = -grid;
    break;
  case GDK_KEY_Down:
  case GDK_KEY_KP_Down:
    y = grid;
    break;
  default:
    return GDK_EVENT_PROPAGATE;
  }
  hints = limn_hints_drag (&hints, values->width, values->height, grip, x, y, grid);
  limn_hints_set (self->settings, drags_negative (self), &hints);
  return GDK_EVENT_STOP;
}

/* ---- Widget ---- */

static void
limn_frame_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                         int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 232;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 320 : 232;
}

static void
limn_frame_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnFrameView *self = LIMN_FRAME_VIEW (widget);

  if (self->settings == NULL || (width == self->width && height == self->height))
    return;
  self->width = width;
  self->height = height;
  self->view = fit (self);
  show_shapes (self, FALSE);
}

static void
limn_frame_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnFrameView *self = LIMN_FRAME_VIEW (widget);
  GdkRGBA positive = limn_color_get (widget, LIMN_COLOR_BASE), negative = limn_color_get (widget, LIMN_COLOR_NEGATIVE);
  gboolean other = self->settings != NULL && drags_negative (self);
  const LimnFrameShape *shape = &self->shapes[other], *ghost = &self->shapes[!other];
  const GdkRGBA *color = other ? &negative : &positive;

  if (self->settings == NULL || !(shape->photo.size.width > 0))
    return;
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, 0, self->width, self->height));
  limn_frame_paint_photo (snapshot, shape);
  limn_frame_paint_frame (snapshot, shape, color);
  if (is_separate (self)) {
    limn_frame_paint_ghost (snapshot, ghost, shape, other ? &positive : &negative);
    limn_frame_paint_tag (snapshot, widget, &ghost->frame, TRUE, other ? _ ("Prompt") : _ ("Negative"),
                          other ? &positive : &negative);
    limn_frame_paint_tag (snapshot, widget, &shape->frame, FALSE, other ? _ ("Negative") : _ ("Prompt"), color);
  }
  limn_frame_paint_grip (snapshot, shape, color);
  gtk_snapshot_pop (snapshot);
}

static void
limn_frame_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnFrameView *self = LIMN_FRAME_VIEW (object);

  if (id != PROP_NEGATIVE) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  if (self->negative == g_value_get_boolean (value))
    return;
  self->negative = g_value_get_boolean (value);
  if (self->settings != NULL)
    update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (object, pspec);
}

static void
limn_frame_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_NEGATIVE)
    g_value_set_boolean (value, LIMN_FRAME_VIEW (object)->negative);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_frame_view_dispose (GObject *object)
{
  LimnFrameView *self = LIMN_FRAME_VIEW (object);

  if (self->settle != NULL)
    adw_animation_pause (self->settle);
  g_clear_object (&self->settle);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (limn_frame_view_parent_class)->dispose (object);
}

static void
limn_frame_view_class_init (LimnFrameViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = limn_frame_view_set_property;
  object_class->get_property = limn_frame_view_get_property;
  object_class->dispose = limn_frame_view_dispose;
  widget_class->measure = limn_frame_view_measure;
  widget_class->size_allocate = limn_frame_view_size_allocate;
  widget_class->snapshot = limn_frame_view_snapshot;

  properties[PROP_NEGATIVE] = g_param_spec_boolean (
      "negative", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "frameview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
limn_frame_view_init (LimnFrameView *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new (), *motion = gtk_event_controller_motion_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  self->settle = adw_timed_animation_new (GTK_WIDGET (self), 0, 1, SETTLE,
                                          adw_callback_animation_target_new (settle_cb, self, NULL));
  g_object_ref_sink (self->settle);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Original photo and the frame in it"),
      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
      _ ("Arrow keys move the frame, with Shift they resize it, with Alt they resize the photo; with Ctrl in single "
         "pixels"),
      -1);
}

void
limn_frame_view_bind (LimnFrameView *self, LimnSettings *settings)
{
  g_return_if_fail (LIMN_IS_FRAME_VIEW (self));

  g_set_object (&self->settings, settings);
  g_signal_connect_object (settings, "notify", G_CALLBACK (hints_changed_cb), self, G_CONNECT_SWAPPED);
  hints_changed_cb (self);
}
