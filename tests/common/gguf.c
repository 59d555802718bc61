/* gguf.c - see gguf.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/gguf.h"

#include <string.h>

void
gguf_number (GByteArray *out, guint64 value, int size)
{
  guint64 bytes = GUINT64_TO_LE (value);

  g_byte_array_append (out, (const guint8 *) &bytes, (guint) size);
}

void
gguf_text (GByteArray *out, const char *text)
{
  gguf_number (out, strlen (text), 8);
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

GByteArray *
gguf_begin (guint32 version, guint64 n_tensors, guint64 n_fields)
{
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, (const guint8 *) "GGUF", 4);
  gguf_number (out, version, 4);
  gguf_number (out, n_tensors, 8);
  gguf_number (out, n_fields, 8);
  return out;
}

void
gguf_text_field (GByteArray *out, const char *name, const char *text)
{
  gguf_text (out, name);
  gguf_number (out, GGUF_FIELD_TEXT, 4);
  gguf_text (out, text);
}

void
gguf_list_field (GByteArray *out, const char *name, guint n, const gint32 *values)
{
  gguf_text (out, name);
  gguf_number (out, GGUF_FIELD_LIST, 4);
  gguf_number (out, GGUF_FIELD_I32, 4);
  gguf_number (out, n, 8);
  for (guint i = 0; i < n; i++)
    gguf_number (out, (guint32) values[i], 4);
}

void
gguf_tensor (GByteArray *out, const char *name, int rank, const guint64 *shape, guint32 type, guint64 offset)
{
  gguf_text (out, name);
  gguf_number (out, (guint64) rank, 4);
  for (int i = rank - 1; i >= 0; i--)
    gguf_number (out, shape[i], 8);
  gguf_number (out, type, 4);
  gguf_number (out, offset, 8);
}

void
gguf_align (GByteArray *out, guint alignment)
{
  while (out->len % alignment != 0)
    gguf_number (out, 0, 1);
}
