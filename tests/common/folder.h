/* folder.h - temporary folders of tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Removes path and everything in it; links are not followed.  Nothing where there is none. */
void tests_remove_folder (const char *path);

/* XDG's folders of state, data, cache and settings in a folder of the test's own, which goes when the test ends:
 * nothing of the person's is read or written.  Before anything asks for one, as GLib remembers them from then on.  (Of
 * GLib's own G_TEST_OPTION_ISOLATE_DIRS the names are never freed, and the leak sanitizer says so.) */
void tests_own_homes (void);

/* A fixture: a folder, and the path of a file in it that is not there yet. */
typedef struct {
  char *folder, *path;
} TestsFile;

void tests_file_set_up (TestsFile *fixture, gconstpointer unused);
/* Fails where another file, a temporary one, was left behind. */
void tests_file_tear_down (TestsFile *fixture, gconstpointer unused);

G_END_DECLS
