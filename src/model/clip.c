/* clip.c - the text encoders (Radford et al. 2021), written: a causal transformer over 77 tokens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/layers.h"
#include "model/written.h"

#define LAYER_NORM_EPSILON 1e-5f

static LimnArray
attention (LimnNet *net, LimnArray x, int heads, gboolean causal, LimnArray unseen, LimnArray residual)
{
  static const char *const names[] = { "q_proj", "k_proj", "v_proj", NULL };
  int c = x.c;
  LimnArray packed = limn_linears (net, names, x, c, NULL);
  LimnArray y = limn_kernel_attention (limn_net_plan (net), &(LimnAttentionArgs){
                                                                .q = limn_array_channels (packed, 0, c),
                                                                .k = limn_array_channels (packed, c, c),
                                                                .v = limn_array_channels (packed, 2 * c, c),
                                                                .heads = heads,
                                                                .hidden = unseen,
                                                                .causal = causal,
                                                            });

  return limn_linear (net, "out_proj", y, c, &(LimnLayerOptions){ .finish.residual = residual });
}

LimnArray
limn_clip_layer (LimnNet *net, const LimnClipConfig *config, gboolean causal, LimnArray unseen, LimnArray x)
{
  LimnActivation activation = config->quick_gelu ? LIMN_ACTIVATION_QUICK_GELU : LIMN_ACTIVATION_GELU;

  LimnArray h = limn_layer_norm (net, "layer_norm1", x, LAYER_NORM_EPSILON);
  limn_net_push (net, "self_attn");
  x = attention (net, h, config->heads, causal, unseen, x);
  limn_net_pop (net);

  h = limn_layer_norm (net, "layer_norm2", x, LAYER_NORM_EPSILON);
  h = limn_linear (net, "mlp.fc1", h, config->intermediate, &(LimnLayerOptions){ .finish.activation = activation });
  return limn_linear (net, "mlp.fc2", h, x.c, &(LimnLayerOptions){ .finish.residual = x });
}

/* Names are relative to "text_model". */
static LimnArray
final_norm (LimnNet *net, LimnArray x)
{
  return limn_layer_norm (net, "final_layer_norm", x, LAYER_NORM_EPSILON);
}

void
limn_clip_write (LimnNet *net, const LimnClipConfig *config, int batch, LimnClipPlan *written)
{
  LimnPlan *plan = limn_net_begin (net);
  int read = config->layers - config->unread;

  limn_net_keep_blocks (net, &config->kept);
  written->input = limn_plan_host_array (plan, limn_net_store (net), batch, LIMN_CLIP_TOKENS, 1, config->width);
  written->unseen = limn_plan_host_array (plan, LIMN_STORE_F32, batch, LIMN_CLIP_TOKENS, 1, 1);
  written->pooled = LIMN_NO_ARRAY;
  LimnArray x = written->input;
  limn_net_push (net, "text_model");
  written->hidden = x;
  for (int i = 0; i < (config->projection > 0 ? config->layers : read); i++) {
    limn_net_push (net, "encoder.layers.%d", i);
    x = limn_net_trace (net, limn_clip_layer (net, config, TRUE, written->unseen, x));
    limn_net_pop (net);
    if (i + 1 == read)
      written->hidden = x;
  }
  if (config->normed)
    written->hidden = final_norm (net, written->hidden);
  if (config->projection > 0)
    x = final_norm (net, x);
  limn_net_pop (net);
  if (config->projection > 0) {
    written->pooled = limn_plan_host_array (plan, LIMN_STORE_F32, batch, LIMN_CLIP_TOKENS, 1, config->projection);
    limn_linear (net, "text_projection", x, config->projection,
                 &(LimnLayerOptions){ .no_bias = TRUE, .finish = { .out_f32 = TRUE, .into = written->pooled } });
  }
  limn_plan_keep (plan, written->hidden);
  written->plan = limn_net_end (net);
}
