/* arch-unet.c - the tensors of SDXL's U-Nets (Podell et al. 2023, section 2) and their two namings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include "base/error.h"
#include "base/i18n.h"

#define LIMN_UNET_MAX_LEVELS 4
#define LIMN_UNET_MAX_LAYERS 8
#define LIMN_UNET_MAX_DEPTH 64
#define LIMN_UNET_MAX_CHANNELS 16384

static void
list_resblock (LimnArchList *list, guint64 in, guint64 out, guint64 embedding)
{
  limn_arch_norm (list, "norm1|in_layers.0", in);
  limn_arch_conv (list, "conv1|in_layers.2", out, in, 3);
  limn_arch_linear (list, "time_emb_proj|emb_layers.1", out, embedding);
  limn_arch_norm (list, "norm2|out_layers.0", out);
  limn_arch_conv (list, "conv2|out_layers.3", out, out, 3);
  if (in != out)
    limn_arch_conv (list, "conv_shortcut|skip_connection", out, in, 1);
}

static void
list_attention (LimnArchList *list, const char *name, guint64 channels, guint64 context)
{
  limn_arch_enter (list, "%s", name);
  limn_arch_matrix (list, "to_q.weight", channels, channels);
  limn_arch_matrix (list, "to_k.weight", channels, context);
  limn_arch_matrix (list, "to_v.weight", channels, context);
  limn_arch_linear (list, "to_out.0", channels, channels);
  limn_arch_leave (list);
}

static void
list_transformer (LimnArchList *list, guint64 channels, guint64 context, int depth)
{
  limn_arch_norm (list, "norm", channels);
  limn_arch_linear (list, "proj_in", channels, channels);
  for (int i = 0; i < depth; i++) {
    limn_arch_enter (list, "transformer_blocks.%d", i);
    limn_arch_norm (list, "norm1", channels);
    list_attention (list, "attn1", channels, channels);
    limn_arch_norm (list, "norm2", channels);
    list_attention (list, "attn2", channels, context);
    limn_arch_norm (list, "norm3", channels);
    limn_arch_linear (list, "ff.net.0.proj", 8 * channels, channels); /* GEGLU: value and gate */
    limn_arch_linear (list, "ff.net.2", channels, 4 * channels);
    limn_arch_leave (list);
  }
  limn_arch_linear (list, "proj_out", channels, channels);
}

/* Appends the channels of every skip connection, in the order they are made. */
static void
list_down (LimnArchList *list, const LimnUnetConfig *config, GArray *skips)
{
  guint64 embedding = 4 * (guint64) config->channels[0], channels = config->channels[0];
  int block = 1; /* the single file numbers resblocks and downsamplers in one row */

  g_array_append_val (skips, channels);
  for (int level = 0; level < config->levels; level++) {
    guint64 out = config->channels[level];
    for (int i = 0; i < config->layers_per_block; i++, block++) {
      limn_arch_enter (list, "down_blocks.%d.resnets.%d|input_blocks.%d.0", level, i, block);
      list_resblock (list, channels, out, embedding);
      limn_arch_leave (list);
      if (config->depth[level] > 0) {
        limn_arch_enter (list, "down_blocks.%d.attentions.%d|input_blocks.%d.1", level, i, block);
        list_transformer (list, out, config->context_channels, config->depth[level]);
        limn_arch_leave (list);
      }
      channels = out;
      g_array_append_val (skips, channels);
    }
    if (level + 1 < config->levels) {
      limn_arch_enter (list, "down_blocks.%d|input_blocks.%d", level, block++);
      limn_arch_conv (list, "downsamplers.0.conv|0.op", out, out, 3);
      limn_arch_leave (list);
      g_array_append_val (skips, channels);
    }
  }
}

static void
list_middle (LimnArchList *list, const LimnUnetConfig *config)
{
  guint64 embedding = 4 * (guint64) config->channels[0], channels = config->channels[config->levels - 1];

  limn_arch_enter (list, "mid_block|middle_block");
  limn_arch_enter (list, "resnets.0|0");
  list_resblock (list, channels, channels, embedding);
  limn_arch_leave (list);
  limn_arch_enter (list, "attentions.0|1");
  list_transformer (list, channels, config->context_channels, config->mid_depth);
  limn_arch_leave (list);
  limn_arch_enter (list, "resnets.1|2");
  list_resblock (list, channels, channels, embedding);
  limn_arch_leave (list);
  limn_arch_leave (list);
}

