/* library-text.c - walks the chunks of a PNG file, see the PNG specification (ISO/IEC 15948), section 11.3.4.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library-text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define MOST_TEXT (8 << 20) /* bytes of one text, unpacked */
#define MOST_TEXTS 64       /* in a file, to be unpacked */
#define LARGEST 0x7fffffffu

static guint32
read_be32 (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
}

static char *
latin1_to_utf8 (const guint8 *data, gsize size)
{
  GString *out = g_string_sized_new (size);

  for (gsize i = 0; i < size && data[i] != 0; i++)
    g_string_append_unichar (out, data[i]);
  return g_string_free (out, FALSE);
}

/* NULL where data is damaged or unpacks to more than a text may have. */
static GByteArray *
unpack (const guint8 *data, gsize size)
{
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 block[4096];

  for (;;) {
    gsize taken = 0, given = 0;
    GConverterResult result = g_converter_convert (converter, data, size, block, sizeof block, G_CONVERTER_INPUT_AT_END,
                                                   &taken, &given, NULL);

    if (result == G_CONVERTER_ERROR || out->len + given > MOST_TEXT)
      return NULL;
    g_byte_array_append (out, block, given);
    if (result == G_CONVERTER_FINISHED)
      return g_steal_pointer (&out);
    data += taken;
    size -= taken;
  }
}

static char *
read_packed (const guint8 *data, gsize size, gboolean utf8)
{
  g_autoptr (GByteArray) bytes = unpack (data, size);

  if (bytes == NULL)
    return NULL;
  return utf8 ? g_utf8_make_valid ((const char *) bytes->data, bytes->len) : latin1_to_utf8 (bytes->data, bytes->len);
}

/* after the keyword: flag, method, language 0, translated keyword 0, text */
static char *
read_international (const guint8 *data, gsize size)
{
  const guint8 *end = data + size, *language, *keyword;

  if (size < 2)
    return NULL;
  language = memchr (data + 2, 0, size - 2);
  keyword = language != NULL ? memchr (language + 1, 0, end - language - 1) : NULL;
  if (keyword == NULL)
    return NULL;
  if (data[0] != 0)
    return read_packed (keyword + 1, end - keyword - 1, TRUE);
  return g_utf8_make_valid ((const char *) keyword + 1, end - keyword - 1);
}

static void
take_text (GHashTable *texts, const guint8 type[4], const guint8 *data, gsize size)
{
  const guint8 *zero = memchr (data, 0, MIN (size, 80));
  gsize rest = zero != NULL ? size - (zero + 1 - data) : 0;
  char *value = NULL;

  if (zero == NULL)
    return;
  if (memcmp (type, "tEXt", 4) == 0)
    value = latin1_to_utf8 (zero + 1, rest);
  else if (memcmp (type, "iTXt", 4) == 0)
    value = read_international (zero + 1, rest);
  else if (rest > 1 && zero[1] == 0)
    value = read_packed (zero + 2, rest - 1, FALSE);
  if (value != NULL)
    g_hash_table_replace (texts, latin1_to_utf8 (data, zero - data), value);
}

static gboolean
is_text (const guint8 type[4])
{
  return memcmp (type, "tEXt", 4) == 0 || memcmp (type, "zTXt", 4) == 0 || memcmp (type, "iTXt", 4) == 0;
}

static gboolean
has_settings (GHashTable *texts)
{
  return g_hash_table_contains (texts, "limn") || g_hash_table_contains (texts, "parameters")
         || g_hash_table_contains (texts, "prompt");
}

static gboolean
read_size (FILE *file, int *width, int *height)
{
  static const guint8 signature[8] = { 137, 80, 78, 71, 13, 10, 26, 10 };
  guint8 head[33];

  if (fread (head, 1, sizeof head, file) != sizeof head || memcmp (head, signature, 8) != 0
      || read_be32 (head + 8) != 13 || memcmp (head + 12, "IHDR", 4) != 0)
    return FALSE;
  if (read_be32 (head + 16) - 1 >= LARGEST || read_be32 (head + 20) - 1 >= LARGEST)
    return FALSE;
  *width = (int) read_be32 (head + 16);
  *height = (int) read_be32 (head + 20);
  return TRUE;
}

static void
read_texts (FILE *file, guint64 file_size, GHashTable *texts)
{
  guint64 at = 33;
  guint8 head[8];
  guint n = 0;

  while (at < file_size && file_size - at >= 12 && fread (head, 1, sizeof head, file) == sizeof head) {
    guint32 length = read_be32 (head);

    if (length > file_size - at - 12 || memcmp (head + 4, "IEND", 4) == 0
        || (memcmp (head + 4, "IDAT", 4) == 0 && has_settings (texts)))
      return;
    if (is_text (head + 4) && length <= MOST_TEXT && n++ < MOST_TEXTS) {
      g_autofree guint8 *data = g_malloc (length + 1);

      if (fread (data, 1, length, file) != length)
        return;
      take_text (texts, head + 4, data, length);
    }
    at += 12 + (guint64) length;
    if (fseeko (file, (off_t) at, SEEK_SET) != 0)
      return;
  }
}

gboolean
limn_png_text_read (const char *path, int *width, int *height, GHashTable **texts, GError **error)
{
  GStatBuf info;
  FILE *file = NULL;
  gboolean good;

  /* opening a pipe of that name would wait for ever */
  if (g_stat (path, &info) == 0 && (S_ISREG (info.st_mode) || (errno = EINVAL) == 0))
    file = g_fopen (path, "rbe");
  if (file == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (errno));
    return FALSE;
  }
  good = read_size (file, width, height);
  if (!good)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: not a PNG picture, or a damaged one"), path);
  if (good && texts != NULL) {
    *texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    read_texts (file, (guint64) info.st_size, *texts);
  }
  fclose (file);
  return good;
}
