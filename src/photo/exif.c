/* exif.c - how a camera was held, and where WebP keeps what is said; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112

static guint
read_16 (const guint8 *at, gboolean big)
{
  return big ? (guint) (at[0] << 8 | at[1]) : (guint) (at[1] << 8 | at[0]);
}

static gsize
read_32 (const guint8 *at, gboolean big)
{
  gsize high = read_16 (big ? at : at + 2, big), low = read_16 (big ? at + 2 : at, big);

  return high << 16 | low;
}

int
limn_exif_orientation (const guint8 *exif, gsize size)
{
  gboolean big;
  gsize at;
  guint n;

  if (size >= 6 && memcmp (exif, "Exif\0\0", 6) == 0) {
    exif += 6;
    size -= 6;
  }
  if (size < 14 || (memcmp (exif, "MM\0*", 4) != 0 && memcmp (exif, "II*\0", 4) != 0))
    return 1;
  big = exif[0] == 'M';
  at = read_32 (exif + 4, big);
  if (at > size - 2)
    return 1;
  n = read_16 (exif + at, big);
  at += 2;
  for (guint i = 0; i < n && at + 12 <= size; i++, at += 12)
    if (read_16 (exif + at, big) == TAG_ORIENTATION) {
      guint value = read_16 (exif + at + 8, big);

      return value >= 1 && value <= 8 ? (int) value : 1;
    }
  return 1;
}

/* RFC 9649, 2.3: chunks of a name, a length and as many bytes, padded to an even number. */
const guint8 *
limn_webp_find (const guint8 *data, gsize size, const char *name, gsize *length)
{
  for (gsize at = 12; at + 8 <= size;) {
    *length = read_32 (data + at + 4, FALSE);
    if (*length > size - at - 8)
      break;
    if (memcmp (data + at, name, 4) == 0)
      return data + at + 8;
    at += 8 + *length + (*length & 1);
  }
  return NULL;
}
