/* safetensors.c - checks every number in a safetensors file's header before anything is read through it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "file/file-kind.h"
#include "file/tensors-private.h"

#define MAX_HEADER G_GUINT64_CONSTANT (100000000) /* the limit of the format's own library */

static gboolean
read_type (const LimnTensors *file, const char *name, const LimnJson *entry, LimnType *type, GError **error)
{
  const char *found = limn_json_member_string (entry, "dtype");

  if (found == NULL)
    return limn_tensors_fail (file, error, _ ("tensor \"%s\": dtype is missing or not a string"), name);
  if (!limn_type_from_name (found, type) || limn_type_block (*type) > 1)
    return limn_tensors_fail (file, error, _ ("tensor \"%s\": dtype \"%s\" is not one that Limn reads"), name, found);
  return TRUE;
}

static gboolean
read_shape (const LimnTensors *file, LimnTensor *tensor, const LimnJson *entry, GError **error)
{
  const LimnJson *shape = limn_json_member (entry, "shape");

  if (limn_json_kind (shape) != LIMN_JSON_ARRAY)
    return limn_tensors_fail (file, error, _ ("tensor \"%s\": shape is missing or not a list"), tensor->name);
  if (limn_json_length (shape) > LIMN_MAX_RANK)
    return limn_tensors_fail (file, error, _ ("tensor \"%s\": shape has %u dimensions, expected at most %d"),
                              tensor->name, limn_json_length (shape), LIMN_MAX_RANK);
  tensor->rank = (int) limn_json_length (shape);
  tensor->count = 1;
  for (int i = 0; i < tensor->rank; i++) {
    if (!limn_json_uint64 (limn_json_nth (shape, (guint) i), &tensor->shape[i]))
      return limn_tensors_fail (file, error, _ ("tensor \"%s\": shape[%d] is not a whole number"), tensor->name, i);
    if (!g_uint64_checked_mul (&tensor->count, tensor->count, tensor->shape[i]))
      return limn_tensors_fail (file, error, _ ("tensor \"%s\": shape has more elements than 64 bits can count"),
                                tensor->name);
  }
  return TRUE;
}

static gboolean
read_offsets (const LimnTensors *file, LimnTensor *tensor, const LimnJson *entry, guint64 data_size, GError **error)
{
  const LimnJson *offsets = limn_json_member (entry, "data_offsets");
  guint64 begin, end, bytes;

  if (limn_json_length (offsets) != 2 || !limn_json_uint64 (limn_json_nth (offsets, 0), &begin)
      || !limn_json_uint64 (limn_json_nth (offsets, 1), &end))
    return limn_tensors_fail (file, error, _ ("tensor \"%s\": data_offsets is not a list of two whole numbers"),
                              tensor->name);
  if (begin > end || end > data_size)
    return limn_tensors_fail (file, error,
                              _ ("tensor \"%s\": data_offsets [%" PRIu64 ", %" PRIu64 "] is outside the file's %" PRIu64
                                 " bytes of data: the file is truncated or damaged"),
                              tensor->name, begin, end, data_size);
  if (!limn_type_bytes (tensor->type, tensor->count, &bytes) || bytes != end - begin)
    return limn_tensors_fail (file, error,
                              _ ("tensor \"%s\": data_offsets span %" PRIu64
                                 " bytes, but shape and dtype %s need %" PRIu64 " elements of %u"),
                              tensor->name, end - begin, limn_type_name (tensor->type), tensor->count,
                              limn_type_size (tensor->type));
  tensor->data = file->data + (file->size - data_size) + begin;
  return TRUE;
}

