/* gguf-model.c - see gguf-model.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/gguf-model.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "common/gguf.h"
#include "common/golden.h"
#include "file/safetensors.h"

#define BLOCK 32
#define ROW 256

typedef struct {
  const LimnTensor *tensor;
  const char *name;
  guint32 type;
  gboolean rows; /* of 256, not its own */
  guint64 offset;
} Out;

static void
append_q8_0 (GByteArray *data, const float *values, guint64 count)
{
  for (guint64 first = 0; first < count; first += BLOCK) {
    float most = 0;

    for (int i = 0; i < BLOCK; i++)
      most = fmaxf (most, fabsf (values[first + i]));
    float scale = most / 127, inverse = scale > 0 ? 1 / scale : 0;
    gguf_number (data, limn_half_from_float (scale), 2);
    for (int i = 0; i < BLOCK; i++)
      gguf_number (data, (guint8) (gint8) roundf (values[first + i] * inverse), 1);
  }
}

static void
append_data (GByteArray *data, Out *out)
{
  g_autofree float *values = g_new (float, out->tensor->count);

  gguf_align (data, BLOCK);
  out->offset = data->len;
  limn_tensor_to_float (out->tensor, values);
  if (out->type == GGUF_Q8_0)
    append_q8_0 (data, values, out->tensor->count);
  for (guint64 i = 0; out->type == GGUF_F16 && i < out->tensor->count; i++)
    gguf_number (data, limn_half_from_float (values[i]), 2);
}

static void
plan (Out *out, gboolean quantized)
{
  const LimnTensor *tensor = out->tensor;
  guint64 last = tensor->rank > 0 ? tensor->shape[tensor->rank - 1] : 1;
  gboolean large = quantized && tensor->rank > 1 && tensor->count >= 512;

  out->rows = large && last % ROW != 0 && tensor->count % ROW == 0;
  out->type = large && (out->rows || last % BLOCK == 0) ? GGUF_Q8_0 : GGUF_F16;
}

static void
append_entry (GByteArray *header, const Out *out)
{
  const guint64 rows[] = { out->tensor->count / ROW, ROW };

  gguf_tensor (header, out->name, out->rows ? 2 : out->tensor->rank, out->rows ? rows : out->tensor->shape, out->type,
               out->offset);
}

static void
append_shape (GByteArray *header, const Out *out)
{
  g_autofree char *name = g_strconcat ("comfy.gguf.orig_shape.", out->name, NULL);
  gint32 shape[LIMN_MAX_RANK];

  for (int i = 0; i < out->tensor->rank; i++)
    shape[i] = (gint32) out->tensor->shape[i];
  gguf_list_field (header, name, (guint) out->tensor->rank, shape);
}

void
gguf_model_write (LimnTensors *file, const char *prefix, gboolean quantized, const char *path)
{
  g_autoptr (GArray) outs = g_array_new (FALSE, TRUE, sizeof (Out));
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint reshaped = 0;

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    Out out = { .tensor = tensor, .name = tensor->name + strlen (prefix) };
    if (!g_str_has_prefix (tensor->name, prefix))
      continue;
    plan (&out, quantized);
    append_data (data, &out);
    reshaped += out.rows;
    g_array_append_val (outs, out);
  }
  g_autoptr (GByteArray) all = gguf_begin (3, outs->len, 1 + reshaped);
  gguf_text_field (all, "general.architecture", "sdxl");
  for (guint i = 0; i < outs->len; i++)
    if (g_array_index (outs, Out, i).rows)
      append_shape (all, &g_array_index (outs, Out, i));
  for (guint i = 0; i < outs->len; i++)
    append_entry (all, &g_array_index (outs, Out, i));
  gguf_align (all, BLOCK);
  g_byte_array_append (all, data->data, data->len);
  g_file_set_contents (path, (const char *) all->data, all->len, &error);
  g_assert_no_error (error);
}

void
gguf_model_write_twin (const char *gguf, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (gguf, &error);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);

  g_assert_no_error (error);
  guint n = limn_tensors_count (file);
  g_autofree LimnTensorOut *outs = g_new0 (LimnTensorOut, n);
  for (guint i = 0; i < n; i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    g_ptr_array_add (values, g_new (float, tensor->count));
    limn_tensor_to_float (tensor, values->pdata[i]);
    outs[i] = (LimnTensorOut){ tensor->name, LIMN_TYPE_F32, tensor->rank, .data = values->pdata[i] };
    memcpy (outs[i].shape, tensor->shape, sizeof outs[i].shape);
  }
  limn_safetensors_write (path, outs, n, &error);
  g_assert_no_error (error);
}

char *
gguf_model_make (const char *folder, gboolean quantized)
{
  g_autoptr (LimnTensors) file = golden_open ("mini-sdxl-single-file.safetensors");
  char *path = g_build_filename (folder, quantized ? "mini-q8_0.gguf" : "mini-f16.gguf", NULL);

  gguf_model_write (file, "", quantized, path);
  return path;
}
