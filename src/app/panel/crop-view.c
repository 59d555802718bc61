/* crop-view.c - a picture with the part that is used standing out, or in the middle of its filled borders.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/crop-view.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/widget/texture.h"
#include "session/thread/task-thread.h"

#define THUMBNAIL 480 /* pixels */
#define HEIGHT 190
#define NUDGE 0.05 /* of the way, for an arrow key */

struct _LimnCropView {
  GtkWidget parent_instance;
  LimnSettings *settings;
  LimnSource *shown; /* whose thumbnail it is */
  GdkTexture *thumbnail;
  LimnImage *small;       /* the same pixels */
  GdkTexture *padded;     /* small with its borders filled, or NULL */
  LimnCrop padded_inside; /* where small is in it */
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
  self->small = limn_image_from_texture (texture, NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
forget (LimnCropView *self)
{
  g_clear_object (&self->thumbnail);
  g_clear_object (&self->padded);
  g_clear_pointer (&self->small, limn_image_free);
}

static void
source_changed_cb (LimnCropView *self)
{
  LimnSource *source = limn_settings_values (self->settings)->source;
  g_autoptr (GTask) task = NULL;

  if (!g_set_object (&self->shown, source))
    return;
  forget (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (source == NULL)
    return;
  task = g_task_new (self, NULL, thumbnail_cb, NULL);
  g_task_set_task_data (task, g_object_ref (source), g_object_unref);
  limn_task_run_in_thread (task, thumbnail_thread);
}

/* ---- Geometry ---- */

static gboolean
pads (LimnCropView *self)
{
  return limn_settings_values (self->settings)->source_fit == LIMN_SOURCE_PAD;
}

static graphene_rect_t
fit_rect (LimnCropView *self, float width, float height, float *scale)
{
  float view_width = gtk_widget_get_width (GTK_WIDGET (self)), view_height = gtk_widget_get_height (GTK_WIDGET (self));

  *scale = MIN (view_width / width, view_height / height);
  return GRAPHENE_RECT_INIT ((view_width - width * *scale) / 2, (view_height - height * *scale) / 2, width * *scale,
                             height * *scale);
}

/* outer: all that is drawn; inner: the part of the picture that is used, or the whole picture within its borders. */
static gboolean
layout (LimnCropView *self, graphene_rect_t *outer, graphene_rect_t *inner)
{
  const LimnSettingsValues *values;
  int width, height;
  float scale;
  LimnCrop place;

  if (self->shown == NULL || gtk_widget_get_width (GTK_WIDGET (self)) <= 0)
    return FALSE;
  values = limn_settings_values (self->settings);
  width = limn_source_get_width (self->shown);
  height = limn_source_get_height (self->shown);
  if (pads (self)) {
    *outer = fit_rect (self, values->width, values->height, &scale);
    place = limn_pad_fit (width, height, values->width, values->height, values->source_x, values->source_y);
  } else {
    *outer = fit_rect (self, width, height, &scale);
    place = limn_crop_fit (width, height, values->width, values->height, values->source_x, values->source_y);
  }
  *inner = GRAPHENE_RECT_INIT (outer->origin.x + place.x * scale, outer->origin.y + place.y * scale,
                               place.width * scale, place.height * scale);
  return TRUE;
}

/* The thumbnail with its borders filled as limn_source_render () will fill the picture's.  Quick: nothing is scaled. */
static void
fill_borders (LimnCropView *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  int width = self->small->width, height = self->small->height;
  gint64 wide = (gint64) height * values->width / values->height,
         tall = (gint64) width * values->height / values->width;
  LimnCrop inside;
  g_autoptr (LimnImage) padded = NULL;

  wide = CLAMP (wide, width, 8 * THUMBNAIL);
  tall = wide > width ? height : CLAMP (tall, height, 8 * THUMBNAIL);
  inside = (LimnCrop){ (int) ((wide - width) * CLAMP (values->source_x, 0, 1) + 0.5),
                       (int) ((tall - height) * CLAMP (values->source_y, 0, 1) + 0.5), width, height };
  if (self->padded != NULL && gdk_texture_get_width (self->padded) == wide
      && gdk_texture_get_height (self->padded) == tall && memcmp (&inside, &self->padded_inside, sizeof inside) == 0)
    return;
  padded = limn_image_new ((int) wide, (int) tall);
  for (int y = 0; y < height; y++)
    memcpy (padded->rgb + ((gsize) (inside.y + y) * wide + inside.x) * 3, self->small->rgb + (gsize) y * width * 3,
            (gsize) width * 3);
  limn_image_fill_border (padded, &inside);
  g_clear_object (&self->padded);
  self->padded = limn_texture_from_image (padded);
  self->padded_inside = inside;
}

/* ---- Moving ---- */

static void
describe (LimnCropView *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *text = NULL;
  LimnCrop crop;

  if (values->source == NULL)
    return;
  if (pads (self)) {
    text = g_strdup (_ ("The whole picture, its borders filled"));
  } else {
    crop = limn_crop_fit (limn_source_get_width (values->source), limn_source_get_height (values->source),
                          values->width, values->height, values->source_x, values->source_y);
    /* translators: a part of a picture: its width, height, left and top */
    text = g_strdup_printf (_ ("%d × %d at %d, %d"), crop.width, crop.height, crop.x, crop.y);
  }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
changed_cb (LimnCropView *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  describe (self);
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
  graphene_rect_t outer, inner;
  double free_x, free_y;

  if (!layout (self, &outer, &inner))
    return;
  free_x = outer.size.width - inner.size.width;
  free_y = outer.size.height - inner.size.height;
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
  case GDK_KEY_Home:
    x = y = 0;
    break;
  case GDK_KEY_End:
    x = y = 1;
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
append_outline (GtkSnapshot *snapshot, const graphene_rect_t *rect, float width, GdkRGBA color)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, rect, 0);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ width, width, width, width },
                              (GdkRGBA[4]){ color, color, color, color });
}

/* thirds, to place what matters */
static void
append_thirds (GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  GdkRGBA line = { 1, 1, 1, 0.35f };

  for (int i = 1; i <= 2; i++) {
    float x = rect->origin.x + rect->size.width * i / 3, y = rect->origin.y + rect->size.height * i / 3;

    gtk_snapshot_append_color (snapshot, &line, &GRAPHENE_RECT_INIT (x, rect->origin.y, 1, rect->size.height));
    gtk_snapshot_append_color (snapshot, &line, &GRAPHENE_RECT_INIT (rect->origin.x, y, rect->size.width, 1));
  }
}

static void
limn_crop_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnCropView *self = LIMN_CROP_VIEW (widget);
  GdkRGBA dim = { 0, 0, 0, 0.6f }, light = { 1, 1, 1, 0.9f }, dark = { 0, 0, 0, 0.5f };
  graphene_rect_t outer, inner;

