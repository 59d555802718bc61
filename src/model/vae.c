/* vae.c - the autoencoder (Rombach et al. 2022, section 3.1; Esser et al. 2021).
 *
 * SDXL's original VAE overflows fp16: its residual stream grows past 65504.  Every path out of the stream begins with a
 * GroupNorm, which does not care for scale, so in fp16 the stream is kept at 2^-5: the layers that write it (conv_in,
 * each block's last convolution, the attention's projection) have weights and biases scaled, the layers that carry it on
 * (shortcuts, up- and downsampling) only their biases, and the norms that read it have epsilon times 2^-10.  Powers of two:
 * the result is the same but for rounding.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/vae.h"

#include <math.h>
#include <string.h>

#include "model/blocks.h"
#include "model/traced.h"

#define EPSILON 1e-6f
#define FP16_STREAM_SCALE 0.03125f

struct _LimnVae {
  LimnNet *net;
  LimnPlan *plan;
  LimnVaeConfig config;
  LimnVaeDirection direction;
  int batch, height, width; /* of the latent */
  float scale;              /* of the residual stream */
  LimnArray in, out;
};

static LimnArray
resblock (LimnVae *vae, int i, LimnArray x, int channels)
{
  const LimnResblockOptions options = { .groups = vae->config.groups, .epsilon = EPSILON, .stream_scale = vae->scale };

  limn_net_push (vae->net, "resnets.%d", i);
  x = limn_resblock (vae->net, x, LIMN_NO_ARRAY, channels, &options);
  limn_net_pop (vae->net);
  return x;
}

/* One head as wide as the channels. */
static LimnArray
attention (LimnVae *vae, LimnArray x)
{
  static const char *const names[] = { "to_q", "to_k", "to_v", NULL };
  LimnNet *net = vae->net;
  int c = x.c;

  limn_net_push (net, "attentions.0");
  LimnArray h = limn_group_norm (net, "group_norm", x, LIMN_NO_ARRAY, vae->config.groups,
                                 EPSILON * vae->scale * vae->scale, FALSE);
  LimnArray packed = limn_linears (net, names, h, c, NULL);
  h = limn_kernel_attention (limn_net_plan (net), &(LimnAttentionArgs){
                                                      .q = limn_array_channels (packed, 0, c),
                                                      .k = limn_array_channels (packed, c, c),
                                                      .v = limn_array_channels (packed, 2 * c, c),
                                                      .heads = 1,
                                                  });
  x = limn_linear (net, "to_out.0", h, c,
                   &(LimnLayerOptions){ .residual = x, .weight_scale = vae->scale, .bias_scale = vae->scale });
  limn_net_trace (net, x);
  limn_net_pop (net);
  return x;
}

static LimnArray
middle (LimnVae *vae, LimnArray x)
{
  limn_net_push (vae->net, "mid_block");
  x = resblock (vae, 0, x, x.c);
  x = attention (vae, x);
  x = resblock (vae, 1, x, x.c);
  limn_net_trace (vae->net, x);
  limn_net_pop (vae->net);
  return x;
}

static LimnArray
stream_in (LimnVae *vae, LimnArray x, int channels)
{
  return limn_conv (vae->net, "conv_in", x, channels,
                    &(LimnLayerOptions){ .weight_scale = vae->scale, .bias_scale = vae->scale });
}

static LimnArray
stream_out (LimnVae *vae, LimnArray x)
{
  return limn_group_norm (vae->net, "conv_norm_out", x, LIMN_NO_ARRAY, vae->config.groups,
                          EPSILON * vae->scale * vae->scale, TRUE);
}

static void
decoder (LimnVae *vae)
{
  const LimnVaeConfig *config = &vae->config;
  LimnNet *net = vae->net;

  LimnArray x = limn_linear (net, "post_quant_conv", vae->in, config->latent_channels, NULL);
  limn_net_push (net, "decoder");
  x = stream_in (vae, x, config->channels[config->levels - 1]);
  x = middle (vae, x);
  for (int i = 0; i < config->levels; i++) {
    int level = config->levels - 1 - i;

    limn_net_push (net, "up_blocks.%d", i);
    for (int j = 0; j <= config->layers_per_block; j++)
      x = resblock (vae, j, x, config->channels[level]);
    if (level > 0)
      x = limn_conv (net, "upsamplers.0.conv", x, x.c,
                     &(LimnLayerOptions){ .up_h = 2 * x.h, .up_w = 2 * x.w, .bias_scale = vae->scale });
    limn_net_trace (net, x);
    limn_net_pop (net);
  }
  x = stream_out (vae, x);
  limn_conv (net, "conv_out", x, 3, &(LimnLayerOptions){ .out_f32 = TRUE, .into = vae->out });
  limn_net_pop (net);
}

