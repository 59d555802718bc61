/* unet-half.c - see unet-half.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/unet-half.h"

#include <math.h>

LimnArray
limn_unet_resblock (const LimnUnetHalf *half, int i, LimnArray x, LimnArray skip, int channels)
{
  const LimnResblockOptions options = {
    .groups = half->config->groups,
    .epsilon = LIMN_UNET_EPSILON,
    .timed = TRUE,
    .step = half->at,
  };

  limn_net_push (half->net, "resnets.%d", i);
  x = limn_resblock (half->net, x, skip, channels, &options);
  limn_net_pop (half->net);
  return x;
}

LimnArray
limn_unet_transformer (const LimnUnetHalf *half, int i, LimnArray x, int depth, int heads)
{
  if (depth == 0)
    return x;
  limn_net_push (half->net, "attentions.%d", i);
  x = limn_transformer (half->net, x, MAX (depth, 0), heads, half->config->groups, half->linear_projection, 0,
                        LIMN_NO_ARRAY);
  limn_net_pop (half->net);
  return x;
}

/* The middle's, where attention is perturbed and watched. */
static LimnArray
middle_transformer (const LimnUnetHalf *half, int i, LimnArray x, int heads)
{
  LimnArray looked = LIMN_NO_ARRAY;

  if (half->mid_depth == 0)
    return x;
  if (half->watched > 0 && i == 0)
    looked = *half->looked =
        limn_plan_host_array (limn_net_plan (half->net), LIMN_STORE_F32, half->watched, x.h, x.w, heads);
  limn_net_push (half->net, "attentions.%d", i);
  x = limn_transformer (half->net, x, MAX (half->mid_depth, 0), heads, half->config->groups, half->linear_projection,
                        half->perturbed, looked);
  limn_net_pop (half->net);
  return x;
}

static int
shrunk (int side, float factor)
{
  return MAX (1, (int) rint (side / (double) factor));
}

/* What the way up is given, as number *n; then it goes on, smaller from there where that is asked for. */
static LimnArray
pass (const LimnUnetHalf *half, LimnArray x, int *n)
{
  const LimnShrink *shrink = &half->shrink;

  x = half->skip (x, half->data);
  if ((*n)++ != shrink->after || shrink->after == 0)
    return x;
  return limn_kernel_resize (limn_net_plan (half->net), &(LimnResizeArgs){ .x = x,
                                                                           .h = shrunk (x.h, shrink->factor),
                                                                           .w = shrunk (x.w, shrink->factor),
                                                                           .how = shrink->how });
}

LimnArray
limn_unet_down (const LimnUnetHalf *half, LimnArray x)
{
  const LimnUnetConfig *config = half->config;
  int n = 0;

  x = pass (half, x, &n);
  for (int level = 0; level < config->levels; level++) {
    limn_net_push (half->net, "down_blocks.%d", level);
    for (int i = 0; i < config->layers_per_block; i++) {
      x = limn_unet_resblock (half, i, x, LIMN_NO_ARRAY, config->channels[level]);
      x = limn_unet_transformer (half, i, x, half->down[level][i], config->heads[level]);
      x = pass (half, x, &n);
    }
    if (level + 1 < config->levels) {
      x = limn_conv (half->net, "downsamplers.0.conv", x, x.c, &(LimnLayerOptions){ .stride = 2 });
      x = pass (half, x, &n);
    }
    limn_net_trace (half->net, x);
    limn_net_pop (half->net);
  }
  return x;
}

LimnArray
limn_unet_middle (const LimnUnetHalf *half, LimnArray x)
{
  const LimnUnetConfig *config = half->config;
  int last = config->levels - 1;

  limn_net_push (half->net, "mid_block");
  for (int i = 0; i < half->mid_layers; i++) {
    if (i > 0)
      x = middle_transformer (half, i - 1, x, config->heads[last]);
    x = limn_unet_resblock (half, i, x, LIMN_NO_ARRAY, config->channels[last]);
  }
  limn_net_trace (half->net, x);
  limn_net_pop (half->net);
  return x;
}

LimnArray
limn_unet_embed (LimnNet *net, const LimnUnetConfig *config, LimnArray time, LimnArray added, LimnArray more)
{
  const LimnLayerOptions silu = { .finish.activation = LIMN_ACTIVATION_SILU };
  int channels = 4 * config->channels[0];
  LimnArray sizes = more;

  if (config->time_ids > 0) {
    sizes = limn_linear (net, "add_embedding.linear_1", added, channels, &silu);
    sizes = limn_linear (net, "add_embedding.linear_2", sizes, channels,
                         &(LimnLayerOptions){ .finish = { .row_bias = more, .out_f32 = TRUE } });
  }
  time = limn_linear (net, "time_embedding.linear_1", time, channels, &silu);
  return limn_linear (net, "time_embedding.linear_2", time, channels,
                      &(LimnLayerOptions){ .finish = { .row_bias = sizes, .activation = LIMN_ACTIVATION_SILU } });
}
