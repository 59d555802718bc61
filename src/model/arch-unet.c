/* arch-unet.c - the tensors of SDXL's U-Nets (Podell et al. 2023, section 2) and their two namings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/written.h"

#define LIMN_UNET_MAX_LEVELS 4
#define LIMN_UNET_MAX_DEPTH 64
#define LIMN_UNET_MAX_CHANNELS 16384
#define GUIDANCE "time_embedding.cond_proj.weight"

static const LimnArchRename whole_names[] = {
  { "time_embedding.linear_1", "time_embed.0" },
  { "time_embedding.linear_2", "time_embed.2" },
  { "time_embedding.cond_proj", "time_embedding.cond_proj" }, /* which has no other name */
  { "add_embedding.linear_1", "label_emb.0.0" },
  { "add_embedding.linear_2", "label_emb.0.2" },
  { "conv_in", "input_blocks.0.0" },
  { "mid_block.resnets.0", "middle_block.0" },
  { "mid_block.attentions.0", "middle_block.1" },
  { "mid_block.resnets.1", "middle_block.2" },
  { "conv_norm_out", "out.0" },
  { "conv_out", "out.2" },
  { NULL, NULL },
};

static const LimnArchRename resblock_names[] = {
  { "norm1", "in_layers.0" },
  { "conv1", "in_layers.2" },
  { "time_emb_proj", "emb_layers.1" },
  { "norm2", "out_layers.0" },
  { "conv2", "out_layers.3" },
  { "conv_shortcut", "skip_connection" },
  { NULL, NULL },
};

/* "down_blocks.1.resnets.0.conv1.weight": the single file numbers resblocks and samplers of all levels in one row, in
 * which conv_in is the first; what a block holds is numbered in it.  NULL where no U-Net has such a block. */
static char *
single_block (const LimnUnetConfig *config, gboolean down, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", 5); /* block, number, what, number, the rest */
  int per_block = config->layers_per_block + 1, block, i, place = 0;

  if (g_strv_length (parts) < 5)
    return NULL;
  block = atoi (parts[1]);
  i = atoi (parts[3]);
  if (block < 0 || block >= config->levels || i < 0 || i > config->layers_per_block)
    return NULL;
  if (g_str_equal (parts[2], "downsamplers") && !g_str_has_prefix (parts[4], "conv"))
    return NULL;
  if (g_str_equal (parts[2], "downsamplers"))
    return g_strdup_printf ("input_blocks.%d.0.op%s", (block + 1) * per_block, parts[4] + strlen ("conv"));
  if (g_str_equal (parts[2], "upsamplers")) {
    i = config->layers_per_block;
    place = config->up[config->levels - 1 - block][config->layers_per_block] > 0 ? 2 : 1;
  } else if (g_str_equal (parts[2], "attentions")) {
    place = 1;
  }
  return g_strdup_printf ("%s.%d.%d.%s", down ? "input_blocks" : "output_blocks",
                          block * per_block + i + (down ? 1 : 0), place, parts[4]);
}

static char *
single_whole (const char *name)
{
  for (const LimnArchRename *row = whole_names; row->from != NULL; row++)
    if (g_str_has_prefix (name, row->from))
      return limn_arch_rename (name, whole_names);
  return NULL;
}

char *
limn_arch_unet_single (const char *name, gconstpointer data)
{
  gboolean down = g_str_has_prefix (name, "down_blocks."), up = g_str_has_prefix (name, "up_blocks.");
  char *single = down || up ? single_block (data, down, name) : single_whole (name);

  if (single != NULL && strstr (name, "resnets.") != NULL) {
    g_autofree char *block = single;
    single = limn_arch_rename (block, resblock_names);
  }
  return single;
}

static void
translate (LimnArchList *list, LimnArchTensor *tensor, gconstpointer data)
{
  tensor->single = limn_arch_list_string (list, limn_arch_unet_single (tensor->name, data));
}

