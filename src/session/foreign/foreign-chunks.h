/* foreign-chunks.h - what the readers of picture files share: bytes, and the texts found so far.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const guint8 *data;
  gsize size;
} LimnSpan;

typedef struct {
  GHashTable *text; /* key -> value */
  gsize left;       /* bytes of text that may still be kept */
  guint blocks;     /* Exif blocks that may still be read: their fields may all name the same bytes */
  gboolean cut;     /* something was too much */
} LimnChunks;

LimnSpan limn_span_from (LimnSpan span, gsize offset);
LimnSpan limn_span_cut (LimnSpan span, gsize size);

/* Whether a text of size bytes is new and may be kept; what is too much is noted. */
gboolean limn_chunks_want (LimnChunks *self, const char *key, gsize size);
/* Takes over value, which may be NULL. */
void limn_chunks_keep (LimnChunks *self, const char *key, char *value);
/* UTF-8, with a byte order mark or without; what is not becomes U+FFFD. */
char *limn_span_utf8 (LimnSpan span);

/* JEITA CP-3451.  "UserComment", "Description" and others. */
void limn_chunks_read_exif (LimnChunks *self, LimnSpan span);
/* Adobe XMP: the user comment, the description and the program. */
void limn_chunks_read_xmp (LimnChunks *self, LimnSpan span);
/* A whole file of boxes: AVIF, HEIF, JPEG XL in its container. */
void limn_chunks_read_boxes (LimnChunks *self, LimnSpan file);

G_END_DECLS
