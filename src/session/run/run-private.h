/* run-private.h - a run as the session and its two threads know it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/area.h"
#include "session/record/picture.h"
#include "session/record/records-private.h"
#include "session/run/run.h"
#include "session/run/worker.h"

G_BEGIN_DECLS

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

/* A finished step on its way to the record. */
typedef struct {
  LimnRecordPlace place;
  LimnImage *thumbnail;
  LimnTrailPoint *point; /* NULL: on disk */
} LimnRunStep;

void limn_run_step_free (LimnRunStep *step);

struct _LimnRun {
  GObject parent_instance;
  LimnRunPlan plan;
  GMainContext *context;
  gint cancelled; /* atomic */

  /* of the worker's thread */
  LimnWorker *worker;
  const LimnAreaView *view; /* NULL: previews are of the whole picture */
  char *device;             /* its name, known before begun is */
  LimnRecordWriter *writer; /* NULL: nothing is kept on disk, or no more */
  char *record_problem;

  GMutex lock; /* for these: */
  LimnPicture *picture;
  GError *error;
  gboolean posted, has_progress;
  LimnProgress progress;
  int preview_step, preview_steps;
  LimnImage *preview;
  LimnRecordHeader *begun;    /* complete; waits to become a record */
  GPtrArray *before;          /* LimnRunStep, for the record: without thumbnails */
  GPtrArray *steps;           /* LimnRunStep, for the record */
  LimnRecordState record_end; /* LIMN_RECORD_RUNNING: not ended, or taken */

  /* of the context's thread */
  LimnRecord *record;
  gboolean further;  /* not on the lead device */
  gboolean answered; /* the worker may still be at it */
  gboolean has_told; /* told is something */
  LimnProgress told;
  int shown_step, shown_steps;
  LimnImage *shown;
};

/* ---- Any thread ---- */

/* No progress or preview is reported from now on; the run still finishes, with LIMN_ERROR_CANCELLED if it can. */
void limn_run_cancel (LimnRun *run);
gboolean limn_run_is_cancelled (LimnRun *run);

/* ---- In context only ---- */

/* Takes over what plan has. */
LimnRun *limn_run_new (LimnRunPlan *plan, GMainContext *context);
/* Reports what is waiting right away. */
void limn_run_flush (LimnRun *run);
/* The picture, or NULL with error: LIMN_ERROR_CANCELLED where the run is not finished.  (transfer full) */
LimnPicture *limn_run_take (LimnRun *run, GError **error);

/* ---- Worker's thread ---- */

/* Runs that a worker paints together: so many at a time, 0: as many as there is memory for. */
typedef struct _LimnRunSet LimnRunSet;
LimnRunSet *limn_run_set_new (LimnRun *const *runs, guint n, int together);
/* A LimnWorkerFunc; frees set. */
void limn_run_set_execute (LimnWorker *worker, gpointer set);
/* func is called in context; not g_main_context_invoke (), which may run it right here while nobody iterates
 * context. */
void limn_run_post (LimnRun *run, GSourceFunc func);
/* Wakes the main thread for what was put into run, once. */
void limn_run_wake (LimnRun *run);
/* In context: all has been put into run. */
void limn_run_finished (LimnRun *run);

/* Begins the record of a request whose metadata are told.  points: (element-type LimnTrailPoint), what it goes on from,
 * the last first; or NULL. */
void limn_run_begin_record (LimnRun *run, const LimnRequest *told, GPtrArray *points);
void limn_run_record_step (LimnRun *run, const LimnPreview *preview);
/* Ends the file.  Returns what run's record_end has to become together with its picture and error; LIMN_RECORD_RUNNING
 * for a draft. */
LimnRecordState limn_run_end_record (LimnRun *run, LimnPicture *picture, const GError *error);

G_END_DECLS
