/* canvas.c - the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas.h"
#include "app/canvas/canvas-private.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define MARGIN 24
#define MASK_INSET 52 /* the tools' */
#define EXTEND_INSET 108
#define EXTEND_MARGIN 56 /* room to drag edges into */
#define FADE 220000      /* µs */
#define KEY_ZOOM 1.25

G_DEFINE_FINAL_TYPE (LimnCanvas, limn_canvas, GTK_TYPE_WIDGET)

enum { PROP_ZOOM = 1, PROP_SHOWN_ZOOM, PROP_COMPARE, PROP_CAN_COMPARE, PROP_WAITING, N_PROPS };
enum { EXTENDED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- View ---- */

static LimnCanvasLayer *
shown_layer (LimnCanvas *self)
{
  return self->mode == LIMN_CANVAS_VIEW ? self->layer : self->base;
}

void
limn_canvas_view_changed (LimnCanvas *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOWN_ZOOM]);
}

void
limn_canvas_resize (LimnCanvas *self, gboolean center)
{
  static const double margins[] = { MARGIN, MARGIN, EXTEND_MARGIN, MARGIN };
  static const double insets[] = { 0, MASK_INSET, EXTEND_INSET, 0 };
  LimnCanvasView *view = &self->view;
  gboolean extends = self->mode == LIMN_CANVAS_EXTEND;
  double width = self->base_width, height = self->base_height;

  if (self->mode == LIMN_CANVAS_VIEW) {
    LimnCanvasLayer *layer = self->layer != NULL || limn_canvas_is_waiting (self) ? self->layer : self->guide;

    width = layer != NULL ? limn_canvas_layer_get_width (layer) : self->waiting_width;
    height = layer != NULL ? limn_canvas_layer_get_height (layer) : self->waiting_height;
  }
  if (view->picture_width != width || view->picture_height != height || center) {
    view->center_x = width / 2;
    view->center_y = height / 2;
  }
  view->picture_width = width;
  view->picture_height = height;
  view->width = gtk_widget_get_width (GTK_WIDGET (self));
  view->height = gtk_widget_get_height (GTK_WIDGET (self));
  view->factor = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  view->margin = MIN (margins[self->mode], MIN (view->width, view->height) / 5);
  view->inset = MIN (insets[self->mode], view->height / 4);
  view->left = extends ? self->margins.left : 0;
  view->top = extends ? self->margins.top : 0;
  view->right = extends ? self->margins.right : 0;
  view->bottom = extends ? self->margins.bottom : 0;
  limn_canvas_view_settle (view);
  limn_canvas_view_changed (self);
}

LimnCanvasPlace
limn_canvas_place (LimnCanvas *self)
{
  return (LimnCanvasPlace){ limn_canvas_view_rect (&self->view), self->view.width, self->view.height, self->view.factor,
                            self->view.zoom <= 0 };
}

static void
zoom_at (LimnCanvas *self, double zoom, double x, double y)
{
  limn_canvas_view_zoom_at (&self->view, zoom, x, y);
  limn_canvas_view_changed (self);
}

gboolean
limn_canvas_is_comparing (LimnCanvas *self)
{
  return (self->compare || self->hold) && self->before != NULL && self->layer != NULL && self->mode == LIMN_CANVAS_VIEW;
}

/* ---- Fading ---- */

static void
stop_fading (LimnCanvas *self)
{
  g_clear_pointer (&self->fading, limn_canvas_layer_unref);
  if (self->fade_tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->fade_tick);
  self->fade_tick = 0;
}

static double
fade_share (LimnCanvas *self)
{
  double t = CLAMP ((g_get_monotonic_time () - self->faded_from) / (double) FADE, 0, 1);

  return t * (2 - t);
}

static gboolean
fade_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  LimnCanvas *self = LIMN_CANVAS (widget);

  gtk_widget_queue_draw (widget);
  if (fade_share (self) < 1)
    return G_SOURCE_CONTINUE;
  self->fade_tick = 0;
  stop_fading (self);
  return G_SOURCE_REMOVE;
}

/* Where steps come faster than a fade, they are a film already. */
static void
fade_from (LimnCanvas *self, LimnCanvasLayer *last)
{
  gint64 now = g_get_monotonic_time ();
  gboolean quick = now - self->shown_at < FADE;

  stop_fading (self);
  self->shown_at = now;
  if (last == NULL || quick || !gtk_widget_get_mapped (GTK_WIDGET (self))
      || !adw_get_enable_animations (GTK_WIDGET (self))
      || limn_canvas_layer_get_width (last) != limn_canvas_layer_get_width (self->layer)
      || limn_canvas_layer_get_height (last) != limn_canvas_layer_get_height (self->layer))
    return;
  self->fading = limn_canvas_layer_ref (last);
  self->faded_from = now;
  self->fade_tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), fade_cb, NULL, NULL);
}

