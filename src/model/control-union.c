/* control-union.c - a ControlNet for several kinds of pictures (xinsir's ControlNet++, Union and ProMax), as its
 * authors and diffusers have it of one picture: which kind it is, is added to the time's embedding; and a transformer
 * makes of the kind and of the picture's mean what is added to all of the picture.
 *
 * Its attention goes, in the authors' program as in diffusers', along the batch, whose items have the same picture
 * here: each sees itself, and attention is its values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/layers.h"
#include "model/written.h"

#define EPSILON 1e-5f
#define MOST_HEAD 64 /* channels that a query of the mean has */

static int
heads_for (int channels)
{
  for (int heads = 1; heads <= channels / 8; heads++)
    if (channels / heads <= MOST_HEAD && limn_kernel_attends (channels, heads))
      return heads;
  return 0;
}

gboolean
limn_union_fuses (int channels)
{
  return heads_for (channels) > 0;
}

/* Whoever asks for nothing sees all of it alike: what comes of that is the mean of all pixels. */
static LimnArray
mean (LimnPlan *plan, LimnArray picture, LimnArray blind)
{
  return limn_kernel_attention (
      plan, &(LimnAttentionArgs){ .q = blind, .k = picture, .v = picture, .heads = heads_for (picture.c) });
}

static LimnArray
fuser_block (LimnNet *net, LimnArray x)
{
  LimnArray h = limn_layer_norm (net, "ln_1", x, EPSILON);

  h = limn_linear (net, "attn.in_proj", h, 3 * x.c, NULL);
  x = limn_linear (net, "attn.out_proj", limn_array_channels (h, 2 * x.c, x.c), x.c,
                   &(LimnLayerOptions){ .finish.residual = x });
  h = limn_layer_norm (net, "ln_2", x, EPSILON);
  h = limn_linear (net, "mlp.c_fc", h, 4 * x.c, &(LimnLayerOptions){ .finish.activation = LIMN_ACTIVATION_QUICK_GELU });
  return limn_linear (net, "mlp.c_proj", h, x.c, &(LimnLayerOptions){ .finish.residual = x });
}

LimnArray
limn_union_fuse (LimnNet *net, const LimnControlConfig *own, LimnArray picture, LimnUnionPlan *plan)
{
  LimnPlan *all = limn_net_plan (net);
  const int c = picture.c;

  plan->kind = limn_plan_host_array (all, limn_net_store (net), 1, 1, 1, own->types);
  plan->blind = limn_plan_host_array (all, limn_net_store (net), 1, 1, 1, c);
  plan->none = limn_plan_host_array (all, LIMN_STORE_F32, 1, 1, 1, c);
  plan->told = limn_plan_host_array (all, LIMN_STORE_F32, 1, 1, 1, 1);
  LimnArray x =
      limn_linear (net, LIMN_UNION_KINDS, plan->kind, c,
                   &(LimnLayerOptions){ .no_bias = TRUE, .finish.residual = mean (all, picture, plan->blind) });
  for (int i = 0; i < own->fusers; i++) {
    limn_net_push (net, "transformer_layes.%d", i);
    x = fuser_block (net, x);
    limn_net_pop (net);
  }
  x = limn_linear (net, "spatial_ch_projs", x, c, &(LimnLayerOptions){ .finish.out_f32 = TRUE });
  return limn_kernel_add (all, &(LimnAddArgs){ .x = plan->none, .z = x, .shares = plan->told });
}

LimnArray
limn_union_embed (LimnNet *net, const LimnControlConfig *own, int rows, int channels, LimnUnionPlan *plan)
{
  const LimnLayerOptions silu = { .finish.activation = LIMN_ACTIVATION_SILU };

  plan->types =
      limn_plan_host_array (limn_net_plan (net), limn_net_store (net), rows, 1, 1, own->types * own->type_channels);
  LimnArray x = limn_linear (net, "control_add_embedding.linear_1", plan->types, 4 * channels, &silu);
  return limn_linear (net, "control_add_embedding.linear_2", x, 4 * channels,
                      &(LimnLayerOptions){ .finish.out_f32 = TRUE });
}
