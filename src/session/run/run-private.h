/* run-private.h - a run as its two threads know it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/run/run.h"

G_BEGIN_DECLS

/* A finished step on its way to the record. */
typedef struct {
  LimnRecordPlace place;
  LimnImage *thumbnail;
  LimnTrailPoint *point; /* NULL: on disk */
} LimnRunStep;

void limn_run_step_free (LimnRunStep *step);

struct _LimnRun {
  gatomicrefcount references;
  LimnRunPlan plan;
  GMainContext *context;
  gint cancelled; /* atomic */

  /* of the worker's thread */
  LimnWorker *worker;
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
  LimnRunWatch watch;
  LimnRecord *record;
};

/* ---- Worker's thread ---- */

/* func is called in context; not g_main_context_invoke (), which may run it right here while nobody iterates
 * context. */
void limn_run_post (LimnRun *run, GSourceFunc func);
/* Wakes the main thread for what was put into run, once. */
void limn_run_wake (LimnRun *run);

/* Begins the record of a request whose metadata are told.  points: (element-type LimnTrailPoint), what it goes on from,
 * the last first; or NULL. */
void limn_run_begin_record (LimnRun *run, const LimnRequest *told, GPtrArray *points);
void limn_run_record_step (LimnRun *run, const LimnPreview *preview);
/* Ends the file.  Returns what run's record_end has to become together with its picture and error; LIMN_RECORD_RUNNING
 * for a draft. */
LimnRecordState limn_run_end_record (LimnRun *run, LimnPicture *picture, const GError *error);

G_END_DECLS
