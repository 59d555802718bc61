/* record.h - what a run left after each step: the timeline's data, and what a run goes on from after a crash.
 *
 * Lives in the main context; only limn_record_read_latents () may be called elsewhere.  Steps arrive while the run
 * paints.  A record from an earlier session knows its steps, settings and state at once; thumbnails, source picture and
 * mask come with limn_record_load_async ().
 *
 * Signal: "step-added" (guint index).  Properties: "state", "picture-path", "loaded".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_RECORD (limn_record_get_type ())
G_DECLARE_FINAL_TYPE (LimnRecord, limn_record, LIMN, RECORD, GObject)

typedef enum {
  LIMN_RECORD_RUNNING,
  LIMN_RECORD_DONE,
  LIMN_RECORD_CANCELLED,  /* by a person */
  LIMN_RECORD_FAILED,     /* limn_record_get_message () says why */
  LIMN_RECORD_INTERRUPTED /* Limn ended before the run did */
} LimnRecordState;

typedef struct {
  int schedule_step;          /* finished steps of the whole schedule, 1-based */
  LimnStage stage;            /* who did this step: LIMN_STAGE_BASE or LIMN_STAGE_REFINER */
  const LimnImage *thumbnail; /* a pixel for each of the latent's, as LimnPreview.rgb; NULL until loaded */
} LimnRecordStep;

/* "20261123-101530-042137-9f3c": sorts by time. */
const char *limn_record_get_id (LimnRecord *self);
/* The record whose latents it started from, after which step of that one's schedule; NULL and 0 for a root.  The
 * parent may be gone. */
const char *limn_record_get_parent_id (LimnRecord *self);
int limn_record_get_parent_step (LimnRecord *self);
/* Not to be changed. */
LimnSettings *limn_record_get_settings (LimnRecord *self);
LimnRecordState limn_record_get_state (LimnRecord *self);
/* For people: why it failed, or "". */
const char *limn_record_get_message (LimnRecord *self);
/* NULL where there is none (yet). */
const char *limn_record_get_picture_path (LimnRecord *self);

/* Steps of the whole schedule. */
int limn_record_get_schedule_steps (LimnRecord *self);
/* Finished steps of the schedule before this record's first: 0, or the step it started from, or what an img2img
 * strength leaves out. */
int limn_record_get_begin (LimnRecord *self);
guint limn_record_get_n_steps (LimnRecord *self);
/* FALSE where there is no such step.  index: from 0, in the order of painting.  thumbnail is valid until control goes
 * back to the main loop; of many loaded records, those least asked for forget theirs. */
gboolean limn_record_get_step (LimnRecord *self, guint index, LimnRecordStep *step);
/* Of the last finished step; limn_record_get_begin () where there is none. */
int limn_record_get_last_step (LimnRecord *self);
/* Whether a run can go on after schedule_step of this record itself (its begin included, where it is a branch). */
gboolean limn_record_has_latents (LimnRecord *self, int schedule_step);
/* The steps of the schedule that the base does with this hand-off, exactly as the engine counts: the refiner begins
 * after them.  All of them where the record's model or schedule is not known. */
int limn_record_split (LimnRecord *self, double handoff);
/* How much of the schedule is past when schedule_step, 1-based, begins, as hand-offs count it: 0..1, or -1 where that
 * is not known. */
double limn_record_get_share (LimnRecord *self, int schedule_step);

/* How many steps of this record's schedule, from its beginning, a run with settings would repeat identically: 0 where
 * anything earlier differs, MIN (old split, new split) where only the hand-off or what the refiner reads does. */
int limn_record_shared_steps (LimnRecord *self, LimnSettings *settings);

/* Brings thumbnails, source and mask into memory, on a thread; answers soon where they are there. */
void limn_record_load_async (LimnRecord *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean limn_record_load_finish (LimnRecord *self, GAsyncResult *result, GError **error);
gboolean limn_record_is_loaded (LimnRecord *self);

G_END_DECLS
