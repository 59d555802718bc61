/* arch-clip.c - the tensors of the text encoders: CLIP (Radford et al. 2021) in transformers' naming and OpenCLIP's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define LIMN_CLIP_MAX_LAYERS 128

/* OpenCLIP, as torch.nn.MultiheadAttention, keeps q, k and v in one tensor. */
static void
list_qkv (LimnArchList *list, int slice, const char *which, guint64 width, gboolean open_clip)
{
  g_autofree char *weight = g_strdup_printf ("%s_proj.weight|in_proj_weight", which);
  g_autofree char *bias = g_strdup_printf ("%s_proj.bias|in_proj_bias", which);

  if (!open_clip) {
    *strchr (weight, '|') = '\0';
    *strchr (bias, '|') = '\0';
  }
  LimnArchTensor *tensor = limn_arch_matrix (list, weight, width, width);
  tensor->slice = open_clip ? slice : 0;
  tensor->slices = open_clip ? 3 : 1;
  tensor = limn_arch_vector (list, bias, width);
  tensor->slice = open_clip ? slice : 0;
  tensor->slices = open_clip ? 3 : 1;
}

static void
list_layer (LimnArchList *list, const LimnClipConfig *config, gboolean open_clip)
{
  limn_arch_norm (list, open_clip ? "layer_norm1|ln_1" : "layer_norm1", config->width);
  limn_arch_enter (list, "%s", open_clip ? "self_attn|attn" : "self_attn");
  list_qkv (list, 0, "q", config->width, open_clip);
  list_qkv (list, 1, "k", config->width, open_clip);
  list_qkv (list, 2, "v", config->width, open_clip);
  limn_arch_linear (list, "out_proj", config->width, config->width);
  limn_arch_leave (list);
  limn_arch_norm (list, open_clip ? "layer_norm2|ln_2" : "layer_norm2", config->width);
  limn_arch_linear (list, open_clip ? "mlp.fc1|mlp.c_fc" : "mlp.fc1", config->intermediate, config->width);
  limn_arch_linear (list, open_clip ? "mlp.fc2|mlp.c_proj" : "mlp.fc2", config->width, config->intermediate);
}

LimnArchList *
limn_arch_clip_list (const LimnClipConfig *config, gboolean open_clip)
{
  LimnArchList *list = limn_arch_list_new ();
  const char *token = "text_model.embeddings.token_embedding.weight|token_embedding.weight";
  const char *position = "text_model.embeddings.position_embedding.weight|positional_embedding";

  limn_arch_matrix (list, open_clip ? token : "text_model.embeddings.token_embedding.weight", config->vocabulary,
                    config->width);
  limn_arch_matrix (list, open_clip ? position : "text_model.embeddings.position_embedding.weight", config->positions,
                    config->width);
  for (int i = 0; i < config->layers; i++) {
    if (open_clip)
      limn_arch_enter (list, "text_model.encoder.layers.%d|transformer.resblocks.%d", i, i);
    else
      limn_arch_enter (list, "text_model.encoder.layers.%d", i);
    list_layer (list, config, open_clip);
    limn_arch_leave (list);
  }
  limn_arch_norm (list, open_clip ? "text_model.final_layer_norm|ln_final" : "text_model.final_layer_norm",
                  config->width);
  if (config->projection > 0) {
    LimnArchTensor *tensor =
        limn_arch_matrix (list, open_clip ? "text_projection.weight|text_projection" : "text_projection.weight",
                          config->projection, config->width);
    tensor->transposed = open_clip;
  }
  return list;
}

static gboolean
fail (GError **error, const char *source, const char *field, int found, const char *expected)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: the text encoder's %s is %d; expected %s"), source, field,
               found, expected);
  return FALSE;
}

gboolean
limn_arch_clip_check (const LimnClipConfig *config, const char *source, GError **error)
{
  if (config->width < 8 || config->width > 16384 || config->width % 8 != 0)
    return fail (error, source, _ ("width"), config->width, _ ("8 to 16384, a multiple of 8"));
  if (config->layers < 2 || config->layers > LIMN_CLIP_MAX_LAYERS)
    return fail (error, source, _ ("number of layers"), config->layers, _ ("2 to 128"));
  if (config->heads < 1 || config->heads > config->width || config->width % config->heads != 0)
    return fail (error, source, _ ("number of attention heads"), config->heads, _ ("a divisor of the width"));
  if (config->intermediate < 8 || config->intermediate > 65536)
    return fail (error, source, _ ("feed-forward width"), config->intermediate, _ ("8 to 65536"));
  if (config->vocabulary < 3 || config->vocabulary > 1 << 20)
    return fail (error, source, _ ("vocabulary"), config->vocabulary, _ ("3 to 1048576"));
  if (config->positions != 77)
    return fail (error, source, _ ("number of positions"), config->positions, "77");
  if (config->projection < 0 || config->projection > 16384)
    return fail (error, source, _ ("projection width"), config->projection, _ ("1 to 16384"));
  return TRUE;
}

static void
scan_open_clip (LimnArchScan *scan, LimnClipConfig *config)
{
  config->width = limn_arch_scan_dim (scan, 2, 1, "token_embedding.weight");
  config->vocabulary = limn_arch_scan_dim (scan, 2, 0, "token_embedding.weight");
  config->positions = limn_arch_scan_dim (scan, 2, 0, "positional_embedding");
  config->layers = limn_arch_scan_count (scan, LIMN_CLIP_MAX_LAYERS + 1, "transformer.resblocks.");
  config->intermediate = limn_arch_scan_dim (scan, 2, 0, "transformer.resblocks.0.mlp.c_fc.weight");
  config->projection = limn_arch_scan_dim (scan, 2, 1, "text_projection");
}

static void
scan_transformers (LimnArchScan *scan, LimnClipConfig *config)
{
  config->quick_gelu = TRUE;
  config->width = limn_arch_scan_dim (scan, 2, 1, "text_model.embeddings.token_embedding.weight");
  config->vocabulary = limn_arch_scan_dim (scan, 2, 0, "text_model.embeddings.token_embedding.weight");
  config->positions = limn_arch_scan_dim (scan, 2, 0, "text_model.embeddings.position_embedding.weight");
  config->layers = limn_arch_scan_count (scan, LIMN_CLIP_MAX_LAYERS + 1, "text_model.encoder.layers.");
  config->intermediate = limn_arch_scan_dim (scan, 2, 0, "text_model.encoder.layers.0.mlp.fc1.weight");
}

gboolean
limn_arch_clip_scan (LimnSafetensors *file, LimnFamily family, LimnPartId part, LimnClipConfig *config, GError **error)
{
  LimnArchScan scan = { file, limn_arch_prefix (family, part), NULL };

  *config = (LimnClipConfig){ 0 };
  if (part == LIMN_PART_TEXT_ENCODER)
    scan_transformers (&scan, config);
  else
    scan_open_clip (&scan, config);
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  config->heads = limn_arch_heads_for (config->width);
  return limn_arch_clip_check (config, limn_safetensors_path (file), error);
}
