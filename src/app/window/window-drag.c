/* window-drag.c - the picture on the canvas, dragged out as a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#define ICON 128 /* pixels */

/* The file, with its settings inside; and its pixels for programs that take no files, or where it could not be
 * saved. */
GdkContentProvider *
limn_window_drag_content (LimnWindow *self)
{
  GdkTexture *texture = limn_canvas_get_texture (self->canvas);
  const char *path = self->picture != NULL ? limn_picture_get_path (self->picture) : NULL;
  GdkContentProvider *providers[2];
  int n = 0;

  if (self->picture == NULL || texture == NULL)
    return NULL;
  if (path != NULL) {
    g_autoptr (GFile) file = g_file_new_for_path (path);
    GSList files = { file, NULL };
    g_auto (GValue) value = G_VALUE_INIT;

    g_value_init (&value, GDK_TYPE_FILE_LIST);
    g_value_take_boxed (&value, gdk_file_list_new_from_list (&files));
    providers[n++] = gdk_content_provider_new_for_value (&value);
  }
  providers[n++] = gdk_content_provider_new_typed (GDK_TYPE_TEXTURE, texture);
  return gdk_content_provider_new_union (providers, (gsize) n);
}

/* While it is zoomed, compared or worked on, the same movement does something else. */
static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, LimnWindow *self)
{
  gboolean compare = FALSE;
  double zoom = 0;

  g_object_get (self->canvas, "zoom", &zoom, "compare", &compare, NULL);
  if (zoom > 0 || compare || limn_canvas_get_mode (self->canvas) != LIMN_CANVAS_VIEW)
    return NULL;
  return limn_window_drag_content (self);
}

static void
begin_cb (GtkDragSource *source, GdkDrag *drag, LimnWindow *self)
{
  GdkTexture *texture = limn_canvas_get_texture (self->canvas);
  float side = MAX (gdk_texture_get_width (texture), gdk_texture_get_height (texture));
  graphene_rect_t rect = GRAPHENE_RECT_INIT (0, 0, gdk_texture_get_width (texture) * ICON / side,
                                             gdk_texture_get_height (texture) * ICON / side);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GdkRGBA edge = { 0, 0, 0, 0.3f };
  g_autoptr (GdkPaintable) icon = NULL;
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &rect, 8);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_texture (snapshot, texture, &rect);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ edge, edge, edge, edge });
  icon = gtk_snapshot_free_to_paintable (snapshot, &rect.size);
  gtk_drag_source_set_icon (source, icon, (int) (rect.size.width / 2), (int) (rect.size.height / 2));
}

void
limn_window_offer_drags (LimnWindow *self)
{
  GtkDragSource *source = gtk_drag_source_new ();

  gtk_drag_source_set_actions (source, GDK_ACTION_COPY);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), self);
  g_signal_connect (source, "drag-begin", G_CALLBACK (begin_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->canvas), GTK_EVENT_CONTROLLER (source));
}
