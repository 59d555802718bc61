/* folder.c - temporary folders of tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/folder.h"

#include <glib/gstdio.h>
#include <stdlib.h>

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

static void
remove_homes (void)
{
  g_autofree char *homes = g_path_get_dirname (g_get_user_state_dir ());

  tests_remove_folder (homes);
}

void
tests_own_homes (void)
{
  static const char *const names[][2] = { { "XDG_STATE_HOME", "state" },
                                          { "XDG_DATA_HOME", "data" },
                                          { "XDG_CACHE_HOME", "cache" },
                                          { "XDG_CONFIG_HOME", "config" } };
  g_autofree char *homes = g_dir_make_tmp (NULL, NULL);

  g_assert_nonnull (homes);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (homes, names[i][1], NULL);

    g_setenv (names[i][0], path, TRUE);
  }
  g_assert_true (g_str_has_prefix (g_get_user_state_dir (), homes));
  atexit (remove_homes);
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
