/* run.h - one picture being painted: the worker writes snapshots into it, the main thread takes them out.
 *
 * The newest snapshot replaces an older one that was not taken yet, so that a busy main loop skips steps and is never
 * flooded; the record gets every step.  One waiting source at most is in the main context for a run's snapshots.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/record/picture.h"
#include "session/record/records-private.h"
#include "session/run/worker.h"

G_BEGIN_DECLS

typedef struct _LimnRun LimnRun;

/* Called in context, until limn_run_detach (). */
typedef struct {
  void (*begun) (LimnRun *run, LimnRecord *record, gpointer data); /* on the device; not for drafts */
  void (*progress) (LimnRun *run, const LimnProgress *progress, gpointer data);
  void (*preview) (LimnRun *run, int step, int steps, const LimnImage *image, gpointer data);
  void (*finished) (LimnRun *run, gpointer data);
  gpointer data;
} LimnRunWatch;

/* What to paint, and how it is kept. */
typedef struct {
  LimnSettings *settings; /* taken over; no one else may change them afterwards */
  char *folder;           /* for the picture; NULL for a draft */
  LimnRecord *resume;     /* NULL, or go on with this one; the header below is a copy of its own */

  /* a draft has none of these */
  LimnRecordHeader *header; /* of the record to be: id, parent and start */
  char *file;               /* of the record */
  LimnKeep *keep;

  LimnTrail trail; /* to go on from; path NULL: none */
} LimnRunPlan;

/* plan: has settings, folder and resume.  id: of the record to be, NULL for any.  record and step: as in
 * limn_session_run_async ().  In the main context. */
gboolean limn_run_plan_complete (LimnRunPlan *plan, LimnRecords *records, const char *id, LimnRecord *record, int step,
                                 GError **error);
void limn_run_plan_clear (LimnRunPlan *plan);

/* Takes over what plan has. */
LimnRun *limn_run_new (LimnRunPlan *plan, GMainContext *context, const LimnRunWatch *watch);
LimnRun *limn_run_ref (LimnRun *run);
void limn_run_unref (LimnRun *run);
gboolean limn_run_is_draft (LimnRun *run);

/* Any thread.  No snapshot is reported from now on; the run still finishes, with LIMN_ERROR_CANCELLED if it can. */
void limn_run_cancel (LimnRun *run);
gboolean limn_run_is_cancelled (LimnRun *run);

/* A LimnWorkerFunc; takes over one reference of data. */
void limn_run_execute (LimnWorker *worker, gpointer data);

/* ---- In context only ---- */

/* Reports what is waiting right away. */
void limn_run_flush (LimnRun *run);
/* The watch is not called again; the record still gets what comes. */
void limn_run_detach (LimnRun *run);
/* The picture, or NULL with error: LIMN_ERROR_CANCELLED where the run is not finished.  (transfer full) */
LimnPicture *limn_run_take (LimnRun *run, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRun, limn_run_unref)

G_END_DECLS