void
limn_arch_unet_count (LimnTensors *file, const char *prefix, LimnUnetConfig *config)
{
  LimnArchScan scan = { file, prefix, NULL };

  *config = (LimnUnetConfig){ 0 };
  config->levels = limn_arch_scan_count (&scan, LIMN_UNET_MAX_LEVELS, "down_blocks.");
  config->layers_per_block = limn_arch_scan_count (&scan, LIMN_UNET_MOST_LAYERS, "down_blocks.0.resnets.");
  for (int block = 0; block < config->levels; block++)
    config->up[config->levels - 1 - block][config->layers_per_block] =
        limn_arch_scan_count (&scan, LIMN_UNET_MOST_LAYERS + 1, "up_blocks.%d.attentions.", block)
        > config->layers_per_block;
}

void
limn_arch_unet_rename (LimnTensors *file, const char *prefix)
{
  LimnUnetConfig config;

  limn_arch_unet_count (file, prefix, &config);
  limn_tensors_rename (file, prefix, limn_arch_unet_single, &config);
}

LimnArchList *
limn_arch_unet_list (const LimnUnetConfig *config)
{
  const LimnNetworkShape least = { .batch = 1, .height = 8, .width = 8, .tokens = 77, .steps = 1 };
  LimnArchList *list = limn_arch_list_new ();
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnUnetPlans plans;

  limn_unet_write (net, config, &least, &plans);
  limn_unet_plans_clear (&plans);
  limn_arch_list_add_net (list, net);
  limn_arch_list_translate (list, translate, config);
  return list;
}

/* ---- Sizes ---- */

static gboolean
fail (GError **error, const char *source, const char *field, int found, const char *expected)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: the U-Net's %s is %d; expected %s"), source, field, found,
               expected);
  return FALSE;
}

int
limn_unet_config_given (const LimnUnetConfig *config)
{
  return config->in_channels - config->out_channels;
}

static gboolean
check_channels_in (const LimnUnetConfig *config, const char *source, GError **error)
{
  if (config->in_channels == 8)
    return fail (error, source, _ ("number of input channels"), 8,
                 _ ("4 or 9 (8 are those of a model that edits by instruction, which Limn does not support)"));
  if (config->in_channels == 32)
    return fail (error, source, _ ("number of input channels"), 32,
                 _ ("4 or 9 (32 are those of a model with the VAE of Flux.2, which Limn does not support)"));
  if (config->in_channels != 4 && config->in_channels != 9)
    return fail (error, source, _ ("number of input channels"), config->in_channels,
                 _ ("4, or 9 as inpainting models have"));
  if (config->out_channels != 4)
    return fail (error, source, _ ("number of output channels"), config->out_channels, "4");
  return TRUE;
}

static gboolean
check_level (const LimnUnetConfig *config, int level, const char *source, GError **error)
{
  const int *down = config->down[level], *up = config->up[level];
  int channels = config->channels[level];
  gboolean attends = config->mid_depth > 0 && level == config->levels - 1;

  if (channels < 8 || channels > LIMN_UNET_MAX_CHANNELS || channels % 8 != 0 || channels % config->groups != 0)
    return fail (error, source, _ ("number of channels"), channels,
                 _ ("8 to 16384, a multiple of 8 and of the number of norm groups"));
  for (int i = 0; i <= config->layers_per_block; i++) {
    int depth = i < config->layers_per_block ? MAX (down[i], up[i]) : up[i];
    int least = i < config->layers_per_block ? MIN (down[i], up[i]) : up[i];
    if (least < 0 || depth > LIMN_UNET_MAX_DEPTH)
      return fail (error, source, _ ("transformer depth"), least < 0 ? least : depth, _ ("0 to 64"));
    attends |= depth > 0;
  }
  if (attends && !limn_kernel_attends (channels, config->heads[level]))
    return fail (error, source, _ ("number of attention heads"), config->heads[level],
                 _ ("one that gives each 8 to 512 channels, a multiple of 8"));
  return TRUE;
}

static gboolean
check_side (const LimnUnetConfig *config, const char *source, GError **error)
{
  if (config->sample_size < 4 || config->sample_size > 2048)
    return fail (error, source, _ ("sample size"), config->sample_size, _ ("4 to 2048"));
  return TRUE;
}

