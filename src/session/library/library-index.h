/* library-index.h - the pictures' index in SQLite: nothing is in it that the files cannot tell again.
 *
 * Belongs to one thread; everything blocks.  Once an operation fails, limn_index_health () says what to do, and the
 * index only waits to be closed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/library/library-private.h"

G_BEGIN_DECLS

typedef struct _LimnIndex LimnIndex;

typedef enum {
  LIMN_INDEX_FOUND,   /* as it was left */
  LIMN_INDEX_NEW,     /* there was none, or one of another version */
  LIMN_INDEX_REBUILT, /* there was one, damaged; it begins anew */
  LIMN_INDEX_MEMORY,  /* none can be kept there (a full disk, say): this one goes with the program */
} LimnIndexOrigin;

typedef enum {
  LIMN_INDEX_SOUND,
  LIMN_INDEX_DAMAGED,    /* to be opened again, which begins anew */
  LIMN_INDEX_UNWRITABLE, /* to be opened again in memory: path NULL */
} LimnIndexHealth;

/* path: of its file, whose folder is made; NULL: in memory.  reason: receives why, where it is LIMN_INDEX_REBUILT or
 * LIMN_INDEX_MEMORY.  Never fails. */
LimnIndex *limn_index_open (const char *path, LimnIndexOrigin *origin, char **reason);
void limn_index_close (LimnIndex *index);
/* Deletes the index's files. */
void limn_index_discard (const char *path);
LimnIndexHealth limn_index_health (LimnIndex *index);
/* What went wrong.  Valid until the next operation. */
const char *limn_index_reason (LimnIndex *index);

gboolean limn_index_begin (LimnIndex *index);
gboolean limn_index_commit (LimnIndex *index);
/* Adds or replaces the picture of that path; values->id is ignored. */
gboolean limn_index_put (LimnIndex *index, const char *folder, const LimnEntryValues *values);
gboolean limn_index_remove (LimnIndex *index, const char *path);
gboolean limn_index_set_favourite (LimnIndex *index, const char *path, gboolean favourite);

typedef struct {
  gint64 size, time;
  gboolean favourite, seen; /* seen: for the caller */
} LimnIndexStamp;

/* path -> LimnIndexStamp of all pictures in folder; NULL: failed. */
GHashTable *limn_index_stamps (LimnIndex *index, const char *folder);

typedef struct {
  const char *const *folders;
  const char *search; /* words that all begin a word of the prompt; "" or NULL: any */
  gboolean favourites_only;
} LimnIndexQuery;

/* (element-type LimnEntry) newest first; NULL: failed.  total: how many there are in folders. */
GPtrArray *limn_index_query (LimnIndex *index, const LimnIndexQuery *query, guint *total);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnIndex, limn_index_close)

G_END_DECLS
