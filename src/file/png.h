/* png.h - 8-bit RGB pictures with text chunks, over libpng.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* Atomic: a temporary file beside path, fsync, rename.  text: NULL, or key, value, key, value ..., NULL (tEXt where the
 * value is Latin-1, iTXt otherwise).  Reports a full disk and leaves no half file. */
gboolean limn_png_save (const LimnImage *image, const char *path, const char *const *text, GError **error);
/* Any PNG (palette, grey, 16 bits, alpha: laid on white) as RGB.  text_out: NULL, or receives a new table key -> value.
 * Refuses pictures of over 16384 pixels a side or 2^26 in all. */
LimnImage *limn_png_load (const char *path, GHashTable **text_out, GError **error);
LimnImage *limn_png_load_memory (const char *name, const guint8 *data, gsize size, GHashTable **text_out,
                                 GError **error);

G_END_DECLS
