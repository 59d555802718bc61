/* arch-vae.c - the tensors of the autoencoder (Rombach et al. 2022) and their namings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/written.h"

#define LIMN_VAE_LEVELS 4
#define LIMN_VAE_MAX_LAYERS 8

static const LimnArchRename single_names[] = {
  { "mid_block.resnets.0", "mid.block_1" },
  { "mid_block.attentions.0", "mid.attn_1" },
  { "mid_block.resnets.1", "mid.block_2" },
  { "down_blocks", "down" },
  { "resnets", "block" },
  { "downsamplers.0", "downsample" },
  { "upsamplers.0", "upsample" },
  { "conv_norm_out", "norm_out" },
  { "conv_shortcut", "nin_shortcut" },
  { "group_norm", "norm" },
  { "to_q", "q" },
  { "to_k", "k" },
  { "to_v", "v" },
  { "to_out.0", "proj_out" },
  { "query", "q" },
  { "key", "k" },
  { "value", "v" },
  { "proj_attn", "proj_out" },
  { NULL, NULL },
};

static const LimnArchRename older_names[] = {
  { "to_q", "query" }, { "to_k", "key" }, { "to_v", "value" }, { "to_out.0", "proj_attn" }, { NULL, NULL },
};

/* The single file numbers the decoder's levels from the picture, diffusers from the latent.  data: a LimnVaeConfig. */
static char *
single_name (const char *name, gconstpointer data)
{
  static const char *const blocks = "decoder.up_blocks.";
  const LimnVaeConfig *config = data;
  g_autofree char *single = limn_arch_rename (name, single_names);
  char *rest;

  if (!g_str_has_prefix (single, blocks))
    return g_steal_pointer (&single);
  int level = config->levels - 1 - (int) CLAMP (strtol (single + strlen (blocks), &rest, 10), 0, LIMN_VAE_LEVELS);
  return g_strdup_printf ("decoder.up.%d%s", level, rest);
}

void
limn_arch_vae_rename (LimnTensors *file, const char *prefix)
{
  LimnArchScan scan = { file, prefix, NULL };
  const LimnVaeConfig config = { .levels = limn_arch_scan_count (&scan, LIMN_VAE_LEVELS, "decoder.up_blocks.") };

  limn_tensors_rename (file, prefix, single_name, &config);
}

static void
translate (LimnArchList *list, LimnArchTensor *tensor, gconstpointer data)
{
  char *older = limn_arch_rename (tensor->name, older_names);

  tensor->single = limn_arch_list_string (list, single_name (tensor->name, data));
  if (g_str_equal (older, tensor->name))
    g_free (older);
  else
    tensor->alias = limn_arch_list_string (list, older);
}

LimnArchList *
limn_arch_vae_list (const LimnVaeConfig *config)
{
  LimnArchList *list = limn_arch_list_new ();

  for (LimnVaeDirection direction = LIMN_VAE_DECODE; direction <= LIMN_VAE_ENCODE; direction++) {
    g_autoptr (LimnNet) net = limn_arch_net_new ();
    LimnVaePlan written;

    limn_vae_write (net, config, direction, &(LimnNetworkShape){ 1, 1, 1 }, &written);
    limn_plan_free (written.plan);
    limn_arch_list_add_net (list, net);
  }
  limn_arch_list_translate (list, translate, config);
  return list;
}

int
limn_vae_config_factor (const LimnVaeConfig *config)
{
  return 1 << (config->levels - 1);
}

double
limn_vae_config_scale (const LimnVaeConfig *config, gsize plane, double z)
{
  if (config->deviation[plane] > 0)
    z = (z - config->mean[plane]) / config->deviation[plane];
  return z * config->scaling_factor;
}

double
limn_vae_config_unscale (const LimnVaeConfig *config, gsize plane, double latent)
{
  double z = latent / config->scaling_factor;

  return config->deviation[plane] > 0 ? z * config->deviation[plane] + config->mean[plane] : z;
}

static gboolean
fail (GError **error, const char *source, const char *field, double found, const char *expected)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: the VAE's %s is %g; expected %s"), source, field, found,
               expected);
  return FALSE;
}

gboolean
limn_arch_vae_check (const LimnVaeConfig *config, const char *source, GError **error)
{
  /* Latents on disk, request sizes and previews are of 4 channels and 8 x 8 pixels. */
  if (config->latent_channels != 4)
    return fail (error, source, _ ("number of latent channels"), config->latent_channels, "4");
  if (config->levels != LIMN_VAE_LEVELS)
    return fail (error, source, _ ("number of levels"), config->levels, _ ("4 (8 by 8 pixels a latent)"));
  if (config->groups < 1 || config->groups > 1024)
    return fail (error, source, _ ("number of norm groups"), config->groups, _ ("1 to 1024"));
  for (int level = 0; level < config->levels; level++) {
    int channels = config->channels[level];
    if (channels < 8 || channels > 16384 || channels % 8 != 0 || channels % config->groups != 0)
      return fail (error, source, _ ("number of channels"), channels,
                   _ ("8 to 16384, a multiple of 8 and of the number of norm groups"));
  }
  if (!limn_kernel_attends (config->channels[config->levels - 1], 1))
    return fail (error, source, _ ("number of channels"), config->channels[config->levels - 1],
                 _ ("at most 512 at the last level"));
  if (config->layers_per_block < 1 || config->layers_per_block > LIMN_VAE_MAX_LAYERS)
    return fail (error, source, _ ("layers per block"), config->layers_per_block, _ ("1 to 8"));
  if (!(config->scaling_factor >= 1e-3 && config->scaling_factor <= 1e3))
    return fail (error, source, _ ("scaling factor"), config->scaling_factor, _ ("0.001 to 1000"));
  return TRUE;
}

gboolean
limn_arch_vae_is_published (const LimnVaeConfig *config, const LimnFamilyRow *family)
{
  return config->channels[0] == 128 && fabs (config->scaling_factor - family->scaling_factor) <= 1e-6;
}

void
limn_arch_vae_set_colours (LimnVaeConfig *config, const LimnFamilyRow *family)
{
  if (!limn_arch_vae_is_published (config, family))
    return;
  config->has_rgb_factors = TRUE;
  memcpy (config->rgb_factors, family->rgb_factors, sizeof config->rgb_factors);
  memcpy (config->rgb_bias, family->rgb_bias, sizeof config->rgb_bias);
}

gboolean
limn_arch_vae_scan (LimnTensors *file, const char *prefix, const LimnFamilyRow *family, LimnVaeConfig *config,
                    GError **error)
{
  LimnArchScan scan = { file, prefix, NULL };

  *config = (LimnVaeConfig){ .groups = 32, .scaling_factor = family->scaling_factor };
  config->latent_channels = limn_arch_scan_dim (&scan, 4, 1, "decoder.conv_in.weight");
  config->levels = limn_arch_scan_count (&scan, LIMN_VAE_LEVELS + 1, "encoder.down.");
  config->layers_per_block = limn_arch_scan_count (&scan, LIMN_VAE_MAX_LAYERS + 1, "encoder.down.0.block.");
  for (int level = 0; level < MIN (config->levels, LIMN_VAE_LEVELS); level++)
    config->channels[level] = limn_arch_scan_dim (&scan, 4, 0, "encoder.down.%d.block.0.conv1.weight", level);
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  limn_arch_vae_set_colours (config, family);
  return limn_arch_vae_check (config, limn_tensors_path (file), error);
}
