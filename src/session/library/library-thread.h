/* library-thread.h - where the library does its work: one thread for the index and the files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/library/library-index.h"
#include "session/library/library-trash.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_LIBRARY_REBUILT,   /* the index was damaged, and is being made anew */
  LIMN_LIBRARY_IN_MEMORY, /* it cannot be kept on this disk */
  LIMN_LIBRARY_NO_TRASH,  /* thrown away pictures stay in ".trash" */
  LIMN_LIBRARY_FAILED,    /* something was not done; the detail says what */
} LimnLibraryNotice;

/* Called on the library's thread. */
typedef struct {
  /* entries: (transfer full) what the query asks for.  scanning: files are still being read. */
  void (*publish) (GPtrArray *entries, guint total, gboolean scanning, gpointer data);
  void (*notice) (LimnLibraryNotice notice, const char *detail, gpointer data);
  gpointer data;
} LimnLibraryReport;

typedef struct _LimnLibraryThread LimnLibraryThread;

/* index: the index's file. */
LimnLibraryThread *limn_library_thread_new (const char *index, const LimnLibraryReport *report);
/* Finishes the jobs that were posted, and empties ".trash" into the desktop's. */
void limn_library_thread_free (LimnLibraryThread *self);

typedef void (*LimnLibraryJob) (LimnLibraryThread *self, gpointer data);
/* Any thread.  Jobs run in their order, between the pieces of a long scan. */
void limn_library_thread_post (LimnLibraryThread *self, LimnLibraryJob job, gpointer data, GDestroyNotify destroy);

/* ---- On the library's thread only ---- */

/* folders: absolute paths without a slash at the end. */
void limn_library_thread_set_folders (LimnLibraryThread *self, const char *const *folders);
void limn_library_thread_set_query (LimnLibraryThread *self, const char *search, gboolean favourites_only);
/* Reads path again, if it is in a folder, and forgets it where it is gone.  Publishes nothing. */
void limn_library_thread_check (LimnLibraryThread *self, const char *path);
void limn_library_thread_publish (LimnLibraryThread *self);
void limn_library_thread_notice (LimnLibraryThread *self, LimnLibraryNotice notice, const char *detail);
/* The folder that path is in, or NULL. */
const char *limn_library_thread_folder_of (LimnLibraryThread *self, const char *path);
/* paths: NULL-terminated. */
gboolean limn_library_thread_set_favourite (LimnLibraryThread *self, const char *const *paths, gboolean favourite,
                                            GError **error);

G_END_DECLS