/* The format has neither holes nor overlaps, so each tensor starts where the one before ends. */
static gboolean
check_layout (const LimnTensors *file, guint64 data_size, GError **error)
{
  const guint8 *begin = file->data + (file->size - data_size);
  const guint8 *expected = begin;
  const char *previous = _ ("the header");

  for (guint i = 0; i < file->tensors->len; i++) {
    const LimnTensor *tensor = &g_array_index (file->tensors, LimnTensor, i);
    if (tensor->data < expected)
      return limn_tensors_fail (file, error, _ ("tensor \"%s\": data_offsets overlap those of \"%s\""), tensor->name,
                                previous);
    if (tensor->data > expected)
      return limn_tensors_fail (file, error, _ ("tensor \"%s\": data_offsets leave a hole of %zu bytes after %s"),
                                tensor->name, (gsize) (tensor->data - expected), previous);
    expected = tensor->data + limn_tensor_bytes (tensor);
    previous = tensor->name;
  }
  if (expected != file->data + file->size)
    return limn_tensors_fail (file, error, _ ("%zu bytes follow the last tensor (%s)"),
                              (gsize) (file->data + file->size - expected), previous);
  return TRUE;
}

static gboolean
read_metadata (LimnTensors *file, const LimnJson *metadata, GError **error)
{
  if (limn_json_kind (metadata) != LIMN_JSON_OBJECT)
    return limn_tensors_fail (file, error, _ ("__metadata__ is not an object"));
  for (guint i = 0; i < limn_json_length (metadata); i++) {
    const char *key = limn_json_key (metadata, i), *value = limn_json_string (limn_json_nth (metadata, i), NULL);
    if (value == NULL)
      return limn_tensors_fail (file, error, _ ("__metadata__ field \"%s\" is not a string"), key);
    limn_tensors_add_metadata (file, key, value);
  }
  return TRUE;
}

static gboolean
read_tensors (LimnTensors *file, const LimnJson *header, guint64 data_size, GError **error)
{
  for (guint i = 0; i < limn_json_length (header); i++) {
    const LimnJson *entry = limn_json_nth (header, i);
    LimnTensor tensor = { .name = limn_json_key (header, i) };
    if (strcmp (tensor.name, "__metadata__") == 0) {
      if (!read_metadata (file, entry, error))
        return FALSE;
      continue;
    }
    if (limn_json_kind (entry) != LIMN_JSON_OBJECT)
      return limn_tensors_fail (file, error, _ ("tensor \"%s\": its entry is not an object"), tensor.name);
    if (!read_type (file, tensor.name, entry, &tensor.type, error) || !read_shape (file, &tensor, entry, error)
        || !read_offsets (file, &tensor, entry, data_size, error))
      return FALSE;
    limn_tensors_add (file, &tensor);
  }
  limn_tensors_index (file);
  return check_layout (file, data_size, error);
}

gboolean
limn_safetensors_read (LimnTensors *file, GError **error)
{
  guint64 length = 0;

  if (file->size >= 8) {
    memcpy (&length, file->data, sizeof length);
    length = GUINT64_FROM_LE (length);
  }
  gboolean plausible = file->size > 8 && file->data[8] == '{' && length <= MAX_HEADER;
  if (!plausible && !limn_file_kind_check (file->path, file->data, file->size, error))
    return FALSE;
  if (file->size < 8)
    return limn_tensors_fail (file, error, _ ("%zu bytes is too short for a safetensors file"), file->size);
  if (length > MAX_HEADER)
    return limn_tensors_fail (
        file, error, _ ("not a safetensors file, or a damaged one: header length %" PRIu64 " is over %" PRIu64), length,
        MAX_HEADER);
  if (length > file->size - 8)
    return limn_tensors_fail (file, error,
                              _ ("header length %" PRIu64 " is beyond the end of the file, which has %zu"
                                 " bytes: the file is truncated or damaged"),
                              length, file->size);
  if (length < 2 || !plausible)
    return limn_tensors_fail (file, error,
                              _ ("not a safetensors file, or a damaged one: the header does not start with '{'"));

  g_autofree char *name = g_strdup_printf ("%s: header", file->path);
  g_autoptr (LimnJson) header = limn_json_parse (name, (const char *) file->data + 8, (gssize) length, error);
  return header != NULL && read_tensors (file, header, file->size - 8 - length, error);
}
