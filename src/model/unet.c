/* unet.c - SDXL's U-Net (Podell et al. 2023, section 2; Rombach et al. 2022; Ho et al. 2020, appendix B).
 *
 * Two plans: one runs once a prompt (embeddings of time and sizes for all steps, keys and values of the
 * cross-attention), the other once a step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/unet.h"

#include <math.h>
#include <string.h>

#include "model/blocks.h"
#include "model/traced.h"

#define RESBLOCK_EPSILON 1e-5f

struct _LimnUnet {
  LimnNet *net;
  LimnUnetConfig config;
  LimnUnetShape shape;
  LimnPlan *step_plan;            /* once a step */
  LimnPlan *prepare_plan;         /* once a prompt */
  LimnBuffer *step;               /* an int32: the step that step_plan is at */
  LimnArray sample, out;          /* of step_plan */
  LimnArray context, time, added; /* of prepare_plan */
};

typedef struct {
  LimnArray skips[64];
  int n;
} Skips;

static LimnResblockOptions
resblock_options (LimnUnet *unet)
{
  return (LimnResblockOptions){
    .groups = unet->config.groups,
    .epsilon = RESBLOCK_EPSILON,
    .timed = TRUE,
    .step = { unet->step, 0, sizeof (gint32) },
  };
}

static LimnArray
resblock (LimnUnet *unet, int i, LimnArray x, LimnArray skip, int channels)
{
  LimnResblockOptions options = resblock_options (unet);

  limn_net_push (unet->net, "resnets.%d", i);
  x = limn_resblock (unet->net, x, skip, channels, &options);
  limn_net_pop (unet->net);
  return x;
}

static LimnArray
transformer (LimnUnet *unet, int i, LimnArray x, int depth, int heads)
{
  if (depth == 0)
    return x;
  limn_net_push (unet->net, "attentions.%d", i);
  x = limn_transformer (unet->net, x, depth, heads, unet->config.groups);
  limn_net_pop (unet->net);
  return x;
}

