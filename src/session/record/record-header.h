/* record-header.h - what a run is, as JSON at the head of its file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/record-file.h"

G_BEGIN_DECLS

/* (transfer full) */
char *limn_record_header_to_text (const LimnRecordHeader *header);
/* name: for messages. */
LimnRecordHeader *limn_record_header_from_text (const char *name, const char *text, gsize size, GError **error);

G_END_DECLS
