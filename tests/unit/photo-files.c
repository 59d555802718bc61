/* photo-files.c - picture files made for tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo-files.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

static void
put (GByteArray *out, const void *data, gsize size)
{
  g_byte_array_append (out, data, (guint) size);
}

static void
put_16 (GByteArray *out, guint value)
{
  guint16 little = GUINT16_TO_LE ((guint16) value);

  put (out, &little, 2);
}

static void
put_32 (GByteArray *out, guint32 value)
{
  guint32 little = GUINT32_TO_LE (value);

  put (out, &little, 4);
}

static void
put_big_32 (GByteArray *out, guint32 value)
{
  put_32 (out, GUINT32_SWAP_LE_BE (value));
}

/* ---- PNG ---- */

static void
put_chunk (GByteArray *out, const char *type, const void *data, gsize size)
{
  guint32 crc = 0xffffffff;
  guint start = out->len + 4;

  put_big_32 (out, (guint32) size);
  put (out, type, 4);
  put (out, data, size);
  for (guint i = start; i < out->len; i++) {
    crc ^= out->data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
  }
  put_big_32 (out, ~crc);
}

/* RFC 1950 and 1951, in blocks that are stored as they are */
static void
put_stored (GByteArray *out, const guint8 *data, gsize size)
{
  guint32 a = 1, b = 0;

  put (out, "\x78\x01", 2);
  for (gsize at = 0; at < size;) {
    guint n = (guint) MIN (size - at, 65535);
    guint8 last = at + n == size;

    put (out, &last, 1);
    put_16 (out, n);
    put_16 (out, ~n);
    put (out, data + at, n);
    at += n;
  }
  for (gsize i = 0; i < size; i++) {
    a = (a + data[i]) % 65521;
    b = (b + a) % 65521;
  }
  put_big_32 (out, b << 16 | a);
}

GByteArray *
photo_files_png (const guint8 *pixels, int width, int height, int channels, GBytes *exif, GBytes *profile,
                 guint32 gamma)
{
  static const guint8 types[] = { 0, 0, 4, 2, 6 };
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) header = g_byte_array_new (), icc = g_byte_array_new (), rows = g_byte_array_new (),
                         data = g_byte_array_new ();
  guint8 rest[5] = { 8, types[channels], 0, 0, 0 };
  guint32 big_gamma = GUINT32_TO_BE (gamma);
  gsize row = (gsize) width * channels;

  put (out, "\x89PNG\r\n\x1a\n", 8);
  put_big_32 (header, (guint32) width);
  put_big_32 (header, (guint32) height);
  put (header, rest, sizeof rest);
  put_chunk (out, "IHDR", header->data, header->len);
  if (gamma > 0)
    put_chunk (out, "gAMA", &big_gamma, 4);
  if (profile != NULL) {
    put (icc, "test\0\0", 6);
    put_stored (icc, g_bytes_get_data (profile, NULL), g_bytes_get_size (profile));
    put_chunk (out, "iCCP", icc->data, icc->len);
  }
  if (exif != NULL)
    put_chunk (out, "eXIf", g_bytes_get_data (exif, NULL), g_bytes_get_size (exif));
  for (int y = 0; y < height; y++) {
    put (rows, "", 1);
    put (rows, pixels + y * row, row);
  }
  put_stored (data, rows->data, rows->len);
  put_chunk (out, "IDAT", data->data, data->len);
  put_chunk (out, "IEND", NULL, 0);
  return out;
}

/* ---- TIFF ---- */

static void
put_tag (GByteArray *out, guint tag, guint type, guint32 count, guint32 value)
{
  put_16 (out, tag);
  put_16 (out, type);
  put_32 (out, count);
  put_32 (out, value);
}

GByteArray *
photo_files_tiff (const guint8 *pixels, int width, int height, int channels, int orientation, GBytes *profile)
{
  enum { BYTE = 1, SHORT = 3, LONG = 4, UNDEFINED = 7 };
  GByteArray *out = g_byte_array_new ();
  guint32 size = (guint32) (width * height * channels), n_tags = profile != NULL ? 11 : 10;
  guint32 depths = 8 + 2 + 12 * n_tags + 4, at = depths + 8, icc = at + size;

  put (out, "II*\0", 4);
  put_32 (out, 8);
  put_16 (out, n_tags);
  put_tag (out, 256, LONG, 1, (guint32) width);
  put_tag (out, 257, LONG, 1, (guint32) height);
  put_tag (out, 258, SHORT, (guint32) channels, channels == 1 ? 8 : depths);
  put_tag (out, 259, SHORT, 1, 1);
  put_tag (out, 262, SHORT, 1, channels == 1 ? 1 : 2);
  put_tag (out, 273, LONG, 1, at);
  put_tag (out, 274, SHORT, 1, (guint32) orientation);
  put_tag (out, 277, SHORT, 1, (guint32) channels);
  put_tag (out, 278, LONG, 1, (guint32) height);
  put_tag (out, 279, LONG, 1, size);
  if (profile != NULL)
    put_tag (out, 34675, UNDEFINED, (guint32) g_bytes_get_size (profile), icc);
  put_32 (out, 0);
  for (int i = 0; i < 4; i++)
    put_16 (out, 8);
  put (out, pixels, size);
  if (profile != NULL)
    put (out, g_bytes_get_data (profile, NULL), g_bytes_get_size (profile));
  return out;
}

