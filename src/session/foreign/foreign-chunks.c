/* foreign-chunks.c - the text inside picture files, without decoding a pixel.
 *
 * PNG: ISO/IEC 15948, tEXt, zTXt and iTXt, before and after the pixels.  JPEG: Exif, XMP, comment.  WebP: RIFF's "EXIF"
 * and "XMP ".  AVIF, HEIF and JPEG XL: foreign-boxes.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-chunks.h"
#include "session/foreign/foreign-private.h"

#include <gio/gio.h>
#include <string.h>

#define MOST_BLOCKS 64
#define XMP_JPEG "http://ns.adobe.com/xap/1.0/"
#define XMP_PNG "XML:com.adobe.xmp"
#define RAW_PROFILE "Raw profile type "

LimnSpan
limn_span_from (LimnSpan span, gsize offset)
{
  if (span.data == NULL || offset > span.size)
    return (LimnSpan){ NULL, 0 };
  return (LimnSpan){ span.data + offset, span.size - offset };
}

LimnSpan
limn_span_cut (LimnSpan span, gsize size)
{
  return (LimnSpan){ span.data, MIN (size, span.size) };
}

static guint32
read_be32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

static guint32
read_le32 (const guint8 *p)
{
  return (guint32) p[3] << 24 | (guint32) p[2] << 16 | (guint32) p[1] << 8 | p[0];
}

gboolean
limn_chunks_want (LimnChunks *self, const char *key, gsize size)
{
  if (key != NULL && g_hash_table_contains (self->text, key))
    return FALSE;
  if (size <= MIN (self->left, LIMN_FOREIGN_MOST_TEXT))
    return TRUE;
  self->cut = TRUE;
  return FALSE;
}

void
limn_chunks_keep (LimnChunks *self, const char *key, char *value)
{
  gsize size = value != NULL ? strlen (value) : 0;

  if (size == 0 || !limn_chunks_want (self, key, size)) {
    g_free (value);
    return;
  }
  self->left -= size;
  g_hash_table_insert (self->text, g_utf8_make_valid (key, -1), value);
}

char *
limn_span_utf8 (LimnSpan span)
{
  gsize mark = span.size >= 3 && memcmp (span.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  g_autofree char *copy = g_strndup ((const char *) span.data + mark, span.size - mark);

  return g_utf8_make_valid (copy, -1);
}

/* Many programs write UTF-8 where Latin-1 is due. */
static char *
latin_text (LimnSpan span)
{
  g_autofree char *copy = g_strndup ((const char *) span.data, span.size);

  if (g_utf8_validate (copy, -1, NULL))
    return g_steal_pointer (&copy);
  return g_convert (copy, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

/* zlib; NULL where that is damaged or too much, which costs what it unpacked. */
static GByteArray *
inflate_span (LimnChunks *self, LimnSpan span)
{
  g_autoptr (GZlibDecompressor) zlib = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 buffer[8192];

  while (limn_chunks_want (self, NULL, out->len)) {
    gsize read = 0, written = 0;
    GConverterResult result = g_converter_convert (G_CONVERTER (zlib), span.data, span.size, buffer, sizeof buffer,
                                                   G_CONVERTER_INPUT_AT_END, &read, &written, NULL);

    if (result == G_CONVERTER_ERROR || (read == 0 && written == 0 && result != G_CONVERTER_FINISHED))
      break;
    g_byte_array_append (out, buffer, (guint) written);
    span = limn_span_from (span, read);
    if (result == G_CONVERTER_FINISHED)
      return g_steal_pointer (&out);
  }
  self->left -= MIN (self->left, out->len);
  return NULL;
}

/* ---- PNG ---- */

/* ImageMagick: "\nexif\n     194\n4578696600..." */
static void
read_raw_profile (LimnChunks *self, const char *kind, const char *text)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (int i = 0; i < 3 && text != NULL; i++) {
    text = strchr (text, '\n');
    text = text != NULL ? text + 1 : NULL;
  }
  for (; text != NULL && *text != '\0'; text++)
    if (g_ascii_isxdigit (text[0]) && g_ascii_isxdigit (text[1])) {
      guint8 byte = (guint8) (g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));

      g_byte_array_append (bytes, &byte, 1);
      text++;
    }
  if (g_str_equal (kind, "xmp"))
    limn_chunks_read_xmp (self, (LimnSpan){ bytes->data, bytes->len });
  else if (g_str_equal (kind, "exif") || g_str_equal (kind, "APP1"))
    limn_chunks_read_exif (self, (LimnSpan){ bytes->data, bytes->len });
}

static void
keep_latin (LimnChunks *self, const char *key, LimnSpan span)
{
  g_autofree char *text = latin_text (span);

  if (text != NULL && g_str_has_prefix (key, RAW_PROFILE))
    read_raw_profile (self, key + strlen (RAW_PROFILE), text);
  limn_chunks_keep (self, key, g_steal_pointer (&text));
}

static void
read_ztxt (LimnChunks *self, const char *key, LimnSpan span)
{
  g_autoptr (GByteArray) plain = NULL;

  if (span.size < 2 || span.data[0] != 0)
    return;
  plain = inflate_span (self, limn_span_from (span, 1));
  if (plain != NULL)
    keep_latin (self, key, (LimnSpan){ plain->data, plain->len });
}

