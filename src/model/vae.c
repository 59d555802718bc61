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
  float scale;  /* of the residual stream */
  guint64 band; /* bytes that a band of a picture should have; 0: pictures are whole */
} Vae;

/* Of bands of a picture of c channels; what has the size of the latent is whole. */
static int
rows_of (const Vae *vae, int h, int w, int c)
{
  return vae->band > 0 ? limn_bands_rows (limn_net_store (vae->net), vae->band, h, w, c) : h;
}

/* limn_resblock () of a picture in bands. */
static LimnBands
resblock_in_bands (Vae *vae, const LimnBands *x, int channels)
{
  gboolean same = x->c == channels;
  LimnBands shortcut = *x;
  const LimnBandsConv first = {
    .norm = "norm1",
    .groups = vae->config->groups,
    .epsilon = EPSILON * vae->scale * vae->scale,
    .beside = same ? NULL : "conv_shortcut",
    .beside_bias_scale = vae->scale,
    .beside_result = &shortcut,
  };
  const LimnBandsConv second = {
    .norm = "norm2",
    .groups = vae->config->groups,
    .epsilon = EPSILON,
    .residual = &shortcut,
    .options = { .weight_scale = vae->scale, .bias_scale = vae->scale },
  };
  LimnBands h = limn_bands_conv (vae->net, "conv1", x, channels, &first);

  shortcut.c = channels;
  return limn_bands_conv (vae->net, "conv2", &h, channels, &second);
}

