/* prober.c - a question, what becomes of it on the way, and an answer between two threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/prober.h"

typedef struct {
  gatomicrefcount references;
  gint stale; /* atomic: nobody waits for the answer */
  LimnQuestion what;
  GMainContext *context;
  GCancellable *cancellable; /* or NULL */
  LimnSessionProgressFunc func;
  gpointer data;

  GMutex lock;
  LimnProgress progress; /* the newest that was not told yet */
  gboolean telling;      /* it will be */

  /* of the worker, until it posts */
  LimnWorker *worker;
  gpointer answer;
  GError *error;

  /* of the context's thread */
  GTask *task; /* NULL: answered */
} Question;

struct _LimnProber {
  GMainContext *context;
  Question *newest; /* NULL: none waits */
};

static Question *
question_ref (Question *question)
{
  g_atomic_ref_count_inc (&question->references);
  return question;
}

static void
question_unref (Question *question)
{
  if (!g_atomic_ref_count_dec (&question->references))
    return;
  question->what.free_data (question->what.data);
  if (question->answer != NULL)
    question->what.free_answer (question->answer);
  g_clear_error (&question->error);
  g_clear_object (&question->task);
  g_clear_object (&question->cancellable);
  g_main_context_unref (question->context);
  g_mutex_clear (&question->lock);
  g_free (question);
}

static void
post (Question *question, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, question_ref (question), (GDestroyNotify) question_unref);
  g_source_attach (source, question->context);
}

static gboolean
answered_cb (gpointer data)
{
  Question *question = data;
  g_autoptr (GTask) task = g_steal_pointer (&question->task);

  if (task == NULL)
    return G_SOURCE_REMOVE;
  if (question->answer != NULL)
    g_task_return_pointer (task, g_steal_pointer (&question->answer), question->what.free_answer);
  else
    g_task_return_error (task, g_steal_pointer (&question->error));
  return G_SOURCE_REMOVE;
}

static gboolean
tell_cb (gpointer data)
{
  Question *question = data;
  LimnProgress progress;

  g_mutex_lock (&question->lock);
  progress = question->progress;
  question->telling = FALSE;
  g_mutex_unlock (&question->lock);
  if (question->task != NULL)
    question->func (&progress, question->data);
  return G_SOURCE_REMOVE;
}

/* ---- On the worker's thread ---- */

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  Question *question = data;
  gboolean told;

  if (question->func == NULL)
    return;
  g_mutex_lock (&question->lock);
  question->progress = *progress;
  told = question->telling;
  question->telling = TRUE;
  g_mutex_unlock (&question->lock);
  if (!told)
    post (question, tell_cb);
}

static gboolean
cancelled_cb (gpointer data)
{
  Question *question = data;

  return g_atomic_int_get (&question->stale) || limn_worker_is_stopping (question->worker)
         || g_cancellable_is_cancelled (question->cancellable);
}

static void
ask (LimnWorker *worker, Question *question)
{
  const LimnMonitor monitor = { .progress = progress_cb, .cancelled = cancelled_cb, .data = question };
  LimnEngine *engine = limn_worker_engine (worker, &question->error);

  if (engine != NULL)
    question->answer = question->what.ask (worker, engine, question->what.data, &monitor, &question->error);
  if (g_error_matches (question->error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
    limn_worker_drop_engine (worker);
}

static void
ask_job (LimnWorker *worker, gpointer data)
{
  Question *question = data;

  question->worker = worker;
  if (!cancelled_cb (question))
    ask (worker, question);
  if (question->answer == NULL && question->error == NULL)
    g_set_error_literal (&question->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Not wanted any more");
  post (question, answered_cb);
  question_unref (question);
}

/* ---- On the context's ---- */

LimnProber *
limn_prober_new (GMainContext *context)
{
  LimnProber *prober = g_new0 (LimnProber, 1);

  prober->context = g_main_context_ref (context);
  return prober;
}

void
limn_prober_stop (LimnProber *prober)
{
  Question *question = g_steal_pointer (&prober->newest);
  g_autoptr (GTask) task = NULL;

  if (question == NULL)
    return;
  g_atomic_int_set (&question->stale, TRUE);
  task = g_steal_pointer (&question->task);
  if (task != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Not wanted any more");
  question_unref (question);
}

void
limn_prober_ask (LimnProber *prober, LimnWorker *worker, const LimnQuestion *what, LimnSessionProgressFunc progress,
                 gpointer data, GTask *task)
{
  Question *question = g_new0 (Question, 1);

  limn_prober_stop (prober);
  g_atomic_ref_count_init (&question->references);
  g_mutex_init (&question->lock);
  question->what = *what;
  question->context = g_main_context_ref (prober->context);
  g_set_object (&question->cancellable, g_task_get_cancellable (task));
  question->func = progress;
  question->data = data;
  question->task = g_object_ref (task);
  prober->newest = question_ref (question);
  limn_worker_push (worker, LIMN_WORKER_NORMAL, ask_job, question);
}

void
limn_prober_free (LimnProber *prober)
{
  limn_prober_stop (prober);
  g_main_context_unref (prober->context);
  g_free (prober);
}