static void
snapshot_layer (LimnCanvas *self, GtkSnapshot *snapshot, LimnCanvasLayer *layer, const LimnCanvasPlace *place)
{
  if (self->fading == NULL || layer != self->layer || self->repeats) {
    limn_canvas_draw_layer (self, snapshot, layer, place);
    return;
  }
  /* both are opaque: their mix keeps the brightness, which one fading over the other does too, but for less */
  limn_canvas_layer_snapshot (self->fading, snapshot, place);
  gtk_snapshot_push_opacity (snapshot, fade_share (self));
  limn_canvas_layer_snapshot (layer, snapshot, place);
  gtk_snapshot_pop (snapshot);
}

/* ---- Widget ---- */

static void
limn_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                     int *minimum_baseline, int *natural_baseline)
{
  *minimum = 160;
  *natural = 512;
}

static void
snapshot_picture (LimnCanvas *self, GtkSnapshot *snapshot, LimnCanvasLayer *layer, const LimnCanvasPlace *place)
{
  GdkRGBA edge = { 0, 0, 0, 0.12f };
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &place->rect,
                                   place->fitted && self->mode == LIMN_CANVAS_VIEW ? LIMN_CANVAS_RADIUS : 0);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  snapshot_layer (self, snapshot, layer, place);
  if (limn_canvas_is_comparing (self))
    limn_canvas_snapshot_compare (self, snapshot, place);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ edge, edge, edge, edge });
}

static void
limn_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnCanvas *self = LIMN_CANVAS (widget);
  LimnCanvasLayer *layer = shown_layer (self);
  LimnCanvasPlace place;
  graphene_rect_t outer;

  if (self->view.picture_width <= 0)
    return;
  place = limn_canvas_place (self);
  outer = self->mode == LIMN_CANVAS_EXTEND ? limn_canvas_extended_rect (self, &place) : place.rect;
  if (layer == NULL && self->mode == LIMN_CANVAS_VIEW)
    limn_canvas_draw_place (self, snapshot, &outer);
  else if (layer == NULL || self->mode == LIMN_CANVAS_EXTEND)
    limn_canvas_draw_checker (self, snapshot, &outer);
  if (layer != NULL)
    snapshot_picture (self, snapshot, layer, &place);
  if (self->guide != NULL && !limn_canvas_mode_edits (self->mode))
    limn_canvas_draw_guide (self, snapshot, &place, layer != NULL ? self->guide_opacity : 1);
  if (self->mode == LIMN_CANVAS_EXTEND)
    limn_canvas_draw_margins (self, snapshot, &place);
  if ((self->mode == LIMN_CANVAS_MASK || self->mode == LIMN_CANVAS_SOURCE) && self->overlay != NULL) {
    limn_canvas_draw_mask (self, snapshot, &place);
    if (self->mode == LIMN_CANVAS_MASK && (self->pointer_inside || self->drag == DRAG_STROKE) && !self->space)
      limn_canvas_draw_brush (self, snapshot);
  }
}

static void
limn_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  limn_canvas_resize (LIMN_CANVAS (widget), FALSE);
}