static LimnBands
resblock (Vae *vae, int i, const LimnBands *x, int channels)
{
  const LimnResblockOptions options = { .groups = vae->config->groups, .epsilon = EPSILON, .stream_scale = vae->scale };
  LimnBands out;

  limn_net_push (vae->net, "resnets.%d", i);
  if (x->n > 1)
    out = resblock_in_bands (vae, x, channels);
  else
    out = limn_bands_of (limn_resblock (vae->net, x->bands[0], LIMN_NO_ARRAY, channels, &options));
  limn_net_pop (vae->net);
  return out;
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
middle (Vae *vae, LimnArray whole)
{
  LimnBands x = limn_bands_of (whole);

  limn_net_push (vae->net, "mid_block");
  x = resblock (vae, 0, &x, x.c);
  x = limn_bands_of (attention (vae, x.bands[0]));
  x = resblock (vae, 1, &x, x.c);
  limn_net_trace (vae->net, x.bands[0]);
  limn_net_pop (vae->net);
  return x.bands[0];
}

static void
trace (Vae *vae, const LimnBands *x)
{
  if (x->n == 1)
    limn_net_trace (vae->net, x->bands[0]);
}

static LimnBands
stream_in (Vae *vae, LimnArray in, int channels)
{
  const LimnBands x = limn_bands_of (in);

  return limn_bands_conv (vae->net, "conv_in", &x, channels,
                          &(LimnBandsConv){ .rows = rows_of (vae, x.h, x.w, channels),
                                            .options = { .weight_scale = vae->scale, .bias_scale = vae->scale } });
}

/* The last norm and convolution.  into: NULL, or fp32. */
static LimnBands
stream_out (Vae *vae, const LimnBands *x, int columns, const LimnBands *into)
{
  return limn_bands_conv (vae->net, "conv_out", x, columns,
                          &(LimnBandsConv){ .norm = "conv_norm_out",
                                            .groups = vae->config->groups,
                                            .epsilon = EPSILON * vae->scale * vae->scale,
                                            .into = into,
                                            .options.finish.out_f32 = into != NULL });
}

static LimnBands
upsample (Vae *vae, const LimnBands *x)
{
  return limn_bands_conv (vae->net, "upsamplers.0.conv", x, x->c,
                          &(LimnBandsConv){ .rows = rows_of (vae, 2 * x->h, 2 * x->w, x->c),
                                            .options = { .twice = TRUE, .bias_scale = vae->scale } });
}

static LimnBands
downsample (Vae *vae, const LimnBands *x)
{
  return limn_bands_conv (vae->net, "downsamplers.0.conv", x, x->c,
                          &(LimnBandsConv){ .rows = rows_of (vae, x->h / 2, x->w / 2, x->c),
                                            .options = { .stride = 2, .pad_end = TRUE, .bias_scale = vae->scale } });
}

/* In bands as x's. */
static LimnBands
host_bands (Vae *vae, const LimnBands *x, int c)
{
  LimnBands out = *x;

  out.c = c;
  for (int i = 0; i < x->n; i++)
    out.bands[i] =
        limn_plan_host_array (limn_net_plan (vae->net), LIMN_STORE_F32, x->bands[i].n, x->bands[i].h, x->w, c);
  return out;
}

static void
decoder (Vae *vae, LimnVaePlan *written)
{
  const LimnVaeConfig *config = vae->config;
  LimnNet *net = vae->net;
  Vae whole = { net, config, vae->scale };

  LimnArray z =
      limn_linear (net, "post_quant_conv", written->in, config->latent_channels, &(LimnLayerOptions){ .point = TRUE });
  limn_net_push (net, "decoder");
  LimnBands x = stream_in (&whole, z, config->channels[config->levels - 1]);
  x = limn_bands_of (middle (vae, x.bands[0]));
  for (int i = 0; i < config->levels; i++) {
    int level = config->levels - 1 - i;

    limn_net_push (net, "up_blocks.%d", i);
    for (int j = 0; j <= config->layers_per_block; j++)
      x = resblock (vae, j, &x, config->channels[level]);
    if (level > 0)
      x = upsample (vae, &x);
    trace (vae, &x);
    limn_net_pop (net);
  }
  written->out = host_bands (vae, &x, 3);
  stream_out (vae, &x, 3, &written->out);
  limn_net_pop (net);
}

static void
encoder (Vae *vae, LimnVaePlan *written)
{
  const LimnVaeConfig *config = vae->config;
  LimnNet *net = vae->net;

  limn_net_push (net, "encoder");
  LimnBands x = stream_in (vae, written->in, config->channels[0]);
  for (int level = 0; level < config->levels; level++) {
    limn_net_push (net, "down_blocks.%d", level);
    if (level + 1 == config->levels)
      x = limn_bands_of (limn_bands_whole (net, &x));
    for (int j = 0; j < config->layers_per_block; j++)
      x = resblock (vae, j, &x, config->channels[level]);
    if (level + 1 < config->levels)
      x = downsample (vae, &x);
    trace (vae, &x);
    limn_net_pop (net);
  }
  x = limn_bands_of (middle (vae, x.bands[0]));
  x = stream_out (vae, &x, 2 * config->latent_channels, NULL);
  limn_net_pop (net);
  written->out = host_bands (vae, &x, 2 * config->latent_channels);
  limn_linear (net, "quant_conv", x.bands[0], 2 * config->latent_channels,
               &(LimnLayerOptions){ .point = TRUE, .finish = { .out_f32 = TRUE, .into = written->out.bands[0] } });
}

static void
write_plan (Vae *vae, LimnVaeDirection direction, const LimnNetworkShape *shape, LimnVaePlan *written)
{
  LimnPlan *plan = limn_net_begin (vae->net);
  LimnStore store = limn_net_store (vae->net);
  int levels = vae->config->levels;

  if (direction == LIMN_VAE_DECODE) {
    written->in =
        limn_plan_host_array (plan, store, shape->batch, shape->height, shape->width, vae->config->latent_channels);
    decoder (vae, written);
  } else {
    written->in = limn_plan_host_array (plan, store, shape->batch, shape->height << (levels - 1),
                                        shape->width << (levels - 1), 3);
    encoder (vae, written);
  }
  written->plan = limn_net_end (vae->net);
}

/* The largest array of a picture. */
static guint64
largest (const Vae *vae, const LimnNetworkShape *shape)
{
  guint64 pixels = (guint64) shape->height * shape->width, most = 0;
  int levels = vae->config->levels;

  for (int level = 0; level < levels; level++) {
    int channels = vae->config->channels[MIN (level + 1, levels - 1)];
    most = MAX (most, (pixels << 2 * (levels - 1 - level)) * channels);
  }
  return most * (limn_net_store (vae->net) == LIMN_STORE_F16 ? 2 : 4);
}

static guint64
bytes_of (const Vae *vae, const LimnVaePlan *written)
{
  return limn_weights_bytes (limn_net_weights (vae->net)) + limn_plan_arena_bytes (written->plan, NULL);
}

/* Bands of a half each time: below a hundredth of the picture, windows are most of what there is. */
#define MOST_TRIES 5

void
limn_vae_write (LimnNet *net, const LimnVaeConfig *config, LimnVaeDirection direction, const LimnNetworkShape *shape,
                LimnVaePlan *written)
{
  Vae vae = { net, config, limn_net_store (net) == LIMN_STORE_F16 ? FP16_STREAM_SCALE : 1 };

  limn_net_keep_blocks (net, &config->kept);
  limn_net_set_around (net, (guint) shape->around);
  write_plan (&vae, direction, shape, written);
  if (shape->room == 0 || shape->batch > 1)
    return;
  vae.band = MIN (largest (&vae, shape), limn_plan_limits (written->plan)->storage_range) / 4;
  for (int i = 0; i < MOST_TRIES && bytes_of (&vae, written) > shape->room; i++, vae.band /= 2) {
    limn_plan_free (written->plan);
    write_plan (&vae, direction, shape, written);
  }
}
