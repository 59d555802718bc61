/* safetensors-write.c - the writer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/safetensors.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "file/atomic-file.h"
#include "file/tensors-write.h"

gboolean
limn_tensor_out_bytes (const char *path, const LimnTensorOut *tensor, guint64 *bytes, GError **error)
{
  gboolean ok = tensor->rank >= 0 && tensor->rank <= LIMN_MAX_RANK;
  guint64 count = 1;

  for (int i = 0; ok && i < tensor->rank; i++)
    ok = g_uint64_checked_mul (&count, count, tensor->shape[i]);
  if (!ok || !limn_type_bytes (tensor->type, count, bytes) || *bytes > G_MAXSSIZE) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: tensor \"%s\": its shape cannot be written"), path,
                 tensor->name);
    return FALSE;
  }
  return TRUE;
}

/* begin: where its data starts; receives where it ends. */
static gboolean
append_entry (GString *header, const char *path, const LimnTensorOut *tensor, guint64 *begin, GError **error)
{
  guint64 bytes, end;

  if (!limn_tensor_out_bytes (path, tensor, &bytes, error))
    return FALSE;
  if (!g_uint64_checked_add (&end, *begin, bytes)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: tensor \"%s\": too much data"), path, tensor->name);
    return FALSE;
  }
  if (header->len > 1)
    g_string_append_c (header, ',');
  limn_json_append_string (header, tensor->name);
  g_string_append_printf (header, ":{\"dtype\":\"%s\",\"shape\":[", limn_type_name (tensor->type));
  for (int i = 0; i < tensor->rank; i++)
    g_string_append_printf (header, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  g_string_append_printf (header, "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}", *begin, end);
  *begin = end;
  return TRUE;
}

static void
append_metadata (GString *header, const char *const *metadata)
{
  if (metadata == NULL || metadata[0] == NULL)
    return;
  g_string_append (header, "\"__metadata__\":{");
  for (const char *const *at = metadata; at[0] != NULL; at += 2) {
    if (at != metadata)
      g_string_append_c (header, ',');
    limn_json_append_string (header, at[0]);
    g_string_append_c (header, ':');
    limn_json_append_string (header, at[1]);
  }
  g_string_append_c (header, '}');
}

GByteArray *
limn_safetensors_header (const char *path, const LimnTensorOut *tensors, guint n, const char *const *metadata,
                         GError **error)
{
  g_autoptr (GString) header = g_string_new ("{");
  guint64 offset = 0;

  append_metadata (header, metadata);
  for (guint i = 0; i < n; i++)
    if (!append_entry (header, path, &tensors[i], &offset, error))
      return NULL;
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');

  guint64 length = GUINT64_TO_LE ((guint64) header->len);
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, (const guint8 *) &length, sizeof length);
  g_byte_array_append (out, (const guint8 *) header->str, (guint) header->len);
  return out;
}

gboolean
limn_safetensors_write (const char *path, const LimnTensorOut *tensors, guint n, GError **error)
{
  g_autoptr (GByteArray) header = limn_safetensors_header (path, tensors, n, NULL, error);
  g_autoptr (LimnAtomicFile) file = header != NULL ? limn_atomic_file_new (path, error) : NULL;

  if (file == NULL || !limn_atomic_file_write (file, header->data, header->len, error))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    guint64 bytes;
    if (!limn_tensor_out_bytes (path, &tensors[i], &bytes, error)
        || !limn_atomic_file_write (file, tensors[i].data, (gsize) bytes, error))
      return FALSE;
  }
  return limn_atomic_file_commit (file, error);
}
