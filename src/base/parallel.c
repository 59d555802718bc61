/* parallel.c - see parallel.h.
 *
 * Helpers stay for the next time, since what they are called for takes less than a millisecond.  Who calls does all
 * that no helper has begun, and so waits for none that is busy elsewhere, or could not be had.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/parallel.h"

typedef struct {
  gatomicrefcount references;
  LimnParallelFunc work;
  gpointer data;
  guint n, next; /* next: atomic */
  guint done;    /* locked */
  GMutex lock;
  GCond all_done;
} Job;

static void
job_unref (Job *job)
{
  if (!g_atomic_ref_count_dec (&job->references))
    return;
  g_mutex_clear (&job->lock);
  g_cond_clear (&job->all_done);
  g_free (job);
}

/* All that nobody has begun. */
static void
take_part (Job *job)
{
  guint index, done = 0;

  for (; (index = g_atomic_int_add (&job->next, 1)) < job->n; done++)
    job->work (index, job->data);
  if (done == 0)
    return;
  g_mutex_lock (&job->lock);
  job->done += done;
  if (job->done == job->n)
    g_cond_signal (&job->all_done);
  g_mutex_unlock (&job->lock);
}

static void
help (gpointer job, gpointer data)
{
  take_part (job);
  job_unref (job);
}

guint
limn_parallel_threads (void)
{
  return MIN (g_get_num_processors (), LIMN_PARALLEL_MOST);
}

/* Shared by all of the program. */
static GThreadPool *
helpers (void)
{
  static GThreadPool *pool;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, g_thread_pool_new (help, NULL, LIMN_PARALLEL_MOST - 1, FALSE, NULL));
  return pool;
}

void
limn_parallel (guint n, LimnParallelFunc work, gpointer data)
{
  guint threads = MIN (n, limn_parallel_threads ());

  if (threads <= 1) {
    for (guint i = 0; i < n; i++)
      work (i, data);
    return;
  }
  Job *job = g_new0 (Job, 1);
  *job = (Job){ .work = work, .data = data, .n = n };
  g_atomic_ref_count_init (&job->references);
  g_mutex_init (&job->lock);
  g_cond_init (&job->all_done);
  for (guint i = 1; i < threads; i++) {
    g_atomic_ref_count_inc (&job->references);
    g_thread_pool_push (helpers (), job, NULL);
  }
  take_part (job);
  g_mutex_lock (&job->lock);
  while (job->done < n)
    g_cond_wait (&job->all_done, &job->lock);
  g_mutex_unlock (&job->lock);
  job_unref (job);
}
