/* arch-vae.c - the tensors of the autoencoder (Rombach et al. 2022) and their namings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <math.h>

#include "base/error.h"
#include "base/i18n.h"

#define LIMN_VAE_LEVELS 4
#define LIMN_VAE_MAX_LAYERS 8

static void
list_resblock (LimnArchList *list, guint64 in, guint64 out)
{
  limn_arch_norm (list, "norm1", in);
  limn_arch_conv (list, "conv1", out, in, 3);
  limn_arch_norm (list, "norm2", out);
  limn_arch_conv (list, "conv2", out, out, 3);
  if (in != out)
    limn_arch_conv (list, "conv_shortcut|nin_shortcut", out, in, 1);
}

static void
list_middle (LimnArchList *list, guint64 channels)
{
  limn_arch_enter (list, "mid_block|mid");
  limn_arch_enter (list, "resnets.0|block_1");
  list_resblock (list, channels, channels);
  limn_arch_leave (list);
  limn_arch_enter (list, "attentions.0|attn_1");
  limn_arch_norm (list, "group_norm|norm", channels);
  limn_arch_linear (list, "to_q|q|query", channels, channels);
  limn_arch_linear (list, "to_k|k|key", channels, channels);
  limn_arch_linear (list, "to_v|v|value", channels, channels);
  limn_arch_linear (list, "to_out.0|proj_out|proj_attn", channels, channels);
  limn_arch_leave (list);
  limn_arch_enter (list, "resnets.1|block_2");
  list_resblock (list, channels, channels);
  limn_arch_leave (list);
  limn_arch_leave (list);
}

static void
list_encoder (LimnArchList *list, const LimnVaeConfig *config)
{
  guint64 channels = config->channels[0];

  limn_arch_enter (list, "encoder");
  limn_arch_conv (list, "conv_in", channels, 3, 3);
  for (int level = 0; level < config->levels; level++) {
    guint64 out = config->channels[level];
    limn_arch_enter (list, "down_blocks.%d|down.%d", level, level);
    for (int i = 0; i < config->layers_per_block; i++) {
      limn_arch_enter (list, "resnets.%d|block.%d", i, i);
      list_resblock (list, channels, out);
      limn_arch_leave (list);
      channels = out;
    }
    if (level + 1 < config->levels)
      limn_arch_conv (list, "downsamplers.0.conv|downsample.conv", out, out, 3);
    limn_arch_leave (list);
  }
  list_middle (list, channels);
  limn_arch_norm (list, "conv_norm_out|norm_out", channels);
  limn_arch_conv (list, "conv_out", 2 * (guint64) config->latent_channels, channels, 3);
  limn_arch_leave (list);
}

/* The single file numbers the decoder's levels from the picture, diffusers from the latent. */
static void
list_decoder (LimnArchList *list, const LimnVaeConfig *config)
{
  guint64 channels = config->channels[config->levels - 1];

  limn_arch_enter (list, "decoder");
  limn_arch_conv (list, "conv_in", channels, config->latent_channels, 3);
  list_middle (list, channels);
  for (int up = 0; up < config->levels; up++) {
    int level = config->levels - 1 - up;
    guint64 out = config->channels[level];
    limn_arch_enter (list, "up_blocks.%d|up.%d", up, level);
    for (int i = 0; i <= config->layers_per_block; i++) {
      limn_arch_enter (list, "resnets.%d|block.%d", i, i);
      list_resblock (list, channels, out);
      limn_arch_leave (list);
      channels = out;
    }
    if (level > 0)
      limn_arch_conv (list, "upsamplers.0.conv|upsample.conv", out, out, 3);
    limn_arch_leave (list);
  }
  limn_arch_norm (list, "conv_norm_out|norm_out", channels);
  limn_arch_conv (list, "conv_out", 3, channels, 3);
  limn_arch_leave (list);
}

LimnArchList *
limn_arch_vae_list (const LimnVaeConfig *config)
{
  LimnArchList *list = limn_arch_list_new ();
  guint64 latent = config->latent_channels;

  list_encoder (list, config);
  limn_arch_conv (list, "quant_conv", 2 * latent, 2 * latent, 1);
  limn_arch_conv (list, "post_quant_conv", latent, latent, 1);
  list_decoder (list, config);
  return list;
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
  if (config->layers_per_block < 1 || config->layers_per_block > LIMN_VAE_MAX_LAYERS)
    return fail (error, source, _ ("layers per block"), config->layers_per_block, _ ("1 to 8"));
  if (!(config->scaling_factor >= 1e-3 && config->scaling_factor <= 1e3))
    return fail (error, source, _ ("scaling factor"), config->scaling_factor, _ ("0.001 to 1000"));
  return TRUE;
}

/* Least-squares fit of colour to latent, published with ComfyUI (comfy/latent_formats.py, class SDXL). */
void
limn_arch_vae_set_sdxl_colours (LimnVaeConfig *config)
{
  static const float factors[4][3] = { { 0.3651f, 0.4232f, 0.4341f },
                                       { -0.2533f, -0.0042f, 0.1068f },
                                       { 0.1076f, 0.1111f, -0.0362f },
                                       { -0.3165f, -0.2492f, -0.2188f } };
  static const float bias[3] = { 0.1084f, -0.0175f, -0.0011f };

  if (config->channels[0] != 128 || fabs (config->scaling_factor - 0.13025) > 1e-6)
    return;
  config->has_rgb_factors = TRUE;
  for (int colour = 0; colour < 3; colour++) {
    config->rgb_bias[colour] = bias[colour];
    for (int i = 0; i < 4; i++)
      config->rgb_factors[i][colour] = factors[i][colour];
  }
}

gboolean
limn_arch_vae_scan (LimnSafetensors *file, LimnVaeConfig *config, GError **error)
{
  LimnArchScan scan = { file, limn_arch_prefix (LIMN_FAMILY_SDXL_BASE, LIMN_PART_VAE), NULL };

  *config = (LimnVaeConfig){ .groups = 32, .scaling_factor = 0.13025 };
  config->latent_channels = limn_arch_scan_dim (&scan, 4, 1, "decoder.conv_in.weight");
  config->levels = limn_arch_scan_count (&scan, LIMN_VAE_LEVELS + 1, "encoder.down.");
  config->layers_per_block = limn_arch_scan_count (&scan, LIMN_VAE_MAX_LAYERS + 1, "encoder.down.0.block.");
  for (int level = 0; level < MIN (config->levels, LIMN_VAE_LEVELS); level++)
    config->channels[level] = limn_arch_scan_dim (&scan, 4, 0, "encoder.down.%d.block.0.conv1.weight", level);
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  limn_arch_vae_set_sdxl_colours (config);
  return limn_arch_vae_check (config, limn_safetensors_path (file), error);
}
