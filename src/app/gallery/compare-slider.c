/* compare-slider.c - two pictures and the line between them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/compare-slider.h"

#include <glib/gi18n.h>
#include <math.h>

#define MARGIN 24
#define GRIP 14 /* radius of the grip, pixels */
#define ROUND 6
#define STEP 0.02
#define PAGE 0.1

struct _LimnCompareSlider {
  GtkWidget parent_instance;
  GdkPaintable *before, *after;
  double position;
};

G_DEFINE_FINAL_TYPE (LimnCompareSlider, limn_compare_slider, GTK_TYPE_WIDGET)

enum { PROP_POSITION = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* ---- Geometry ---- */

static gboolean
fit (LimnCompareSlider *self, GdkPaintable *paintable, graphene_rect_t *rect)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN;
  double height = gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN, across, down;
  int own_width = paintable != NULL ? gdk_paintable_get_intrinsic_width (paintable) : 0;
  int own_height = paintable != NULL ? gdk_paintable_get_intrinsic_height (paintable) : 0;

  if (own_width <= 0 || own_height <= 0 || width <= 0 || height <= 0)
    return FALSE;
  across = MAX (1, round (own_width * MIN (width / own_width, height / own_height)));
  down = MAX (1, round (own_height * MIN (width / own_width, height / own_height)));
  *rect =
      GRAPHENE_RECT_INIT (MARGIN + floor ((width - across) / 2), MARGIN + floor ((height - down) / 2), across, down);
  return TRUE;
}

/* What either picture covers. */
static graphene_rect_t
stage_rect (LimnCompareSlider *self)
{
  graphene_rect_t one, other;
  gboolean has_one = fit (self, self->before, &one), has_other = fit (self, self->after, &other);

  if (has_one && has_other)
    graphene_rect_union (&one, &other, &one);
  else if (has_other)
    one = other;
  else if (!has_one)
    one =
        GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
  return one;
}

static gboolean
is_mirrored (LimnCompareSlider *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* Where the line is, from the left. */
static double
line_x (LimnCompareSlider *self, const graphene_rect_t *stage)
{
  double share = is_mirrored (self) ? 1 - self->position : self->position;

  return round (stage->origin.x + stage->size.width * share);
}

static void
move_to_x (LimnCompareSlider *self, double x)
{
  graphene_rect_t stage = stage_rect (self);
  double share = (x - stage.origin.x) / MAX (1, stage.size.width);

  limn_compare_slider_set_position (self, is_mirrored (self) ? 1 - share : share);
}

/* ---- Input ---- */

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnCompareSlider *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  move_to_x (self, x);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, LimnCompareSlider *self)
{
  double x, y;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  move_to_x (self, x + dx);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnCompareSlider *self)
{
  double ahead = is_mirrored (self) ? -1 : 1, position = self->position;

  if (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return GDK_EVENT_PROPAGATE;
  switch (key) {
  case GDK_KEY_Left:
  case GDK_KEY_KP_Left:
    position -= STEP * ahead;
    break;
  case GDK_KEY_Right:
  case GDK_KEY_KP_Right:
    position += STEP * ahead;
    break;
  case GDK_KEY_Page_Up:
    position -= PAGE;
    break;
  case GDK_KEY_Page_Down:
    position += PAGE;
    break;
  case GDK_KEY_Home:
    position = 0;
    break;
  case GDK_KEY_End:
    position = 1;
    break;
  default:
    return GDK_EVENT_PROPAGATE;
  }
  limn_compare_slider_set_position (self, position);
  return GDK_EVENT_STOP;
}

/* ---- Drawing ---- */

static void
draw_paintable (GtkSnapshot *snapshot, GdkPaintable *paintable, const graphene_rect_t *rect,
                const graphene_rect_t *clip)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, rect, ROUND);
  gtk_snapshot_push_clip (snapshot, clip);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &rect->origin);
  gdk_paintable_snapshot (paintable, snapshot, rect->size.width, rect->size.height);
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_pop (snapshot);
}

