/* pose-view.c - see pose-view.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/pose-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/texture.h"

#define MARGIN 12     /* units, around the picture */
#define REACH 14      /* units: how near to a point the pointer must be */
#define STEP 0.01     /* of the picture's height, an arrow key's; a fifth of it with Shift */
#define WHEEL 1.06    /* how much larger somebody gets */
#define MOST_UNDO 200 /* changes */
#define LEAST_TALL 0.05
#define MOST_TALL 3.0 /* of the picture, of somebody who is scaled */

struct _LimnPoseView {
  GtkWidget parent_instance;
  LimnPose *pose;
  LimnPosePlace selected, hovered; /* person -1: none */
  LimnPose *before;                /* what is dragged was so; NULL: nothing is */
  double last_x, last_y;           /* where the pointer was, in the picture */
  GPtrArray *past, *future;        /* LimnPose */
  GdkTexture *map;                 /* NULL: to be drawn anew */
  GdkPaintable *backdrop;
};

G_DEFINE_FINAL_TYPE (LimnPoseView, limn_pose_view, GTK_TYPE_WIDGET)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static const LimnPosePlace nothing = { -1, 0 };

static void
pose_free (gpointer pose)
{
  limn_pose_free (pose);
}

/* ---- Where the picture is ---- */

/* scale: units a pixel. */
static graphene_rect_t
place_of (LimnPoseView *self, float *scale)
{
  float width = (float) MAX (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN, 1);
  float height = (float) MAX (gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN, 1);
  float wide = (float) self->pose->width, high = (float) self->pose->height;

  *scale = MIN (width / wide, height / high);
  return GRAPHENE_RECT_INIT (MARGIN + (width - wide * *scale) / 2, MARGIN + (height - high * *scale) / 2, wide * *scale,
                             high * *scale);
}

static void
to_picture (LimnPoseView *self, double x, double y, double *across, double *down, float *scale)
{
  graphene_rect_t place = place_of (self, scale);

  *across = (x - place.origin.x) / *scale;
  *down = (y - place.origin.y) / *scale;
}

static const LimnPosePoint *
point_at (LimnPoseView *self, LimnPosePlace at)
{
  return &g_array_index (self->pose->people, LimnPosePerson, at.person).body[at.point];
}

/* ---- What is said of it ---- */

static void
describe (LimnPoseView *self)
{
  g_autofree char *text = NULL;

  if (self->selected.person >= 0)
    /* translators: a point of a body, and whose it is: "Left elbow, person 2" */
    text =
        g_strdup_printf (_ ("%s, person %d"), limn_pose_point_name (self->selected.point), self->selected.person + 1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text != NULL ? text : "",
                                  -1);
}

