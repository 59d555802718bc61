/* crop-view.c - a picture with the part that is used standing out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/crop-view.h"

#include <glib/gi18n.h>

#include "app/texture.h"

#define THUMBNAIL 640 /* pixels */
#define HEIGHT 190
#define NUDGE 0.05 /* of the way, for an arrow key */

struct _LimnCropView {
  GtkWidget parent_instance;
  LimnSettings *settings;
  LimnSource *shown; /* whose thumbnail it is */
  GdkTexture *thumbnail;
  double drag_x, drag_y;
};

G_DEFINE_FINAL_TYPE (LimnCropView, limn_crop_view, GTK_TYPE_WIDGET)

/* ---- Thumbnail ---- */

static void
thumbnail_thread (GTask *task, gpointer view, gpointer source, GCancellable *cancellable)
{
  g_task_return_pointer (task, limn_texture_thumbnail (limn_source_get_image (source), THUMBNAIL), g_object_unref);
}

static void
thumbnail_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnCropView *self = LIMN_CROP_VIEW (object);
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), NULL);

  if (texture == NULL || self->shown != g_task_get_task_data (G_TASK (result)))
    return;
  g_set_object (&self->thumbnail, texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
source_changed_cb (LimnCropView *self)
{
  LimnSource *source = limn_settings_values (self->settings)->source;
  g_autoptr (GTask) task = NULL;

  if (!g_set_object (&self->shown, source))
    return;
  g_clear_object (&self->thumbnail);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (source == NULL)
    return;
  task = g_task_new (self, NULL, thumbnail_cb, NULL);
  g_task_set_task_data (task, g_object_ref (source), g_object_unref);
  g_task_run_in_thread (task, thumbnail_thread);
}

/* ---- Geometry ---- */

/* Where the whole picture, and its used part, are drawn. */
static gboolean
layout (LimnCropView *self, graphene_rect_t *whole, graphene_rect_t *used)
{
  const LimnSettingsValues *values;
  const LimnImage *image;
  LimnCrop crop;
  float width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self)), scale;

  if (self->shown == NULL || width <= 0 || height <= 0)
    return FALSE;
  values = limn_settings_values (self->settings);
  image = limn_source_get_image (self->shown);
  scale = MIN (width / image->width, height / image->height);
  *whole = GRAPHENE_RECT_INIT ((width - image->width * scale) / 2, (height - image->height * scale) / 2,
                               image->width * scale, image->height * scale);
  crop = limn_crop_fit (image->width, image->height, values->width, values->height, values->source_x, values->source_y);
  *used = GRAPHENE_RECT_INIT (whole->origin.x + crop.x * scale, whole->origin.y + crop.y * scale, crop.width * scale,
                              crop.height * scale);
  return TRUE;
}

static void
move_to (LimnCropView *self, double x, double y)
{
  g_object_set (self->settings, "source-x", CLAMP (x, 0.0, 1.0), "source-y", CLAMP (y, 0.0, 1.0), NULL);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnCropView *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag_x = values->source_x;
  self->drag_y = values->source_y;
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, LimnCropView *self)
{
  graphene_rect_t whole, used;
  double free_x, free_y;

  if (!layout (self, &whole, &used))
    return;
  free_x = whole.size.width - used.size.width;
  free_y = whole.size.height - used.size.height;
  move_to (self, free_x > 1 ? self->drag_x + x / free_x : self->drag_x,
           free_y > 1 ? self->drag_y + y / free_y : self->drag_y);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnCropView *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  double x = values->source_x, y = values->source_y;

  switch (key) {
  case GDK_KEY_Left:
    x -= NUDGE;
    break;
  case GDK_KEY_Right:
    x += NUDGE;
    break;
  case GDK_KEY_Up:
    y -= NUDGE;
    break;
  case GDK_KEY_Down:
    y += NUDGE;
    break;
  default:
    return GDK_EVENT_PROPAGATE;
  }
  move_to (self, x, y);
  return GDK_EVENT_STOP;
}

/* ---- Widget ---- */

static void
limn_crop_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 80 : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : HEIGHT;
}

static void
limn_crop_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnCropView *self = LIMN_CROP_VIEW (widget);
  GdkRGBA dim = { 0, 0, 0, 0.6f }, light = { 1, 1, 1, 0.9f };
  graphene_rect_t whole, used;
  GskRoundedRect outline;

  if (self->thumbnail == NULL || !layout (self, &whole, &used))
    return;
  gtk_snapshot_append_texture (snapshot, self->thumbnail, &whole);
  gtk_snapshot_append_color (snapshot, &dim, &whole);
  gtk_snapshot_push_clip (snapshot, &used);
  gtk_snapshot_append_texture (snapshot, self->thumbnail, &whole);
  gtk_snapshot_pop (snapshot);
  gsk_rounded_rect_init_from_rect (&outline, &used, 0);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 2, 2, 2, 2 }, (GdkRGBA[4]){ light, light, light, light });
}

static void
limn_crop_view_dispose (GObject *object)
{
  LimnCropView *self = LIMN_CROP_VIEW (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->shown);
  g_clear_object (&self->thumbnail);

  G_OBJECT_CLASS (limn_crop_view_parent_class)->dispose (object);
}

static void
limn_crop_view_class_init (LimnCropViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_crop_view_dispose;
  widget_class->measure = limn_crop_view_measure;
  widget_class->snapshot = limn_crop_view_snapshot;
  gtk_widget_class_set_css_name (widget_class, "crop");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_crop_view_init (LimnCropView *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "move");
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("The part of the picture that is used; move it with the arrow keys"), -1);
}

void
limn_crop_view_bind (LimnCropView *self, LimnSettings *settings)
{
  const char *const watched[] = { "notify::width", "notify::height", "notify::source-x", "notify::source-y" };

  g_set_object (&self->settings, settings);
  g_signal_connect_object (settings, "notify::source", G_CALLBACK (source_changed_cb), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (settings, watched[i], G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  source_changed_cb (self);
}
