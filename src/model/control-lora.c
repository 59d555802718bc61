/* control-lora.c - Control-LoRA (Stability AI 2023): a ControlNet most of whose weights are the U-Net's own and a
 * product of two small matrices more; the rest is in its file as it is.
 *
 * Its ground is the model's weights without LoRAs, as that of a whole ControlNet is: what follows a picture is not
 * changed by what changes the style.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/checkpoint-private.h"
#include "model/control-file-private.h"
#include "model/lora-private.h"
#include "model/unet-half.h"
#include "model/written.h"

#define MARK "lora_controlnet"

gboolean
limn_control_lora_is (LimnTensors *tensors)
{
  return limn_tensors_find (tensors, MARK) != NULL;
}

/* "input_blocks.1.0.in_layers.2.weight" -> "input_blocks.1.0.in_layers.2.up" */
static const LimnTensor *
find_factor (const LimnControlFile *file, const char *single, const char *factor)
{
  gsize length = strlen (single) - MIN (strlen (single), strlen ("weight"));
  g_autofree char *name = g_strdup_printf ("%.*s%s", (int) length, single, factor);

  return g_str_has_suffix (single, ".weight") ? limn_tensors_find (file->file.tensors, name) : NULL;
}

static gboolean
fail (const LimnControlFile *file, const char *name, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s is a Control-LoRA, but its tensor %s is missing"),
               limn_tensors_path (file->file.tensors), name);
  return FALSE;
}

/* By how wide the text is that its changes are made for, and whether it is told of sizes. */
static LimnFamily
family_of (LimnTensors *tensors)
{
  if (limn_arch_holds (tensors, TRUE, "label_emb."))
    return LIMN_FAMILY_SDXL_BASE;
  for (guint i = 0; i < limn_tensors_count (tensors); i++) {
    const LimnTensor *tensor = limn_tensors_nth (tensors, i);

    if (tensor->rank == 2 && g_str_has_suffix (tensor->name, ".attn2.to_k.down"))
      return tensor->shape[1] == 768    ? LIMN_FAMILY_SD15
             : tensor->shape[1] == 1024 ? LIMN_FAMILY_SD21
                                        : LIMN_FAMILY_SDXL_BASE;
  }
  return LIMN_FAMILY_UNKNOWN;
}

gboolean
limn_control_lora_read (LimnControlFile *file, GError **error)
{
  static const char *const own[] = { "zero_convs.0.0.weight", "middle_block_out.0.weight" };
  LimnArchScan scan = { file->file.tensors, "", NULL };

  file->lora = TRUE;
  file->prefix = "";
  file->family = family_of (file->file.tensors);
  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    if (limn_tensors_find (file->file.tensors, own[i]) == NULL)
      return fail (file, own[i], error);
  for (int i = 0; i < LIMN_CONTROL_STAGES; i++) {
    g_autofree char *name = g_strdup_printf ("input_hint_block.%d.weight", 4 * i);

    if (limn_tensors_find (file->file.tensors, name) == NULL)
      return fail (file, name, error);
    file->config.picture[i] = limn_arch_scan_dim (&scan, 4, 0, "%s", name);
  }
  if (scan.error != NULL)
    g_propagate_error (error, scan.error);
  return scan.error == NULL;
}

/* ---- Beside a U-Net ---- */

/* Whether up times down is as large as want. */
static gboolean
factors_fit (const LimnTensor *up, const LimnTensor *down, const LimnArchTensor *want)
{
  guint64 columns = 1;

  for (int i = 1; i < want->rank; i++)
    columns *= want->shape[i];
  return up != NULL && down != NULL && limn_is_weight_type (up->type) && limn_is_weight_type (down->type)
         && limn_type_block (up->type) == 1 && limn_type_block (down->type) == 1 && up->rank > 0 && down->rank > 0
         && limn_lora_rows (up) == want->shape[0] && limn_lora_columns (down) == columns
         && limn_lora_columns (up) == limn_lora_rows (down) && limn_lora_rows (down) > 0;
}

static gboolean
is_whole (const LimnTensor *tensor, const LimnArchTensor *want)
{
  return limn_is_weight_type (tensor->type) && tensor->rank == want->rank
         && memcmp (tensor->shape, want->shape, sizeof *want->shape * (gsize) want->rank) == 0;
}

