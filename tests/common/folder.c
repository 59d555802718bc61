/* folder.c - temporary folders of tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/folder.h"

#include <glib/gstdio.h>

void
tests_remove_folder (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    tests_remove_folder (inner);
  }
  g_remove (path);
}

void
tests_file_set_up (TestsFile *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp (NULL, NULL);
  fixture->path = g_build_filename (fixture->folder, "a", NULL);
}

void
tests_file_tear_down (TestsFile *fixture, gconstpointer unused)
{
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->path);
  g_free (fixture->folder);
}
