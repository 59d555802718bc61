/* library-files.c - PNG files for tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "library-files.h"

#include <gio/gio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>

static void
append_be32 (GByteArray *out, guint32 value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

static guint32
crc_of (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < size; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 1 ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

static void
append_chunk (GByteArray *out, const char *type, const guint8 *data, guint size)
{
  guint start;

  append_be32 (out, size);
  start = out->len;
  g_byte_array_append (out, (const guint8 *) type, 4);
  if (size > 0)
    g_byte_array_append (out, data, size);
  append_be32 (out, crc_of (out->data + start, size + 4));
}

static void
append_pixels (GByteArray *out, int width, int height, guint color)
{
  g_autoptr (GConverter) zlib = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 1));
  gsize stride = 1 + (gsize) width * 3, size = stride * height, room = size + size / 100 + 1000, read, written;
  g_autofree guint8 *rows = g_malloc0 (size);
  g_autofree guint8 *packed = g_malloc (room);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      guint8 *pixel = rows + y * stride + 1 + 3 * (gsize) x;

      pixel[0] = (guint8) (color + (guint) (x * 96 / width));
      pixel[1] = (guint8) ((color >> 8) + (guint) (y * 96 / height));
      pixel[2] = (guint8) (color >> 16);
    }
  g_assert_cmpint (
      g_converter_convert (zlib, rows, size, packed, room, G_CONVERTER_INPUT_AT_END, &read, &written, NULL), ==,
      G_CONVERTER_FINISHED);
  append_chunk (out, "IDAT", packed, (guint) written);
}

void
library_files_write (const char *path, int width, int height, const char *key, const char *text)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GByteArray) header = g_byte_array_new ();
  GError *error = NULL;

  g_byte_array_append (out, (const guint8 *) "\211PNG\r\n\032\n", 8);
  append_be32 (header, (guint32) width);
  append_be32 (header, (guint32) height);
  g_byte_array_append (header, (const guint8 *) "\010\002\0\0\0", 5);
  append_chunk (out, "IHDR", header->data, header->len);
  if (key != NULL) {
    g_autoptr (GByteArray) data = g_byte_array_new ();

    g_byte_array_append (data, (const guint8 *) key, (guint) strlen (key) + 1);
    g_byte_array_append (data, (const guint8 *) "\0\0\0\0", 4); /* plain, no language, no translated key */
    g_byte_array_append (data, (const guint8 *) text, (guint) strlen (text));
    append_chunk (out, "iTXt", data->data, data->len);
  }
  append_pixels (out, width, height, g_str_hash (path));
  append_chunk (out, "IEND", NULL, 0);
  g_file_set_contents_full (path, (const char *) out->data, out->len, G_FILE_SET_CONTENTS_NONE, 0644, &error);
  g_assert_no_error (error);
}

void
library_files_set_time (const char *path, gint64 seconds)
{
  struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}
