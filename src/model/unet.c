/* unet.c - SDXL's U-Net (Podell et al. 2023, section 2; Rombach et al. 2022; Ho et al. 2020, appendix B), written.
 *
 * Two plans: one runs once a prompt (embeddings of time and sizes for all steps, keys and values of the
 * cross-attention), the other once a step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/blocks.h"
#include "model/hoist.h"
#include "model/written.h"

#define RESBLOCK_EPSILON 1e-5f

/* What is being written. */
typedef struct {
  LimnNet *net;
  const LimnUnetConfig *config;
  LimnArray at;  /* the step */
  int perturbed; /* LimnNetworkShape's */
} Unet;

typedef struct {
  LimnArray skips[64];
  int n;
} Skips;

static LimnResblockOptions
resblock_options (Unet *unet)
{
  return (LimnResblockOptions){
    .groups = unet->config->groups,
    .epsilon = RESBLOCK_EPSILON,
    .timed = TRUE,
    .step = unet->at,
  };
}

static LimnArray
resblock (Unet *unet, int i, LimnArray x, LimnArray skip, int channels)
{
  LimnResblockOptions options = resblock_options (unet);

  limn_net_push (unet->net, "resnets.%d", i);
  x = limn_resblock (unet->net, x, skip, channels, &options);
  limn_net_pop (unet->net);
  return x;
}

static LimnArray
transformer (Unet *unet, int i, LimnArray x, int depth, int heads, int alone)
{
  if (depth == 0)
    return x;
  limn_net_push (unet->net, "attentions.%d", i);
  x = limn_transformer (unet->net, x, depth, heads, unet->config->groups, unet->config->linear_projection, alone);
  limn_net_pop (unet->net);
  return x;
}

static LimnArray
down (Unet *unet, LimnArray x, Skips *skips)
{
  const LimnUnetConfig *config = unet->config;

  for (int level = 0; level < config->levels; level++) {
    limn_net_push (unet->net, "down_blocks.%d", level);
    for (int i = 0; i < config->layers_per_block; i++) {
      x = resblock (unet, i, x, LIMN_NO_ARRAY, config->channels[level]);
      x = transformer (unet, i, x, config->down[level][i], config->heads[level], 0);
      skips->skips[skips->n++] = x;
    }
    if (level + 1 < config->levels) {
      x = limn_conv (unet->net, "downsamplers.0.conv", x, x.c, &(LimnLayerOptions){ .stride = 2 });
      skips->skips[skips->n++] = x;
    }
    limn_net_trace (unet->net, x);
    limn_net_pop (unet->net);
  }
  return x;
}

static LimnArray
middle (Unet *unet, LimnArray x)
{
  const LimnUnetConfig *config = unet->config;
  int last = config->levels - 1;

  limn_net_push (unet->net, "mid_block");
  for (int i = 0; i < config->mid_layers; i++) {
    if (i > 0)
      x = transformer (unet, i - 1, x, config->mid_depth, config->heads[last], unet->perturbed);
    x = resblock (unet, i, x, LIMN_NO_ARRAY, config->channels[last]);
  }
  limn_net_trace (unet->net, x);
  limn_net_pop (unet->net);
  return x;
}

static LimnArray
up (Unet *unet, LimnArray x, Skips *skips)
{
  const LimnUnetConfig *config = unet->config;

  for (int i = 0; i < config->levels; i++) {
    int level = config->levels - 1 - i;

    limn_net_push (unet->net, "up_blocks.%d", i);
    for (int j = 0; j <= config->layers_per_block; j++) {
      x = resblock (unet, j, x, skips->skips[--skips->n], config->channels[level]);
      x = transformer (unet, j, x, config->up[level][j], config->heads[level], 0);
    }
    if (level > 0) {
      /* To the size of the skip that comes next: latents that 8 does not divide are not lost. */
      LimnArray next = skips->skips[skips->n - 1];
      x = limn_conv (unet->net, "upsamplers.0.conv", x, x.c, &(LimnLayerOptions){ .up_h = next.h, .up_w = next.w });
    }
    limn_net_trace (unet->net, x);
    limn_net_pop (unet->net);
  }
  return x;
}

