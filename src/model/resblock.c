/* resblock.c - the residual block.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/blocks.h"
#include "model/hoist.h"

LimnArray
limn_resblock (LimnNet *net, LimnArray x, LimnArray skip, int channels, const LimnResblockOptions *options)
{
  float scale = options->stream_scale != 0 ? options->stream_scale : 1;
  LimnArray time = LIMN_NO_ARRAY;

  if (options->timed)
    time = limn_net_hoist (net, LIMN_HOIST_TIME, 0, (const char *const[]){ "time_emb_proj", NULL }, channels, FALSE);

  LimnArray h = limn_group_norm (net, "norm1", x, skip, options->groups, options->epsilon * scale * scale, TRUE);
  h = limn_conv (net, "conv1", h, channels,
                 &(LimnLayerOptions){ .finish = { .row_bias = time, .step = options->step } });
  h = limn_group_norm (net, "norm2", h, LIMN_NO_ARRAY, options->groups, options->epsilon, TRUE);

  LimnArray shortcut = x;
  if (skip.id != 0 || x.c != channels)
    shortcut = limn_linear (net, "conv_shortcut", x, channels,
                            &(LimnLayerOptions){ .x2 = skip, .point = TRUE, .bias_scale = scale });
  h = limn_conv (net, "conv2", h, channels,
                 &(LimnLayerOptions){ .finish.residual = shortcut, .weight_scale = scale, .bias_scale = scale });
  return limn_net_trace (net, h);
}