static void
limn_canvas_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_ZOOM:
    limn_canvas_set_zoom (LIMN_CANVAS (object), g_value_get_double (value));
    break;
  case PROP_COMPARE:
    limn_canvas_set_compare (LIMN_CANVAS (object), g_value_get_boolean (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_canvas_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnCanvas *self = LIMN_CANVAS (object);

  switch (id) {
  case PROP_ZOOM:
    g_value_set_double (value, self->view.zoom);
    break;
  case PROP_SHOWN_ZOOM:
    g_value_set_double (value, limn_canvas_get_shown_zoom (self));
    break;
  case PROP_COMPARE:
    g_value_set_boolean (value, self->compare);
    break;
  case PROP_CAN_COMPARE:
    g_value_set_boolean (value, self->before != NULL && self->mode == LIMN_CANVAS_VIEW);
    break;
  case PROP_WAITING:
    g_value_set_boolean (value, limn_canvas_is_waiting (self) && self->mode == LIMN_CANVAS_VIEW);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_canvas_dispose (GObject *object)
{
  LimnCanvas *self = LIMN_CANVAS (object);

  stop_fading (self);
  limn_canvas_set_editor (self, NULL);
  if (self->rendering != NULL)
    g_cancellable_cancel (self->rendering);
  g_clear_object (&self->rendering);
  g_clear_object (&self->picture);
  g_clear_pointer (&self->layer, limn_canvas_layer_unref);
  g_clear_pointer (&self->finished, limn_canvas_layer_unref);
  g_clear_pointer (&self->before, limn_canvas_layer_unref);
  g_clear_pointer (&self->base, limn_canvas_layer_unref);
  g_clear_pointer (&self->guide, limn_canvas_layer_unref);

  G_OBJECT_CLASS (limn_canvas_parent_class)->dispose (object);
}

static void
limn_canvas_class_init (LimnCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags writable = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = limn_canvas_set_property;
  object_class->get_property = limn_canvas_get_property;
  object_class->dispose = limn_canvas_dispose;
  widget_class->measure = limn_canvas_measure;
  widget_class->snapshot = limn_canvas_snapshot;
  widget_class->size_allocate = limn_canvas_size_allocate;

  properties[PROP_ZOOM] = g_param_spec_double ("zoom", NULL, NULL, 0, LIMN_ZOOM_MOST, 0, writable);
  properties[PROP_SHOWN_ZOOM] = g_param_spec_double ("shown-zoom", NULL, NULL, 0, G_MAXDOUBLE, 1, readable);
  properties[PROP_COMPARE] = g_param_spec_boolean ("compare", NULL, NULL, FALSE, writable);
  properties[PROP_CAN_COMPARE] = g_param_spec_boolean ("can-compare", NULL, NULL, FALSE, readable);
  properties[PROP_WAITING] = g_param_spec_boolean ("waiting", NULL, NULL, FALSE, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[EXTENDED] =
      g_signal_new ("extended", LIMN_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_canvas_init (LimnCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->view.factor = 1;
  self->divider = 0.5;
  self->edge = self->hover_edge = EDGE_NONE;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  limn_canvas_add_input (self);
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (limn_canvas_resize), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("No picture yet"), -1);
}

/* ---- What is shown ---- */

static void
set_waiting (LimnCanvas *self, int width, int height)
{
  self->waiting_width = width;
  self->waiting_height = height;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WAITING]);
}

static void
shown (LimnCanvas *self, const char *label)
{
  if (self->mode != LIMN_CANVAS_VIEW)
    return;
  limn_canvas_resize (self, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* layer: (transfer full) */
static void
show (LimnCanvas *self, LimnCanvasLayer *layer, const char *label)
{
  g_autoptr (LimnCanvasLayer) last = self->layer;

  self->layer = layer;
  if (limn_canvas_is_waiting (self))
    set_waiting (self, 0, 0);
  fade_from (self, last);
  shown (self, label);
}

void
limn_canvas_show_preview (LimnCanvas *self, const LimnImage *preview, int width, int height)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  show (self, limn_canvas_layer_new_preview (preview, width, height), _ ("The picture as it is being painted"));
}

void
limn_canvas_show_picture (LimnCanvas *self, LimnPicture *picture)
{
  const char *prompt;

  g_return_if_fail (LIMN_IS_CANVAS (self));
  g_return_if_fail (LIMN_IS_PICTURE (picture));

  prompt = limn_settings_values (limn_picture_get_settings (picture))->prompt;
  show (self, limn_canvas_layer_new (limn_picture_get_image (picture), limn_picture_get_enlarged (picture)),
        prompt[0] != '\0' ? prompt : _ ("Untitled picture"));
  if (self->picture != picture)
    limn_canvas_look_for_before (self, picture, self->finished);
  g_set_object (&self->picture, picture);
  g_clear_pointer (&self->finished, limn_canvas_layer_unref);
  self->finished = limn_canvas_layer_ref (self->layer);
}

void
limn_canvas_show_waiting (LimnCanvas *self, int width, int height)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));
  g_return_if_fail (width > 0 && height > 0);

  stop_fading (self);
  g_clear_pointer (&self->layer, limn_canvas_layer_unref);
  set_waiting (self, width, height);
  shown (self, _ ("Nothing to see of the picture yet"));
}

void
limn_canvas_stop_waiting (LimnCanvas *self)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  if (!limn_canvas_is_waiting (self))
    return;
  if (self->picture != NULL) {
    limn_canvas_show_picture (self, self->picture);
  } else {
    set_waiting (self, 0, 0);
    shown (self, _ ("No picture yet"));
  }
}

gboolean
limn_canvas_is_waiting (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), FALSE);
  return self->waiting_width > 0;
}

GdkTexture *
limn_canvas_get_texture (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), NULL);
  if (self->layer != NULL)
    return limn_canvas_layer_get_texture (self->layer);
  if (self->mode == LIMN_CANVAS_VIEW)
    return self->guide != NULL ? limn_canvas_layer_get_texture (self->guide) : NULL;
  return self->base != NULL ? limn_canvas_layer_get_texture (self->base) : NULL;
}

