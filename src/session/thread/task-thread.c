/* task-thread.c - see task-thread.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/thread/task-thread.h"

typedef struct {
  GTask *task;
  GTaskThreadFunc work;
} Work;

static gboolean
drop_cb (gpointer task)
{
  return G_SOURCE_REMOVE;
}

void
limn_task_hand_back (GTask *task)
{
  g_autoptr (GSource) source = NULL;

  g_return_if_fail (G_IS_TASK (task));

  source = g_idle_source_new ();
  g_source_set_priority (source, g_task_get_priority (task));
  g_source_set_static_name (source, "limn_task_hand_back");
  g_source_set_callback (source, drop_cb, task, g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

/* The thread's own task has no source object: where it ends does not matter. */
static void
work_thread (GTask *own, gpointer unused, gpointer data, GCancellable *none)
{
  const Work *work = data;
  GTask *task = work->task;

  work->work (task, g_task_get_source_object (task), g_task_get_task_data (task), g_task_get_cancellable (task));
  limn_task_hand_back (task);
}

void
limn_task_run_in_thread (GTask *task, GTaskThreadFunc work)
{
  g_autoptr (GTask) own = NULL;
  Work *both = NULL;

  g_return_if_fail (G_IS_TASK (task) && !g_task_get_return_on_cancel (task));

  own = g_task_new (NULL, NULL, NULL, NULL);
  both = g_new (Work, 1);
  *both = (Work){ g_object_ref (task), work };
  g_task_set_task_data (own, both, g_free);
  g_task_set_priority (own, g_task_get_priority (task));
  g_task_run_in_thread (own, work_thread);
}
