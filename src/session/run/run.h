/* run.h - one picture being painted: what it says of itself on the way, in the context of the session that began it.
 *
 * The worker writes snapshots into it, the main thread takes them out.  The newest snapshot replaces an older one that
 * was not taken yet, so that a busy main loop skips steps and is never flooded; the record gets every step.  One
 * waiting source at most is in the main context for a run's snapshots.
 *
 * Signals:
 *   "progress" (const LimnProgress *)  coalesced
 *   "preview" (int step, int steps, const LimnImage *)  after a step; the newest only, where the main loop is slow
 *   "finished" ()                      the worker has come back from it, also where its answer was given long before
 * A cancelled run has no more progress or previews.  Property: "record", notified when it begins.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/record.h"

G_BEGIN_DECLS

#define LIMN_TYPE_RUN (limn_run_get_type ())
G_DECLARE_FINAL_TYPE (LimnRun, limn_run, LIMN, RUN, GObject)

/* Its own; NULL before it begins, and always for a draft. */
LimnRecord *limn_run_get_record (LimnRun *self);
/* The name of the device that it is painted on; NULL before it begins. */
const char *limn_run_get_device (LimnRun *self);
/* Whether that is another device than the session's own. */
gboolean limn_run_is_further (LimnRun *self);
/* What was told last; NULL before anything was. */
const LimnProgress *limn_run_get_progress (LimnRun *self);
const LimnImage *limn_run_get_preview (LimnRun *self, int *step, int *steps);
gboolean limn_run_is_draft (LimnRun *self);

G_END_DECLS
