/* estimator.c - questions and answers between two threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/estimator.h"

#include "engine/several.h"

typedef struct {
  gatomicrefcount references;
  gint stale; /* atomic: nobody waits for the answer */
  LimnSettings *settings;
  GMainContext *context;

  /* of the worker, until it posts */
  LimnEstimate *estimate;
  GError *error;

  /* of the context's thread */
  GTask *task; /* NULL: answered */
} Question;

struct _LimnEstimator {
  GMainContext *context;
  Question *newest; /* NULL: none waits */
};

static void
question_unref (Question *question)
{
  if (!g_atomic_ref_count_dec (&question->references))
    return;
  g_object_unref (question->settings);
  g_clear_pointer (&question->estimate, limn_estimate_free);
  g_clear_error (&question->error);
  g_clear_object (&question->task);
  g_main_context_unref (question->context);
  g_free (question);
}

static gboolean
answered_cb (gpointer data)
{
  Question *question = data;
  g_autoptr (GTask) task = g_steal_pointer (&question->task);

  if (task == NULL)
    return G_SOURCE_REMOVE;
  if (question->estimate != NULL)
    g_task_return_pointer (task, g_steal_pointer (&question->estimate), (GDestroyNotify) limn_estimate_free);
  else
    g_task_return_error (task, g_steal_pointer (&question->error));
  return G_SOURCE_REMOVE;
}

static void
estimate (LimnWorker *worker, Question *question)
{
  const LimnSettingsValues *values = limn_settings_values (question->settings);
  LimnEngine *engine = limn_worker_engine (worker, &question->error);
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);
  g_autoptr (GArray) controls = g_array_new (FALSE, FALSE, sizeof (LimnControl));
  g_autofree guint8 *mask = NULL;
  LimnRequest request = { 0 };
  int together = values->batch_size > 0 ? MIN (values->batch_size, values->count) : values->count;

  /* that a wildcard file is missing is said when it is to be painted */
  limn_settings_expand (question->settings, wildcards, NULL);
  if (engine == NULL || !limn_worker_fill_request (worker, question->settings, &request, controls, &question->error))
    return;
  /* that there is a picture counts, not what is on it */
  if (values->source != NULL)
    request.image = limn_source_get_image (values->source);
  if (limn_settings_paints_area (question->settings))
    request.mask = mask = limn_mask_cover (values->mask, request.image->width, request.image->height);
  question->estimate = limn_engine_estimate_several (engine, &request, &together, &question->error);
}

static void
estimate_job (LimnWorker *worker, gpointer data)
{
  Question *question = data;
  g_autoptr (GSource) source = g_idle_source_new ();

  if (!g_atomic_int_get (&question->stale) && !limn_worker_is_stopping (worker))
    estimate (worker, question);
  if (question->estimate == NULL && question->error == NULL)
    g_set_error_literal (&question->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "A newer question came");
  g_source_set_callback (source, answered_cb, question, (GDestroyNotify) question_unref);
  g_source_attach (source, question->context);
}

LimnEstimator *
limn_estimator_new (GMainContext *context)
{
  LimnEstimator *estimator = g_new0 (LimnEstimator, 1);

  estimator->context = g_main_context_ref (context);
  return estimator;
}

void
limn_estimator_stop (LimnEstimator *estimator)
{
  Question *question = g_steal_pointer (&estimator->newest);
  g_autoptr (GTask) task = NULL;

  if (question == NULL)
    return;
  g_atomic_int_set (&question->stale, TRUE);
  task = g_steal_pointer (&question->task);
  if (task != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "A newer question came");
  question_unref (question);
}

void
limn_estimator_ask (LimnEstimator *estimator, LimnWorker *worker, LimnSettings *settings, GTask *task)
{
  Question *question = g_new0 (Question, 1);

  limn_estimator_stop (estimator);
  g_atomic_ref_count_init (&question->references);
  question->settings = limn_settings_copy (settings);
  question->context = g_main_context_ref (estimator->context);
  question->task = g_object_ref (task);
  g_atomic_ref_count_inc (&question->references);
  estimator->newest = question;
  limn_worker_push (worker, LIMN_WORKER_FIRST, estimate_job, question);
}

void
limn_estimator_free (LimnEstimator *estimator)
{
  limn_estimator_stop (estimator);
  g_main_context_unref (estimator->context);
  g_free (estimator);
}
