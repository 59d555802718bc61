/* keep.h - source pictures and masks of runs that may have to go on, each saved once, as PNG.
 *
 * Any thread.  A picture gets its name at once and its file on a thread of the keep's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/mask.h"
#include "session/settings/source.h"

G_BEGIN_DECLS

typedef struct _LimnKeep LimnKeep;

LimnKeep *limn_keep_new (const char *folder);
LimnKeep *limn_keep_ref (LimnKeep *keep);
/* The last one waits for what is still being saved. */
void limn_keep_unref (LimnKeep *keep);
/* Blocks until what was kept so far is saved. */
void limn_keep_wait (LimnKeep *keep);

/* The name that it is kept by, or would be; the object's own. */
const char *limn_keep_name (LimnSource *source);
/* The name it is kept by; NULL for NULL.  (transfer full) */
char *limn_keep_source (LimnKeep *keep, LimnSource *source);
char *limn_keep_mask (LimnKeep *keep, LimnMask *mask);

/* Block.  The same objects keep their names when they are kept again. */
LimnSource *limn_keep_load_source (LimnKeep *keep, const char *name, GError **error);
LimnMask *limn_keep_load_mask (LimnKeep *keep, const char *name, GError **error);

/* Adds to names what files of folder may name, those whose own begin with prefix.  FALSE where one cannot be read. */
gboolean limn_keep_add_names_in (GHashTable *names, const char *folder, const char *prefix);
/* Deletes what is older than a day and not in names (a set of strings).  Blocks. */
void limn_keep_clean (LimnKeep *keep, GHashTable *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnKeep, limn_keep_unref)

G_END_DECLS
