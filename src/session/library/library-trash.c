/* library-trash.c - moves pictures out of sight and back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library-trash.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "session/library/library-folder.h"
#include "session/record/store.h"

#define KEPT_NAME ".kept" /* in ".trash": what is here stays here */
#define MOST_NAMES 1000

/* Moves from to path, or to "path-2.png" and so on.  Returns where it is. */
static char *
move (const char *from, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  gsize stem = strlen (path) - strlen (".png");

  if (g_mkdir_with_parents (folder, 0755) != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), folder, g_strerror (errno));
    return NULL;
  }
  for (int i = 1; i <= MOST_NAMES; i++) {
    g_autofree char *to = i == 1 ? g_strdup (path) : g_strdup_printf ("%.*s-%d%s", (int) stem, path, i, path + stem);
    GError *problem = NULL;

    if (limn_store_move (from, to, &problem))
      return g_steal_pointer (&to);
    if (problem != NULL) {
      g_propagate_error (error, problem);
      return NULL;
    }
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: there are %d files of that name"), path, MOST_NAMES);
  return NULL;
}

LimnTrashed *
limn_trashed_new (const char *folder, const char *path, gboolean favourite, GError **error)
{
  g_autofree char *wanted = NULL;
  char *staged;
  LimnTrashed *trashed;

  g_return_val_if_fail (g_str_has_prefix (path, folder), NULL);

  wanted = g_build_filename (folder, LIMN_TRASH_NAME, path + strlen (folder), NULL);
  staged = move (path, wanted, error);
  if (staged == NULL)
    return NULL;
  trashed = g_new (LimnTrashed, 1);
  *trashed = (LimnTrashed){ g_strdup (folder), g_strdup (path), staged, favourite };
  return trashed;
}

void
limn_trashed_free (LimnTrashed *trashed)
{
  g_free (trashed->folder);
  g_free (trashed->path);
  g_free (trashed->staged);
  g_free (trashed);
}

/* as far up as they are empty */
static void
remove_empty_folders (LimnTrashed *trashed)
{
  g_autofree char *folder = g_path_get_dirname (trashed->staged);

  while (strlen (folder) > strlen (trashed->folder) && g_rmdir (folder) == 0) {
    char *above = g_path_get_dirname (folder);

    g_free (folder);
    folder = above;
  }
}

gboolean
limn_trashed_restore (LimnTrashed *trashed, GError **error)
{
  char *path = move (trashed->staged, trashed->path, error);

  if (path == NULL)
    return FALSE;
  g_free (trashed->path);
  trashed->path = path;
  remove_empty_folders (trashed);
  return TRUE;
}

static void
keep (LimnTrashed *trashed)
{
  g_autofree char *mark = g_build_filename (trashed->folder, LIMN_TRASH_NAME, KEPT_NAME, NULL);

  g_file_set_contents (mark, "", 0, NULL);
}

static gboolean
is_kept (const char *folder)
{
  g_autofree char *mark = g_build_filename (folder, LIMN_TRASH_NAME, KEPT_NAME, NULL);

  return g_file_test (mark, G_FILE_TEST_EXISTS);
}

gboolean
limn_trashed_forget (LimnTrashed *trashed)
{
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) error = NULL;
  char *staged;

  /* the desktop's trash keeps the path that a file comes from: it must be the picture's own */
  if (is_kept (trashed->folder) || !limn_trashed_restore (trashed, NULL))
    return FALSE;
  file = g_file_new_for_path (trashed->path);
  if (g_file_trash (file, NULL, &error))
    return TRUE;
  staged = move (trashed->path, trashed->staged, NULL);
  if (staged != NULL) {
    g_free (trashed->staged);
    trashed->staged = staged;
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
      keep (trashed);
  }
  return FALSE;
}

void
limn_trash_clear (const char *folder)
{
  g_autofree char *trash = g_build_filename (folder, LIMN_TRASH_NAME, NULL);
  g_autoptr (LimnFound) found = is_kept (folder) ? NULL : limn_folder_walk (trash);

  for (guint i = 0; found != NULL && i < found->files->len; i++) {
    const LimnFoundFile *file = found->files->pdata[i];
    g_autoptr (LimnTrashed) trashed = g_new0 (LimnTrashed, 1);

    trashed->folder = g_strdup (folder);
    trashed->path = g_build_filename (folder, file->path + strlen (trash), NULL);
    trashed->staged = g_strdup (file->path);
    limn_trashed_forget (trashed);
  }
}
