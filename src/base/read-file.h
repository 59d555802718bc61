/* read-file.h - a whole file, where it is one that a person could have meant.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The bytes of a regular file of at most most of them; size: receives how many.  A 0 follows that is not counted.  NULL
 * with LIMN_ERROR_FILE and path for all else, looked at before it is opened, for a pipe would be waited for.
 * is_folder, is_large: what is then said, translated.  (transfer full)  Blocks. */
char *limn_read_file (const char *path, guint64 most, const char *is_folder, const char *is_large, gsize *size,
                      GError **error);

G_END_DECLS