static LimnArray
down (LimnUnet *unet, LimnArray x, Skips *skips)
{
  const LimnUnetConfig *config = &unet->config;

  for (int level = 0; level < config->levels; level++) {
    limn_net_push (unet->net, "down_blocks.%d", level);
    for (int i = 0; i < config->layers_per_block; i++) {
      x = resblock (unet, i, x, LIMN_NO_ARRAY, config->channels[level]);
      x = transformer (unet, i, x, config->depth[level], config->heads[level]);
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
middle (LimnUnet *unet, LimnArray x)
{
  const LimnUnetConfig *config = &unet->config;
  int last = config->levels - 1;

  limn_net_push (unet->net, "mid_block");
  x = resblock (unet, 0, x, LIMN_NO_ARRAY, config->channels[last]);
  x = transformer (unet, 0, x, config->mid_depth, config->heads[last]);
  x = resblock (unet, 1, x, LIMN_NO_ARRAY, config->channels[last]);
  limn_net_trace (unet->net, x);
  limn_net_pop (unet->net);
  return x;
}

static LimnArray
up (LimnUnet *unet, LimnArray x, Skips *skips)
{
  const LimnUnetConfig *config = &unet->config;

  for (int i = 0; i < config->levels; i++) {
    int level = config->levels - 1 - i;

    limn_net_push (unet->net, "up_blocks.%d", i);
    for (int j = 0; j <= config->layers_per_block; j++) {
      x = resblock (unet, j, x, skips->skips[--skips->n], config->channels[level]);
      x = transformer (unet, j, x, config->depth[level], config->heads[level]);
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

static LimnPlan *
build_step (LimnUnet *unet, const LimnTick *tick, GError **error)
{
  const LimnUnetConfig *config = &unet->config;
  const LimnUnetShape *shape = &unet->shape;
  LimnNet *net = unet->net;
  LimnPlan *plan = limn_net_begin (net, tick);
  Skips skips = { 0 };

  unet->sample =
      limn_plan_host_array (plan, limn_net_store (net), shape->batch, shape->height, shape->width, config->in_channels);
  unet->out =
      limn_plan_host_array (plan, LIMN_STORE_F32, shape->batch, shape->height, shape->width, config->out_channels);

  LimnArray x = limn_conv (net, "conv_in", unet->sample, config->channels[0], NULL);
  skips.skips[skips.n++] = x;
  x = down (unet, x, &skips);
  x = middle (unet, x);
  x = up (unet, x, &skips);
  x = limn_group_norm (net, "conv_norm_out", x, LIMN_NO_ARRAY, config->groups, RESBLOCK_EPSILON, TRUE);
  limn_conv (net, "conv_out", x, config->out_channels, &(LimnLayerOptions){ .out_f32 = TRUE, .into = unet->out });
  return limn_net_end (net, error);
}

/* Time and sizes: SiLU (time_embedding (t) + add_embedding ([pooled, sinusoids of the sizes])) for every step and item,
 * then what the blocks have hoisted. */
static LimnPlan *
build_prepare (LimnUnet *unet, const LimnTick *tick, GError **error)
{
  const LimnUnetConfig *config = &unet->config;
  const LimnUnetShape *shape = &unet->shape;
  LimnNet *net = unet->net;
  LimnPlan *plan = limn_net_begin (net, tick);
  int rows = shape->steps * shape->batch, channels = 4 * config->channels[0];
  int added = config->pooled_channels + config->time_ids * config->time_id_channels;
  const LimnLayerOptions silu = { .activation = LIMN_ACTIVATION_SILU };
  LimnArray sizes = LIMN_NO_ARRAY;

  unet->context =
      limn_plan_host_array (plan, limn_net_store (net), shape->batch, shape->tokens, 1, config->context_channels);
  unet->time = limn_plan_host_array (plan, limn_net_store (net), rows, 1, 1, config->channels[0]);
  if (config->time_ids > 0) {
    unet->added = limn_plan_host_array (plan, limn_net_store (net), rows, 1, 1, added);
    sizes = limn_linear (net, "add_embedding.linear_1", unet->added, channels, &silu);
    sizes = limn_linear (net, "add_embedding.linear_2", sizes, channels, &(LimnLayerOptions){ .out_f32 = TRUE });
  }
  LimnArray time = limn_linear (net, "time_embedding.linear_1", unet->time, channels, &silu);
  time = limn_linear (net, "time_embedding.linear_2", time, channels,
                      &(LimnLayerOptions){ .row_bias = sizes, .activation = LIMN_ACTIVATION_SILU });
  limn_net_hoisted (net, unet->context, time);
  return limn_net_end (net, error);
}

static gboolean
build (LimnUnet *unet, const LimnUnetShape *shape, const LimnTick *tick, GError **error)
{
  g_clear_pointer (&unet->step_plan, limn_plan_free);
  g_clear_pointer (&unet->prepare_plan, limn_plan_free);
  unet->shape = *shape;
  limn_net_clear_hoisted (unet->net);
  limn_net_set_hoist_shape (unet->net, shape->batch, shape->tokens, shape->steps);
  unet->step_plan = build_step (unet, tick, error);
  if (unet->step_plan != NULL)
    unet->prepare_plan = build_prepare (unet, tick, error);
  return unet->prepare_plan != NULL;
}

LimnUnet *
limn_unet_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision, const LimnUnetShape *shape,
                      const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnUnet) unet = g_new0 (LimnUnet, 1);

  unet->config = *limn_checkpoint_unet (checkpoint);
  unet->step = limn_buffer_new (gpu, LIMN_BUFFER_HOST, 256, error);
  if (unet->step == NULL)
    return NULL;
  unet->net = limn_net_new (gpu, checkpoint, LIMN_PART_UNET,
                            precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16);
  limn_net_set_trace (unet->net, trace);
  return build (unet, shape, tick, error) ? g_steal_pointer (&unet) : NULL;
}

LimnUnet *
limn_unet_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision, const LimnUnetShape *shape,
               const LimnTick *tick, GError **error)
{
  return limn_unet_new_traced (gpu, checkpoint, precision, shape, NULL, tick, error);
}

void
limn_unet_free (LimnUnet *unet)
{
  if (unet == NULL)
    return;
  limn_plan_free (unet->step_plan);
  limn_plan_free (unet->prepare_plan);
  limn_net_free (unet->net);
  limn_buffer_free (unet->step);
  g_free (unet);
}

gboolean
limn_unet_reshape (LimnUnet *unet, const LimnUnetShape *shape, const LimnTick *tick, GError **error)
{
  if (memcmp (shape, &unet->shape, sizeof *shape) == 0 && unet->prepare_plan != NULL)
    return TRUE;
  return build (unet, shape, tick, error);
}

const LimnUnetShape *
limn_unet_shape (LimnUnet *unet)
{
  return &unet->shape;
}

/* Vaswani et al. 2017, cosines first: channels values of position. */
static void
sinusoids (double position, int channels, float *out)
{
  int half = channels / 2;

  for (int i = 0; i < half; i++) {
    float angle = (float) position * (float) exp (-log (10000.0) * i / half);
    out[i] = cosf (angle);
    out[half + i] = sinf (angle);
  }
}

static void
write_embeddings (LimnUnet *unet, const float *pooled, const float *time_ids, const float *timesteps, int n_timesteps)
{
  const LimnUnetConfig *config = &unet->config;
  int batch = unet->shape.batch, rows = unet->shape.steps * batch, sizes = config->time_ids * config->time_id_channels;
  gsize width = (gsize) config->pooled_channels + sizes;
  g_autofree float *time = g_new0 (float, (gsize) rows * config->channels[0]);
  g_autofree float *added = g_new0 (float, rows *width + 1);

  for (int row = 0; row < n_timesteps * batch; row++) {
    int item = row % batch;

    sinusoids (timesteps[row / batch], config->channels[0], time + (gsize) row * config->channels[0]);
    if (config->time_ids == 0)
      continue;
    memcpy (added + row * width, pooled + (gsize) item * config->pooled_channels,
            sizeof (float) * config->pooled_channels);
    for (int i = 0; i < config->time_ids; i++)
      sinusoids (time_ids[item * config->time_ids + i], config->time_id_channels,
                 added + row * width + config->pooled_channels + i * config->time_id_channels);
  }
  limn_plan_write_rows (unet->prepare_plan, unet->time, time);
  if (config->time_ids > 0)
    limn_plan_write_rows (unet->prepare_plan, unet->added, added);
}

gboolean
limn_unet_prepare (LimnUnet *unet, const float *context, const float *pooled, const float *time_ids,
                   const float *timesteps, int n_timesteps, const LimnTick *tick, GError **error)
{
  g_return_val_if_fail (n_timesteps > 0 && n_timesteps <= unet->shape.steps, FALSE);

  limn_plan_write_rows (unet->prepare_plan, unet->context, context);
  write_embeddings (unet, pooled, time_ids, timesteps, n_timesteps);
  return limn_plan_run (unet->prepare_plan, tick, error);
}

gboolean
limn_unet_run (LimnUnet *unet, int step, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  g_return_val_if_fail (step >= 0 && step < unet->shape.steps, FALSE);

  *(gint32 *) limn_buffer_map (unet->step) = step;
  limn_plan_write_nchw (unet->step_plan, unet->sample, sample);
  if (!limn_plan_run (unet->step_plan, tick, error))
    return FALSE;
  limn_plan_read_nchw (unet->step_plan, unet->out, out);
  return TRUE;
}

LimnPlan *
limn_unet_plan (LimnUnet *unet)
{
  return unet->step_plan;
}
