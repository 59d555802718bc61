/* records.h - all records there are, as a list model in the order of painting, and the tree that they make.
 *
 * Kept as XDG_STATE_HOME/limn/runs/ID.run, 200 of them and 1 GB at most: the oldest that nothing goes on from leave
 * first.  Lives in the main context.  Signals: GListModel's.  Property: "loaded", whether those of earlier sessions are
 * in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/record.h"

G_BEGIN_DECLS

#define LIMN_TYPE_RECORDS (limn_records_get_type ())
G_DECLARE_FINAL_TYPE (LimnRecords, limn_records, LIMN, RECORDS, GObject)

/* folder: NULL for the place above.  Reads what is there on a thread. */
LimnRecords *limn_records_new (const char *folder);
gboolean limn_records_is_loaded (LimnRecords *self);

/* NULL where there is none.  (transfer none) */
LimnRecord *limn_records_lookup (LimnRecords *self, const char *id);
LimnRecord *limn_records_get_parent (LimnRecords *self, LimnRecord *record);
/* record: NULL for the roots.  (element-type LimnRecord) (transfer full) */
GPtrArray *limn_records_get_children (LimnRecords *self, LimnRecord *record);
/* From the root to record.  (element-type LimnRecord) (transfer full) */
GPtrArray *limn_records_get_path (LimnRecords *self, LimnRecord *record);

/* A step on a timeline: limn_record_get_step () of record and index. */
typedef struct {
  LimnRecord *record;
  guint index;
} LimnRecordMoment;

/* The whole timeline of record: its ancestors' steps up to where it left them, then its own.  Of a branch with another
 * number of steps, the ancestors' schedule_steps are of their own schedules.  (element-type LimnRecordMoment)
 * (transfer full) */
GArray *limn_records_get_timeline (LimnRecords *self, LimnRecord *record);
/* Who on record's path has the latents after schedule_step, or NULL. */
LimnRecord *limn_records_find_latents (LimnRecords *self, LimnRecord *record, int schedule_step);
/* As limn_record_shared_steps (), along the whole path.  owner_out (may be NULL): the record that has the latents of
 * that step, NULL where the answer is 0. */
int limn_records_shared_steps (LimnRecords *self, LimnRecord *record, LimnSettings *settings, LimnRecord **owner_out);

/* Takes it off the list; its file goes on a thread.  Not while it runs. */
void limn_records_remove (LimnRecords *self, LimnRecord *record);

G_END_DECLS
