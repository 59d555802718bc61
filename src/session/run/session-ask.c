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

static gpointer
probe (LimnWorker *worker, LimnEngine *engine, gconstpointer path, const LimnMonitor *monitor, GError **error)
{
  LimnModel *model = limn_worker_model (worker, path, error);
  LimnProbe answer;

  if (model == NULL || !limn_engine_probe (engine, model, monitor, &answer, error))
    return NULL;
  return g_memdup2 (&answer, sizeof answer);
}

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
    limn_prober_ask (limn_session_get_prober (self), lead, &(LimnQuestion){ probe, g_strdup (path), g_free, g_free },
                     progress, user_data, task);
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

/* ---- Where things are in a picture ---- */

typedef struct {
  char *detector;
  LimnImage *image;
  LimnDetectionRule rule;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_free (search->detector);
  limn_image_free (search->image);
  g_free (search);
}

static gpointer
detect (LimnWorker *worker, LimnEngine *engine, gconstpointer data, const LimnMonitor *monitor, GError **error)
{
  const Search *search = data;

  return limn_engine_detect (engine, search->detector, search->image, &search->rule, monitor, error);
}

void
limn_session_detect_async (LimnSession *self, const char *detector, const LimnImage *image,
                           const LimnDetectionRule *rule, GCancellable *cancellable, LimnSessionProgressFunc progress,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  const Search search = { g_strdup (detector), limn_image_copy (image), *rule };
  const LimnQuestion question = { detect, g_memdup2 (&search, sizeof search), search_free,
                                  (GDestroyNotify) g_array_unref };
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  LimnWorker *lead = limn_session_get_lead (self);

  g_task_set_source_tag (task, limn_session_detect_async);
  if (lead == NULL) {
    search_free (question.data);
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_CANCELLED, "%s", _ ("Limn is closing"));
  } else {
    limn_prober_ask (limn_session_get_prober (self), lead, &question, progress, user_data, task);
  }
}

GArray *
limn_session_detect_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
