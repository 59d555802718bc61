/* mask-file.c - reads and writes masks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/mask-file.h"

#include <glib/gi18n.h>

#include "app/mask-place.h"
#include "app/texture.h"

#define LARGEST 16384 /* pixels a side */

static void
load_thread (GTask *task, gpointer source, gpointer file, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, &error);
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autofree char *name = g_file_get_basename (file);

  if (stream != NULL)
    pixbuf = gdk_pixbuf_new_from_stream (G_INPUT_STREAM (stream), cancellable, &error);
  if (pixbuf == NULL) {
    g_prefix_error (&error, "%s: ", name);
    g_task_return_error (task, error);
  } else if (gdk_pixbuf_get_width (pixbuf) > LARGEST || gdk_pixbuf_get_height (pixbuf) > LARGEST) {
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: %d × %d pixels; at most %d a side can be used"),
                             name, gdk_pixbuf_get_width (pixbuf), gdk_pixbuf_get_height (pixbuf), LARGEST);
  } else {
    g_task_return_pointer (task, limn_image_from_pixbuf (pixbuf, NULL), (GDestroyNotify) limn_image_free);
  }
}

void
limn_mask_load_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (G_IS_FILE (file));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_mask_load_async);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  g_task_run_in_thread (task, load_thread);
}

LimnImage *
limn_mask_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
save_thread (GTask *task, gpointer mask, gpointer path, GCancellable *cancellable)
{
  g_autoptr (LimnImage) image = limn_mask_to_image (mask);
  GError *error = NULL;

  if (limn_image_save_png (image, path, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
limn_mask_save_async (LimnMask *mask, const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (LIMN_IS_MASK (mask));
  g_return_if_fail (path != NULL);

  task = g_task_new (mask, NULL, callback, user_data);
  g_task_set_source_tag (task, limn_mask_save_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, save_thread);
}

gboolean
limn_mask_save_finish (LimnMask *mask, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, mask), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
