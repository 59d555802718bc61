/* store.c - names for pictures, and saving them without ever replacing one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/i18n.h"

#define TITLE_LENGTH 40 /* characters of the prompt in a file name */
#define MOST_NAMES 10000

char *
limn_store_default_folder (void)
{
  const char *pictures = g_get_user_special_dir (G_USER_DIRECTORY_PICTURES);

  /* in a Flatpak that may not see it, what else is written in the home folder is gone when the program ends */
  if (pictures == NULL && g_getenv ("FLATPAK_ID") != NULL)
    return g_build_filename (g_get_user_data_dir (), "limn", "pictures", NULL);
  /* a bare system has no user-dirs.dirs, and GLib then knows no pictures folder */
  if (pictures == NULL || g_strcmp0 (pictures, g_get_home_dir ()) == 0)
    return g_build_filename (g_get_home_dir (), "Pictures", "Limn", NULL);
  return g_build_filename (pictures, "Limn", NULL);
}

static void
append_title (GString *stem, const char *prompt)
{
  gsize start = stem->len;
  glong letters = 0;
  gboolean gap = TRUE;

  for (const char *p = prompt; *p != '\0' && letters < TITLE_LENGTH; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_isalnum (c)) {
      if (gap)
        g_string_append_c (stem, '-');
      g_string_append_unichar (stem, g_unichar_tolower (c));
      letters++;
      gap = FALSE;
    } else {
      gap = TRUE;
    }
  }

  /* rather whole words than a stump, but not at the price of most of the title */
  if (letters == TITLE_LENGTH) {
    const char *cut = g_strrstr (stem->str + start, "-");

    if (cut != NULL && (gsize) (cut - stem->str) > start + (stem->len - start) / 2)
      g_string_truncate (stem, cut - stem->str);
  }
}

char *
limn_store_stem (GDateTime *time, guint64 seed, const char *prompt)
{
  GString *stem = g_string_new (NULL);
  g_autofree char *stamp = g_date_time_format (time, "%Y-%m-%d-%H%M%S");
  g_autofree char *valid = NULL;

  g_string_append_printf (stem, "%s-%" G_GUINT64_FORMAT, stamp, seed);
  valid = g_utf8_make_valid (prompt != NULL ? prompt : "", -1);
  append_title (stem, valid);
  return g_string_free (stem, FALSE);
}

gboolean
limn_store_move (const char *from, const char *to, GError **error)
{
  int code;

  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  code = errno;
  if (code == EEXIST)
    return FALSE;

  /* some file systems (old NFS, some FUSE ones) know only the plain call */
  if (code == EINVAL || code == ENOSYS || code == EOPNOTSUPP) {
    if (g_file_test (to, G_FILE_TEST_EXISTS))
      return FALSE;
    if (g_rename (from, to) == 0)
      return TRUE;
    code = errno;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot be named %s: %s"), from, to, g_strerror (code));
  return FALSE;
}

static char *
name_picture (const char *folder, const char *stem, const char *temporary, GError **error)
{
  for (int i = 1; i <= MOST_NAMES; i++) {
    g_autofree char *name = i == 1 ? g_strdup_printf ("%s.png", stem) : g_strdup_printf ("%s-%d.png", stem, i);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    GError *problem = NULL;

    if (limn_store_move (temporary, path, &problem))
      return g_steal_pointer (&path);
    if (problem != NULL) {
      g_propagate_error (error, problem);
      return NULL;
    }
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: has %d pictures called %s already"), folder, MOST_NAMES,
               stem);
  return NULL;
}

char *
limn_store_save (const char *folder, const char *stem, const LimnImage *image, const char *const *text, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *temporary = NULL;
  char *path;

  if (g_mkdir_with_parents (folder, 0755) != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), folder, g_strerror (errno));
    return NULL;
  }

  name = g_strdup_printf (".limn-%d-%08x.png", (int) getpid (), g_random_int ());
  temporary = g_build_filename (folder, name, NULL);
  if (!limn_image_save_png (image, temporary, text, error))
    return NULL;
  path = name_picture (folder, stem, temporary, error);
  if (path == NULL)
    g_unlink (temporary);
  return path;
}
