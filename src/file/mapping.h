/* mapping.h - files mapped for reading, which others may cut short meanwhile.
 *
 * To read a page that a mapped file does not have any more raises SIGBUS, which ends a process.  Here such pages read
 * as zeros instead, and the mapping remembers that it is not whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LimnMapping LimnMapping;

/* The first size bytes of fd, which may be closed then; size > 0.  NULL with errno where they cannot be mapped.  Any
 * thread.  The first mapping takes over SIGBUS; one that is about other memory goes to whoever had it before. */
LimnMapping *limn_mapping_new (int fd, gsize size);
void limn_mapping_free (LimnMapping *mapping);

const guint8 *limn_mapping_get_data (const LimnMapping *mapping);
/* Whether all that was read so far was in the file.  To be asked after reading and before believing. */
gboolean limn_mapping_is_whole (const LimnMapping *mapping);

typedef enum {
  LIMN_MAPPING_SAME,
  LIMN_MAPPING_WRITTEN, /* somebody wrote to the file, or touched it */
  LIMN_MAPPING_CUT,     /* it is shorter now, or was */
  LIMN_MAPPING_UNKNOWN
} LimnMappingState;

/* What became of the file since, for who reads its pages again and again. */
LimnMappingState limn_mapping_look (const LimnMapping *mapping);
/* Whether its pages can be left to somebody who reads them at any time: they are always there, and it can be told what
 * became of the file. */
gboolean limn_mapping_is_guarded (const LimnMapping *mapping);

G_END_DECLS
