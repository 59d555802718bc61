/* vae.c - the autoencoder (Rombach et al. 2022, section 3.1; Esser et al. 2021), written.
 *
 * SDXL's original VAE overflows fp16: its residual stream grows past 65504.  Every path out of the stream begins with a
 * GroupNorm, which does not care for scale, so in fp16 the stream is kept at 2^-5: the layers that write it (conv_in,
 * each block's last convolution, the attention's projection) have weights and biases scaled, the layers that carry it
 * on (shortcuts, up- and downsampling) only their biases, and the norms that read it have epsilon times 2^-10.  Powers
 * of two: the result is the same but for rounding.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/blocks.h"
#include "model/written.h"

#define EPSILON 1e-6f
#define FP16_STREAM_SCALE 0.03125f

/* What is being written. */
typedef struct {
  LimnNet *net;
  const LimnVaeConfig *config;
  float scale; /* of the residual stream */
} Vae;

static LimnArray
resblock (Vae *vae, int i, LimnArray x, int channels)
{
  const LimnResblockOptions options = { .groups = vae->config->groups, .epsilon = EPSILON, .stream_scale = vae->scale };

  limn_net_push (vae->net, "resnets.%d", i);
  x = limn_resblock (vae->net, x, LIMN_NO_ARRAY, channels, &options);
  limn_net_pop (vae->net);
  return x;
}

/* One head as wide as the channels. */
static LimnArray
attention (Vae *vae, LimnArray x)
{
  static const char *const names[] = { "to_q", "to_k", "to_v", NULL };
  LimnNet *net = vae->net;
  int c = x.c;

  limn_net_push (net, "attentions.0");
  LimnArray h = limn_group_norm (net, "group_norm", x, LIMN_NO_ARRAY, vae->config->groups,
                                 EPSILON * vae->scale * vae->scale, FALSE);
  LimnArray packed = limn_linears (net, names, h, c, NULL);
  h = limn_kernel_attention (limn_net_plan (net), &(LimnAttentionArgs){
                                                      .q = limn_array_channels (packed, 0, c),
                                                      .k = limn_array_channels (packed, c, c),
                                                      .v = limn_array_channels (packed, 2 * c, c),
                                                      .heads = 1,
                                                  });
  x = limn_linear (net, "to_out.0", h, c,
                   &(LimnLayerOptions){ .finish.residual = x, .weight_scale = vae->scale, .bias_scale = vae->scale });
  limn_net_trace (net, x);
  limn_net_pop (net);
  return x;
}

static LimnArray
middle (Vae *vae, LimnArray x)
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
stream_in (Vae *vae, LimnArray x, int channels)
{
  return limn_conv (vae->net, "conv_in", x, channels,
                    &(LimnLayerOptions){ .weight_scale = vae->scale, .bias_scale = vae->scale });
}

static LimnArray
stream_out (Vae *vae, LimnArray x)
{
  return limn_group_norm (vae->net, "conv_norm_out", x, LIMN_NO_ARRAY, vae->config->groups,
                          EPSILON * vae->scale * vae->scale, TRUE);
}

static void
decoder (Vae *vae, const LimnVaePlan *written)
{
  const LimnVaeConfig *config = vae->config;
  LimnNet *net = vae->net;

  LimnArray x =
      limn_linear (net, "post_quant_conv", written->in, config->latent_channels, &(LimnLayerOptions){ .point = TRUE });
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
  limn_conv (net, "conv_out", x, 3, &(LimnLayerOptions){ .finish = { .out_f32 = TRUE, .into = written->out } });
  limn_net_pop (net);
}

static void
encoder (Vae *vae, const LimnVaePlan *written)
{
  const LimnVaeConfig *config = vae->config;
  LimnNet *net = vae->net;

  limn_net_push (net, "encoder");
  LimnArray x = stream_in (vae, written->in, config->channels[0]);
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
               &(LimnLayerOptions){ .point = TRUE, .finish = { .out_f32 = TRUE, .into = written->out } });
}

void
limn_vae_write (LimnNet *net, const LimnVaeConfig *config, LimnVaeDirection direction, const LimnNetworkShape *shape,
                LimnVaePlan *written)
{
  LimnPlan *plan = limn_net_begin (net);
  LimnStore store = limn_net_store (net);
  Vae vae = { net, config, store == LIMN_STORE_F16 ? FP16_STREAM_SCALE : 1 };
  int batch = shape->batch, height = shape->height, width = shape->width, latent = config->latent_channels;
  int pixels_h = height << (config->levels - 1), pixels_w = width << (config->levels - 1);

  limn_net_keep_blocks (net, &config->kept);
  if (direction == LIMN_VAE_DECODE) {
    written->in = limn_plan_host_array (plan, store, batch, height, width, latent);
    written->out = limn_plan_host_array (plan, LIMN_STORE_F32, batch, pixels_h, pixels_w, 3);
    decoder (&vae, written);
  } else {
    written->in = limn_plan_host_array (plan, store, batch, pixels_h, pixels_w, 3);
    written->out = limn_plan_host_array (plan, LIMN_STORE_F32, batch, height, width, 2 * latent);
    encoder (&vae, written);
  }
  written->plan = limn_net_end (net);
}