static void
redraw (LimnPoseView *self)
{
  g_clear_object (&self->map);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
select_place (LimnPoseView *self, LimnPosePlace place)
{
  self->selected = place;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Who is not there any more, or not seen, is not selected. */
static void
check_selected (LimnPoseView *self)
{
  int people = (int) self->pose->people->len;

  self->hovered = nothing;
  if (self->selected.person >= people)
    self->selected = (LimnPosePlace){ people - 1, self->selected.point };
  describe (self);
}

/* ---- Changes ---- */

static void
take_over (LimnPoseView *self, LimnPose *before)
{
  if (limn_pose_is_same (before, self->pose)) {
    limn_pose_free (before);
    return;
  }
  g_ptr_array_add (self->past, before);
  if (self->past->len > MOST_UNDO)
    g_ptr_array_remove_index (self->past, 0);
  g_ptr_array_set_size (self->future, 0);
  check_selected (self);
  redraw (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
limn_pose_view_change (LimnPoseView *self, void (*change) (LimnPose *pose, int person))
{
  g_return_if_fail (LIMN_IS_POSE_VIEW (self));

  LimnPose *before = limn_pose_copy (self->pose);
  guint people = before->people->len;
  change (self->pose, limn_pose_view_get_person (self));
  if (self->pose->people->len > people)
    self->selected = (LimnPosePlace){ (int) people, LIMN_POSE_NECK };
  take_over (self, before);
}

gboolean
limn_pose_view_can_undo (LimnPoseView *self, gboolean redo)
{
  g_return_val_if_fail (LIMN_IS_POSE_VIEW (self), FALSE);
  return (redo ? self->future : self->past)->len > 0;
}

void
limn_pose_view_undo (LimnPoseView *self, gboolean redo)
{
  g_return_if_fail (LIMN_IS_POSE_VIEW (self));

  GPtrArray *from = redo ? self->future : self->past, *to = redo ? self->past : self->future;
  if (from->len == 0 || self->before != NULL)
    return;
  g_ptr_array_add (to, self->pose);
  self->pose = g_ptr_array_steal_index (from, from->len - 1);
  check_selected (self);
  redraw (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
limn_pose_view_set (LimnPoseView *self, LimnPose *pose)
{
  g_return_if_fail (LIMN_IS_POSE_VIEW (self));

  limn_pose_free (self->pose);
  self->pose = pose;
  g_ptr_array_set_size (self->past, 0);
  g_ptr_array_set_size (self->future, 0);
  self->selected = nothing;
  check_selected (self);
  redraw (self);
}

const LimnPose *
limn_pose_view_get (LimnPoseView *self)
{
  g_return_val_if_fail (LIMN_IS_POSE_VIEW (self), NULL);
  return self->pose;
}

void
limn_pose_view_set_backdrop (LimnPoseView *self, GdkPaintable *backdrop)
{
  g_return_if_fail (LIMN_IS_POSE_VIEW (self));

  g_set_object (&self->backdrop, backdrop);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

int
limn_pose_view_get_person (LimnPoseView *self)
{
  g_return_val_if_fail (LIMN_IS_POSE_VIEW (self), -1);
  return self->selected.person >= 0 ? self->selected.person : (int) self->pose->people->len - 1;
}

/* ---- Pointer ---- */

static LimnPosePlace
find (LimnPoseView *self, double x, double y)
{
  double across, down;
  float scale;

  to_picture (self, x, y, &across, &down, &scale);
  return limn_pose_find (self->pose, across, down, REACH / scale);
}

static void
motion_cb (LimnPoseView *self, double x, double y)
{
  LimnPosePlace place = find (self, x, y);

  if (self->before != NULL || (place.person == self->hovered.person && place.point == self->hovered.point))
    return;
  self->hovered = place;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), place.person >= 0 ? "grab" : NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), place.person >= 0 ? limn_pose_point_name (place.point) : NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
leave_cb (LimnPoseView *self)
{
  self->hovered = nothing;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnPoseView *self)
{
  LimnPosePlace place = find (self, x, y);
  float scale;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  select_place (self, place);
  if (place.person < 0) {
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  self->before = limn_pose_copy (self->pose);
  to_picture (self, x, y, &self->last_x, &self->last_y, &scale);
}

/* In the picture or a little beyond: whoever is farther off is lost. */
static double
within (double value, double side)
{
  return CLAMP (value, -0.5 * side, 1.5 * side);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, LimnPoseView *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  double begin_x, begin_y, across, down;
  float scale;

  if (self->before == NULL || !gtk_gesture_drag_get_start_point (gesture, &begin_x, &begin_y))
    return;
  to_picture (self, begin_x + x, begin_y + y, &across, &down, &scale);
  across = within (across, self->pose->width);
  down = within (down, self->pose->height);
  limn_pose_move (self->pose, self->selected, across - self->last_x, down - self->last_y,
                  (state & GDK_CONTROL_MASK) != 0);
  self->last_x = across;
  self->last_y = down;
  redraw (self);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double x, double y, LimnPoseView *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), NULL);
  if (self->before != NULL)
    take_over (self, g_steal_pointer (&self->before));
}

/* What was dragged stays where it was. */
static void
drag_cancel_cb (LimnPoseView *self)
{
  if (self->before == NULL)
    return;
  limn_pose_free (self->pose);
  self->pose = g_steal_pointer (&self->before);
  redraw (self);
}

static void
scale_person (LimnPoseView *self, double by)
{
  int person = limn_pose_view_get_person (self);

  if (person < 0 || self->before != NULL)
    return;
  g_autoptr (LimnPose) before = limn_pose_copy (self->pose);
  double top = G_MAXDOUBLE, bottom = -G_MAXDOUBLE;
  limn_pose_scale (self->pose, person, by);
  for (int k = 0; k < LIMN_POSE_BODY; k++) {
    const LimnPosePoint *point = point_at (self, (LimnPosePlace){ person, k });
    top = point->seen ? MIN (top, point->y) : top;
    bottom = point->seen ? MAX (bottom, point->y) : bottom;
  }
  double tall = (bottom - top) / self->pose->height;
  if ((by < 1 && tall < LEAST_TALL) || (by > 1 && tall > MOST_TALL))
    limn_pose_scale (self->pose, person, 1 / by);
  else
    take_over (self, g_steal_pointer (&before));
}

static gboolean
scroll_cb (LimnPoseView *self, double x, double y)
{
  if (self->hovered.person >= 0 && self->selected.person != self->hovered.person)
    select_place (self, self->hovered);
  scale_person (self, pow (WHEEL, -y));
  return GDK_EVENT_STOP;
}

/* ---- Keys ---- */

static void
hide_selected (LimnPoseView *self)
{
  LimnPosePlace place = self->selected;

  if (place.person < 0 || !point_at (self, place)->seen || self->before != NULL)
    return;
  LimnPose *before = limn_pose_copy (self->pose);
  limn_pose_show (self->pose, place, FALSE);
  take_over (self, before);
  place = limn_pose_next (self->pose, place, FALSE);
  select_place (self, place.person >= 0 ? place : limn_pose_next (self->pose, nothing, FALSE));
}

static void
nudge (LimnPoseView *self, int x, int y, GdkModifierType state)
{
  double step = STEP * self->pose->height / ((state & GDK_SHIFT_MASK) != 0 ? 5 : 1);

  if (self->before != NULL)
    return;
  if (self->selected.person < 0)
    select_place (self, limn_pose_next (self->pose, nothing, FALSE));
  if (self->selected.person < 0)
    return;
  LimnPose *before = limn_pose_copy (self->pose);
  const LimnPosePoint *point = point_at (self, self->selected);
  limn_pose_move (self->pose, self->selected, within (point->x + step * x, self->pose->width) - point->x,
                  within (point->y + step * y, self->pose->height) - point->y, (state & GDK_CONTROL_MASK) != 0);
  take_over (self, before);
}

/* FALSE where the focus is to go on. */
static gboolean
select_next (LimnPoseView *self, gboolean back)
{
  LimnPosePlace next = limn_pose_next (self->pose, self->selected, back);

  select_place (self, next);
  return next.person >= 0;
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, LimnPoseView *self)
{
  switch (key) {
  case GDK_KEY_Tab:
    return (state & GDK_CONTROL_MASK) == 0 && select_next (self, FALSE);
  case GDK_KEY_ISO_Left_Tab:
    return (state & GDK_CONTROL_MASK) == 0 && select_next (self, TRUE);
  case GDK_KEY_Left:
    nudge (self, -1, 0, state);
    return GDK_EVENT_STOP;
  case GDK_KEY_Right:
    nudge (self, 1, 0, state);
    return GDK_EVENT_STOP;
  case GDK_KEY_Up:
    nudge (self, 0, -1, state);
    return GDK_EVENT_STOP;
  case GDK_KEY_Down:
    nudge (self, 0, 1, state);
    return GDK_EVENT_STOP;
  case GDK_KEY_Delete:
  case GDK_KEY_BackSpace:
    hide_selected (self);
    return GDK_EVENT_STOP;
  case GDK_KEY_plus:
  case GDK_KEY_KP_Add:
    scale_person (self, WHEEL);
    return GDK_EVENT_STOP;
  case GDK_KEY_minus:
  case GDK_KEY_KP_Subtract:
    scale_person (self, 1 / WHEEL);
    return GDK_EVENT_STOP;
  default:
    return GDK_EVENT_PROPAGATE;
  }
}

/* ---- Widget ---- */

static void
limn_pose_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = 200;
  *natural = 560;
}

static void
draw_ring (LimnPoseView *self, GtkSnapshot *snapshot, LimnPosePlace at, float radius, GdkRGBA color)
{
  const LimnPosePoint *point = point_at (self, at);
  GskRoundedRect ring;
  float scale;
  graphene_rect_t place = place_of (self, &scale);
  float x = place.origin.x + (float) point->x * scale, y = place.origin.y + (float) point->y * scale;

  gsk_rounded_rect_init_from_rect (&ring, &GRAPHENE_RECT_INIT (x - radius, y - radius, 2 * radius, 2 * radius), radius);
  gtk_snapshot_append_border (snapshot, &ring, (float[4]){ 2, 2, 2, 2 }, (GdkRGBA[4]){ color, color, color, color });
}

static GdkTexture *
draw_map (LimnPoseView *self, const graphene_rect_t *place)
{
  int by = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  g_autoptr (LimnImage) map =
      limn_pose_draw (self->pose, MAX ((int) place->size.width * by, 1), MAX ((int) place->size.height * by, 1));

  return limn_texture_from_image (map);
}

static void
limn_pose_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnPoseView *self = LIMN_POSE_VIEW (widget);
  GdkRGBA black = { 0, 0, 0, 1 }, dim = { 0, 0, 0, 0.45f }, light = { 1, 1, 1, 0.95f }, soft = { 1, 1, 1, 0.5f };
  float scale;
  graphene_rect_t place = place_of (self, &scale);

  if (self->map == NULL)
    self->map = draw_map (self, &place);
  gtk_snapshot_append_color (snapshot, &black, &place);
  gtk_snapshot_push_clip (snapshot, &place);
  if (self->backdrop != NULL) {
    gtk_snapshot_save (snapshot);
    gtk_snapshot_translate (snapshot, &place.origin);
    gdk_paintable_snapshot (self->backdrop, snapshot, place.size.width, place.size.height);
    gtk_snapshot_restore (snapshot);
    gtk_snapshot_append_color (snapshot, &dim, &place);
    /* what is black in the map lets through what is behind */
    gtk_snapshot_push_blend (snapshot, GSK_BLEND_MODE_LIGHTEN);
    gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 0 }, &place);
    gtk_snapshot_pop (snapshot);
    gtk_snapshot_append_texture (snapshot, self->map, &place);
    gtk_snapshot_pop (snapshot);
  } else
    gtk_snapshot_append_texture (snapshot, self->map, &place);
  gtk_snapshot_pop (snapshot);
  if (self->hovered.person >= 0 && point_at (self, self->hovered)->seen)
    draw_ring (self, snapshot, self->hovered, 9, soft);
  if (self->selected.person >= 0 && point_at (self, self->selected)->seen)
    draw_ring (self, snapshot, self->selected, 9, light);
}

static void
limn_pose_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  g_clear_object (&LIMN_POSE_VIEW (widget)->map);
}