/* White in a dark rim: seen on every picture, in every theme. */
static void
draw_line (LimnCompareSlider *self, GtkSnapshot *snapshot, double x, const graphene_rect_t *stage)
{
  static const GdkRGBA white = { 1, 1, 1, 1 }, rim = { 0, 0, 0, 0.35f }, ink = { 0, 0, 0, 0.75f };
  double y = round (stage->origin.y + stage->size.height / 2);
  graphene_rect_t circle = GRAPHENE_RECT_INIT (x - GRIP, y - GRIP, 2 * GRIP, 2 * GRIP);
  GskRoundedRect round_rect;
  GskShadow shadow = { .color = rim, .dx = 0, .dy = 1, .radius = 4 };

  gtk_snapshot_append_color (snapshot, &rim, &GRAPHENE_RECT_INIT (x - 2, stage->origin.y, 4, stage->size.height));
  gtk_snapshot_append_color (snapshot, &white, &GRAPHENE_RECT_INIT (x - 1, stage->origin.y, 2, stage->size.height));
  gsk_rounded_rect_init_from_rect (&round_rect, &circle, GRIP);
  gtk_snapshot_push_shadow (snapshot, &shadow, 1);
  gtk_snapshot_push_rounded_clip (snapshot, &round_rect);
  gtk_snapshot_append_color (snapshot, &white, &circle);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_pop (snapshot);
  for (int side = -1; side <= 1; side += 2)
    for (int row = -4; row <= 4; row++) {
      double reach = 9 - ABS (row), width = 2;

      gtk_snapshot_append_color (
          snapshot, &ink, &GRAPHENE_RECT_INIT (side < 0 ? x - reach : x + reach - width, y + row - 0.5, width, 1));
    }
}

static void
limn_compare_slider_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnCompareSlider *self = LIMN_COMPARE_SLIDER (widget);
  float width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t stage = stage_rect (self), rect, left, right;
  float x = line_x (self, &stage);
  gboolean mirrored = is_mirrored (self);

  left = GRAPHENE_RECT_INIT (0, 0, x, height);
  right = GRAPHENE_RECT_INIT (x, 0, MAX (0, width - x), height);
  if (fit (self, self->before, &rect))
    draw_paintable (snapshot, self->before, &rect, mirrored ? &right : &left);
  if (fit (self, self->after, &rect))
    draw_paintable (snapshot, self->after, &rect, mirrored ? &left : &right);
  if (self->before != NULL && self->after != NULL)
    draw_line (self, snapshot, x, &stage);
}

static void
limn_compare_slider_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                             int *minimum_baseline, int *natural_baseline)
{
  *minimum = 160;
  *natural = 512;
}

/* ---- Object ---- */

static void
limn_compare_slider_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_POSITION)
    limn_compare_slider_set_position (LIMN_COMPARE_SLIDER (object), g_value_get_double (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_compare_slider_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_POSITION)
    g_value_set_double (value, LIMN_COMPARE_SLIDER (object)->position);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_compare_slider_dispose (GObject *object)
{
  LimnCompareSlider *self = LIMN_COMPARE_SLIDER (object);

  g_clear_object (&self->before);
  g_clear_object (&self->after);

  G_OBJECT_CLASS (limn_compare_slider_parent_class)->dispose (object);
}

static void
limn_compare_slider_class_init (LimnCompareSliderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = limn_compare_slider_set_property;
  object_class->get_property = limn_compare_slider_get_property;
  object_class->dispose = limn_compare_slider_dispose;
  widget_class->measure = limn_compare_slider_measure;
  widget_class->snapshot = limn_compare_slider_snapshot;

  properties[PROP_POSITION] = g_param_spec_double (
      "position", NULL, NULL, 0, 1, 0.5, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "compare");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
update_value (LimnCompareSlider *self)
{
  /* translators: percent of the first of two pictures that is in view */
  g_autofree char *text = g_strdup_printf (_ ("%d %% of the first picture"), (int) round (self->position * 100));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, self->position * 100,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
limn_compare_slider_init (LimnCompareSlider *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->position = 0.5;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_cursor_from_name (widget, "col-resize");
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (widget, keys);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Line between two pictures; move it with the arrow keys"),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 100.0, -1);
  update_value (self);
}

void
limn_compare_slider_set_paintables (LimnCompareSlider *self, GdkPaintable *before, GdkPaintable *after)
{
  g_return_if_fail (LIMN_IS_COMPARE_SLIDER (self));

  g_set_object (&self->before, before);
  g_set_object (&self->after, after);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

double
limn_compare_slider_get_position (LimnCompareSlider *self)
{
  g_return_val_if_fail (LIMN_IS_COMPARE_SLIDER (self), 0);
  return self->position;
}

void
limn_compare_slider_set_position (LimnCompareSlider *self, double position)
{
  g_return_if_fail (LIMN_IS_COMPARE_SLIDER (self));

  position = CLAMP (position, 0.0, 1.0);
  if (position == self->position)
    return;
  self->position = position;
  update_value (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_POSITION]);
}
