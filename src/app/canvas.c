/* canvas.c - the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/texture.h"

#define MARGIN 24
#define LEAST_ZOOM 0.05
#define MOST_ZOOM 32.0

struct _LimnCanvas {
  GtkWidget parent_instance;
  GdkTexture *texture; /* what is drawn when the picture is fitted */
  GdkTexture *exact;   /* pixel for pixel; NULL while only a preview is there */
  int width, height;   /* of the picture */
  double zoom;
  double center_x, center_y; /* of the view, in pixels of the picture; while zoomed */
  double drag_x, drag_y;
  double pointer_x, pointer_y;
};

G_DEFINE_FINAL_TYPE (LimnCanvas, limn_canvas, GTK_TYPE_WIDGET)

enum { PROP_ZOOM = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static double
fit_scale (LimnCanvas *self)
{
  double width = MAX (1, gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN);
  double height = MAX (1, gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN);

  return MIN (width / self->width, height / self->height);
}

/* Screen pixels for a pixel of the picture: "100 %" means device pixels on a scaled screen too. */
static double
current_scale (LimnCanvas *self)
{
  return self->zoom > 0 ? self->zoom / gtk_widget_get_scale_factor (GTK_WIDGET (self)) : fit_scale (self);
}

static double
clamp_center (double center, double size, double view)
{
  /* smaller than the view: in the middle */
  if (size <= view)
    return size / 2;
  return CLAMP (center, view / 2, size - view / 2);
}

static void
clamp_view (LimnCanvas *self)
{
  double scale = current_scale (self);

  self->center_x = clamp_center (self->center_x, self->width, gtk_widget_get_width (GTK_WIDGET (self)) / scale);
  self->center_y = clamp_center (self->center_y, self->height, gtk_widget_get_height (GTK_WIDGET (self)) / scale);
}

static graphene_rect_t
picture_rect (LimnCanvas *self)
{
  double scale = current_scale (self);
  double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  double center_x = self->zoom > 0 ? self->center_x : self->width / 2.0;
  double center_y = self->zoom > 0 ? self->center_y : self->height / 2.0;

  return GRAPHENE_RECT_INIT (floor (width / 2 - center_x * scale), floor (height / 2 - center_y * scale),
                             self->width * scale, self->height * scale);
}

/* Keeps the pixel at x, y of the widget where it is. */
static void
zoom_at (LimnCanvas *self, double zoom, double x, double y)
{
  graphene_rect_t rect;
  double scale, picture_x, picture_y;

  if (self->texture == NULL)
    return;
  rect = picture_rect (self);
  scale = current_scale (self);
  picture_x = (x - rect.origin.x) / scale;
  picture_y = (y - rect.origin.y) / scale;

  self->zoom = zoom > 0 ? CLAMP (zoom, LEAST_ZOOM, MOST_ZOOM) : 0;
  scale = current_scale (self);
  self->center_x = picture_x - (x - gtk_widget_get_width (GTK_WIDGET (self)) / 2.0) / scale;
  self->center_y = picture_y - (y - gtk_widget_get_height (GTK_WIDGET (self)) / 2.0) / scale;
  clamp_view (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
}

/* ---- Input ---- */

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, LimnCanvas *self)
{
  self->pointer_x = x;
  self->pointer_y = y;
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, LimnCanvas *self)
{
  if (self->texture == NULL || dy == 0)
    return GDK_EVENT_PROPAGATE;
  zoom_at (self, current_scale (self) * gtk_widget_get_scale_factor (GTK_WIDGET (self)) * pow (1.15, -dy),
           self->pointer_x, self->pointer_y);
  return GDK_EVENT_STOP;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnCanvas *self)
{
  self->drag_x = self->center_x;
  self->drag_y = self->center_y;
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, LimnCanvas *self)
{
  double scale = current_scale (self);

  if (self->texture == NULL || self->zoom <= 0)
    return;
  self->center_x = self->drag_x - x / scale;
  self->center_y = self->drag_y - y / scale;
  clamp_view (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* double click: between fitted and pixel for pixel */
static void
pressed_cb (GtkGestureClick *gesture, int presses, double x, double y, LimnCanvas *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (presses == 2)
    zoom_at (self, self->zoom > 0 ? 0 : 1, x, y);
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
limn_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnCanvas *self = LIMN_CANVAS (widget);
  GdkRGBA edge = { 0, 0, 0, 0.12f };
  GdkTexture *texture;
  graphene_rect_t rect;
  GskRoundedRect outline;

  if (self->texture == NULL)
    return;
  rect = picture_rect (self);
  texture = self->zoom > 0 && self->exact != NULL ? self->exact : self->texture;
  gsk_rounded_rect_init_from_rect (&outline, &rect, self->zoom > 0 ? 0 : 6);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_texture (snapshot, texture, &rect);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ edge, edge, edge, edge });
}

static void
limn_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnCanvas *self = LIMN_CANVAS (widget);

