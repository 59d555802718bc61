/* unet-half.h - a U-Net's way down and its middle, which a ControlNet is a copy of (Zhang et al. 2023, section 3.2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/blocks.h"
#include "model/network.h"

G_BEGIN_DECLS

#define LIMN_UNET_EPSILON 1e-5f /* of the resblocks' norms, and the last one */
#define LIMN_UNET_MOST_SKIPS 64

/* What is being written.  The U-Net's sizes are a ControlNet's, too, but for its transformers' depths. */
typedef struct {
  LimnNet *net;
  const LimnUnetConfig *config;
  const int (*down)[LIMN_UNET_MOST_LAYERS]; /* depths, as LimnUnetConfig has them */
  int mid_layers, mid_depth;
  gboolean linear_projection;
  LimnArray at;  /* the step */
  int perturbed; /* LimnNetworkShape's, and the next */
  LimnShrink shrink;
  int watched;       /* the same, of a half that has a middle with attention ... */
  LimnArray *looked; /* ... where it is given: fp32 [watched, h, w, heads] */
  /* Takes what the way up is to be given, in order: its first, and each layer's result.  Gives back what the way down
   * goes on with: x, or what became of it. */
  LimnArray (*skip) (LimnArray x, gpointer data);
  gpointer data;
} LimnUnetHalf;

LimnArray limn_unet_resblock (const LimnUnetHalf *half, int i, LimnArray x, LimnArray skip, int channels);
/* depth 0: there is none; LIMN_BARE: one of no blocks. */
LimnArray limn_unet_transformer (const LimnUnetHalf *half, int i, LimnArray x, int depth, int heads);
LimnArray limn_unet_down (const LimnUnetHalf *half, LimnArray x);
LimnArray limn_unet_middle (const LimnUnetHalf *half, LimnArray x);
/* The time's embedding and, of models that have size ids, that of pooled text and sizes, in the plan begun:
 * SiLU (time_embedding (time) + add_embedding (added) + more), as the blocks' hoisted layers take it.  more: fp32, or
 * none. */
LimnArray limn_unet_embed (LimnNet *net, const LimnUnetConfig *config, LimnArray time, LimnArray added, LimnArray more);

G_END_DECLS
