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
         && GUINT32_FROM_BE (sides[0]) <= 16384 && GUINT32_FROM_BE (sides[1]) <= 16384;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = NULL;
  GHashTableIter iter;
  gpointer key, value;

  if (is_large (data, size))
    return 0;
  image = limn_png_load_memory ("fuzz.png", data, size, &text, &error);

  if (image == NULL) {
    g_assert_true (error->domain == LIMN_ERROR && g_str_has_prefix (error->message, "fuzz.png: "));
    g_assert_null (text);
    return 0;
  }
  g_hash_table_iter_init (&iter, text);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_assert_true (g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL));
  return 0;
}
