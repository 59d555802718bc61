/* flop.c - see flop.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/flop.h"

#define CLIP_TOKENS 77.0

static double
conv (double from, double to, double pixels)
{
  return 2 * 9 * from * to * pixels;
}

static double
linear (double from, double to, double rows)
{
  return 2 * from * to * rows;
}

/* Scores and their sum over values. */
static double
attention (double queries, double keys, double channels)
{
  return 4 * queries * keys * channels;
}

static double
resblock (double from, double to, double pixels)
{
  return conv (from, to, pixels) + conv (to, to, pixels) + (from != to ? linear (from, to, pixels) : 0);
}

/* The keys and values of the context are not among the steps' work. */
static double
transformer (int depth, double c, double pixels, double tokens)
{
  double self = linear (c, 4 * c, pixels) + attention (pixels, pixels, c);
  double cross = linear (c, 2 * c, pixels) + attention (pixels, tokens, c);
  double feed = linear (c, 8 * c, pixels) + linear (4 * c, c, pixels);

  return depth > 0 ? depth * (self + cross + feed) + 2 * linear (c, c, pixels) : 0;
}

typedef struct {
  const LimnUnetConfig *config;
  double pixels[4];
  double tokens;
  int skips[64], n_skips;
} Unet;

static double
down (Unet *unet)
{
  const LimnUnetConfig *config = unet->config;
  int channels = config->channels[0];
  double sum = conv (config->in_channels, channels, unet->pixels[0]);

  unet->skips[unet->n_skips++] = channels;
  for (int level = 0; level < config->levels; level++) {
    for (int i = 0; i < config->layers_per_block; i++) {
      sum += resblock (channels, config->channels[level], unet->pixels[level])
             + transformer (config->depth[level], config->channels[level], unet->pixels[level], unet->tokens);
      channels = config->channels[level];
      unet->skips[unet->n_skips++] = channels;
    }
    if (level + 1 < config->levels) {
      sum += conv (channels, channels, unet->pixels[level + 1]);
      unet->skips[unet->n_skips++] = channels;
    }
  }
  return sum;
}

static double
up (Unet *unet)
{
  const LimnUnetConfig *config = unet->config;
  int channels = config->channels[config->levels - 1];
  double sum = 0;

  for (int level = config->levels - 1; level >= 0; level--) {
    for (int i = 0; i <= config->layers_per_block; i++) {
      sum += resblock (channels + unet->skips[--unet->n_skips], config->channels[level], unet->pixels[level])
             + transformer (config->depth[level], config->channels[level], unet->pixels[level], unet->tokens);
      channels = config->channels[level];
    }
    if (level > 0)
      sum += conv (channels, channels, unet->pixels[level - 1]);
  }
  return sum + conv (channels, config->out_channels, unet->pixels[0]);
}

double
limn_flop_unet (const LimnUnetConfig *config, int rows, int height, int width, int tokens)
{
  Unet unet = { .config = config, .tokens = tokens };
  int last = config->levels - 1;

  for (int level = 0; level < config->levels; level++) {
    unet.pixels[level] = (double) height * width;
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  double sum = down (&unet);
  sum += 2 * resblock (config->channels[last], config->channels[last], unet.pixels[last])
         + transformer (config->mid_depth, config->channels[last], unet.pixels[last], unet.tokens);
  return rows * (sum + up (&unet));
}

double
limn_flop_vae (const LimnVaeConfig *config, LimnVaeDirection direction, int height, int width)
{
  gboolean decodes = direction == LIMN_VAE_DECODE;
  int last = config->levels - 1, layers = config->layers_per_block + (decodes ? 1 : 0);
  double pixels = (double) height * width, top = config->channels[last], from = top;
  double sum = 2 * resblock (top, top, pixels) + linear (top, 4 * top, pixels) + attention (pixels, pixels, top);

  sum += conv (top, (decodes ? 1 : 2) * config->latent_channels, pixels);
  for (int i = 0; i < config->levels; i++) {
    int level = last - i;
    double to = config->channels[level], below = level > 0 ? config->channels[level - 1] : to;

    /* Going up a level changes its channels at its first block; so does going down, seen from below. */
    sum += decodes ? resblock (from, to, pixels) : resblock (below, to, pixels);
    sum += (layers - 1) * resblock (to, to, pixels);
    if (level > 0)
      sum += decodes ? conv (to, to, 4 * pixels) : conv (below, below, pixels);
    pixels *= level > 0 ? 4 : 1;
    from = to;
  }
  return sum + conv (config->channels[0], 3, pixels);
}

double
limn_flop_clip (const LimnClipConfig *config)
{
  double w = config->width;
  double layer = linear (w, 4 * w, CLIP_TOKENS) + attention (CLIP_TOKENS, CLIP_TOKENS, w)
                 + 2 * linear (w, config->intermediate, CLIP_TOKENS);

  /* The state before the last layer is what is read, unless a pooled vector comes out of the end. */
  if (config->projection == 0)
    return (config->layers - 1) * layer;
  return config->layers * layer + linear (w, config->projection, CLIP_TOKENS);
}
