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
