/* library-text.h - a PNG file's size and texts, read without its pixels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* texts: NULL, or receives a new table key -> value, both UTF-8 (tEXt, zTXt and iTXt chunks).  Stops at the pixels
 * where a text that holds settings stands before them.  Blocks, for a fraction of a millisecond.  Any thread. */
gboolean limn_png_text_read (const char *path, int *width, int *height, GHashTable **texts, GError **error);

G_END_DECLS
