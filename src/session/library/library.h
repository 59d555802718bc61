/* library.h - all pictures of the pictures folders, newest first: a GListModel of LimnEntry.
 *
 * The files are the truth; an index of them is kept so that thousands are there at once, and is made anew where it is
 * missing or damaged.  Lives on the thread that made it, in that thread's default main context; no call blocks but
 * limn_library_close ().  Changes from outside are noticed.
 *
 * Properties: "total" (uint), pictures in the folders, whatever the search; "loaded" (boolean), whether the index has
 * answered; "scanning" (boolean), whether files are still being looked at.
 * Signals: "notice" (LimnLibraryNotice, const char *detail), something a person should know.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/library/library-entry.h"
#include "session/library/library-thread.h"
#include "session/record/picture.h"

G_BEGIN_DECLS

#define LIMN_TYPE_LIBRARY (limn_library_get_type ())
G_DECLARE_FINAL_TYPE (LimnLibrary, limn_library, LIMN, LIBRARY, GObject)

/* index: the index's file; NULL: "limn/library.sqlite" in the cache folder.  thumbnails: their folder; NULL: the
 * desktop's. */
LimnLibrary *limn_library_new (const char *index, const char *thumbnails);
/* Finishes what was begun (tenths of a second) and ends the threads.  Idempotent; dispose calls it. */
void limn_library_close (LimnLibrary *self);

/* folders: NULL-terminated. */
void limn_library_set_folders (LimnLibrary *self, const char *const *folders);
/* Only pictures whose prompt has words that begin with those of search. */
void limn_library_set_search (LimnLibrary *self, const char *search);
void limn_library_set_favourites_only (LimnLibrary *self, gboolean favourites_only);
guint limn_library_get_total (LimnLibrary *self);
gboolean limn_library_get_loaded (LimnLibrary *self);
gboolean limn_library_get_scanning (LimnLibrary *self);
/* GTK's way of saying nowhere: G_MAXUINT. */
guint limn_library_find (LimnLibrary *self, const char *path);

/* A picture was just saved there. */
void limn_library_add_picture (LimnLibrary *self, const char *path);
/* entries: (element-type LimnEntry) */
void limn_library_set_favourite (LimnLibrary *self, GPtrArray *entries, gboolean favourite);

/* Pictures that are on their way to the trash.  (boxed, counted references) */
typedef struct _LimnTrash LimnTrash;
LimnTrash *limn_trash_ref (LimnTrash *trash);
void limn_trash_unref (LimnTrash *trash);
guint limn_trash_count (LimnTrash *trash);

/* Where one cannot be moved, those after it stay: the result is what was moved before it, with the notice
 * LIMN_LIBRARY_FAILED, or NULL and the error where that was nothing. */
void limn_library_trash_async (LimnLibrary *self, GPtrArray *entries, GAsyncReadyCallback callback, gpointer user_data);
LimnTrash *limn_library_trash_finish (LimnLibrary *self, GAsyncResult *result, GError **error);
/* Puts all of trash back. */
void limn_library_restore_async (LimnLibrary *self, LimnTrash *trash, GAsyncReadyCallback callback, gpointer user_data);
gboolean limn_library_restore_finish (LimnLibrary *self, GAsyncResult *result, GError **error);
/* No one will undo it: to the desktop's trash.  Nothing happens to what was restored. */
void limn_library_forget (LimnLibrary *self, LimnTrash *trash);

/* At most LIMN_THUMBNAIL_SIDE pixels a side.  An error but G_IO_ERROR_CANCELLED: the file is damaged. */
void limn_library_load_thumbnail_async (LimnLibrary *self, LimnEntry *entry, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
LimnImage *limn_library_load_thumbnail_finish (LimnLibrary *self, GAsyncResult *result, GError **error);

/* The whole picture, with the settings that it carries (defaults where it has none of Limn's).  self: may be NULL. */
void limn_library_open_async (LimnLibrary *self, const char *path, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
LimnPicture *limn_library_open_finish (LimnLibrary *self, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTrash, limn_trash_unref)

G_END_DECLS
