/* foreign-chunks.c - the text inside PNG, JPEG and WebP files, without decoding a pixel.
 *
 * PNG: ISO/IEC 15948, tEXt, zTXt and iTXt, before and after the pixels.  Exif: JEITA CP-3451, the user comment and the plain
 * texts of the first directory.  WebP: RIFF's "EXIF" chunk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign-private.h"

#include <gio/gio.h>
#include <string.h>

#define MOST_TEXTS 64
#define MOST_PARTS 64 /* of a file, to be looked into: what they hold is copied or unpacked, and may be as much again */

typedef struct {
  const guint8 *data;
  gsize size;
} Span;

static Span
span_from (Span span, gsize offset)
{
  if (offset > span.size)
    return (Span){ NULL, 0 };
  return (Span){ span.data + offset, span.size - offset };
}

static Span
span_cut (Span span, gsize size)
{
  return (Span){ span.data, MIN (size, span.size) };
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

/* Takes over value. */
static void
keep (GHashTable *text, const char *key, char *value)
{
  if (value == NULL || value[0] == '\0' || g_hash_table_contains (text, key)
      || g_hash_table_size (text) >= MOST_TEXTS) {
    g_free (value);
    return;
  }
  g_hash_table_insert (text, g_utf8_make_valid (key, -1), value);
}

static char *
utf8_text (Span span)
{
  g_autofree char *copy = g_strndup ((const char *) span.data, MIN (span.size, LIMN_FOREIGN_MOST_TEXT));

  return g_utf8_make_valid (copy, -1);
}

/* Many programs write UTF-8 where Latin-1 is due. */
static char *
latin_text (Span span)
{
  g_autofree char *copy = g_strndup ((const char *) span.data, MIN (span.size, LIMN_FOREIGN_MOST_TEXT));

  if (g_utf8_validate (copy, -1, NULL))
    return g_steal_pointer (&copy);
  return g_convert (copy, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

/* zlib, at most LIMN_FOREIGN_MOST_TEXT long; NULL where that is damaged. */
static GByteArray *
inflate_span (Span span)
{
  g_autoptr (GZlibDecompressor) zlib = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 buffer[8192];

  while (out->len < LIMN_FOREIGN_MOST_TEXT) {
    gsize read = 0, written = 0;
    GConverterResult result = g_converter_convert (G_CONVERTER (zlib), span.data, span.size, buffer, sizeof buffer,
                                                   G_CONVERTER_INPUT_AT_END, &read, &written, NULL);

    if (result == G_CONVERTER_ERROR)
      return NULL;
    g_byte_array_append (out, buffer, (guint) written);
    span = span_from (span, read);
    if (result == G_CONVERTER_FINISHED)
      return g_steal_pointer (&out);
    if (read == 0 && written == 0)
      return NULL;
  }
  return NULL;
}

/* ---- PNG ---- */

static void
read_ztxt (GHashTable *text, const char *key, Span span)
{
  g_autoptr (GByteArray) plain = NULL;

  if (span.size < 2 || span.data[0] != 0)
    return;
  plain = inflate_span (span_from (span, 1));
  if (plain != NULL)
    keep (text, key, latin_text ((Span){ plain->data, plain->len }));
}

static void
read_itxt (GHashTable *text, const char *key, Span span)
{
  g_autoptr (GByteArray) plain = NULL;
  gboolean compressed;

  if (span.size < 4)
    return;
  compressed = span.data[0] != 0;
  span = span_from (span, 2);
  for (int i = 0; i < 2; i++) { /* language, translated key */
    const guint8 *end = span.size > 0 ? memchr (span.data, 0, span.size) : NULL;

    if (end == NULL)
      return;
    span = span_from (span, (gsize) (end - span.data) + 1);
  }
  if (!compressed) {
    keep (text, key, utf8_text (span));
    return;
  }
  plain = inflate_span (span);
  if (plain != NULL)
    keep (text, key, utf8_text ((Span){ plain->data, plain->len }));
}

static void
read_png_text (GHashTable *text, const char *type, Span span)
{
  const guint8 *end = memchr (span.data, 0, MIN (span.size, 80));
  g_autofree char *key = NULL;

  if (end == NULL || end == span.data)
    return;
  key = g_strndup ((const char *) span.data, (gsize) (end - span.data));
  span = span_from (span, (gsize) (end - span.data) + 1);
  if (g_str_equal (type, "tEXt"))
    keep (text, key, latin_text (span));
  else if (g_str_equal (type, "zTXt"))
    read_ztxt (text, key, span);
  else
    read_itxt (text, key, span);
}

static void read_exif (GHashTable *text, Span span);

static void
read_png (GHashTable *text, Span file)
{
  guint parts = 0;

  for (file = span_from (file, 8); file.size >= 12 && parts < MOST_PARTS;) {
    gsize length = read_be32 (file.data);
    char type[5] = { 0 };
    Span body = span_from (file, 8);

    if (length > body.size - 4)
      return;
    memcpy (type, file.data + 4, 4);
    body = span_cut (body, length);
    if (body.size > 0 && (g_str_equal (type, "tEXt") || g_str_equal (type, "zTXt") || g_str_equal (type, "iTXt"))) {
      read_png_text (text, type, body);
      parts++;
    } else if (g_str_equal (type, "eXIf")) {
      read_exif (text, body);
      parts++;
    }
    file = span_from (file, 12 + length);
  }
}

/* ---- Exif ---- */

typedef struct {
  Span span;
  gboolean big;
} Tiff;

static guint
tiff_16 (const Tiff *tiff, gsize offset)
{
  const guint8 *p = tiff->span.data + offset;

  if (offset > tiff->span.size || tiff->span.size - offset < 2)
    return 0;
  return tiff->big ? (guint) p[0] << 8 | p[1] : (guint) p[1] << 8 | p[0];
}

static guint32
tiff_32 (const Tiff *tiff, gsize offset)
{
  if (offset > tiff->span.size || tiff->span.size - offset < 4)
    return 0;
  return tiff->big ? read_be32 (tiff->span.data + offset) : read_le32 (tiff->span.data + offset);
}

static char *
utf16_text (Span span, gboolean big)
{
  g_autofree char *wide = g_convert ((const char *) span.data, (gssize) (span.size & ~(gsize) 1), "UTF-8",
                                     big ? "UTF-16BE" : "UTF-16LE", NULL, NULL, NULL);

  return wide != NULL ? g_utf8_make_valid (wide, -1) : NULL;
}

/* Eight bytes that name the code come first, but for programs that forget them.  "UNICODE" is UTF-16 of either order. */
static char *
user_comment (Span span, gboolean big)
{
  Span body = span_from (span, 8);

  span = span_cut (span, LIMN_FOREIGN_MOST_TEXT);
  if (span.size > 8 && memcmp (span.data, "UNICODE", 8) == 0) {
    /* the first letter is of ASCII, so that its empty byte tells the order */
    if (body.size >= 2 && (body.data[0] == 0) != (body.data[1] == 0))
      big = body.data[0] == 0;
    return utf16_text (span_cut (body, LIMN_FOREIGN_MOST_TEXT), big);
  }
  if (span.size > 8 && (memcmp (span.data, "ASCII\0\0\0", 8) == 0 || memcmp (span.data, "\0\0\0\0\0\0\0\0", 8) == 0))
    return utf8_text (body);
  return utf8_text (span);
}

/* ComfyUI's WebP: "prompt:{...}" in fields that were made for the camera's name. */
static void
keep_camera (GHashTable *text, char *value)
{
  static const char *const prefixes[] = { "prompt:", "workflow:" };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_ascii_strncasecmp (value, prefixes[i], strlen (prefixes[i])) == 0)
      keep (text, i == 0 ? "prompt" : "workflow", g_strdup (value + strlen (prefixes[i])));
  g_free (value);
}

static void
read_field (GHashTable *text, const Tiff *tiff, guint tag, Span value)
{
  switch (tag) {
  case 0x9286:
    keep (text, "UserComment", user_comment (value, tiff->big));
    break;
  case 0x010e:
    keep (text, "Description", utf8_text (value));
    break;
  case 0x010f:
  case 0x0110:
    keep_camera (text, utf8_text (value));
    break;
  default:
    break;
  }
}

static void
read_directory (GHashTable *text, const Tiff *tiff, gsize offset, gboolean nested)
{
  static const guint sizes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8 };
  guint n = MIN (tiff_16 (tiff, offset), 256);

  for (guint i = 0; i < n; i++) {
    gsize entry = offset + 2 + (gsize) i * 12;
    guint tag = tiff_16 (tiff, entry), type = tiff_16 (tiff, entry + 2);
    guint64 bytes = (guint64) tiff_32 (tiff, entry + 4) * (type < G_N_ELEMENTS (sizes) ? sizes[type] : 0);
    gsize at = bytes <= 4 ? entry + 8 : tiff_32 (tiff, entry + 8);
    Span value = span_from (tiff->span, at);

    if (tag == 0x8769 && !nested)
      read_directory (text, tiff, tiff_32 (tiff, entry + 8), TRUE);
    else if (bytes > 0 && bytes <= value.size)
      read_field (text, tiff, tag, span_cut (value, (gsize) bytes));
  }
}

static void
read_exif (GHashTable *text, Span span)
{
  Tiff tiff;

  if (span.size > 6 && memcmp (span.data, "Exif\0\0", 6) == 0)
    span = span_from (span, 6);
  if (span.size < 8 || (memcmp (span.data, "II*\0", 4) != 0 && memcmp (span.data, "MM\0*", 4) != 0))
    return;
  tiff = (Tiff){ span, span.data[0] == 'M' };
  read_directory (text, &tiff, tiff_32 (&tiff, 4), FALSE);
}

/* ---- JPEG and WebP ---- */

static void
read_jpeg (GHashTable *text, Span file)
{
  guint parts = 0;

  for (file = span_from (file, 2); file.size >= 4 && file.data[0] == 0xff && parts < MOST_PARTS;) {
    guint marker = file.data[1];
    gsize length = (gsize) file.data[2] << 8 | file.data[3];
    Span body = span_from (file, 4);

    if (marker == 0xff) { /* filling */
      file = span_from (file, 1);
      continue;
    }
    if (marker == 0xda || marker == 0xd9 || length < 2 || length - 2 > body.size)
      return;
    body = span_cut (body, length - 2);
    parts += marker == 0xe1 || marker == 0xfe;
    if (marker == 0xe1)
      read_exif (text, body);
    else if (marker == 0xfe && body.size > 0)
      keep (text, "comment", utf8_text (body));
    file = span_from (file, 2 + length);
  }
}

static void
read_webp (GHashTable *text, Span file)
{
  guint parts = 0;

  for (file = span_from (file, 12); file.size >= 8 && parts < MOST_PARTS;) {
    gsize length = read_le32 (file.data + 4);
    Span body = span_from (file, 8);

    if (length > body.size)
      return;
    if (memcmp (file.data, "EXIF", 4) == 0) {
      read_exif (text, span_cut (body, length));
      parts++;
    }
    file = span_from (file, 8 + length + (length & 1));
  }
}

GHashTable *
limn_foreign_read_chunks (const guint8 *data, gsize size)
{
  GHashTable *text = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Span file = { data, size };

  if (size >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    read_png (text, file);
  else if (size >= 4 && data[0] == 0xff && data[1] == 0xd8)
    read_jpeg (text, file);
  else if (size >= 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0)
    read_webp (text, file);
  return text;
}