static void
encoder (LimnVae *vae)
{
  const LimnVaeConfig *config = &vae->config;
  LimnNet *net = vae->net;

  limn_net_push (net, "encoder");
  LimnArray x = stream_in (vae, vae->in, config->channels[0]);
  for (int level = 0; level < config->levels; level++) {
    limn_net_push (net, "down_blocks.%d", level);
    for (int j = 0; j < config->layers_per_block; j++)
      x = resblock (vae, j, x, config->channels[level]);
    if (level + 1 < config->levels)
      x = limn_conv (net, "downsamplers.0.conv", x, x.c,
                     &(LimnLayerOptions){ .stride = 2, .pad_end = TRUE, .bias_scale = vae->scale });
    limn_net_trace (net, x);
    limn_net_pop (net);
  }
  x = middle (vae, x);
  x = stream_out (vae, x);
  x = limn_conv (net, "conv_out", x, 2 * config->latent_channels, NULL);
  limn_net_pop (net);
  limn_linear (net, "quant_conv", x, 2 * config->latent_channels,
               &(LimnLayerOptions){ .out_f32 = TRUE, .into = vae->out });
}

static LimnPlan *
build (LimnVae *vae, const LimnTick *tick, GError **error)
{
  LimnPlan *plan = limn_net_begin (vae->net, tick);
  LimnStore store = limn_net_store (vae->net);
  int pixels_h = vae->height << (vae->config.levels - 1), pixels_w = vae->width << (vae->config.levels - 1);
  int latent = vae->config.latent_channels;

  if (vae->direction == LIMN_VAE_DECODE) {
    vae->in = limn_plan_host_array (plan, store, vae->batch, vae->height, vae->width, latent);
    vae->out = limn_plan_host_array (plan, LIMN_STORE_F32, vae->batch, pixels_h, pixels_w, 3);
    decoder (vae);
  } else {
    vae->in = limn_plan_host_array (plan, store, vae->batch, pixels_h, pixels_w, 3);
    vae->out = limn_plan_host_array (plan, LIMN_STORE_F32, vae->batch, vae->height, vae->width, 2 * latent);
    encoder (vae);
  }
  return limn_net_end (vae->net, error);
}

LimnVae *
limn_vae_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction, LimnPrecision precision,
                     int batch, int height, int width, const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnVae) vae = g_new0 (LimnVae, 1);
  LimnStore store = precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16;

  vae->config = *limn_checkpoint_vae (checkpoint);
  vae->direction = direction;
  vae->batch = batch;
  vae->height = height;
  vae->width = width;
  vae->scale = store == LIMN_STORE_F16 ? FP16_STREAM_SCALE : 1;
  vae->net = limn_net_new (gpu, checkpoint, LIMN_PART_VAE, store);
  limn_net_set_trace (vae->net, trace);
  vae->plan = build (vae, tick, error);
  return vae->plan != NULL ? g_steal_pointer (&vae) : NULL;
}

LimnVae *
limn_vae_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction, LimnPrecision precision, int batch,
              int height, int width, const LimnTick *tick, GError **error)
{
  return limn_vae_new_traced (gpu, checkpoint, direction, precision, batch, height, width, NULL, tick, error);
}

void
limn_vae_free (LimnVae *vae)
{
  if (vae == NULL)
    return;
  limn_plan_free (vae->plan);
  limn_net_free (vae->net);
  g_free (vae);
}

gboolean
limn_vae_decode (LimnVae *vae, const float *latents, float *image, const LimnTick *tick, GError **error)
{
  gsize n = (gsize) vae->batch * vae->config.latent_channels * vae->height * vae->width;
  g_autofree float *z = g_new (float, n);

  g_return_val_if_fail (vae->direction == LIMN_VAE_DECODE, FALSE);

  for (gsize i = 0; i < n; i++)
    z[i] = (float) (latents[i] / vae->config.scaling_factor);
  limn_plan_write_nchw (vae->plan, vae->in, z);
  if (!limn_plan_run (vae->plan, tick, error))
    return FALSE;
  limn_plan_read_nchw (vae->plan, vae->out, image);
  return TRUE;
}

gboolean
limn_vae_encode (LimnVae *vae, const float *image, float *mean, float *logvar, const LimnTick *tick, GError **error)
{
  gsize one = (gsize) vae->config.latent_channels * vae->height * vae->width;
  g_autofree float *moments = g_new (float, 2 * one * vae->batch);

  g_return_val_if_fail (vae->direction == LIMN_VAE_ENCODE, FALSE);

  limn_plan_write_nchw (vae->plan, vae->in, image);
  if (!limn_plan_run (vae->plan, tick, error))
    return FALSE;
  limn_plan_read_nchw (vae->plan, vae->out, moments);
  for (int i = 0; i < vae->batch; i++) {
    memcpy (mean + i * one, moments + 2 * i * one, sizeof (float) * one);
    for (gsize j = 0; j < one; j++)
      logvar[i * one + j] = fminf (fmaxf (moments[(2 * i + 1) * one + j], -30), 20);
  }
  return TRUE;
}

LimnPlan *
limn_vae_plan (LimnVae *vae)
{
  return vae->plan;
}