static void
limn_pose_view_dispose (GObject *object)
{
  LimnPoseView *self = LIMN_POSE_VIEW (object);

  g_clear_object (&self->map);
  g_clear_object (&self->backdrop);

  G_OBJECT_CLASS (limn_pose_view_parent_class)->dispose (object);
}

static void
limn_pose_view_finalize (GObject *object)
{
  LimnPoseView *self = LIMN_POSE_VIEW (object);

  limn_pose_free (self->pose);
  limn_pose_free (self->before);
  g_ptr_array_unref (self->past);
  g_ptr_array_unref (self->future);

  G_OBJECT_CLASS (limn_pose_view_parent_class)->finalize (object);
}

static void
limn_pose_view_class_init (LimnPoseViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_pose_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_pose_view_finalize;
  widget_class->measure = limn_pose_view_measure;
  widget_class->size_allocate = limn_pose_view_size_allocate;
  widget_class->snapshot = limn_pose_view_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[CHANGED] =
      g_signal_new ("changed", LIMN_TYPE_POSE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_pose_view_init (LimnPoseView *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new (), *keys = gtk_event_controller_key_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->pose = limn_pose_new (512, 512);
  self->selected = self->hovered = nothing;
  self->past = g_ptr_array_new_with_free_func (pose_free);
  self->future = g_ptr_array_new_with_free_func (pose_free);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Pose"), -1);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect_swapped (drag, "cancel", G_CALLBACK (drag_cancel_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}
