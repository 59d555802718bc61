/* mask-file.c - reads and writes masks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-file.h"

#include "app/canvas/mask-place.h"
#include "photo/photo.h"
#include "session/thread/task-thread.h"

static gboolean
tick_cb (double fraction, gpointer cancellable)
{
  return !g_cancellable_is_cancelled (cancellable);
}

static void
load_thread (GTask *task, gpointer source, gpointer file, GCancellable *cancellable)
{
  GError *error = NULL;
  LimnTick tick = { tick_cb, cancellable };
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr (GBytes) bytes = g_file_load_bytes (file, cancellable, NULL, &error);
  g_autoptr (LimnPhoto) photo = NULL;

  if (bytes == NULL)
    g_prefix_error (&error, "%s: ", name);
  else
    photo = limn_photo_load_bytes (name, bytes, &tick, &error);
  if (photo == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, limn_photo_to_mask (photo), (GDestroyNotify) limn_image_free);
}

void
limn_mask_load_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (G_IS_FILE (file));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_mask_load_async);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  limn_task_run_in_thread (task, load_thread);
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
  limn_task_run_in_thread (task, save_thread);
}

gboolean
limn_mask_save_finish (LimnMask *mask, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, mask), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
