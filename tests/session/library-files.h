/* library-files.h - PNG files for tests, written quickly.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A picture of one colour that follows from path.  key: NULL, or of one text.  Fails the test where it cannot. */
void library_files_write (const char *path, int width, int height, const char *key, const char *text);
/* seconds: since 1970. */
void library_files_set_time (const char *path, gint64 seconds);

G_END_DECLS