/* Takes the skip connections from the end. */
static void
list_up (LimnArchList *list, const LimnUnetConfig *config, GArray *skips)
{
  guint64 embedding = 4 * (guint64) config->channels[0], channels = config->channels[config->levels - 1];
  int block = 0;

  for (int up = 0; up < config->levels; up++) {
    int level = config->levels - 1 - up;
    guint64 out = config->channels[level];
    for (int i = 0; i <= config->layers_per_block; i++, block++) {
      guint64 skip = g_array_index (skips, guint64, skips->len - 1);
      g_array_set_size (skips, skips->len - 1);
      limn_arch_enter (list, "up_blocks.%d.resnets.%d|output_blocks.%d.0", up, i, block);
      list_resblock (list, channels + skip, out, embedding);
      limn_arch_leave (list);
      if (config->depth[level] > 0) {
        limn_arch_enter (list, "up_blocks.%d.attentions.%d|output_blocks.%d.1", up, i, block);
        list_transformer (list, out, config->context_channels, config->depth[level]);
        limn_arch_leave (list);
      }
      channels = out;
    }
    if (level > 0) {
      limn_arch_enter (list, "up_blocks.%d.upsamplers.0|output_blocks.%d.%d", up, block - 1,
                       config->depth[level] > 0 ? 2 : 1);
      limn_arch_conv (list, "conv", out, out, 3);
      limn_arch_leave (list);
    }
  }
}

