/* library-folder.h - what is in a pictures folder: its PNG files, and the list of favourites beside them.
 *
 * Favourites are kept in the file ".limn-favourites" of the folder, one name a line (g_strescape () makes it one), and
 * so go with the pictures wherever those are copied or moved, on any file system.  Everything here blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LIMN_FAVOURITES_NAME ".limn-favourites"

typedef struct {
  char *path;
  gint64 size, time; /* bytes; microseconds since 1970 */
} LimnFoundFile;

typedef struct {
  GPtrArray *files;   /* LimnFoundFile, newest first */
  GPtrArray *folders; /* char *, folder itself first */
} LimnFound;

/* Hidden files and folders and links to folders are passed over.  NULL: folder cannot be read. */
LimnFound *limn_folder_walk (const char *folder);
void limn_found_free (LimnFound *found);
/* FALSE: path is not (any more) a PNG file of a name that is shown. */
gboolean limn_folder_stat (const char *path, gint64 *size, gint64 *time);

/* (element-type filename) set of the favourites' paths. */
GHashTable *limn_favourites_read (const char *folder);
/* paths: NULL-terminated, all in folder. */
gboolean limn_favourites_set (const char *folder, const char *const *paths, gboolean favourite, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnFound, limn_found_free)

G_END_DECLS
