/* unet.c - SDXL's U-Net (Podell et al. 2023, section 2; Rombach et al. 2022; Ho et al. 2020, appendix B), written.
 *
 * Two plans: one runs once a prompt (embeddings of time and sizes for all steps, keys and values of the
 * cross-attention), the other once a step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/hoist.h"
#include "model/unet-half.h"
#include "model/written.h"

typedef struct {
  LimnArray skips[LIMN_UNET_MOST_SKIPS];
  int n;
  LimnNet *net;
  const LimnUnetConfig *config;
  const LimnNetworkShape *shape;
  const LimnUnetPlans *plans;
} Skips;

/* With what T2I-Adapters add there, which the way down has as well. */
static LimnArray
skip_cb (LimnArray x, gpointer data)
{
  Skips *skips = data;

  for (int i = 0; i < skips->config->n_controls; i++)
    if ((skips->shape->controls >> i & 1) != 0 && skips->config->controls[i].adapter.factor > 0)
      x = limn_adapter_add (skips->net, skips->config, i, skips->shape, skips->plans, skips->n, x);
  skips->skips[skips->n++] = x;
  return x;
}

/* What was made smaller on the way down is as large as the skip again. */
static LimnArray
grow (const LimnUnetHalf *half, LimnArray x, LimnArray skip)
{
  if (x.h == skip.h && x.w == skip.w)
    return x;
  return limn_kernel_resize (limn_net_plan (half->net),
                             &(LimnResizeArgs){ .x = x, .h = skip.h, .w = skip.w, .how = half->shrink.how });
}

/* FreeU, before both are joined; by channels, as its authors' program and ComfyUI have it. */
static void
strengthen (const LimnUnetHalf *half, const LimnFreeu *freeu, LimnArray *x, LimnArray *skip)
{
  LimnPlan *plan = limn_net_plan (half->net);

  for (int i = 0; i < 2 && freeu->version > 0; i++) {
    if (x->c != half->config->channels[0] * (i == 0 ? 4 : 2))
      continue;
    if (freeu->backbone[i] != 1)
      *x = limn_kernel_freeu_backbone (plan, *x, freeu->backbone[i], freeu->version == 2);
    if (freeu->skip[i] != 1)
      *skip = limn_kernel_freeu_skip (plan, *skip, freeu->skip[i]);
    return;
  }
}

static LimnArray
up (const LimnUnetHalf *half, const LimnFreeu *freeu, LimnArray x, Skips *skips)
{
  const LimnUnetConfig *config = half->config;

  for (int i = 0; i < config->levels; i++) {
    int level = config->levels - 1 - i;

    limn_net_push (half->net, "up_blocks.%d", i);
    for (int j = 0; j <= config->layers_per_block; j++) {
      LimnArray skip = skips->skips[--skips->n];

      x = grow (half, x, skip);
      strengthen (half, freeu, &x, &skip);
      x = limn_unet_resblock (half, j, x, skip, config->channels[level]);
      x = limn_unet_transformer (half, j, x, config->up[level][j], config->heads[level]);
    }
    if (level > 0) {
      /* To the size of the skip that comes next: latents that 8 does not divide are not lost. */
      LimnArray next = skips->skips[skips->n - 1];
      x = limn_conv (half->net, "upsamplers.0.conv", x, x.c, &(LimnLayerOptions){ .up_h = next.h, .up_w = next.w });
    }
    limn_net_trace (half->net, x);
    limn_net_pop (half->net);
  }
  return x;
}

gboolean
limn_unet_watches (const LimnUnetConfig *config)
{
  return config->mid_layers > 1 && config->mid_depth > 0;
}

static void
write_step (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  LimnPlan *plan = limn_net_begin (net);
  Skips skips = { .net = net, .config = config, .shape = shape, .plans = plans };

  plans->at = limn_plan_host_array (plan, LIMN_STORE_F32, 1, 1, 1, 1);
  plans->sample =
      limn_plan_host_array (plan, limn_net_store (net), shape->batch, shape->height, shape->width, config->in_channels);
  plans->out =
      limn_plan_host_array (plan, LIMN_STORE_F32, shape->batch, shape->height, shape->width, config->out_channels);

  if (shape->controls != 0)
    plans->shares = limn_plan_host_array (plan, LIMN_STORE_F32, 1, 1, 1, LIMN_IP_PLACES * LIMN_MOST_CONTROLS);
  limn_ip_begin (net, config, shape, plans->shares);

  const LimnUnetHalf half = {
    .net = net,
    .config = config,
    .down = config->down,
    .mid_layers = config->mid_layers,
    .mid_depth = config->mid_depth,
    .linear_projection = config->linear_projection,
    .at = plans->at,
    .perturbed = shape->perturbed,
    .shrink = shape->shrink,
    .watched = limn_unet_watches (config) ? shape->watched : 0,
    .looked = &plans->looked,
    .skip = skip_cb,
    .data = &skips,
  };
  LimnArray x = limn_conv (net, "conv_in", plans->sample, config->channels[0], NULL);
  x = limn_unet_middle (&half, limn_unet_down (&half, x));
  for (int i = 0; i < config->n_controls; i++)
    if ((shape->controls >> i & 1) != 0)
      x = limn_control_write (net, config, i, shape, plans, skips.skips, x);
  x = up (&half, &shape->freeu, x, &skips);
  x = limn_group_norm (net, "conv_norm_out", x, LIMN_NO_ARRAY, config->groups, LIMN_UNET_EPSILON, TRUE);
  limn_conv (net, "conv_out", x, config->out_channels,
             &(LimnLayerOptions){ .finish = { .out_f32 = TRUE, .into = plans->out } });
  plans->n_grids = limn_net_grids (net, plans->grids);
  plans->step = limn_net_end (net);
}

