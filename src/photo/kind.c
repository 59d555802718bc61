/* kind.c - formats by their first bytes, and whether their last ones are there; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <string.h>

#define KIND(name, package, offset, magic)                                                                             \
  {                                                                                                                    \
    name, package, offset, sizeof magic - 1, magic                                                                     \
  }

static const LimnPhotoKind kinds[] = {
  KIND ("PNG", NULL, 0, "\x89PNG\r\n\x1a\n"),
  KIND ("JPEG", NULL, 0, "\xff\xd8\xff"),
  KIND ("GIF", NULL, 0, "GIF8"),
  KIND ("TIFF", NULL, 0, "II*\0"),
  KIND ("TIFF", NULL, 0, "MM\0*"),
  KIND ("BMP", NULL, 0, "BM"),
  KIND ("WebP", "webp-pixbuf-loader", 8, "WEBP"),
  KIND ("AVIF", "libavif-gdk-pixbuf", 4, "ftypavif"),
  KIND ("AVIF", "libavif-gdk-pixbuf", 4, "ftypavis"),
  KIND ("HEIF", "heif-gdk-pixbuf", 4, "ftyphei"),
  KIND ("HEIF", "heif-gdk-pixbuf", 4, "ftyphev"),
  KIND ("HEIF", "heif-gdk-pixbuf", 4, "ftypmif1"),
  KIND ("HEIF", "heif-gdk-pixbuf", 4, "ftypmsf1"),
  KIND ("JPEG XL", "libjxl-gdk-pixbuf", 0, "\xff\x0a"),
  KIND ("JPEG XL", "libjxl-gdk-pixbuf", 0, "\0\0\0\x0cJXL \r\n\x87\n"),
  KIND ("JPEG 2000", "", 0, "\0\0\0\x0cjP  \r\n\x87\n"),
  KIND ("JPEG 2000", "", 0, "\xff\x4f\xff\x51"),
  KIND ("OpenEXR", "", 0, "\x76\x2f\x31\x01"),
  KIND ("Photoshop", "", 0, "8BPS"),
  KIND ("GIMP", "", 0, "gimp xcf"),
  KIND ("PDF", "", 0, "%PDF-"),
};

const LimnPhotoKind *
limn_photo_kind (const guint8 *data, gsize size)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    const LimnPhotoKind *kind = &kinds[i];

    if (size >= kind->offset + kind->length && memcmp (data + kind->offset, kind->magic, kind->length) == 0)
      return kind;
  }
  return NULL;
}

/* Where the pixels begin: the segments before them may hold a whole small picture. */
static gsize
jpeg_pixels (const guint8 *data, gsize size)
{
  gsize at = 2;

  while (at + 4 <= size && data[at] == 0xff && data[at + 1] != 0xda) {
    gsize next = at + 2 + ((gsize) data[at + 2] << 8 | data[at + 3]);

    if (data[at + 1] == 0xff)
      at++;
    else if (next > size)
      break;
    else
      at = next;
  }
  return MIN (at, size);
}

static guint64
read_be (const guint8 *at, int bytes)
{
  guint64 number = 0;

  for (int i = 0; i < bytes; i++)
    number = number << 8 | at[i];
  return number;
}

/* ISO/IEC 14496-12: boxes of a length and a name, one after the other; a length of 0 goes on to the end. */
static gboolean
boxes_are_cut (const guint8 *data, gsize size)
{
  for (gsize at = 0; at + 8 <= size;) {
    guint64 length = read_be (data + at, 4);

    if (length == 1 && at + 16 <= size)
      length = read_be (data + at + 8, 8);
    if (length == 0)
      return FALSE;
    if (length < 8 || length > size - at)
      return TRUE;
    at += (gsize) length;
  }
  return FALSE;
}

gboolean
limn_photo_is_cut (const guint8 *data, gsize size)
{
  const LimnPhotoKind *kind = limn_photo_kind (data, size);

  if (kind != NULL && g_str_equal (kind->name, "JPEG")) {
    gsize pixels = jpeg_pixels (data, size);

    return memmem (data + pixels, size - pixels, "\xff\xd9", 2) == NULL;
  }
  if (kind != NULL && g_str_equal (kind->name, "WebP")) {
    guint32 length;

    memcpy (&length, data + 4, sizeof length);
    return GUINT32_FROM_LE (length) > size - 8;
  }
  return kind != NULL && (kind->offset == 4 || kind->magic[0] == '\0') && boxes_are_cut (data, size);
}
