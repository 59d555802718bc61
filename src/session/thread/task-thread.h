/* task-thread.h - tasks whose work is done in a thread, and of which nothing ends there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* As g_task_run_in_thread (), which drops its reference in the thread and so, now and then, is the one who frees the
 * task's source object and data there: widgets, and objects that others listen to, may end only in the context that the
 * task was made in.  Here they do, a moment after the callback.  No g_task_set_return_on_cancel (). */
void limn_task_run_in_thread (GTask *task, GTaskThreadFunc work);
/* For other threads that a task is given to: drops their reference in the task's context.  task: (transfer full) */
void limn_task_hand_back (GTask *task);

G_END_DECLS
