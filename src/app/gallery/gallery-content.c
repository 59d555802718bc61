/* gallery-content.c - pictures as they are dragged out and copied: files, or one's bytes as they are on disk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/gallery-private.h"

#define LIMN_TYPE_PNG_CONTENT (limn_png_content_get_type ())
G_DECLARE_FINAL_TYPE (LimnPngContent, limn_png_content, LIMN, PNG_CONTENT, GdkContentProvider)

/* Reads the file only when someone asks: a drag begins at once. */
struct _LimnPngContent {
  GdkContentProvider parent_instance;
  GFile *file;
};

G_DEFINE_FINAL_TYPE (LimnPngContent, limn_png_content, GDK_TYPE_CONTENT_PROVIDER)

static GdkContentFormats *
ref_formats (GdkContentProvider *provider)
{
  static const char *types[] = { "image/png" };

  return gdk_content_formats_new (types, G_N_ELEMENTS (types));
}

static void
spliced_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (object), result, &error) < 0)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
opened_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read_finish (G_FILE (object), result, &error);

  if (stream == NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  g_output_stream_splice_async (g_task_get_task_data (task), G_INPUT_STREAM (stream),
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE, g_task_get_priority (task),
                                g_task_get_cancellable (task), spliced_cb, task);
}

static void
write_async (GdkContentProvider *provider, const char *type, GOutputStream *stream, int priority,
             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (provider, cancellable, callback, user_data);

  g_task_set_source_tag (task, write_async);
  g_task_set_priority (task, priority);
  g_task_set_task_data (task, g_object_ref (stream), g_object_unref);
  g_file_read_async (LIMN_PNG_CONTENT (provider)->file, priority, cancellable, opened_cb, task);
}

static gboolean
write_finish (GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
limn_png_content_dispose (GObject *object)
{
  g_clear_object (&LIMN_PNG_CONTENT (object)->file);

  G_OBJECT_CLASS (limn_png_content_parent_class)->dispose (object);
}

static void
limn_png_content_class_init (LimnPngContentClass *klass)
{
  GdkContentProviderClass *provider_class = GDK_CONTENT_PROVIDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_png_content_dispose;
  provider_class->ref_formats = ref_formats;
  provider_class->write_mime_type_async = write_async;
  provider_class->write_mime_type_finish = write_finish;
}

static void
limn_png_content_init (LimnPngContent *self)
{
}

GdkContentProvider *
limn_gallery_content_new (GPtrArray *entries)
{
  g_autoslist (GFile) files = NULL;
  GdkFileList *list;
  GdkContentProvider *parts[2];
  LimnPngContent *png;

  for (guint i = entries->len; i > 0; i--)
    files = g_slist_prepend (files, g_file_new_for_path (limn_entry_get_path (entries->pdata[i - 1])));
  list = gdk_file_list_new_from_list (files);
  png = g_object_new (LIMN_TYPE_PNG_CONTENT, NULL);
  png->file = g_object_ref (files->data);
  parts[0] = gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, list);
  g_boxed_free (GDK_TYPE_FILE_LIST, list);
  parts[1] = GDK_CONTENT_PROVIDER (png);
  return gdk_content_provider_new_union (parts, G_N_ELEMENTS (parts));
}
