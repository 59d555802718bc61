/* run.h - one picture being painted: the worker writes snapshots into it, the main thread takes them out.
 *
 * The newest snapshot replaces an older one that was not taken yet, so that a busy main loop skips steps and is never
 * flooded.  One waiting source at most is in the main context for a run's snapshots.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/picture.h"
#include "session/worker.h"

G_BEGIN_DECLS

typedef struct _LimnRun LimnRun;

/* Called in context, until limn_run_detach (). */
typedef struct {
  void (*progress) (LimnRun *run, const LimnProgress *progress, gpointer data);
  void (*preview) (LimnRun *run, int step, int steps, const LimnImage *image, gpointer data);
  void (*finished) (LimnRun *run, gpointer data);
  gpointer data;
} LimnRunWatch;

/* settings: taken over; no one else may change them afterwards. */
LimnRun *limn_run_new (LimnSettings *settings, const char *folder, GMainContext *context, const LimnRunWatch *watch);
LimnRun *limn_run_ref (LimnRun *run);
void limn_run_unref (LimnRun *run);

/* Any thread.  No snapshot is reported from now on; the run still finishes, with LIMN_ERROR_CANCELLED if it can. */
void limn_run_cancel (LimnRun *run);
gboolean limn_run_is_cancelled (LimnRun *run);

/* A LimnWorkerFunc; takes over one reference of data. */
void limn_run_execute (LimnWorker *worker, gpointer data);

/* ---- In context only ---- */

/* Reports what is waiting right away. */
void limn_run_flush (LimnRun *run);
/* The watch is not called again. */
void limn_run_detach (LimnRun *run);
/* The picture, or NULL with error: LIMN_ERROR_CANCELLED where the run is not finished.  (transfer full) */
LimnPicture *limn_run_take (LimnRun *run, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRun, limn_run_unref)

G_END_DECLS
