/* png.h - RGB pictures with text chunks, read as 8 bits a channel and written as 8 or 16, over libpng.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* Atomic: a temporary file beside path, fsync, rename.  text: NULL, or key, value, key, value ..., NULL (tEXt where the
 * value is Latin-1, iTXt otherwise).  Reports a full disk and leaves no half file. */
gboolean limn_png_save (const LimnImage *image, const char *path, const char *const *text, GError **error);
/* The bytes that such a file has. */
GBytes *limn_png_encode (const LimnImage *image, const char *const *text, GError **error);
/* The same of 16 bits a channel, which image has (deep). */
GBytes *limn_png_encode_deep (const LimnImage *image, const char *const *text, GError **error);
/* A PNG as it is stored but for its depth: RGB or, where anything may be transparent, RGBA of 8 bits, not
 * multiplied. */
typedef struct {
  int width, height, channels;
  guint8 *pixels;           /* width * channels bytes a row */
  GBytes *exif, *profile;   /* NULL: none */
  gboolean is_srgb;         /* it says so, and no profile else counts */
  gboolean bad_profile;     /* there is a profile, and it cannot be used */
  double gamma;             /* of the file, 0: not said */
  double chromaticities[8]; /* x and y of white, red, green and blue; 0: not said */
} LimnPngPixels;

LimnPngPixels *limn_png_read (const char *name, const guint8 *data, gsize size, GError **error);
void limn_png_pixels_free (LimnPngPixels *pixels);

/* Any PNG (palette, grey, 16 bits, alpha: laid on white) as RGB.  text_out: NULL, or receives a new table key -> value.
 * Refuses pictures of over 65535 pixels a side or 2^27 in all. */
LimnImage *limn_png_load (const char *path, GHashTable **text_out, GError **error);
LimnImage *limn_png_load_memory (const char *name, const guint8 *data, gsize size, GHashTable **text_out,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPngPixels, limn_png_pixels_free)

G_END_DECLS
