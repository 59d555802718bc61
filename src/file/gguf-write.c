/* gguf-write.c - the head of a GGUF file; gguf.c has the format.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/tensors-write.h"

#define VERSION 3
#define QUANTIZATION_VERSION 2
#define ROW 256
#define SHAPE_FIELD "comfy.gguf.orig_shape."
#define MOST_RANK 4 /* that ggml has */

/* Of fields. */
enum { FIELD_U32 = 4, FIELD_I32 = 5, FIELD_TEXT = 8, FIELD_LIST = 9 };

/* A type's number in the format, and that of a file which is mostly of it ("general.file_type"). */
static const struct {
  LimnType type;
  guint32 number, of_file;
} numbers[] = {
  { LIMN_TYPE_F32, 0, 0 },    { LIMN_TYPE_F16, 1, 1 },    { LIMN_TYPE_Q4_0, 2, 2 }, { LIMN_TYPE_Q4_1, 3, 3 },
  { LIMN_TYPE_Q5_0, 6, 8 },   { LIMN_TYPE_Q5_1, 7, 9 },   { LIMN_TYPE_Q8_0, 8, 7 }, { LIMN_TYPE_Q4_K, 12, 14 },
  { LIMN_TYPE_Q5_K, 13, 16 }, { LIMN_TYPE_Q6_K, 14, 18 },
};

static int
find_type (LimnType type)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i].type == type)
      return (int) i;
  return -1;
}

static void
put_number (GByteArray *out, guint64 value, guint size)
{
  guint64 bytes = GUINT64_TO_LE (value);

  g_byte_array_append (out, (const guint8 *) &bytes, size);
}

static void
put_text (GByteArray *out, const char *text)
{
  put_number (out, strlen (text), 8);
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static void
put_text_field (GByteArray *out, const char *name, const char *text)
{
  put_text (out, name);
  put_number (out, FIELD_TEXT, 4);
  put_text (out, text);
}

static void
put_number_field (GByteArray *out, const char *name, guint32 value)
{
  put_text (out, name);
  put_number (out, FIELD_U32, 4);
  put_number (out, value, 4);
}

static guint64
last_of (int rank, const guint64 *shape)
{
  return rank > 0 ? shape[rank - 1] : 1;
}

/* As rows of 256. */
static gboolean
in_rows (const LimnTensorOut *tensor)
{
  return last_of (tensor->rank, tensor->shape) % limn_type_block (tensor->type) != 0;
}

gboolean
limn_gguf_stores (LimnType type, int rank, const guint64 *shape)
{
  guint64 count = 1;

  for (int i = 0; i < rank; i++)
    if (!g_uint64_checked_mul (&count, count, shape[i]) || shape[i] > G_MAXINT32)
      return FALSE;
  return find_type (type) >= 0 && rank <= MOST_RANK
         && (last_of (rank, shape) % limn_type_block (type) == 0 || count % ROW == 0);
}

static void
put_shape_field (GByteArray *out, const LimnTensorOut *tensor)
{
  g_autofree char *name = g_strconcat (SHAPE_FIELD, tensor->name, NULL);

  put_text (out, name);
  put_number (out, FIELD_LIST, 4);
  put_number (out, FIELD_I32, 4);
  put_number (out, (guint64) tensor->rank, 8);
  for (int i = 0; i < tensor->rank; i++)
    put_number (out, tensor->shape[i], 4);
}

static void
put_tensor (GByteArray *out, const LimnTensorOut *tensor, guint64 offset)
{
  guint64 count = 1;
  gboolean rows = in_rows (tensor);

  for (int i = 0; i < tensor->rank; i++)
    count *= tensor->shape[i];
  put_text (out, tensor->name);
  put_number (out, rows ? 2 : (guint64) tensor->rank, 4);
  if (rows) {
    put_number (out, ROW, 8);
    put_number (out, count / ROW, 8);
  }
  for (int i = tensor->rank - 1; !rows && i >= 0; i--)
    put_number (out, tensor->shape[i], 8);
  put_number (out, numbers[find_type (tensor->type)].number, 4);
  put_number (out, offset, 8);
}

GByteArray *
limn_gguf_header (const char *path, const LimnTensorOut *tensors, guint n, const char *const *metadata, LimnType type,
                  GError **error)
{
  g_autoptr (GByteArray) fields = g_byte_array_new (), entries = g_byte_array_new ();
  GByteArray *out;
  guint64 n_fields = 2, offset = 0;

  for (; metadata != NULL && metadata[0] != NULL; metadata += 2, n_fields++)
    put_text_field (fields, metadata[0], metadata[1]);
  put_number_field (fields, "general.quantization_version", QUANTIZATION_VERSION);
  put_number_field (fields, "general.file_type", numbers[MAX (find_type (type), 0)].of_file);
  for (guint i = 0; i < n; i++) {
    guint64 bytes;

    g_return_val_if_fail (limn_gguf_stores (tensors[i].type, tensors[i].rank, tensors[i].shape), NULL);
    if (!limn_tensor_out_bytes (path, &tensors[i], &bytes, error))
      return NULL;
    if (in_rows (&tensors[i])) {
      put_shape_field (fields, &tensors[i]);
      n_fields++;
    }
    put_tensor (entries, &tensors[i], offset);
    offset += (bytes + LIMN_GGUF_ALIGNMENT - 1) / LIMN_GGUF_ALIGNMENT * LIMN_GGUF_ALIGNMENT;
  }
  out = g_byte_array_new ();
  g_byte_array_append (out, (const guint8 *) "GGUF", 4);
  put_number (out, VERSION, 4);
  put_number (out, n, 8);
  put_number (out, n_fields, 8);
  g_byte_array_append (out, fields->data, fields->len);
  g_byte_array_append (out, entries->data, entries->len);
  return out;
}