LimnArchList *
limn_arch_unet_list (const LimnUnetConfig *config)
{
  LimnArchList *list = limn_arch_list_new ();
  g_autoptr (GArray) skips = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 channels = config->channels[0], embedding = 4 * channels;

  limn_arch_linear (list, "time_embedding.linear_1|time_embed.0", embedding, channels);
  limn_arch_linear (list, "time_embedding.linear_2|time_embed.2", embedding, embedding);
  if (config->time_ids > 0) {
    guint64 in = config->pooled_channels + (guint64) config->time_ids * config->time_id_channels;
    limn_arch_linear (list, "add_embedding.linear_1|label_emb.0.0", embedding, in);
    limn_arch_linear (list, "add_embedding.linear_2|label_emb.0.2", embedding, embedding);
  }
  limn_arch_conv (list, "conv_in|input_blocks.0.0", channels, config->in_channels, 3);
  list_down (list, config, skips);
  list_middle (list, config);
  list_up (list, config, skips);
  limn_arch_norm (list, "conv_norm_out|out.0", channels);
  limn_arch_conv (list, "conv_out|out.2", config->out_channels, channels, 3);
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

static gboolean
check_channels_in (const LimnUnetConfig *config, const char *source, GError **error)
{
  if (config->in_channels == 9)
    return fail (error, source, _ ("number of input channels"), 9,
                 _ ("4 (9 are those of an inpainting model, which Limn does not support yet)"));
  if (config->in_channels == 8)
    return fail (error, source, _ ("number of input channels"), 8,
                 _ ("4 (8 are those of a model that edits by instruction, which Limn does not support)"));
  if (config->in_channels != 4)
    return fail (error, source, _ ("number of input channels"), config->in_channels, "4");
  if (config->out_channels != 4)
    return fail (error, source, _ ("number of output channels"), config->out_channels, "4");
  return TRUE;
}

static gboolean
check_level (const LimnUnetConfig *config, int level, const char *source, GError **error)
{
  int channels = config->channels[level];
  gboolean attends = config->depth[level] > 0 || level == config->levels - 1;

  if (channels < 8 || channels > LIMN_UNET_MAX_CHANNELS || channels % 8 != 0 || channels % config->groups != 0)
    return fail (error, source, _ ("number of channels"), channels,
                 _ ("8 to 16384, a multiple of 8 and of the number of norm groups"));
  if (config->depth[level] < 0 || config->depth[level] > LIMN_UNET_MAX_DEPTH)
    return fail (error, source, _ ("transformer depth"), config->depth[level], _ ("0 to 64"));
  if (attends && (config->heads[level] < 1 || config->heads[level] > channels || channels % config->heads[level] != 0))
    return fail (error, source, _ ("number of attention heads"), config->heads[level], _ ("a divisor of the channels"));
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
  for (int level = 0; level < config->levels; level++)
    if (!check_level (config, level, source, error))
      return FALSE;
  if (config->mid_depth < 1 || config->mid_depth > LIMN_UNET_MAX_DEPTH)
    return fail (error, source, _ ("middle transformer depth"), config->mid_depth, _ ("1 to 64"));
  if (config->layers_per_block < 1 || config->layers_per_block > LIMN_UNET_MAX_LAYERS)
    return fail (error, source, _ ("layers per block"), config->layers_per_block, _ ("1 to 8"));
  if (config->context_channels < 8 || config->context_channels > LIMN_UNET_MAX_CHANNELS)
    return fail (error, source, _ ("context width"), config->context_channels, _ ("8 to 16384"));
  if (config->time_id_channels < 2 || config->time_id_channels > 4096 || config->time_id_channels % 2 != 0)
    return fail (error, source, _ ("width of a size id"), config->time_id_channels,
                 _ ("an even number from 2 to 4096"));
  if (config->pooled_channels < 1 || config->pooled_channels > LIMN_UNET_MAX_CHANNELS)
    return fail (error, source, _ ("pooled text width"), config->pooled_channels, _ ("1 to 16384"));
  if (config->sample_size < 4 || config->sample_size > 2048)
    return fail (error, source, _ ("sample size"), config->sample_size, _ ("4 to 2048"));
  return TRUE;
}

static void
scan_block (LimnArchScan *scan, LimnUnetConfig *config, int level, int block)
{
  int depth = limn_arch_scan_count (scan, LIMN_UNET_MAX_DEPTH + 1, "input_blocks.%d.1.transformer_blocks.", block);

  config->depth[level] = MAX (config->depth[level], depth);
  if (config->channels[level] == 0 && limn_arch_scan_has (scan, "input_blocks.%d.0.out_layers.3.weight", block))
    config->channels[level] = limn_arch_scan_dim (scan, 4, 0, "input_blocks.%d.0.out_layers.3.weight", block);
  if (config->context_channels == 0
      && limn_arch_scan_has (scan, "input_blocks.%d.1.transformer_blocks.0.attn2.to_k.weight", block))
    config->context_channels =
        limn_arch_scan_dim (scan, 2, 1, "input_blocks.%d.1.transformer_blocks.0.attn2.to_k.weight", block);
}

/* Walks input_blocks: a resblock belongs to the present level, a downsampler begins the next. */
static void
scan_levels (LimnArchScan *scan, LimnUnetConfig *config)
{
  int n = limn_arch_scan_count (scan, LIMN_UNET_MAX_LEVELS * (LIMN_UNET_MAX_LAYERS + 1) + 1, "input_blocks.");
  int level = 0;

  for (int block = 1; block < n && scan->error == NULL; block++) {
    gboolean downsamples = limn_arch_scan_has (scan, "input_blocks.%d.0.op.weight", block)
                           || limn_arch_scan_has (scan, "input_blocks.%d.0.op.bias", block);
    if (!downsamples) {
      scan_block (scan, config, level, block);
      config->layers_per_block += level == 0;
    } else if (++level >= LIMN_UNET_MAX_LEVELS) {
      fail (&scan->error, limn_safetensors_path (scan->file), _ ("number of levels"), level + 1, _ ("3 or 4"));
    }
  }
  config->levels = MIN (level + 1, LIMN_UNET_MAX_LEVELS);
  for (int i = 0; i < config->levels; i++)
    config->heads[i] = limn_arch_heads_for (config->channels[i]);
}

gboolean
limn_arch_unet_scan (LimnSafetensors *file, LimnFamily family, LimnUnetConfig *config, GError **error)
{
  LimnArchScan scan = { file, limn_arch_prefix (family, LIMN_PART_UNET), NULL };
  LimnArchScan text = { file, limn_arch_prefix (family, LIMN_PART_TEXT_ENCODER_2), NULL };
  const char *path = limn_safetensors_path (file);

  *config = (LimnUnetConfig){ .groups = 32, .time_ids = family == LIMN_FAMILY_SDXL_BASE ? 6 : 5 };
  config->in_channels = limn_arch_scan_dim (&scan, 4, 1, "input_blocks.0.0.weight");
  config->out_channels = limn_arch_scan_dim (&scan, 4, 0, "out.2.weight");
  scan_levels (&scan, config);
  config->mid_depth = limn_arch_scan_count (&scan, LIMN_UNET_MAX_DEPTH + 1, "middle_block.1.transformer_blocks.");
  const LimnTensor *proj_in = limn_safetensors_find (file, "model.diffusion_model.middle_block.1.proj_in.weight");
  config->linear_projection = proj_in == NULL || proj_in->rank == 2;
  int label = limn_arch_scan_dim (&scan, 2, 1, "label_emb.0.0.weight");
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  config->sample_size = config->channels[0] >= 320 ? 128 : 16;
  config->v_prediction = limn_safetensors_find (file, "v_pred") != NULL;

  /* Where the file lacks the text encoder, whose projection is the pooled vector, SDXL's own width is assumed, so
   * that inspect can still list what is there. */
  gboolean has_text = limn_arch_scan_has (&text, "text_projection");
  config->pooled_channels = has_text ? limn_arch_scan_dim (&text, 2, 1, "text_projection") : 1280;
  if (text.error != NULL) {
    g_propagate_error (error, text.error);
    return FALSE;
  }
  int sizes = label - config->pooled_channels;
  if (sizes <= 0 || sizes % config->time_ids != 0) {
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_MODEL,
        _ ("%s: tensor model.diffusion_model.label_emb.0.0.weight has %d columns; expected %d for the pooled text "
           "and a multiple of %d for the size ids"),
        path, label, config->pooled_channels, config->time_ids);
    return FALSE;
  }
  config->time_id_channels = sizes / config->time_ids;
  return limn_arch_unet_check (config, path, error);
}
