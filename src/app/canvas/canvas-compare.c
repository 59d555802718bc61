/* canvas-compare.c - the picture before beside the one after.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "session/thread/task-thread.h"

typedef struct {
  LimnSource *source;
  int width, height;
  double x, y;
  LimnSourceFit fit;
} Wanted;

static void
wanted_free (Wanted *wanted)
{
  g_object_unref (wanted->source);
  g_free (wanted);
}

static void
render_thread (GTask *task, gpointer canvas, gpointer data, GCancellable *cancellable)
{
  Wanted *wanted = data;

  g_task_return_pointer (
      task, limn_source_render (wanted->source, wanted->width, wanted->height, wanted->x, wanted->y, wanted->fit),
      (GDestroyNotify) limn_image_free);
}

static void
set_before (LimnCanvas *self, LimnCanvasLayer *before)
{
  g_clear_pointer (&self->before, limn_canvas_layer_unref);
  self->before = before;
  g_object_notify (G_OBJECT (self), "can-compare");
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
rendered_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnImage) image = g_task_propagate_pointer (G_TASK (result), NULL);

  if (image != NULL)
    set_before (LIMN_CANVAS (object), limn_canvas_layer_new (image, NULL));
}

static void
render (LimnCanvas *self, LimnPicture *picture)
{
  const LimnSettingsValues *values = limn_settings_values (limn_picture_get_settings (picture));
  const LimnImage *image = limn_picture_get_image (picture);
  g_autoptr (GTask) task = NULL;
  Wanted *wanted;

  if (values->source == NULL)
    return;
  wanted = g_new (Wanted, 1);
  *wanted =
      (Wanted){ g_object_ref (values->source),     image->width, image->height, values->source_x, values->source_y,
                (LimnSourceFit) values->source_fit };
  self->rendering = g_cancellable_new ();
  task = g_task_new (self, self->rendering, rendered_cb, NULL);
  g_task_set_source_tag (task, render);
  g_task_set_task_data (task, wanted, (GDestroyNotify) wanted_free);
  limn_task_run_in_thread (task, render_thread);
}

void
limn_canvas_look_for_before (LimnCanvas *self, LimnPicture *picture, LimnCanvasLayer *last)
{
  if (self->rendering != NULL)
    g_cancellable_cancel (self->rendering);
  g_clear_object (&self->rendering);
  set_before (self, last != NULL ? limn_canvas_layer_ref (last) : NULL);
  if (picture != NULL)
    render (self, picture);
}

/* before may have another shape: as large as fits into the picture's place. */
static LimnCanvasPlace
place_before (LimnCanvas *self, const LimnCanvasPlace *place)
{
  LimnCanvasPlace inside = *place;
  float width = limn_canvas_layer_get_width (self->before), height = limn_canvas_layer_get_height (self->before);
  float scale = MIN (place->rect.size.width / width, place->rect.size.height / height);

  inside.rect = GRAPHENE_RECT_INIT (place->rect.origin.x + (place->rect.size.width - width * scale) / 2,
                                    place->rect.origin.y + (place->rect.size.height - height * scale) / 2,
                                    width * scale, height * scale);
  return inside;
}

void
limn_canvas_snapshot_compare (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place)
{
  LimnCanvasPlace inside = place_before (self, place);
  graphene_rect_t left = place->rect;
  GdkRGBA line = { 1, 1, 1, 1 }, shade = { 0, 0, 0, 0.5f };
  double x = floor (place->rect.origin.x + self->divider * place->rect.size.width);
  double top = MAX (0, place->rect.origin.y), end = MIN (place->width, place->rect.origin.x + place->rect.size.width);
  double bottom = MIN (place->height, place->rect.origin.y + place->rect.size.height);
  GskRoundedRect knob;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (x - 9, (top + bottom) / 2 - 16, 18, 32);

  left.size.width = MAX (0, x - left.origin.x);
  gtk_snapshot_push_clip (snapshot, &left);
  limn_canvas_draw_checker (self, snapshot, &place->rect);
  limn_canvas_layer_snapshot (self->before, snapshot, &inside);
  gtk_snapshot_pop (snapshot);

  gtk_snapshot_append_color (snapshot, &shade, &GRAPHENE_RECT_INIT (x - 2, top, 4, bottom - top));
  gtk_snapshot_append_color (snapshot, &line, &GRAPHENE_RECT_INIT (x - 1, top, 2, bottom - top));
  gsk_rounded_rect_init_from_rect (&knob, &bounds, 9);
  gtk_snapshot_append_outset_shadow (snapshot, &knob, &shade, 0, 1, 0, 4);
  gtk_snapshot_push_rounded_clip (snapshot, &knob);
  gtk_snapshot_append_color (snapshot, &line, &bounds);
  gtk_snapshot_pop (snapshot);
  shade = (GdkRGBA){ 0, 0, 0, 0.6f };
  gtk_snapshot_append_color (snapshot, &shade, &GRAPHENE_RECT_INIT (x - 3, bounds.origin.y + 10, 2, 12));
  gtk_snapshot_append_color (snapshot, &shade, &GRAPHENE_RECT_INIT (x + 1, bounds.origin.y + 10, 2, 12));

  /* translators: the picture on the left of the dividing line */
  limn_canvas_draw_plate (self, snapshot, _ ("Before"), MAX (0, place->rect.origin.x) + 10, top + 10, FALSE);
  /* translators: the picture on the right of the dividing line */
  limn_canvas_draw_plate (self, snapshot, _ ("After"), end - 10, top + 10, TRUE);
}