static void
write_step (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  LimnPlan *plan = limn_net_begin (net);
  Skips skips = { 0 };

  plans->at = limn_plan_host_array (plan, LIMN_STORE_F32, 1, 1, 1, 1);
  plans->sample =
      limn_plan_host_array (plan, limn_net_store (net), shape->batch, shape->height, shape->width, config->in_channels);
  plans->out =
      limn_plan_host_array (plan, LIMN_STORE_F32, shape->batch, shape->height, shape->width, config->out_channels);

  Unet unet = { net, config, plans->at, shape->perturbed };
  LimnArray x = limn_conv (net, "conv_in", plans->sample, config->channels[0], NULL);
  skips.skips[skips.n++] = x;
  x = down (&unet, x, &skips);
  x = middle (&unet, x);
  x = up (&unet, x, &skips);
  x = limn_group_norm (net, "conv_norm_out", x, LIMN_NO_ARRAY, config->groups, RESBLOCK_EPSILON, TRUE);
  limn_conv (net, "conv_out", x, config->out_channels,
             &(LimnLayerOptions){ .finish = { .out_f32 = TRUE, .into = plans->out } });
  plans->step = limn_net_end (net);
}

/* Time and sizes: SiLU (time_embedding (t) + add_embedding ([pooled, sinusoids of the sizes])) for every step and item,
 * then what the blocks have hoisted. */
static void
write_prepare (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  LimnPlan *plan = limn_net_begin (net);
  int rows = shape->steps * shape->batch, channels = 4 * config->channels[0];
  int added = config->pooled_channels + config->time_ids * config->time_id_channels;
  const LimnLayerOptions silu = { .finish.activation = LIMN_ACTIVATION_SILU };
  LimnArray sizes = LIMN_NO_ARRAY;

  plans->context =
      limn_plan_host_array (plan, limn_net_store (net), shape->batch, shape->tokens, 1, config->context_channels);
  if (shape->nag.scale > 0)
    plans->against =
        limn_plan_host_array (plan, limn_net_store (net), shape->batch, shape->tokens, 1, config->context_channels);
  plans->time = limn_plan_host_array (plan, limn_net_store (net), rows, 1, 1, config->channels[0]);
  if (config->time_ids > 0) {
    plans->added = limn_plan_host_array (plan, limn_net_store (net), rows, 1, 1, added);
    sizes = limn_linear (net, "add_embedding.linear_1", plans->added, channels, &silu);
    sizes = limn_linear (net, "add_embedding.linear_2", sizes, channels, &(LimnLayerOptions){ .finish.out_f32 = TRUE });
  }
  LimnArray time = limn_linear (net, "time_embedding.linear_1", plans->time, channels, &silu);
  time = limn_linear (net, "time_embedding.linear_2", time, channels,
                      &(LimnLayerOptions){ .finish = { .row_bias = sizes, .activation = LIMN_ACTIVATION_SILU } });
  limn_net_hoisted (net, plans->context, plans->against, time);
  plans->prepare = limn_net_end (net);
}

void
limn_unet_write (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  *plans = (LimnUnetPlans){ 0 };
  limn_net_clear_hoisted (net);
  limn_net_keep_blocks (net, &config->kept);
  limn_net_set_hoist_shape (net, shape->batch, shape->tokens, shape->steps);
  limn_net_set_nag (net, &shape->nag);
  write_step (net, config, shape, plans);
  write_prepare (net, config, shape, plans);
}

void
limn_unet_plans_clear (LimnUnetPlans *plans)
{
  g_clear_pointer (&plans->step, limn_plan_free);
  g_clear_pointer (&plans->prepare, limn_plan_free);
}
