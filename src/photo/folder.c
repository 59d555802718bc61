/* folder.c - the pictures in a folder; see photo.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <stdio.h>

#include "base/error.h"
#include "base/i18n.h"

#define FIRST_BYTES 32 /* by which kinds are known */

/* A regular file, so that a pipe keeps nobody waiting. */
static gboolean
is_picture (const char *path)
{
  guint8 bytes[FIRST_BYTES];
  FILE *file = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? fopen (path, "rbe") : NULL;

  if (file == NULL)
    return FALSE;
  gsize size = fread (bytes, 1, sizeof bytes, file);
  fclose (file);
  return limn_photo_kind (bytes, size) != NULL;
}

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  g_autofree char *first = g_filename_display_name (*(char *const *) a);
  g_autofree char *second = g_filename_display_name (*(char *const *) b);
  g_autofree char *first_key = g_utf8_collate_key_for_filename (first, -1);
  g_autofree char *second_key = g_utf8_collate_key_for_filename (second, -1);

  return g_strcmp0 (first_key, second_key);
}

GPtrArray *
limn_photo_list (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) trouble = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &trouble);
  const char *name;

  if (dir == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s", trouble->message);
    return NULL;
  }
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (name[0] != '.' && is_picture (path))
      g_ptr_array_add (paths, g_steal_pointer (&path));
  }
  if (paths->len == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: there is no picture in this folder"), folder);
    return NULL;
  }
  g_ptr_array_sort (paths, compare_cb);
  return g_steal_pointer (&paths);
}