gboolean
limn_arch_unet_check (const LimnUnetConfig *config, const char *source, GError **error)
{
  if (!check_channels_in (config, source, error))
    return FALSE;
  if (config->levels < 3 || config->levels > LIMN_UNET_MAX_LEVELS)
    return fail (error, source, _ ("number of levels"), config->levels, _ ("3 or 4"));
  if (config->groups < 1 || config->groups > 1024)
    return fail (error, source, _ ("number of norm groups"), config->groups, _ ("1 to 1024"));
  if (config->layers_per_block < 1 || config->layers_per_block > LIMN_UNET_MOST_LAYERS)
    return fail (error, source, _ ("layers per block"), config->layers_per_block, _ ("1 to 8"));
  if (config->mid_layers < 0 || config->mid_layers > 2)
    return fail (error, source, _ ("number of middle layers"), config->mid_layers, _ ("0 to 2"));
  if (config->mid_depth < 0 || config->mid_depth > LIMN_UNET_MAX_DEPTH)
    return fail (error, source, _ ("middle transformer depth"), config->mid_depth, _ ("0 to 64"));
  for (int level = 0; level < config->levels; level++)
    if (!check_level (config, level, source, error))
      return FALSE;
  if (config->context_channels < 8 || config->context_channels > LIMN_UNET_MAX_CHANNELS)
    return fail (error, source, _ ("context width"), config->context_channels, _ ("8 to 16384"));
  if (config->guidance_channels != 0
      && (config->guidance_channels < 4 || config->guidance_channels > 4096 || config->guidance_channels % 2 != 0))
    return fail (error, source, _ ("width of the guidance embedding"), config->guidance_channels,
                 _ ("an even number from 4 to 4096"));
  if (config->time_ids == LIMN_SIZES_NONE)
    return check_side (config, source, error);
  if (config->time_id_channels < 2 || config->time_id_channels > 4096 || config->time_id_channels % 2 != 0)
    return fail (error, source, _ ("width of a size id"), config->time_id_channels,
                 _ ("an even number from 2 to 4096"));
  if (config->pooled_channels < 1 || config->pooled_channels > LIMN_UNET_MAX_CHANNELS)
    return fail (error, source, _ ("pooled text width"), config->pooled_channels, _ ("1 to 16384"));
  return check_side (config, source, error);
}

static int
scan_depth (LimnArchScan *scan, const char *block, int number)
{
  return limn_arch_scan_count (scan, LIMN_UNET_MAX_DEPTH + 1, "%s.%d.1.transformer_blocks.", block, number);
}

/* layer: of the level. */
static void
scan_block (LimnArchScan *scan, LimnUnetConfig *config, int level, int layer, int block)
{
  if (layer < LIMN_UNET_MOST_LAYERS)
    config->down[level][layer] = scan_depth (scan, "input_blocks", block);
  if (config->channels[level] == 0 && limn_arch_scan_has (scan, "input_blocks.%d.0.out_layers.3.weight", block))
    config->channels[level] = limn_arch_scan_dim (scan, 4, 0, "input_blocks.%d.0.out_layers.3.weight", block);
  if (config->context_channels == 0
      && limn_arch_scan_has (scan, "input_blocks.%d.1.transformer_blocks.0.attn2.to_k.weight", block))
    config->context_channels =
        limn_arch_scan_dim (scan, 2, 1, "input_blocks.%d.1.transformer_blocks.0.attn2.to_k.weight", block);
}

/* Walks input_blocks: a resblock belongs to the present level, a downsampler begins the next. */
static void
scan_levels (LimnArchScan *scan, const LimnFamilyRow *family, LimnUnetConfig *config)
{
  int n = limn_arch_scan_count (scan, LIMN_UNET_MAX_LEVELS * (LIMN_UNET_MOST_LAYERS + 1) + 1, "input_blocks.");
  int level = 0, layer = 0;

  for (int block = 1; block < n && scan->error == NULL; block++) {
    gboolean downsamples = limn_arch_scan_has (scan, "input_blocks.%d.0.op.weight", block)
                           || limn_arch_scan_has (scan, "input_blocks.%d.0.op.bias", block);
    if (!downsamples) {
      scan_block (scan, config, level, layer++, block);
      config->layers_per_block += level == 0;
      continue;
    }
    layer = 0;
    if (++level >= LIMN_UNET_MAX_LEVELS)
      fail (&scan->error, limn_tensors_path (scan->file), _ ("number of levels"), level + 1, _ ("3 or 4"));
  }
  config->levels = MIN (level + 1, LIMN_UNET_MAX_LEVELS);
  for (int i = 0; i < config->levels; i++)
    config->heads[i] = family->heads > 0 ? family->heads / (config->channels[0] >= 320 ? 1 : 2)
                                         : limn_arch_heads_for (config->channels[i]);
}

