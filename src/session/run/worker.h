/* worker.h - a thread that alone may touch its device: it owns the engine and its open models.
 *
 * The other threads hand it jobs and never wait, but for limn_worker_stop ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/settings.h"

G_BEGIN_DECLS

typedef struct _LimnWorker LimnWorker;

/* Runs on the worker's thread. */
typedef void (*LimnWorkerFunc) (LimnWorker *worker, gpointer data);

/* device: as in limn_engine_new ().  speeds: where the engine's speeds are kept, or NULL. */
LimnWorker *limn_worker_new (int device, const char *speeds);
/* What a person waits for comes first; thumbnails wait until nothing else does. */
typedef enum { LIMN_WORKER_FIRST, LIMN_WORKER_NORMAL, LIMN_WORKER_LAST } LimnWorkerTurn;

/* Jobs of one turn run in order.  func is called for every job, in a stopping worker too: it then has to answer at
 * once. */
void limn_worker_push (LimnWorker *worker, LimnWorkerTurn turn, LimnWorkerFunc func, gpointer data);
/* Any thread: present and waiting jobs should end. */
gboolean limn_worker_is_stopping (LimnWorker *worker);
/* Any thread: no jobs should come any more, whether or not those there are may take their time. */
gboolean limn_worker_is_ending (LimnWorker *worker);
/* Any thread: whether jobs wait for the present one to end. */
gboolean limn_worker_is_wanted (LimnWorker *worker);
/* After the jobs that it has, the thread drops models and engine, and ends; limn_worker_stop () has to join it. */
void limn_worker_finish (LimnWorker *worker);
/* The present job ends early, the waiting ones only answer. */
void limn_worker_hurry (LimnWorker *worker);
/* Hurries and finishes, joins and frees. */
void limn_worker_stop (LimnWorker *worker);

/* ---- On the worker's thread only ---- */

/* The engine, made where there is none; owned by the worker. */
LimnEngine *limn_worker_engine (LimnWorker *worker, GError **error);
gboolean limn_worker_has_engine (LimnWorker *worker);
/* After a lost device: the next limn_worker_engine () makes a new one. */
void limn_worker_drop_engine (LimnWorker *worker);
/* Whether the engine was lost since this was last asked. */
gboolean limn_worker_take_renewed (LimnWorker *worker);
/* Keeps what the engine has learnt of its speed. */
void limn_worker_save_speeds (LimnWorker *worker);
/* The model at path ("": the starter), opened where it is not, or changed on disk; owned by the worker.  Base
 * and refiner may be asked for in turn: a model stays open for two more calls. */
LimnModel *limn_worker_model (LimnWorker *worker, const char *path, GError **error);
/* What settings ask for, with its models opened, but for the picture to start from; strings and pictures to follow are
 * borrowed from settings, controls gets the LimnControl that are borrowed as well, and what follows them is open until
 * this is called for settings that follow others. */
gboolean limn_worker_fill_request (LimnWorker *worker, LimnSettings *settings, LimnRequest *request, GArray *controls,
                                   GError **error);

G_END_DECLS
