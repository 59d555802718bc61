/* atomic-file.h - a file that appears under its name complete or not at all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LimnAtomicFile LimnAtomicFile;

/* Creates a temporary file beside path; where path is a symbolic link, beside what it leads to, which is what is
 * written.  Refuses a path at which something else than a regular file lies: no device or pipe is written to or
 * replaced.  Errors here and below name path and give the system's reason (a full disk). */
LimnAtomicFile *limn_atomic_file_new (const char *path, GError **error);
gboolean limn_atomic_file_write (LimnAtomicFile *file, const void *data, gsize size, GError **error);
/* Flushes to the disk and renames to path.  After a failure only limn_atomic_file_free () may follow. */
gboolean limn_atomic_file_commit (LimnAtomicFile *file, GError **error);
/* Whether a file of size bytes could be written at path now: folder, name, permission and room.  Leaves nothing. */
gboolean limn_atomic_file_check (const char *path, guint64 size, GError **error);
/* Removes the temporary file where it was not committed. */
void limn_atomic_file_free (LimnAtomicFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnAtomicFile, limn_atomic_file_free)

G_END_DECLS
