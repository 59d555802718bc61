/* session-models.c - what needs no worker: looking at devices and models.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/session.h"

#include "base/i18n.h"
#include "session/run/info.h"
#include "session/thread/task-thread.h"

/* ---- Devices ---- */

static void
list_devices_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GPtrArray *devices = limn_devices_list (&error);

  if (devices != NULL)
    g_task_return_pointer (task, devices, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
limn_session_list_devices_async (LimnSession *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (LIMN_IS_SESSION (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, limn_session_list_devices_async);
  limn_task_run_in_thread (task, list_devices_thread);
}

GPtrArray *
limn_session_list_devices_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Models ---- */

static void
open_model_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree char *starter = NULL;
  g_autoptr (LimnModel) model = NULL;
  const char *path = data;
  LimnModelInfo *info;
  GError *error = NULL;

  if (path[0] == '\0' && (path = starter = limn_starter_path ()) == NULL) {
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_FILE, "%s",
                             _ ("The starter model is not installed: open a model of your own"));
    return;
  }

  /* opening maps the files and checks every tensor's name: the worker, which may be busy painting, is not needed */
  model = limn_model_open (path, &error);
  if (model == NULL) {
    g_task_return_error (task, error);
    return;
  }
  info = limn_model_info_copy (limn_model_info (model));
  info->fingerprint = limn_model_fingerprint (model);
  g_task_return_pointer (task, info, (GDestroyNotify) limn_model_info_free);
}

void
limn_session_open_model_async (LimnSession *self, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (LIMN_IS_SESSION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_session_open_model_async);
  g_task_set_task_data (task, g_strdup (path != NULL ? path : ""), g_free);
  limn_task_run_in_thread (task, open_model_thread);
}

LimnModelInfo *
limn_session_open_model_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
