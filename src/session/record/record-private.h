/* record-private.h - how runs fill records, and what goes on from them takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/keep.h"
#include "session/record/trail.h"

G_BEGIN_DECLS

/* A running one.  header: (transfer full). */
LimnRecord *limn_record_new (LimnRecordHeader *header, const char *path, LimnKeep *keep);
/* One of an earlier session.  file: (transfer full). */
LimnRecord *limn_record_new_from_file (LimnRecordFile *file, const char *path, LimnKeep *keep);

const LimnRecordHeader *limn_record_get_header (LimnRecord *self);
const char *limn_record_get_path (LimnRecord *self);
/* On disk. */
gint64 limn_record_get_bytes (LimnRecord *self);
/* g_get_monotonic_time () of when its thumbnails were last asked for. */
gint64 limn_record_get_used (LimnRecord *self);
void limn_record_unload (LimnRecord *self);

/* What was there before its first step, rising.  point: what could not be written, or NULL. */
void limn_record_add_before (LimnRecord *self, const LimnRecordPlace *place, LimnTrailPoint *point);
/* thumbnail: (transfer full). */
void limn_record_add_step (LimnRecord *self, const LimnRecordPlace *place, LimnImage *thumbnail, LimnTrailPoint *point);
void limn_record_set_running (LimnRecord *self);
void limn_record_set_end (LimnRecord *self, LimnRecordState state, const char *message, const char *picture_path);

/* What a run has after schedule_step and before it.  FALSE where that is not kept.  trail: empty. */
gboolean limn_record_find_trail (LimnRecord *self, int schedule_step, LimnTrail *trail);

/* Of the whole schedule, whatever steps are kept. */
int limn_record_header_shared (const LimnRecordHeader *header, LimnSettings *settings);
int limn_record_header_split (const LimnRecordHeader *header, double handoff);

G_END_DECLS
