/* blocks.h - the building blocks that the U-Nets, the autoencoder and the text encoders share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/layers.h"

G_BEGIN_DECLS

typedef struct {
  int groups;
  float epsilon;
  gboolean timed;     /* adds time_emb_proj (time), hoisted out of the steps */
  LimnArray step;     /* with timed: begins with an int32, which step */
  float stream_scale; /* the residual stream is kept at this scale (see vae.c); 0 means 1 */
} LimnResblockOptions;

/* He et al. 2016 as in Ho et al. 2020: norm, SiLU, conv, + time, norm, SiLU, conv, + x.
 * x: [n, h * w, c], skip: none or [n, h * w, c2], joined along the channels.  [n, h * w, channels]. */
LimnArray limn_resblock (LimnNet *net, LimnArray x, LimnArray skip, int channels, const LimnResblockOptions *options);

/* Rombach et al. 2022, section 3.3: norm, projection, depth blocks of self-attention, cross-attention and feed-forward,
 * projection, + x.  x: [n, h * w, c].  linear: the projections' tensors are matrices, else 1 x 1 convolutions.  alone:
 * of the last items, whose self-attention is each place's to itself.  looked: or none: fp32 [items, h, w, heads], of
 * the first items: how much the first block's self-attention looks at each place, limn_kernel_attention_sums (). */
LimnArray limn_transformer (LimnNet *net, LimnArray x, int depth, int heads, int groups, gboolean linear, int alone,
                            LimnArray looked);

G_END_DECLS
