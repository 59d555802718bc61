/* timeline.h - the steps of a run as a strip of small pictures: look back, move the hand-off afterwards, branch.
 *
 * Under the strip the base's and the refiner's share, with the hand-off's handle between them.  Under the pointer a
 * step is shown larger, with its number and who did it.
 *
 * Keys: Left and Right walk the steps, Home and End go to the first and the last, Page Up and Page Down to the run
 * above and below, Shift with Left and Right moves the hand-off (Return runs its tail), Escape goes back to the result.
 *
 * Properties: "step", the one looked at, counted in the whole schedule; 0: the result.
 * Signals:
 *   "looked" (int step, const LimnImage *)  another step was chosen; the picture is NULL where it is 0 or not kept
 *   "handoff-dragged" (double)              the handle is at this share of the schedule, not let go yet; below 0: given
 *     up
 *   "handoff-moved" (double)                let go of the handle: the share of the schedule that the base runs
 *   "record-chosen" (LimnRecord *)          another run of the tree
 *   "runs-changed" ()                       limn_timeline_get_runs () has others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/record/records.h"

G_BEGIN_DECLS

#define LIMN_TYPE_TIMELINE (limn_timeline_get_type ())
G_DECLARE_FINAL_TYPE (LimnTimeline, limn_timeline, LIMN, TIMELINE, GtkWidget)

/* record: NULL for none.  Follows its steps as they arrive; loads thumbnails of an earlier session's. */
void limn_timeline_show (LimnTimeline *self, LimnRecords *records, LimnRecord *record);
LimnRecord *limn_timeline_get_record (LimnTimeline *self);
LimnRecords *limn_timeline_get_records (LimnTimeline *self);
int limn_timeline_get_step (LimnTimeline *self);
void limn_timeline_set_step (LimnTimeline *self, int step);
/* How many of the shown record's steps the base does, as the handle has it. */
double limn_timeline_split (LimnTimeline *self);
/* Everything that came of the first run that the shown one goes back to, depth first.  (element-type LimnRecord)
 * (transfer none) */
GPtrArray *limn_timeline_get_runs (LimnTimeline *self);
/* "Step 12 of 20, by the refiner".  (transfer full) */
char *limn_timeline_describe_step (LimnTimeline *self, int step);
/* Where in the schedule step begins, in the numbers that a hand-off has; NULL: not known.  (transfer full) */
char *limn_timeline_describe_share (LimnTimeline *self, int step);
/* Asks for another run of the tree: emits "record-chosen". */
void limn_timeline_choose (LimnTimeline *self, LimnRecord *record);
/* The handle is held, and not let go yet. */
gboolean limn_timeline_is_dragged (LimnTimeline *self);
/* Whether the hand-off can be moved, and where it is now. */
void limn_timeline_set_handoff (LimnTimeline *self, gboolean movable, double handoff);
gboolean limn_timeline_is_movable (LimnTimeline *self);

/* Who did the step that is looked at, and which one of its own schedule that is: NULL and 0 for the result. */
LimnRecord *limn_timeline_get_owner (LimnTimeline *self, int *step_out);

G_END_DECLS
