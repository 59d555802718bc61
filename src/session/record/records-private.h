/* records-private.h - how the session adds to the records.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/record-private.h"
#include "session/record/records.h"

G_BEGIN_DECLS

const char *limn_records_get_folder (LimnRecords *self);
LimnKeep *limn_records_get_keep (LimnRecords *self);
/* Blocks until the pictures that are kept lie where files name them: a thread may keep the list beyond its session. */
void limn_records_wait (LimnRecords *self);
/* (transfer full) */
char *limn_records_new_id (LimnRecords *self);
char *limn_records_get_file (LimnRecords *self, const char *id);
/* At the end; nothing where it is there. */
void limn_records_add (LimnRecords *self, LimnRecord *record);
/* Keeps what is too much off the disk and out of memory. */
void limn_records_prune (LimnRecords *self);
/* Never pruned until it is unpinned as often. */
void limn_records_pin (LimnRecords *self, const char *id);
void limn_records_unpin (LimnRecords *self, const char *id);
/* For tests. */
void limn_records_set_budget (LimnRecords *self, guint most, gint64 most_bytes);

G_END_DECLS
