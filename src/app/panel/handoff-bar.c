/* handoff-bar.c - the base's steps and the refiner's, with a handle between them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/handoff-bar.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/colors.h"

#define HEIGHT 36
#define TICK 4
#define BAR 12
#define HANDLE 20

struct _LimnHandoffBar {
  GtkWidget parent_instance;
  double handoff;
  int steps;
  gboolean off;
  double drag_start;
};

G_DEFINE_FINAL_TYPE (LimnHandoffBar, limn_handoff_bar, GTK_TYPE_WIDGET)

enum { PROP_HANDOFF = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
update_accessible (LimnHandoffBar *self)
{
  int base = (int) round (self->handoff * self->steps);
  g_autofree char *text = NULL;

  /* translators: steps that the base model runs, and that the refiner runs */
  text = self->off ? g_strdup (_ ("Off")) : g_strdup_printf (_ ("Base %d, refiner %d steps"), base, self->steps - base);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                  self->handoff, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_DISABLED, self->off, -1);
}

static void
set_handoff (LimnHandoffBar *self, double handoff)
{
  handoff = CLAMP (handoff, 0.0, 1.0);
  if (self->handoff == handoff)
    return;
  self->handoff = handoff;
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HANDOFF]);
}

static void
move_to (LimnHandoffBar *self, double x)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - HANDLE;
  double share = width > 0 ? (x - HANDLE / 2.0) / width : 0;

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    share = 1 - share;
  set_handoff (self, round (share * self->steps) / self->steps);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnHandoffBar *self)
{
  if (self->off) {
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag_start = x;
  move_to (self, x);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, LimnHandoffBar *self)
{
  if (!self->off)
    move_to (self, self->drag_start + x);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnHandoffBar *self)
{
  double step = 1.0 / self->steps;
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;

  if (self->off)
    return GDK_EVENT_PROPAGATE;
  switch (key) {
  case GDK_KEY_Left:
  case GDK_KEY_KP_Left:
    set_handoff (self, self->handoff + (mirrored ? step : -step));
    return GDK_EVENT_STOP;
  case GDK_KEY_Right:
  case GDK_KEY_KP_Right:
    set_handoff (self, self->handoff + (mirrored ? -step : step));
    return GDK_EVENT_STOP;
  case GDK_KEY_Page_Down:
  case GDK_KEY_KP_Page_Down:
    set_handoff (self, floor (self->handoff * 10 - 1e-6) / 10);
    return GDK_EVENT_STOP;
  case GDK_KEY_Page_Up:
  case GDK_KEY_KP_Page_Up:
    set_handoff (self, ceil (self->handoff * 10 + 1e-6) / 10);
    return GDK_EVENT_STOP;
  case GDK_KEY_Home:
    set_handoff (self, 0);
    return GDK_EVENT_STOP;
  case GDK_KEY_End:
    set_handoff (self, 1);
    return GDK_EVENT_STOP;
  default:
    return GDK_EVENT_PROPAGATE;
  }
}

/* ---- Drawing ---- */

static void
limn_handoff_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  int height = LIMN_HANDOFF_BAR (widget)->off ? HANDLE + 4 : HEIGHT;

  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 80 : height;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : height;
}

static void
append_part (GtkSnapshot *snapshot, const GdkRGBA *color, float x, float y, float width)
{
  if (width > 0)
    gtk_snapshot_append_color (snapshot, color, &GRAPHENE_RECT_INIT (x, y, width, BAR));
}

/* a mark for each tenth below the bar, the middle's and the ends' longer */
static void
append_tenths (LimnHandoffBar *self, GtkSnapshot *snapshot, float top)
{
  float width = gtk_widget_get_width (GTK_WIDGET (self)) - HANDLE;
  GdkRGBA color = limn_color_get (GTK_WIDGET (self), LIMN_COLOR_OTHER);

  for (int i = 0; i <= 10; i++)
    gtk_snapshot_append_color (
        snapshot, &color,
        &GRAPHENE_RECT_INIT (roundf (HANDLE / 2.0f + width * i / 10), top, 1, i % 5 == 0 ? TICK + 2 : TICK));
}

static void
append_handle (GtkSnapshot *snapshot, float x, float middle)
{
  GdkRGBA knob = { 1, 1, 1, 1 }, edge = { 0, 0, 0, 0.25f };
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (
      &outline, &GRAPHENE_RECT_INIT (x - HANDLE / 2.0f, middle - HANDLE / 2.0f, HANDLE, HANDLE), HANDLE / 2.0f);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &edge, 0, 1, 0, 2);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &knob, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ edge, edge, edge, edge });
}

static void
limn_handoff_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnHandoffBar *self = LIMN_HANDOFF_BAR (widget);
  float width = gtk_widget_get_width (widget), top = (HANDLE - BAR) / 2 + 2;
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  double handoff = self->off ? 1 : self->handoff, share = mirrored ? 1 - handoff : handoff;
  float split = self->off ? (mirrored ? 0 : width) : HANDLE / 2.0f + (width - HANDLE) * share;
  GdkRGBA base = limn_color_get (widget, LIMN_COLOR_BASE), refiner = limn_color_get (widget, LIMN_COLOR_REFINER);
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, top, width, BAR), BAR / 2.0f);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  append_part (snapshot, mirrored ? &refiner : &base, 0, top, split);
  append_part (snapshot, mirrored ? &base : &refiner, split, top, width - split);
  gtk_snapshot_pop (snapshot);
  if (self->off)
    return;
  append_tenths (self, snapshot, top + BAR + 5);
  append_handle (snapshot, split, top + BAR / 2.0f);
}

/* ---- Object ---- */

static void
limn_handoff_bar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_HANDOFF)
    set_handoff (LIMN_HANDOFF_BAR (object), g_value_get_double (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_handoff_bar_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_HANDOFF)
    g_value_set_double (value, LIMN_HANDOFF_BAR (object)->handoff);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_handoff_bar_class_init (LimnHandoffBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = limn_handoff_bar_set_property;
  object_class->get_property = limn_handoff_bar_get_property;
  widget_class->measure = limn_handoff_bar_measure;
  widget_class->snapshot = limn_handoff_bar_snapshot;

  properties[PROP_HANDOFF] = g_param_spec_double ("handoff", NULL, NULL, 0, 1, 0.8,
                                                  G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "handoff");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
limn_handoff_bar_init (LimnHandoffBar *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->handoff = 0.8;
  self->steps = 30;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "ew-resize");
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Hand-off to the refiner"),
                                  -1);
  update_accessible (self);
}

void
limn_handoff_bar_set_steps (LimnHandoffBar *self, int steps)
{
  g_return_if_fail (LIMN_IS_HANDOFF_BAR (self));

  self->steps = MAX (1, steps);
  update_accessible (self);
}

void
limn_handoff_bar_set_on (LimnHandoffBar *self, gboolean on)
{
  g_return_if_fail (LIMN_IS_HANDOFF_BAR (self));

  if (self->off == !on)
    return;
  self->off = !on;
  gtk_widget_set_focusable (GTK_WIDGET (self), on);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), on ? "ew-resize" : NULL);
  update_accessible (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
