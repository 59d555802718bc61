/* model-files.c - see model-files.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/model-files.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "file/safetensors.h"
#include "model/arch.h"

/* ---- Tensors ---- */

static void
file_tensor_free (gpointer data)
{
  FileTensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor->values);
  g_free (tensor);
}

static FileTensor *
add (GPtrArray *tensors, const char *name, int rank, const guint64 *shape)
{
  FileTensor *tensor = g_new0 (FileTensor, 1);

  tensor->name = g_strdup (name);
  tensor->rank = rank;
  tensor->count = 1;
  for (int i = 0; i < rank; i++) {
    tensor->shape[i] = shape[i];
    tensor->count *= shape[i];
  }
  tensor->values = g_new0 (float, tensor->count + 1);
  g_ptr_array_add (tensors, tensor);
  return tensor;
}

void
file_tensors_add (GPtrArray *tensors, const char *name, int rank, const guint64 *shape, float value)
{
  FileTensor *tensor = add (tensors, name, rank, shape);

  for (guint64 i = 0; i < tensor->count; i++)
    tensor->values[i] = value;
}

static FileTensor *
find (GPtrArray *tensors, const char *name)
{
  for (guint i = 0; i < tensors->len; i++)
    if (g_str_equal (((FileTensor *) tensors->pdata[i])->name, name))
      return tensors->pdata[i];
  return NULL;
}

static LimnArchList *
list_of (LimnCheckpoint *model, LimnPartId part)
{
  const LimnFamilyRow *family = limn_family_row (limn_checkpoint_info (model)->family);

  if (part == LIMN_PART_UNET)
    return limn_arch_unet_list (limn_checkpoint_unet (model));
  if (part == LIMN_PART_VAE)
    return limn_arch_vae_list (limn_checkpoint_vae (model));
  return limn_arch_clip_list (limn_checkpoint_clip (model, part),
                              family->encoders[part - LIMN_PART_TEXT_ENCODER].open_clip);
}

/* One of diffusers' tensors, into the file's, of which it may be a slice. */
static void
add_view (GPtrArray *tensors, const LimnArchTensor *want, const LimnTensorView *view, const FileNaming *naming,
          const char *prefix)
{
  gboolean official = !naming->diffusers, turned = want->transposed && naming->turned;
  guint64 slices = official ? (guint64) want->slices : 1, shape[4] = { 0 }, count = 1;
  g_autofree char *name = g_strconcat (prefix, official && !turned ? want->single : want->name, NULL);
  FileTensor *tensor = want->slice > 0 && official ? find (tensors, name) : NULL;

  for (int i = 0; i < want->rank; i++) {
    shape[i] = want->shape[i];
    count *= shape[i];
  }
  if (official && want->transposed && !turned) {
    shape[0] = want->shape[1];
    shape[1] = want->shape[0];
  }
  shape[0] *= slices;
  if (tensor == NULL)
    tensor = add (tensors, name, want->rank, shape);
  for (guint64 i = 0; i < count; i++) {
    guint64 to = official && want->transposed && !turned ? i % want->shape[1] * want->shape[0] + i / want->shape[1] : i;
    guint64 from = view->transposed ? i % want->shape[1] * want->shape[0] + i / want->shape[1] : i;

    tensor->values[(official ? (guint64) want->slice : 0) * count + to] = limn_tensor_view_value (view, from);
  }
}

GPtrArray *
file_tensors (LimnCheckpoint *model, const FileNaming *naming)
{
  GPtrArray *tensors = g_ptr_array_new_with_free_func (file_tensor_free);

  for (LimnPartId part = 0; model != NULL && part < LIMN_N_PARTS; part++) {
    if (naming->prefixes[part] == NULL || !limn_checkpoint_has (model, part))
      continue;
    g_autoptr (LimnArchList) list = list_of (model, part);
    for (guint i = 0; i < limn_arch_list_length (list); i++) {
      const LimnArchTensor *want = limn_arch_list_nth (list, i);
      g_autoptr (GError) error = NULL;
      LimnTensorView view;

      limn_checkpoint_find (model, part, want->name, &view, &error);
      g_assert_no_error (error);
      add_view (tensors, want, &view, naming, naming->prefixes[part]);
    }
  }
  return tensors;
}

/* ---- Files ---- */

/* The code of an fp8 type whose value is nearest; codes: the finite ones, by value. */
static guint8
nearest (const float *codes, const guint8 *order, int n, float value)
{
  int low = 0, high = n - 1;

  while (high - low > 1) {
    int middle = (low + high) / 2;
    *(codes[order[middle]] <= value ? &low : &high) = middle;
  }
  return order[fabsf (codes[order[low]] - value) <= fabsf (codes[order[high]] - value) ? low : high];
}

