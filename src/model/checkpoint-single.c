/* checkpoint-single.c - opening one .safetensors file with the official names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

#include "base/error.h"
#include "base/i18n.h"

static gboolean
holds_prefix (LimnTensors *file, const char *prefix)
{
  guint n = limn_tensors_count (file);

  for (guint i = 0; i < n; i++)
    if (g_str_has_prefix (limn_tensors_nth (file, i)->name, prefix))
      return TRUE;
  return FALSE;
}

static gboolean
scan_part (LimnCheckpoint *checkpoint, LimnTensors *file, LimnPartId part, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  const char *prefix = family->prefixes[part];

  if (!holds_prefix (file, prefix)) {
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_MODEL,
        _ ("%s lacks the %s (tensors whose names begin with \"%s\"): open a version of this model that has it"),
        checkpoint->path, limn_arch_part_title (part), prefix);
    return FALSE;
  }
  if (part == LIMN_PART_UNET)
    return limn_arch_unet_scan (file, family, &checkpoint->unet, error);
  if (part == LIMN_PART_VAE)
    return limn_arch_vae_scan (file, family, &checkpoint->vae, error);
  return limn_arch_clip_scan (file, family, part, &checkpoint->clip[part - LIMN_PART_TEXT_ENCODER], error);
}

gboolean
limn_checkpoint_read_single (LimnCheckpoint *checkpoint, GError **error)
{
  g_autoptr (LimnTensors) file = limn_tensors_open (checkpoint->path, error);

  if (file == NULL || !limn_arch_detect (file, &checkpoint->family, error))
    return FALSE;

  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    LimnPartData *data = &checkpoint->parts[part];
    GError *local = NULL;
    data->prefix = family->prefixes[part];
    if (data->prefix == NULL)
      continue;
    data->files = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_tensors_unref);
    g_ptr_array_add (data->files, limn_tensors_ref (file));
    data->present = family->supported ? scan_part (checkpoint, file, part, &local) : holds_prefix (file, data->prefix);
    if (local != NULL && !limn_checkpoint_tolerate (checkpoint, part, local, error))
      return FALSE;
  }
  limn_config_init_schedule (&checkpoint->schedule, family);
  checkpoint->info->default_guidance = family->guidance;
  return TRUE;
}
