/* image-write-private.h - what the kinds of picture files share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/image-write.h"

G_BEGIN_DECLS

/* TIFF's header and what follows (JEITA CP-3451): the colours are sRGB; of text, which may be NULL, "parameters" as the
 * user comment.  (transfer full) */
GByteArray *limn_tags_exif (const char *const *text);
/* An XMP packet with all else of text; NULL where there is nothing.  (transfer full) */
GByteArray *limn_tags_xmp (const char *const *text);
/* The ICC profile (4.3) of sRGB.  (transfer full) */
GByteArray *limn_tags_srgb (void);

void limn_tags_add_16 (GByteArray *bytes, guint number);
void limn_tags_add_32 (GByteArray *bytes, guint32 number);

GBytes *limn_jpeg_encode (const LimnImage *image, const LimnImageHow *how, GError **error);
GBytes *limn_webp_encode (const LimnImage *image, const LimnImageHow *how, GError **error);
GBytes *limn_avif_encode (const LimnImage *image, const LimnImageHow *how, GError **error);
GBytes *limn_jxl_encode (const LimnImage *image, const LimnImageHow *how, GError **error);

G_END_DECLS