static int
compare_codes (gconstpointer a, gconstpointer b, gpointer codes)
{
  float left = ((const float *) codes)[*(const guint8 *) a], right = ((const float *) codes)[*(const guint8 *) b];

  return (left > right) - (left < right);
}

static void
encode_fp8 (LimnType type, const float *values, guint64 count, float scale, guint8 *out)
{
  guint8 all[256], order[256];
  float codes[256];
  int n = 0;

  for (int i = 0; i < 256; i++)
    all[i] = (guint8) i;
  limn_type_to_float (type, all, 0, 256, codes);
  for (int i = 0; i < 256; i++)
    if (isfinite (codes[i]))
      order[n++] = (guint8) i;
  g_qsort_with_data (order, n, 1, compare_codes, codes);
  for (guint64 i = 0; i < count; i++)
    out[i] = nearest (codes, order, n, values[i] / scale);
}

static guint8 *
encode (LimnType type, const FileTensor *tensor, float scale)
{
  guint8 *data = g_malloc0 (tensor->count * limn_type_size (type) + 8);

  for (guint64 i = 0; i < tensor->count && limn_type_size (type) > 1; i++) {
    guint32 bits;

    memcpy (&bits, tensor->values + i, sizeof bits);
    if (type == LIMN_TYPE_F32)
      memcpy (data + 4 * i, &bits, 4);
    guint16 half = type == LIMN_TYPE_F16 ? limn_half_from_float (tensor->values[i]) : (guint16) (bits >> 16);
    if (type != LIMN_TYPE_F32)
      memcpy (data + 2 * i, &half, 2);
  }
  if (limn_type_size (type) == 1)
    encode_fp8 (type, tensor->values, tensor->count, scale, data);
  return data;
}

static void
put (GArray *outs, GPtrArray *own, char *name, LimnType type, const FileTensor *like, const void *data)
{
  LimnTensorOut out = { name, type, like != NULL ? like->rank : 0, .data = data };

  if (like != NULL)
    memcpy (out.shape, like->shape, sizeof like->shape);
  g_ptr_array_add (own, name);
  g_array_append_val (outs, out);
}

static void
put_scale (GArray *outs, GPtrArray *own, const FileTensor *tensor, FileScales scales, float scale)
{
  int module = (int) (strlen (tensor->name) - strlen (".weight"));
  gboolean later = scales == FILE_SCALED_LATER;
  float *value = g_memdup2 (&scale, sizeof scale);

  g_ptr_array_add (own, value);
  put (outs, own, g_strdup_printf ("%.*s%s", module, tensor->name, later ? ".weight_scale" : ".scale_weight"),
       LIMN_TYPE_F32, NULL, value);
  if (!later)
    return;
  LimnTensorOut says = { g_strdup_printf ("%.*s.comfy_quant", module, tensor->name),
                         LIMN_TYPE_U8,
                         1,
                         { 28 },
                         "{\"format\": \"float8_e4m3fn\"}  " };
  g_ptr_array_add (own, (gpointer) says.name);
  g_array_append_val (outs, says);
}

void
file_tensors_write (GPtrArray *tensors, LimnType type, FileScales scales, const char *path)
{
  g_autoptr (GArray) outs = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GPtrArray) own = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < tensors->len; i++) {
    const FileTensor *tensor = tensors->pdata[i];
    gboolean scaled = scales != FILE_PLAIN && tensor->rank == 2 && g_str_has_suffix (tensor->name, ".weight");
    LimnType own_type = scales != FILE_PLAIN && !scaled ? LIMN_TYPE_F16 : type;
    float most = 0;

    for (guint64 at = 0; scaled && at < tensor->count; at++)
      most = fmaxf (most, fabsf (tensor->values[at]));
    float scale = most > 0 ? most / 448 : 1;
    guint8 *data = encode (own_type, tensor, scale);
    g_ptr_array_add (own, data);
    put (outs, own, g_strdup (tensor->name), own_type, tensor, data);
    if (scaled)
      put_scale (outs, own, tensor, scales, scale);
  }
  if (scales == FILE_SCALED) {
    LimnTensorOut marker = { "scaled_fp8", LIMN_TYPE_F8_E4M3, 1, { 0 }, NULL };
    g_array_append_val (outs, marker);
  }
  limn_safetensors_write (path, (const LimnTensorOut *) outs->data, outs->len, &error);
  g_assert_no_error (error);
}