static void
keep_international (LimnChunks *self, const char *key, LimnSpan span)
{
  if (g_str_equal (key, XMP_PNG))
    limn_chunks_read_xmp (self, span);
  else if (limn_chunks_want (self, key, span.size))
    limn_chunks_keep (self, key, limn_span_utf8 (span));
}

static void
read_itxt (LimnChunks *self, const char *key, LimnSpan span)
{
  g_autoptr (GByteArray) plain = NULL;
  gboolean compressed;

  if (span.size < 4)
    return;
  compressed = span.data[0] != 0;
  span = limn_span_from (span, 2);
  for (int i = 0; i < 2; i++) { /* language, translated key */
    const guint8 *end = span.size > 0 ? memchr (span.data, 0, span.size) : NULL;

    if (end == NULL)
      return;
    span = limn_span_from (span, (gsize) (end - span.data) + 1);
  }
  if (compressed) {
    plain = inflate_span (self, span);
    span = (LimnSpan){ plain != NULL ? plain->data : NULL, plain != NULL ? plain->len : 0 };
  }
  if (span.size > 0)
    keep_international (self, key, span);
}

static void
read_png_text (LimnChunks *self, const char *type, LimnSpan span)
{
  const guint8 *end = memchr (span.data, 0, MIN (span.size, 80));
  g_autofree char *key = NULL;

  if (end == NULL || end == span.data)
    return;
  key = g_strndup ((const char *) span.data, (gsize) (end - span.data));
  span = limn_span_from (span, (gsize) (end - span.data) + 1);
  if (!limn_chunks_want (self, key, span.size))
    return;
  if (g_str_equal (type, "tEXt"))
    keep_latin (self, key, span);
  else if (g_str_equal (type, "zTXt"))
    read_ztxt (self, key, span);
  else
    read_itxt (self, key, span);
}

static void
read_png (LimnChunks *self, LimnSpan file)
{
  for (file = limn_span_from (file, 8); file.size >= 12;) {
    gsize length = read_be32 (file.data);
    char type[5] = { 0 };
    LimnSpan body = limn_span_from (file, 8);

    if (length > body.size - 4)
      return;
    memcpy (type, file.data + 4, 4);
    body = limn_span_cut (body, length);
    if (body.size > 0 && (g_str_equal (type, "tEXt") || g_str_equal (type, "zTXt") || g_str_equal (type, "iTXt")))
      read_png_text (self, type, body);
    else if (g_str_equal (type, "eXIf"))
      limn_chunks_read_exif (self, body);
    file = limn_span_from (file, 12 + length);
  }
}

/* ---- JPEG and WebP ---- */

static void
read_application (LimnChunks *self, LimnSpan body)
{
  if (body.size > sizeof XMP_JPEG && memcmp (body.data, XMP_JPEG, sizeof XMP_JPEG) == 0)
    limn_chunks_read_xmp (self, limn_span_from (body, sizeof XMP_JPEG));
  else
    limn_chunks_read_exif (self, body);
}

static void
read_jpeg (LimnChunks *self, LimnSpan file)
{
  for (file = limn_span_from (file, 2); file.size >= 4 && file.data[0] == 0xff;) {
    guint marker = file.data[1];
    gsize length = (gsize) file.data[2] << 8 | file.data[3];
    LimnSpan body = limn_span_from (file, 4);

    if (marker == 0xff) { /* filling */
      file = limn_span_from (file, 1);
      continue;
    }
    if (marker == 0xda || marker == 0xd9 || length < 2 || length - 2 > body.size)
      return;
    body = limn_span_cut (body, length - 2);
    if (marker == 0xe1)
      read_application (self, body);
    else if (marker == 0xfe && limn_chunks_want (self, "comment", body.size))
      limn_chunks_keep (self, "comment", limn_span_utf8 (body));
    file = limn_span_from (file, 2 + length);
  }
}

static void
read_webp (LimnChunks *self, LimnSpan file)
{
  for (file = limn_span_from (file, 12); file.size >= 8;) {
    gsize length = read_le32 (file.data + 4);
    LimnSpan body = limn_span_from (file, 8);

    if (length > body.size)
      return;
    if (memcmp (file.data, "EXIF", 4) == 0)
      limn_chunks_read_exif (self, limn_span_cut (body, length));
    else if (memcmp (file.data, "XMP ", 4) == 0)
      limn_chunks_read_xmp (self, limn_span_cut (body, length));
    file = limn_span_from (file, 8 + length + (length & 1));
  }
}

GHashTable *
limn_foreign_read_chunks (const guint8 *data, gsize size)
{
  LimnChunks chunks = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free), LIMN_FOREIGN_MOST_TEXTS,
                        MOST_BLOCKS, FALSE };
  LimnSpan file = { data, size };

  if (size >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    read_png (&chunks, file);
  else if (size >= 4 && data[0] == 0xff && data[1] == 0xd8)
    read_jpeg (&chunks, file);
  else if (size >= 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0)
    read_webp (&chunks, file);
  else if (size >= 12 && (memcmp (data + 4, "ftyp", 4) == 0 || memcmp (data + 4, "JXL ", 4) == 0))
    limn_chunks_read_boxes (&chunks, file);
  if (chunks.cut)
    g_hash_table_insert (chunks.text, g_strdup (LIMN_FOREIGN_CUT), g_strdup (""));
  return chunks.text;
}