void
limn_canvas_set_zoom (LimnCanvas *self, double zoom)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  zoom_at (self, zoom, self->view.width / 2, self->view.height / 2);
}

void
limn_canvas_zoom_by (LimnCanvas *self, double times)
{
  gboolean at_pointer = self->pointer_inside;

  g_return_if_fail (LIMN_IS_CANVAS (self));

  zoom_at (self, limn_canvas_view_zoom (&self->view) * times, at_pointer ? self->pointer_x : self->view.width / 2,
           at_pointer ? self->pointer_y : self->view.height / 2);
}

double
limn_canvas_get_shown_zoom (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), 1);
  return limn_canvas_view_zoom (&self->view);
}

void
limn_canvas_set_compare (LimnCanvas *self, gboolean compare)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  if (self->compare == compare)
    return;
  self->compare = compare;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COMPARE]);
}

void
limn_canvas_hold_compare (LimnCanvas *self, gboolean hold)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  if (self->hold == hold)
    return;
  self->hold = hold;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- Editing ---- */

static void
mask_changed_cb (LimnCanvas *self, int x, int y, int width, int height)
{
  limn_mask_overlay_invalidate (self->overlay, x, y, width, height);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_canvas_set_editor (LimnCanvas *self, LimnMaskEditor *editor)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  if (self->editor != NULL)
    g_signal_handlers_disconnect_by_data (self->editor, self);
  g_clear_pointer (&self->overlay, limn_mask_overlay_free);
  g_set_object (&self->editor, editor);
  if (editor == NULL)
    return;
  self->overlay = limn_mask_overlay_new (editor);
  g_signal_connect_swapped (editor, "changed", G_CALLBACK (mask_changed_cb), self);
  g_signal_connect_swapped (editor, "notify", G_CALLBACK (gtk_widget_queue_draw), self);
}

void
limn_canvas_set_mask_color (LimnCanvas *self, const char *name)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));
  g_return_if_fail (self->overlay != NULL);

  limn_mask_overlay_set_color (self->overlay, name);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_canvas_set_base (LimnCanvas *self, const LimnImage *base, int width, int height)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  g_clear_pointer (&self->base, limn_canvas_layer_unref);
  self->base = base != NULL ? limn_canvas_layer_new (base, NULL) : NULL;
  self->base_width = width;
  self->base_height = height;
  limn_canvas_resize (self, FALSE);
}

void
limn_canvas_set_mode (LimnCanvas *self, LimnCanvasMode mode)
{
  static const char *const labels[] = { N_ ("The picture"),
                                        N_ ("The picture to start from: paint over what is to change"),
                                        N_ ("The picture to start from, and what is added around it"),
                                        N_ ("The picture to start from") };

  g_return_if_fail (LIMN_IS_CANVAS (self));

  if (self->mode == mode)
    return;
  limn_canvas_drag_cancel (self);
  self->mode = mode;
  self->view.zoom = 0;
  limn_canvas_resize (self, TRUE);
  limn_canvas_update_cursor (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (labels[mode]), -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_COMPARE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WAITING]);
}

LimnCanvasMode
limn_canvas_get_mode (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), LIMN_CANVAS_VIEW);
  return self->mode;
}

LimnMargins
limn_canvas_get_margins (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), (LimnMargins){ 0 });
  return self->margins;
}

void
limn_canvas_set_margins (LimnCanvas *self, const LimnMargins *margins)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  self->margins = *margins;
  /* the picture stays under the pointer that drags its edge */
  if (self->drag != DRAG_EDGE)
    limn_canvas_resize (self, FALSE);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
limn_canvas_take_key (LimnCanvas *self, guint key, GdkModifierType modifiers)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), FALSE);

  if (self->view.picture_width <= 0 || (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0)
    return FALSE;
  switch (key) {
  case GDK_KEY_plus:
  case GDK_KEY_equal:
  case GDK_KEY_KP_Add:
    limn_canvas_zoom_by (self, KEY_ZOOM);
    return TRUE;
  case GDK_KEY_minus:
  case GDK_KEY_KP_Subtract:
    limn_canvas_zoom_by (self, 1 / KEY_ZOOM);
    return TRUE;
  case GDK_KEY_0:
  case GDK_KEY_KP_0:
    limn_canvas_set_zoom (self, 0);
    return TRUE;
  case GDK_KEY_1:
  case GDK_KEY_KP_1:
    limn_canvas_set_zoom (self, 1);
    return TRUE;
  default:
    return FALSE;
  }
}