/* On the way up a level has one layer more, and the levels come the other way round. */
static void
scan_up (LimnArchScan *scan, LimnUnetConfig *config)
{
  int layers = MIN (config->layers_per_block, LIMN_UNET_MOST_LAYERS) + 1;

  for (int block = 0; block < config->levels * layers; block++)
    config->up[config->levels - 1 - block / layers][block % layers] = scan_depth (scan, "output_blocks", block);
}

/* A resblock, a transformer, a resblock; or the first of these alone, or nothing. */
static void
scan_middle (LimnArchScan *scan, LimnUnetConfig *config)
{
  config->mid_layers = MIN (limn_arch_scan_count (scan, 3, "middle_block."), 2);
  config->mid_depth = limn_arch_scan_count (scan, LIMN_UNET_MAX_DEPTH + 1, "middle_block.1.transformer_blocks.");
  if (config->context_channels == 0
      && limn_arch_scan_has (scan, "middle_block.1.transformer_blocks.0.attn2.to_k.weight"))
    config->context_channels = limn_arch_scan_dim (scan, 2, 1, "middle_block.1.transformer_blocks.0.attn2.to_k.weight");
}

/* What the U-Net is told of the whole prompt and of sizes: the columns of its label embedding are both. */
static gboolean
scan_label (LimnArchScan *scan, const LimnFamilyRow *family, int pooled, const char *pooled_path,
            LimnUnetConfig *config, GError **error)
{
  int label = limn_arch_scan_dim (scan, 2, 1, "label_emb.0.0.weight"), sizes = label - pooled;

  config->time_ids = family->size_ids;
  config->pooled_channels = pooled;
  if (scan->error != NULL) {
    g_propagate_error (error, scan->error);
    return FALSE;
  }
  if (sizes <= 0 || sizes % config->time_ids != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: tensor %slabel_emb.0.0.weight has %d columns; expected %d for the pooled text of %s and a "
                    "multiple of %d for the size ids"),
                 limn_tensors_path (scan->file), scan->prefix, label, pooled, pooled_path, config->time_ids);
    return FALSE;
  }
  config->time_id_channels = sizes / config->time_ids;
  return TRUE;
}

void
limn_arch_unet_scan_half (LimnArchScan *scan, const LimnFamilyRow *family, LimnUnetConfig *config)
{
  *config = (LimnUnetConfig){ .groups = 32 };
  config->in_channels = limn_arch_scan_dim (scan, 4, 1, "input_blocks.0.0.weight");
  scan_levels (scan, family, config);
  scan_middle (scan, config);
  g_autofree char *name = g_strconcat (scan->prefix, "middle_block.1.proj_in.weight", NULL);
  const LimnTensor *proj_in = limn_tensors_find (scan->file, name);
  config->linear_projection = proj_in == NULL || proj_in->rank == 2;
}

gboolean
limn_arch_unet_scan (LimnTensors *file, const char *prefix, const LimnFamilyRow *family, int pooled,
                     const char *pooled_path, LimnUnetConfig *config, GError **error)
{
  LimnArchScan scan = { file, prefix, NULL };

  limn_arch_unet_scan_half (&scan, family, config);
  config->out_channels = limn_arch_scan_dim (&scan, 4, 0, "out.2.weight");
  scan_up (&scan, config);
  if (limn_arch_scan_has (&scan, GUIDANCE))
    config->guidance_channels = limn_arch_scan_dim (&scan, 2, 1, GUIDANCE);
  config->sample_size = config->channels[0] >= 320 ? family->sample_size : 16;
  if (family->size_ids != LIMN_SIZES_NONE && !scan_label (&scan, family, pooled, pooled_path, config, error))
    return FALSE;
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  return limn_arch_unet_check (config, limn_tensors_path (file), error);
}
