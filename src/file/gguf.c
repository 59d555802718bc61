/* gguf.c - reads what a GGUF file says of its tensors: versions 2 and 3, little-endian.
 *
 * Format (github.com/ggml-org/ggml, docs/gguf.md): "GGUF", u32 version, u64 number of tensors, u64 number of fields,
 * fields {text name, u32 type, value}, tensors {text name, u32 rank, u64 dimensions, u32 type, u64 offset}, data from
 * the next multiple of "general.alignment" on.  Text is a u64 length and bytes.  Dimensions stand the other way round,
 * the one whose values lie together first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "file/tensors-private.h"

#define MAX_HEADER G_GUINT64_CONSTANT (100000000) /* as safetensors' */
#define MAX_NAME 65535                            /* the format's own limit */
#define SHAPE_FIELD "comfy.gguf.orig_shape."

/* Of fields. */
enum { FIELD_BOOL = 7, FIELD_TEXT = 8, FIELD_LIST = 9, FIELD_U32 = 4, FIELD_I32 = 5 };

/* Bytes of a value; 0: text, a list, or nothing. */
static const guint8 field_sizes[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

typedef struct {
  LimnTensors *file;
  gsize at, end; /* of the header: where the next byte is, and the last that may be one */
  guint64 alignment;
  GHashTable *shapes; /* tensor's name -> its list in the file: what it was before it was stored as rows */
} Reader;

/* By their numbers in the format. */
static const struct {
  const char *name;
  int type; /* LimnType; -1: Limn does not read it */
} types[] = {
  [0] = { "F32", LIMN_TYPE_F32 },
  [1] = { "F16", LIMN_TYPE_F16 },
  [2] = { "Q4_0", LIMN_TYPE_Q4_0 },
  [3] = { "Q4_1", LIMN_TYPE_Q4_1 },
  [6] = { "Q5_0", LIMN_TYPE_Q5_0 },
  [7] = { "Q5_1", LIMN_TYPE_Q5_1 },
  [8] = { "Q8_0", LIMN_TYPE_Q8_0 },
  [9] = { "Q8_1", -1 },
  [10] = { "Q2_K", LIMN_TYPE_Q2_K },
  [11] = { "Q3_K", LIMN_TYPE_Q3_K },
  [12] = { "Q4_K", LIMN_TYPE_Q4_K },
  [13] = { "Q5_K", LIMN_TYPE_Q5_K },
  [14] = { "Q6_K", LIMN_TYPE_Q6_K },
  [15] = { "Q8_K", -1 },
  [16] = { "IQ2_XXS", -1 },
  [17] = { "IQ2_XS", -1 },
  [18] = { "IQ3_XXS", -1 },
  [19] = { "IQ1_S", -1 },
  [20] = { "IQ4_NL", LIMN_TYPE_IQ4_NL },
  [21] = { "IQ3_S", -1 },
  [22] = { "IQ2_S", -1 },
  [23] = { "IQ4_XS", LIMN_TYPE_IQ4_XS },
  [24] = { "I8", LIMN_TYPE_I8 },
  [25] = { "I16", LIMN_TYPE_I16 },
  [26] = { "I32", LIMN_TYPE_I32 },
  [27] = { "I64", LIMN_TYPE_I64 },
  [28] = { "F64", LIMN_TYPE_F64 },
  [29] = { "IQ1_M", -1 },
  [30] = { "BF16", LIMN_TYPE_BF16 },
  [34] = { "TQ1_0", -1 },
  [35] = { "TQ2_0", -1 },
  [39] = { "MXFP4", -1 },
};

/* ---- Bytes ---- */

/* The next n bytes, or NULL with an error. */
static const guint8 *
take (Reader *reader, guint64 n, GError **error)
{
  const guint8 *bytes = reader->file->data + reader->at;

  if (n <= reader->end - reader->at) {
    reader->at += n;
    return bytes;
  }
  if (reader->end == reader->file->size)
    limn_tensors_fail (reader->file, error,
                       _ ("the header goes on beyond the end of the file, which has %zu bytes: the file is truncated "
                          "or damaged"),
                       reader->file->size);
  else
    limn_tensors_fail (reader->file, error, _ ("the header is longer than %" PRIu64 " bytes: the file is damaged"),
                       MAX_HEADER);
  return NULL;
}

static guint64
number (const guint8 *bytes, int size)
{
  guint64 value = 0;

  for (int i = 0; i < size; i++)
    value |= (guint64) bytes[i] << 8 * i;
  return value;
}

static gboolean
take_number (Reader *reader, int size, guint64 *value, GError **error)
{
  const guint8 *bytes = take (reader, (guint64) size, error);

  *value = bytes != NULL ? number (bytes, size) : 0;
  return bytes != NULL;
}

/* what: names, for the message.  (transfer full) */
static char *
take_name (Reader *reader, const char *what, GError **error)
{
  guint64 length;
  const guint8 *bytes;

  if (!take_number (reader, 8, &length, error))
    return NULL;
  if (length > MAX_NAME) {
    limn_tensors_fail (reader->file, error, _ ("%s has a name of %" PRIu64 " bytes; expected at most %d"), what, length,
                       MAX_NAME);
    return NULL;
  }
  if ((bytes = take (reader, length, error)) == NULL)
    return NULL;
  if (length == 0 || !g_utf8_validate_len ((const char *) bytes, length, NULL)) {
    limn_tensors_fail (reader->file, error, _ ("%s has a name that is empty or not UTF-8"), what);
    return NULL;
  }
  return g_strndup ((const char *) bytes, length);
}

/* ---- Fields ---- */

static gboolean
skip_text (Reader *reader, const char *name, GError **error)
{
  guint64 length;
  const guint8 *bytes;

  if (!take_number (reader, 8, &length, error) || (bytes = take (reader, length, error)) == NULL)
    return FALSE;
  if (name != NULL && length <= MAX_NAME && g_utf8_validate_len ((const char *) bytes, length, NULL)) {
    g_autofree char *text = g_strndup ((const char *) bytes, length);
    limn_tensors_add_metadata (reader->file, name, text);
  }
  return TRUE;
}

static gboolean
skip_list (Reader *reader, const char *name, GError **error)
{
  const guint8 *list = reader->file->data + reader->at;
  guint64 type, length, bytes;

  if (!take_number (reader, 4, &type, error) || !take_number (reader, 8, &length, error))
    return FALSE;
  if (g_str_has_prefix (name, SHAPE_FIELD))
    g_hash_table_insert (reader->shapes, g_strdup (name + strlen (SHAPE_FIELD)), (gpointer) list);
  if (type == FIELD_TEXT) {
    for (guint64 i = 0; i < length; i++)
      if (!skip_text (reader, NULL, error))
        return FALSE;
    return TRUE;
  }
  if (type >= G_N_ELEMENTS (field_sizes) || field_sizes[type] == 0)
    return limn_tensors_fail (reader->file, error,
                              _ ("field \"%s\" is a list of type %" PRIu64 ", which the format does not have"), name,
                              type);
  if (!g_uint64_checked_mul (&bytes, length, field_sizes[type]))
    bytes = G_MAXUINT64;
  return take (reader, bytes, error) != NULL;
}

static gboolean
read_field (Reader *reader, GError **error)
{
  g_autofree char *name = take_name (reader, _ ("a field"), error);
  guint64 type, value;

  if (name == NULL || !take_number (reader, 4, &type, error))
    return FALSE;
  if (type == FIELD_TEXT)
    return skip_text (reader, name, error);
  if (type == FIELD_LIST)
    return skip_list (reader, name, error);
  if (type >= G_N_ELEMENTS (field_sizes))
    return limn_tensors_fail (reader->file, error,
                              _ ("field \"%s\" is of type %" PRIu64 ", which the format does not have"), name, type);
  if (!take_number (reader, field_sizes[type], &value, error))
    return FALSE;
  if (!g_str_equal (name, "general.alignment"))
    return TRUE;
  if (type != FIELD_U32 || value < 8 || value > 1 << 20 || (value & (value - 1)) != 0)
    return limn_tensors_fail (
        reader->file, error, _ ("field \"%s\" is %" PRIu64 "; expected a power of two from 8 to 1048576"), name, value);
  reader->alignment = value;
  return TRUE;
}

/* ---- Tensors ---- */

static gboolean
read_dimensions (Reader *reader, LimnTensor *tensor, GError **error)
{
  guint64 rank;

  if (!take_number (reader, 4, &rank, error))
    return FALSE;
  if (rank > LIMN_MAX_RANK)
    return limn_tensors_fail (reader->file, error,
                              _ ("tensor \"%s\": shape has %" PRIu64 " dimensions, expected at most %d"), tensor->name,
                              rank, LIMN_MAX_RANK);
  tensor->rank = (int) rank;
  tensor->count = 1;
  for (int i = tensor->rank - 1; i >= 0; i--) {
    if (!take_number (reader, 8, &tensor->shape[i], error))
      return FALSE;
    if (!g_uint64_checked_mul (&tensor->count, tensor->count, tensor->shape[i]))
      return limn_tensors_fail (reader->file, error,
                                _ ("tensor \"%s\": shape has more elements than 64 bits can count"), tensor->name);
  }
  return TRUE;
}

static gboolean
read_type (Reader *reader, LimnTensor *tensor, GError **error)
{
  guint64 type, row = tensor->rank > 0 ? tensor->shape[tensor->rank - 1] : 1;

  if (!take_number (reader, 4, &type, error))
    return FALSE;
  if (type >= G_N_ELEMENTS (types) || types[type].name == NULL)
    return limn_tensors_fail (reader->file, error,
                              _ ("tensor \"%s\" is of type number %" PRIu64 ", which Limn does not know"), tensor->name,
                              type);
  if (types[type].type < 0)
    return limn_tensors_fail (reader->file, error,
                              _ ("tensor \"%s\" is stored as %s, which Limn does not read: it reads F32, F16, BF16, "
                                 "Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K to Q6_K, IQ4_NL and IQ4_XS"),
                              tensor->name, types[type].name);
  tensor->type = (LimnType) types[type].type;
  if (row % limn_type_block (tensor->type) != 0)
    return limn_tensors_fail (reader->file, error,
                              _ ("tensor \"%s\": rows of %" PRIu64 " values are no whole blocks of %s"), tensor->name,
                              row, types[type].name);
  return TRUE;
}

/* What ComfyUI's converter stores as rows of 256, so that they are whole blocks, says in a field what it was. */
static gboolean
restore_shape (Reader *reader, LimnTensor *tensor, GError **error)
{
  const guint8 *list = g_hash_table_lookup (reader->shapes, tensor->name);
  guint64 count = 1, rank = list != NULL ? number (list + 4, 8) : 0;

  if (list == NULL)
    return TRUE;
  gboolean good = number (list, 4) == FIELD_I32 && rank >= 1 && rank <= LIMN_MAX_RANK;
  for (guint64 i = 0; good && i < rank; i++) {
    tensor->shape[i] = number (list + 12 + 4 * i, 4);
    good = tensor->shape[i] <= G_MAXINT32 && g_uint64_checked_mul (&count, count, tensor->shape[i]);
  }
  if (!good || count != tensor->count)
    return limn_tensors_fail (reader->file, error,
                              _ ("field \"%s%s\" is no shape of the %" PRIu64 " values that the tensor has"),
                              SHAPE_FIELD, tensor->name, tensor->count);
  tensor->rank = (int) rank;
  return TRUE;
}

static gboolean
read_tensor (Reader *reader, GError **error)
{
  g_autofree char *name = take_name (reader, _ ("a tensor"), error);
  LimnTensor tensor = { .name = name };
  guint64 offset;

  if (name == NULL || !read_dimensions (reader, &tensor, error) || !read_type (reader, &tensor, error)
      || !restore_shape (reader, &tensor, error) || !take_number (reader, 8, &offset, error))
    return FALSE;
  if (offset % reader->alignment != 0 || offset >= reader->file->size)
    return limn_tensors_fail (reader->file, error,
                              _ ("tensor \"%s\": offset %" PRIu64
                                 " is outside the file's %zu bytes, or no multiple of the alignment %" PRIu64),
                              name, offset, reader->file->size, reader->alignment);
  tensor.data = reader->file->data + offset; /* from where the data begins, which is not known yet */
  limn_tensors_add (reader->file, &tensor);
  return TRUE;
}

/* Where the data begins, each tensor's lies within the file and is no other's. */
static gboolean
place (Reader *reader, GError **error)
{
  LimnTensors *file = reader->file;
  const guint64 begin = (reader->at + reader->alignment - 1) / reader->alignment * reader->alignment;
  const LimnTensor *before = NULL;

  limn_tensors_index (file);
  for (guint i = 0; i < file->tensors->len; i++) {
    LimnTensor *tensor = &g_array_index (file->tensors, LimnTensor, i);
    guint64 offset = begin + (guint64) (tensor->data - file->data), bytes;

    if (!limn_type_bytes (tensor->type, tensor->count, &bytes) || offset > file->size || bytes > file->size - offset)
      return limn_tensors_fail (file, error,
                                _ ("tensor \"%s\": its data is outside the file's %zu bytes: the file is truncated or "
                                   "damaged"),
                                tensor->name, file->size);
    tensor->data = file->data + offset;
    if (before != NULL && before->data + limn_tensor_bytes (before) > tensor->data)
      return limn_tensors_fail (file, error, _ ("tensor \"%s\": its data overlaps that of \"%s\""), tensor->name,
                                before->name);
    before = tensor;
  }
  for (guint i = 1; i < file->tensors->len; i++) {
    const LimnTensor *tensor = &g_array_index (file->tensors, LimnTensor, file->by_name[i]);
    if (g_str_equal (tensor->name, g_array_index (file->tensors, LimnTensor, file->by_name[i - 1]).name))
      return limn_tensors_fail (file, error, _ ("tensor \"%s\" occurs twice"), tensor->name);
  }
  return TRUE;
}

static gboolean
read_header (Reader *reader, GError **error)
{
  guint64 version, n_tensors, n_fields;

  if (!take_number (reader, 4, &version, error) || !take_number (reader, 4, &version, error))
    return FALSE;
  if (version != 2 && version != 3)
    return limn_tensors_fail (reader->file, error,
                              version > G_MAXUINT16
                                  ? _ ("a GGUF file of a big-endian machine, which Limn does not read")
                                  : _ ("GGUF version %" PRIu64 ", which Limn does not read: it reads 2 and 3"),
                              version);
  if (!take_number (reader, 8, &n_tensors, error) || !take_number (reader, 8, &n_fields, error))
    return FALSE;
  for (guint64 i = 0; i < n_fields; i++)
    if (!read_field (reader, error))
      return FALSE;
  for (guint64 i = 0; i < n_tensors; i++)
    if (!read_tensor (reader, error))
      return FALSE;
  return place (reader, error);
}

gboolean
limn_gguf_read (LimnTensors *file, GError **error)
{
  g_autoptr (GHashTable) shapes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Reader reader = { .file = file, .end = MIN (file->size, MAX_HEADER), .alignment = 32, .shapes = shapes };

  return read_header (&reader, error);
}
