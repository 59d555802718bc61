/* fuzz-png.c - any bytes as a PNG.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/png.h"

#include <string.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* A small file may rightly hold a large picture, but clearing its memory thousands of times a second finds nothing. */
static gboolean
is_large (const guint8 *data, gsize size)
{
  guint32 sides[2];

  if (size < 24)
    return FALSE;
  memcpy (sides, data + 16, sizeof sides);
  return (guint64) GUINT32_FROM_BE (sides[0]) * GUINT32_FROM_BE (sides[1]) > 1 << 20
         && GUINT32_FROM_BE (sides[0]) <= 65535 && GUINT32_FROM_BE (sides[1]) <= 65535;
}

static guint32
checksum (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < size; i++) {
    crc ^= data[i];
    for (guint bit = 0; bit < 8; bit++)
      crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
  }
  return GUINT32_TO_BE (~crc);
}

/* Makes the checksums right, else hardly any change gets past them. */
static void
repair_checksums (guint8 *data, gsize size)
{
  for (gsize at = 8; at + 12 <= size;) {
    guint32 length;
    memcpy (&length, data + at, sizeof length);
    length = GUINT32_FROM_BE (length);
    if (length > size - at - 12)
      return;
    guint32 crc = checksum (data + at + 4, (gsize) length + 4);
    memcpy (data + at + 8 + length, &crc, sizeof crc);
    at += 12 + (gsize) length;
  }
}

static void
load (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = limn_png_load_memory ("fuzz.png", data, size, &text, &error);
  GHashTableIter iter;
  gpointer key, value;

  if (image == NULL) {
    g_assert_true (error->domain == LIMN_ERROR && g_str_has_prefix (error->message, "fuzz.png: "));
    g_assert_null (text);
    return;
  }
  g_hash_table_iter_init (&iter, text);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_assert_true (g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint8 *repaired = g_memdup2 (data, size);

  if (is_large (data, size))
    return 0;
  load (data, size);
  repair_checksums (repaired, size);
  load (repaired, size);
  return 0;
}
