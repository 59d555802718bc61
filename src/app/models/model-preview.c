/* model-preview.c - see model-preview.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/models/model-preview.h"

#include "app/widget/texture.h"
#include "photo/photo.h"
#include "session/thread/task-thread.h"

#define SIDE 320

typedef struct {
  char *path, *preview;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->path);
  g_free (job->preview);
  g_free (job);
}

static gboolean
tick_cb (double fraction, gpointer cancellable)
{
  return !g_cancellable_is_cancelled (cancellable);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  const LimnTick tick = { tick_cb, cancellable };
  g_autoptr (GBytes) inside = job->preview == NULL ? limn_file_look_inside (job->path) : NULL;
  g_autoptr (LimnPhoto) photo = NULL;

  if (job->preview != NULL)
    photo = limn_photo_load (job->preview, &tick, NULL);
  else if (inside != NULL)
    photo = limn_photo_load_bytes (job->path, inside, &tick, NULL);
  g_task_return_pointer (task, photo != NULL ? limn_texture_thumbnail (photo->image, SIDE) : NULL, g_object_unref);
}

void
limn_model_preview_load_async (LimnModelEntry *entry, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (entry, cancellable, callback, user_data);
  const LimnFileFacts *facts = limn_model_entry_get_facts (entry);
  Job *job = g_new (Job, 1);

  *job = (Job){ g_strdup (facts->path), g_strdup (facts->preview) };
  g_task_set_task_data (task, job, job_free);
  g_task_set_priority (task, G_PRIORITY_LOW);
  limn_task_run_in_thread (task, load_thread);
}

GdkTexture *
limn_model_preview_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

const char *
limn_model_preview_icon (const LimnFileFacts *facts)
{
  static const char *const icons[] = {
    [LIMN_FILE_MODEL] = "applications-graphics-symbolic", [LIMN_FILE_LORA] = "list-add-symbolic",
    [LIMN_FILE_EMBEDDING] = "font-x-generic-symbolic",    [LIMN_FILE_PART] = "application-x-addon-symbolic",
    [LIMN_FILE_CONTROL] = "insert-object-symbolic",       [LIMN_FILE_UPSCALER] = "zoom-in-symbolic",
    [LIMN_FILE_DETECTOR] = "edit-find-symbolic",          [LIMN_FILE_OTHER] = "dialog-question-symbolic",
  };

  return icons[facts->kind];
}
