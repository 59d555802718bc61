/* library-trash.h - pictures that were thrown away, and can come back.
 *
 * They first go to the hidden folder ".trash" of the pictures folder, so that undoing always works, in a sandbox too;
 * then, forgotten, to the desktop's trash.  Where the file system has none they stay in ".trash".  Everything blocks;
 * one thread at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define LIMN_TRASH_NAME ".trash"

typedef struct {
  char *folder, *path; /* where it was */
  char *staged;        /* where it is */
  gboolean favourite;
} LimnTrashed;

LimnTrashed *limn_trashed_new (const char *folder, const char *path, gboolean favourite, GError **error);
void limn_trashed_free (LimnTrashed *trashed);
/* Back to where it was, or beside it where that name is taken: then path is the new one. */
gboolean limn_trashed_restore (LimnTrashed *trashed, GError **error);
/* To the desktop's trash.  FALSE: stays in ".trash", as the file system has no other. */
gboolean limn_trashed_forget (LimnTrashed *trashed);

/* Forgets what a program that was killed had left. */
void limn_trash_clear (const char *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTrashed, limn_trashed_free)

G_END_DECLS
