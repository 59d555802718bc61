/* session-ask.c - what the lead worker is asked that is no run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/i18n.h"
#include "session/run/session-private.h"

/* ---- Estimates ---- */

void
limn_session_estimate_async (LimnSession *self, LimnSettings *settings, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  LimnWorker *lead;

  g_return_if_fail (LIMN_IS_SESSION (self));
  g_return_if_fail (LIMN_IS_SETTINGS (settings));

  lead = limn_session_get_lead (self);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_session_estimate_async);
  if (lead == NULL)
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_CANCELLED, "%s", _ ("Limn is closing"));
  else
    limn_estimator_ask (limn_session_get_estimator (self), lead, settings, task);
}

LimnEstimate *
limn_session_estimate_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- What a model predicts ---- */

void
limn_session_probe_async (LimnSession *self, const char *path, GCancellable *cancellable,
                          LimnSessionProgressFunc progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  LimnWorker *lead;

  g_return_if_fail (LIMN_IS_SESSION (self));
  g_return_if_fail (path != NULL);

  lead = limn_session_get_lead (self);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_session_probe_async);
  if (lead == NULL)
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_CANCELLED, "%s", _ ("Limn is closing"));
  else
    limn_prober_ask (limn_session_get_prober (self), lead, path, progress, user_data, task);
}

gboolean
limn_session_probe_finish (LimnSession *self, GAsyncResult *result, LimnProbe *probe, GError **error)
{
  g_autofree LimnProbe *answer = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  answer = g_task_propagate_pointer (G_TASK (result), error);
  if (answer != NULL)
    *probe = *answer;
  return answer != NULL;
}
