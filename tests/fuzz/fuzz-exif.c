/* fuzz-exif.c - any bytes as an Exif block: as a photograph's, which says how it lies, and as a picture's, which says
 * how it was made.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"
#include "session/foreign/foreign-chunks.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GHashTable) text = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  LimnChunks chunks = { .text = text, .left = 1 << 20, .blocks = 1 };
  int orientation = limn_exif_orientation (data, size);
  GHashTableIter iter;
  gpointer key, value;

  g_assert_true (orientation >= 1 && orientation <= 8);
  limn_chunks_read_exif (&chunks, (LimnSpan){ data, size });
  g_assert_true (chunks.left <= 1 << 20);
  g_hash_table_iter_init (&iter, text);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_assert_true (g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL));
  return 0;
}