/* Meng et al. 2023, section 3.1, as diffusers has it: what the guidance comes to is added to the time's sinusoids. */
static LimnArray
add_guidance (LimnNet *net, const LimnUnetConfig *config, int rows, LimnUnetPlans *plans)
{
  if (config->guidance_channels == 0)
    return plans->time;
  plans->guidance =
      limn_plan_host_array (limn_net_plan (net), limn_net_store (net), rows, 1, 1, config->guidance_channels);
  return limn_linear (net, "time_embedding.cond_proj", plans->guidance, config->channels[0],
                      &(LimnLayerOptions){ .no_bias = TRUE, .finish.residual = plans->time });
}

static LimnArray
context_array (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape)
{
  return limn_plan_host_array (limn_net_plan (net), limn_net_store (net), shape->batch, shape->tokens, 1,
                               config->context_channels);
}

static void
write_contexts (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  plans->context = context_array (net, config, shape);
  if (shape->nag.scale > 0)
    plans->against = context_array (net, config, shape);
  for (int i = 0; i < shape->regions; i++) {
    plans->regions[i] = context_array (net, config, shape);
    if (shape->nag.scale > 0)
      plans->regions_against[i] = context_array (net, config, shape);
  }
}

LimnHoistInputs
limn_unet_inputs (const LimnNetworkShape *shape, const LimnUnetPlans *plans)
{
  LimnHoistInputs inputs = { .contexts = { plans->context }, .against = { plans->against } };

  for (int i = 0; i < shape->regions; i++) {
    inputs.contexts[1 + i] = plans->regions[i];
    inputs.against[1 + i] = plans->regions_against[i];
  }
  return inputs;
}

/* Time and sizes for every step and item, then what the blocks have hoisted. */
static void
write_prepare (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  LimnPlan *plan = limn_net_begin (net);
  int rows = shape->steps * shape->batch;
  int added = config->pooled_channels + config->time_ids * config->time_id_channels;

  write_contexts (net, config, shape, plans);
  plans->time = limn_plan_host_array (plan, limn_net_store (net), rows, 1, 1, config->channels[0]);
  if (config->time_ids > 0)
    plans->added = limn_plan_host_array (plan, limn_net_store (net), rows, 1, 1, added);
  for (int i = 0; i < config->n_controls; i++)
    if ((shape->controls >> i & 1) != 0)
      limn_control_prepare (net, config, i, shape, plans);
  LimnArray time = add_guidance (net, config, rows, plans);
  LimnHoistInputs inputs = limn_unet_inputs (shape, plans);
  inputs.time = limn_unet_embed (net, config, time, plans->added, LIMN_NO_ARRAY);
  limn_ip_write (net, config, shape, plans, &inputs);
  limn_net_hoisted (net, "", &inputs);
  plans->prepare = limn_net_end (net);
}

static void
write_plans (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  *plans = (LimnUnetPlans){ 0 };
  limn_net_clear_hoisted (net);
  limn_net_keep_blocks (net, &config->kept);
  limn_net_set_hoist_shape (net, shape->batch, shape->tokens, shape->steps);
  limn_net_set_nag (net, &shape->nag);
  limn_net_set_regions (net, (int) shape->regions, limn_ip_masks (shape));
  limn_net_set_around (net, (guint) shape->around);
  write_step (net, config, shape, plans);
  write_prepare (net, config, shape, plans);
}

/* Other steps of a run may ask ControlNets that this shape's do not: the weights are all of them's. */
void
limn_unet_write (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans)
{
  LimnNetworkShape all = *shape;

  all.controls = ((guint64) 1 << config->n_controls) - 1;
  if (all.controls != shape->controls) {
    write_plans (net, config, &all, plans);
    limn_unet_plans_clear (plans);
  }
  write_plans (net, config, shape, plans);
}

void
limn_unet_plans_clear (LimnUnetPlans *plans)
{
  g_clear_pointer (&plans->step, limn_plan_free);
  g_clear_pointer (&plans->prepare, limn_plan_free);
}
