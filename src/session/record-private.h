/* record-private.h - how runs fill records, and what goes on from them takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/keep.h"
#include "session/record-file.h"

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

/* latents: those that could not be written, or NULL. */
void limn_record_set_before (LimnRecord *self, const LimnRecordPlace *place, GBytes *latents);
/* thumbnail: (transfer full). */
void limn_record_add_step (LimnRecord *self, const LimnRecordPlace *place, LimnImage *thumbnail, GBytes *latents);
void limn_record_set_running (LimnRecord *self);
void limn_record_set_end (LimnRecord *self, LimnRecordState state, const char *message, const char *picture_path);

/* Latents that another thread may read; the file or the memory they are in. */
typedef struct {
  char *path;
  LimnRecordPlace place;
  GBytes *bytes;         /* NULL: in the file */
  LimnRecordStart start; /* what they are, for LimnStart; from: NULL */
} LimnRecordLatents;

gboolean limn_record_find_latents (LimnRecord *self, int schedule_step, LimnRecordLatents *latents);
/* Any thread; blocks.  (transfer full) */
GBytes *limn_record_latents_read (const LimnRecordLatents *latents, GError **error);
void limn_record_latents_clear (LimnRecordLatents *latents);

/* Of the whole schedule, whatever steps are kept. */
int limn_record_header_shared (const LimnRecordHeader *header, LimnSettings *settings);
int limn_record_header_split (const LimnRecordHeader *header, double handoff);

G_END_DECLS