  if (self->thumbnail == NULL || !layout (self, &outer, &inner))
    return;
  if (pads (self)) {
    fill_borders (self);
    gtk_snapshot_append_texture (snapshot, self->padded, &outer);
    append_outline (snapshot, &inner, 1, dark);
  } else {
    gtk_snapshot_append_texture (snapshot, self->thumbnail, &outer);
    gtk_snapshot_append_color (snapshot, &dim, &outer);
    gtk_snapshot_push_clip (snapshot, &inner);
    gtk_snapshot_append_texture (snapshot, self->thumbnail, &outer);
    gtk_snapshot_pop (snapshot);
    append_thirds (snapshot, &inner);
  }
  append_outline (snapshot, pads (self) ? &outer : &inner, 2, light);
}

static void
limn_crop_view_dispose (GObject *object)
{
  LimnCropView *self = LIMN_CROP_VIEW (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->shown);
  forget (self);

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
                                  _ ("How the picture is used; move it with the arrow keys"), -1);
}

void
limn_crop_view_bind (LimnCropView *self, LimnSettings *settings)
{
  const char *const watched[] = { "notify::width",    "notify::height",     "notify::source-x",
                                  "notify::source-y", "notify::source-fit", "notify::source" };

  g_set_object (&self->settings, settings);
  g_signal_connect_object (settings, "notify::source", G_CALLBACK (source_changed_cb), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (settings, watched[i], G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  source_changed_cb (self);
  describe (self);
}