/* ---- By gdk-pixbuf ---- */

GByteArray *
photo_files_by_pixbuf (const char *format, const guint8 *rgb, int width, int height, GBytes *profile)
{
  g_autoptr (GdkPixbuf) pixbuf =
      gdk_pixbuf_new_from_data (rgb, GDK_COLORSPACE_RGB, FALSE, 8, width, height, width * 3, NULL, NULL);
  g_autofree char *icc =
      profile != NULL ? g_base64_encode (g_bytes_get_data (profile, NULL), g_bytes_get_size (profile)) : NULL;
  char *keys[] = { "quality", icc != NULL ? "icc-profile" : NULL, NULL };
  char *values[] = { "95", icc, NULL };
  g_autofree char *data = NULL;
  GByteArray *out;
  gsize size;

  if (!gdk_pixbuf_save_to_bufferv (pixbuf, &data, &size, format, keys, values, NULL))
    return NULL;
  out = g_byte_array_new ();
  put (out, data, size);
  return out;
}

/* ---- Exif ---- */

GBytes *
photo_files_exif (int orientation, gboolean big_endian)
{
  static const guint8 big[] = { 'M', 'M', 0, '*', 0,  0, 0, 8, 0, 2, 1, 0x0f, 0, 2, 0, 0, 0, 2, 'x',
                                0,   0,   0, 1,   18, 0, 3, 0, 0, 0, 1, 0,    0, 0, 0, 0, 0, 0, 0 };
  static const guint8 little[] = { 'I', 'I', '*', 0,  8, 0, 0, 0, 2, 0, 0x0f, 1, 2, 0, 2, 0, 0, 0, 'x',
                                   0,   0,   0,   18, 1, 3, 0, 1, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0 };
  guint8 exif[sizeof big];

  memcpy (exif, big_endian ? big : little, sizeof exif);
  exif[big_endian ? 31 : 30] = (guint8) orientation;
  return g_bytes_new (exif, sizeof exif);
}

static void
add_to_jpeg (GByteArray *file, GBytes *exif)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize size = g_bytes_get_size (exif);
  guint8 head[] = { 0xff, 0xd8, 0xff, 0xe1, (guint8) ((size + 8) >> 8), (guint8) (size + 8), 'E', 'x', 'i', 'f', 0, 0 };

  put (out, head, sizeof head);
  put (out, g_bytes_get_data (exif, NULL), size);
  put (out, file->data + 2, file->len - 2);
  g_byte_array_set_size (file, 0);
  put (file, out->data, out->len);
}

/* RFC 9649, 2.7: the extended header comes first, Exif last */
static void
add_to_webp (GByteArray *file, GBytes *exif, int width, int height)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gboolean extended = memcmp (file->data + 12, "VP8X", 4) == 0;
  guint32 length;

  put (out, file->data, 12);
  if (!extended) {
    put (out, "VP8X", 4);
    put_32 (out, 10);
    put_32 (out, 0);
    put_16 (out, (guint) width - 1);
    put (out, "", 1);
    put_16 (out, (guint) height - 1);
    put (out, "", 1);
  }
  put (out, file->data + 12, file->len - 12);
  out->data[20] |= 8;
  put (out, "EXIF", 4);
  put_32 (out, (guint32) g_bytes_get_size (exif));
  put (out, g_bytes_get_data (exif, NULL), g_bytes_get_size (exif));
  length = GUINT32_TO_LE (out->len - 8);
  memcpy (out->data + 4, &length, 4);
  g_byte_array_set_size (file, 0);
  put (file, out->data, out->len);
}

void
photo_files_add_exif (GByteArray *file, GBytes *exif, int width, int height)
{
  if (file->data[0] == 0xff)
    add_to_jpeg (file, exif);
  else
    add_to_webp (file, exif, width, height);
}
