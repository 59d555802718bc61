/* arch-clip.c - the tensors of the text encoders: CLIP (Radford et al. 2021) in transformers' naming and OpenCLIP's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/written.h"

#define LIMN_CLIP_MAX_LAYERS 128

static const LimnArchRename open_clip_names[] = {
  { "text_model.embeddings.token_embedding", "token_embedding" },
  { "text_model.embeddings.position_embedding.weight", "positional_embedding" },
  { "text_model.encoder.layers", "transformer.resblocks" },
  { "text_model.final_layer_norm", "ln_final" },
  { "text_projection.weight", "text_projection" },
  { "layer_norm1", "ln_1" },
  { "layer_norm2", "ln_2" },
  { "self_attn", "attn" },
  { "q_proj.weight", "in_proj_weight" },
  { "k_proj.weight", "in_proj_weight" },
  { "v_proj.weight", "in_proj_weight" },
  { "q_proj.bias", "in_proj_bias" },
  { "k_proj.bias", "in_proj_bias" },
  { "v_proj.bias", "in_proj_bias" },
  { "mlp.fc1", "mlp.c_fc" },
  { "mlp.fc2", "mlp.c_proj" },
  { NULL, NULL },
};

/* OpenCLIP, as torch.nn.MultiheadAttention, keeps q, k and v in one tensor, and its projection the other way round. */
static void
translate_open_clip (LimnArchList *list, LimnArchTensor *tensor, gconstpointer config)
{
  static const char *const stacked[] = { ".q_proj.", ".k_proj.", ".v_proj." };

  tensor->single = limn_arch_list_string (list, limn_arch_rename (tensor->name, open_clip_names));
  tensor->transposed = g_str_equal (tensor->name, "text_projection.weight");
  if (tensor->transposed)
    tensor->alias = tensor->name; /* as some tools have turned it */
  for (int i = 0; i < 3; i++)
    if (strstr (tensor->name, stacked[i]) != NULL) {
      tensor->slice = i;
      tensor->slices = 3;
    }
}

/* What every encoder has, though no plan does: the embeddings are looked up in the file. */
static void
add_unwritten (LimnArchList *list, const LimnClipConfig *config)
{
  const guint64 width = (guint64) config->width;

  limn_arch_list_add (list, "text_model.embeddings.token_embedding.weight", 2,
                      (guint64[]){ (guint64) config->vocabulary, width });
  limn_arch_list_add (list, "text_model.embeddings.position_embedding.weight", 2,
                      (guint64[]){ (guint64) config->positions, width });
}

LimnArchList *
limn_arch_clip_list (const LimnClipConfig *config, gboolean open_clip)
{
  LimnArchList *list = limn_arch_list_new ();
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnClipConfig whole = *config;
  LimnClipPlan written;

  /* Its plan may stop before the last layer, which its file holds all the same. */
  whole.unread = 0;
  whole.normed = TRUE;
  limn_clip_write (net, &whole, 1, &written);
  limn_plan_free (written.plan);
  add_unwritten (list, config);
  limn_arch_list_add_net (list, net);
  if (open_clip)
    limn_arch_list_translate (list, translate_open_clip, config);
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
  if (!limn_kernel_attends (config->width, config->heads))
    return fail (error, source, _ ("number of attention heads"), config->heads,
                 _ ("one that gives each 8 to 512 channels, a multiple of 8"));
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
}

static void
scan_transformers (LimnArchScan *scan, LimnClipConfig *config)
{
  config->width = limn_arch_scan_dim (scan, 2, 1, "text_model.embeddings.token_embedding.weight");
  config->vocabulary = limn_arch_scan_dim (scan, 2, 0, "text_model.embeddings.token_embedding.weight");
  config->positions = limn_arch_scan_dim (scan, 2, 0, "text_model.embeddings.position_embedding.weight");
  config->layers = limn_arch_scan_count (scan, LIMN_CLIP_MAX_LAYERS + 1, "text_model.encoder.layers.");
  config->intermediate = limn_arch_scan_dim (scan, 2, 0, "text_model.encoder.layers.0.mlp.fc1.weight");
}

gboolean
limn_arch_clip_scan (LimnTensors *file, const char *prefix, gboolean open_clip, const LimnEncoderRow *row,
                     LimnClipConfig *config, GError **error)
{
  LimnArchScan scan = { file, prefix, NULL };

  *config = (LimnClipConfig){ .unread = row->cut && !open_clip ? 0 : row->unread,
                              .normed = row->normed,
                              .quick_gelu = !row->open_clip };
  if (open_clip)
    scan_open_clip (&scan, config);
  else
    scan_transformers (&scan, config);
  if (row->pooled)
    config->projection = open_clip && limn_arch_scan_has (&scan, "text_projection")
                             ? limn_arch_scan_dim (&scan, 2, 1, "text_projection")
                             : limn_arch_scan_dim (&scan, 2, 0, "text_projection.weight");
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  config->heads = limn_arch_heads_for (config->width);
  return limn_arch_clip_check (config, limn_tensors_path (file), error);
}