  if (self->texture != NULL && self->zoom > 0)
    clamp_view (self);
}

static void
limn_canvas_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ZOOM)
    limn_canvas_set_zoom (LIMN_CANVAS (object), g_value_get_double (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_canvas_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ZOOM)
    g_value_set_double (value, LIMN_CANVAS (object)->zoom);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_canvas_dispose (GObject *object)
{
  LimnCanvas *self = LIMN_CANVAS (object);

  g_clear_object (&self->texture);
  g_clear_object (&self->exact);

  G_OBJECT_CLASS (limn_canvas_parent_class)->dispose (object);
}

static void
limn_canvas_class_init (LimnCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = limn_canvas_set_property;
  object_class->get_property = limn_canvas_get_property;
  object_class->dispose = limn_canvas_dispose;
  widget_class->measure = limn_canvas_measure;
  widget_class->snapshot = limn_canvas_snapshot;
  widget_class->size_allocate = limn_canvas_size_allocate;

  properties[PROP_ZOOM] = g_param_spec_double ("zoom", NULL, NULL, 0, MOST_ZOOM, 0,
                                               G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_canvas_init (LimnCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *drag = gtk_gesture_drag_new (), *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("No picture yet"), -1);
}

static void
show (LimnCanvas *self, GdkTexture *texture, GdkTexture *exact, int width, int height, const char *label)
{
  g_set_object (&self->texture, texture);
  g_set_object (&self->exact, exact);
  if (self->width != width || self->height != height) {
    self->width = width;
    self->height = height;
    self->center_x = width / 2.0;
    self->center_y = height / 2.0;
  }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_canvas_show_preview (LimnCanvas *self, const LimnImage *preview, int width, int height)
{
  g_autoptr (GdkTexture) texture = limn_texture_from_image (preview);

  g_return_if_fail (LIMN_IS_CANVAS (self));

  show (self, texture, NULL, width, height, _ ("The picture as it is being painted"));
}

void
limn_canvas_show_picture (LimnCanvas *self, LimnPicture *picture)
{
  const LimnImage *image = limn_picture_get_image (picture), *enlarged = limn_picture_get_enlarged (picture);
  g_autoptr (GdkTexture) exact = limn_texture_from_image (image);
  g_autoptr (GdkTexture) smooth = enlarged != image ? limn_texture_from_image (enlarged) : g_object_ref (exact);

  g_return_if_fail (LIMN_IS_CANVAS (self));

  show (self, smooth, exact, image->width, image->height,
        limn_settings_values (limn_picture_get_settings (picture))->prompt);
}

GdkTexture *
limn_canvas_get_texture (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), NULL);
  return self->texture;
}

void
limn_canvas_set_zoom (LimnCanvas *self, double zoom)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  zoom_at (self, zoom, gtk_widget_get_width (GTK_WIDGET (self)) / 2.0, gtk_widget_get_height (GTK_WIDGET (self)) / 2.0);
}
