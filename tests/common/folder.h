/* folder.h - temporary folders of tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Removes path and everything in it; links are not followed.  Nothing where there is none. */
void tests_remove_folder (const char *path);

/* A fixture: a folder, and the path of a file in it that is not there yet. */
typedef struct {
  char *folder, *path;
} TestsFile;

void tests_file_set_up (TestsFile *fixture, gconstpointer unused);
/* Fails where another file, a temporary one, was left behind. */
void tests_file_tear_down (TestsFile *fixture, gconstpointer unused);

G_END_DECLS