/* What it does not have whole is the U-Net's, but for a first layer that is told more than latents. */
static gboolean
check_tensor (const LimnControlFile *file, const LimnUnetConfig *unet, const LimnArchTensor *want, GError **error)
{
  const char *own = limn_control_own_name (want->name);
  g_autofree char *single = own != NULL ? limn_arch_control_single (own, unet) : NULL;
  const LimnTensor *whole = single != NULL ? limn_tensors_find (file->file.tensors, single) : NULL;

  if (single == NULL || (whole != NULL && is_whole (whole, want)))
    return TRUE;
  const LimnTensor *up = find_factor (file, single, "up"), *down = find_factor (file, single, "down");
  gboolean changed = up != NULL || down != NULL;
  if (whole == NULL && !changed && g_str_has_prefix (own, "controlnet_"))
    return fail (file, single, error);
  if (whole == NULL && (!changed || factors_fit (up, down, want))
      && (!g_str_equal (own, "conv_in.weight") || unet->in_channels == unet->out_channels))
    return TRUE;
  g_autofree char *shape = limn_arch_shape_text (want->rank, want->shape);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
               _ ("%s: what this Control-LoRA has of the tensor %s does not make one of the shape %s, which it has in "
                  "this model"),
               limn_tensors_path (file->file.tensors), single, shape);
  return FALSE;
}

static gboolean
check_tensors (const LimnControlFile *file, const LimnUnetConfig *unet, const LimnControlConfig *own, GError **error)
{
  const LimnNetworkShape least = { .batch = 1, .height = 8, .width = 8, .tokens = 77, .steps = 1, .controls = 1 };
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  g_autoptr (LimnArchList) list = limn_arch_list_new ();
  LimnUnetConfig config = *unet;
  LimnUnetPlans plans;

  config.kept = (LimnKeptBlocks){ 0 };
  config.n_controls = 1;
  config.controls[0] = *own;
  limn_unet_write (net, &config, &least, &plans);
  limn_unet_plans_clear (&plans);
  limn_arch_list_add_net (list, net);
  for (guint i = 0; i < limn_arch_list_length (list); i++)
    if (!check_tensor (file, unet, limn_arch_list_nth (list, i), error))
      return FALSE;
  return TRUE;
}

/* It adds to as many places as it has convolutions of its own for. */
static gboolean
check_places (const LimnControlFile *file, const LimnUnetConfig *unet, const char *model, GError **error)
{
  LimnArchScan scan = { file->file.tensors, "", NULL };

  if (limn_arch_scan_count (&scan, LIMN_UNET_MOST_SKIPS, "zero_convs.") == unet->levels * (unet->layers_per_block + 1))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s is a ControlNet for %s, whose sizes %s does not have"),
               limn_tensors_path (file->file.tensors), limn_family_name (file->family), model);
  return FALSE;
}

gboolean
limn_control_lora_match (LimnControlFile *file, const LimnUnetConfig *unet, const char *model,
                         LimnControlConfig *config, GError **error)
{
  gboolean good;

  *config = file->config;
  memcpy (config->down, unet->down, sizeof config->down);
  config->mid_layers = unet->mid_layers;
  config->mid_depth = unet->mid_depth;
  config->linear_projection = unet->linear_projection;
  g_mutex_lock (&file->matching);
  good = file->matched != NULL && memcmp (file->matched, unet, sizeof *unet) == 0;
  if (!good && (good = check_places (file, unet, model, error) && check_tensors (file, unet, config, error))) {
    g_free (file->matched);
    file->matched = g_memdup2 (unet, sizeof *unet);
  }
  g_mutex_unlock (&file->matching);
  return good;
}

gboolean
limn_control_lora_find (LimnControlFile *file, LimnCheckpoint *ground, const char *name, LimnTensorView *view,
                        GPtrArray *values, GError **error)
{
  const char *own = limn_control_own_name (name);
  g_autofree char *single = limn_arch_control_single (own, limn_checkpoint_unet (ground));
  const LimnTensor *whole = limn_tensors_find (file->file.tensors, single);
  const LimnTensor *up = find_factor (file, single, "up"), *down = find_factor (file, single, "down");

  if (whole != NULL) {
    *view = (LimnTensorView){ .type = whole->type,
                              .rank = whole->rank,
                              .data = whole->data,
                              .file = limn_tensors_path (file->file.tensors),
                              .stored_name = whole->name };
    memcpy (view->shape, whole->shape, sizeof *view->shape * (gsize) view->rank);
    return TRUE;
  }
  if (!limn_checkpoint_find (ground, LIMN_PART_UNET, own, view, error))
    return FALSE;
  if (up == NULL || down == NULL)
    return TRUE;
  g_auto (LimnMatrix) a = limn_matrix_read (up), b = limn_matrix_read (down);
  float *sum = limn_tensor_view_read (view);
  g_ptr_array_add (values, sum);
  limn_matrix_multiply (&a, &b, sum);
  limn_tensor_view_set_values (view, sum);
  return TRUE;
}
