/* photo-files.h - picture files made for tests: pixels as wished, with orientation and profile inside.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* Uncompressed, so that what is stored is what was wished.  channels: 1 to 4 (2 and 4: with opacity).  exif, profile:
 * NULL: none.  gamma: 100000ths, 0: none. (transfer full) */
GByteArray *photo_files_png (const guint8 *pixels, int width, int height, int channels, GBytes *exif, GBytes *profile,
                             guint32 gamma);
/* channels: 1 or 3. */
GByteArray *photo_files_tiff (const guint8 *pixels, int width, int height, int channels, int orientation,
                              GBytes *profile);
/* By gdk-pixbuf: "jpeg", "webp", "avif"; NULL where it cannot write that. */
GByteArray *photo_files_by_pixbuf (const char *format, const guint8 *rgb, int width, int height, GBytes *profile);
/* What a camera writes of how it was held. */
GBytes *photo_files_exif (int orientation, gboolean big_endian);
/* Puts exif into a JPEG or WebP file. */
void photo_files_add_exif (GByteArray *file, GBytes *exif, int width, int height);

G_END_DECLS
