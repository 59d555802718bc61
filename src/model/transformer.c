/* transformer.c - the spatial transformer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/blocks.h"
#include "model/hoist.h"
#include "model/ip-adapter.h"

#define LAYER_NORM_EPSILON 1e-5f
#define GROUP_NORM_EPSILON 1e-6f

static const char *const query_names[] = { "to_q", NULL };
static const char *const key_value_names[] = { "to_k", "to_v", NULL };
static const char *const packed_names[] = { "to_q", "to_k", "to_v", NULL };
static const LimnLayerOptions no_bias = { .no_bias = TRUE };

/* + attention of x to itself. */
static LimnArray
self_attention (LimnNet *net, LimnArray x, int heads, int alone, LimnArray looked, LimnArray residual)
{
  int c = x.c;
  LimnArray packed = limn_linears (net, packed_names, x, c, &no_bias);

  if (looked.id != 0)
    limn_kernel_attention_sums (limn_net_plan (net), &(LimnAttentionSumsArgs){
                                                         .q = limn_array_channels (packed, 0, c),
                                                         .k = limn_array_channels (packed, c, c),
                                                         .heads = heads,
                                                         .into = looked,
                                                     });
  LimnArray y = limn_kernel_attention (limn_net_plan (net), &(LimnAttentionArgs){
                                                                .q = limn_array_channels (packed, 0, c),
                                                                .k = limn_array_channels (packed, c, c),
                                                                .v = limn_array_channels (packed, 2 * c, c),
                                                                .heads = heads,
                                                                .alone = alone,
                                                            });

  return limn_linear (net, "to_out.0", y, c, &(LimnLayerOptions){ .finish.residual = residual });
}

static LimnArray
attend_one (LimnNet *net, LimnHoistInput input, int region, LimnArray q, int heads)
{
  LimnArray packed = limn_net_hoist (net, input, region, key_value_names, q.c, TRUE);

  return limn_kernel_attention (limn_net_plan (net), &(LimnAttentionArgs){
                                                         .q = q,
                                                         .k = limn_array_channels (packed, 0, q.c),
                                                         .v = limn_array_channels (packed, q.c, q.c),
                                                         .heads = heads,
                                                     });
}

/* To what is said of the picture and, where a region counts, to what is said of that. */
static LimnArray
attend (LimnNet *net, LimnHoistInput input, LimnArray q, int heads)
{
  LimnArray y = attend_one (net, input, 0, q, heads);

  for (int region = 0; region < limn_net_regions (net); region++)
    y = limn_kernel_mix (limn_net_plan (net), &(LimnMixArgs){
                                                  .x = y,
                                                  .z = attend_one (net, input, 1 + region, q, heads),
                                                  .shares = limn_net_shares (net, q.h, q.w),
                                                  .share = region,
                                              });
  return y;
}

/* + attention of x to the text, and to pictures; their keys and values are the same at every step. */
static LimnArray
cross_attention (LimnNet *net, LimnArray x, int heads, LimnArray residual)
{
  const LimnNag *nag = limn_net_nag (net);
  LimnArray q = limn_linears (net, query_names, x, x.c, &no_bias), y = attend (net, LIMN_HOIST_CONTEXT, q, heads);

  if (nag->scale > 0)
    y = limn_kernel_nag (limn_net_plan (net), &(LimnNagArgs){
                                                  .positive = y,
                                                  .negative = attend (net, LIMN_HOIST_AGAINST, q, heads),
                                                  .scale = nag->scale,
                                                  .tau = nag->tau,
                                                  .alpha = nag->alpha,
                                              });
  y = limn_ip_attend (net, q, heads, y);
  return limn_linear (net, "to_out.0", y, x.c, &(LimnLayerOptions){ .finish.residual = residual });
}

static LimnArray
transformer_block (LimnNet *net, LimnArray x, int heads, int alone, LimnArray looked)
{
  LimnArray h = limn_layer_norm (net, "norm1", x, LAYER_NORM_EPSILON);
  limn_net_push (net, "attn1");
  x = self_attention (net, h, heads, alone, looked, x);
  limn_net_pop (net);

  h = limn_layer_norm (net, "norm2", x, LAYER_NORM_EPSILON);
  limn_net_push (net, "attn2");
  x = cross_attention (net, h, heads, x);
  limn_net_pop (net);

  h = limn_layer_norm (net, "norm3", x, LAYER_NORM_EPSILON);
  h = limn_linear (net, "ff.net.0.proj", h, 4 * x.c, &(LimnLayerOptions){ .finish.gated = TRUE });
  return limn_linear (net, "ff.net.2", h, x.c, &(LimnLayerOptions){ .finish.residual = x });
}

LimnArray
limn_transformer (LimnNet *net, LimnArray x, int depth, int heads, int groups, gboolean linear, int alone,
                  LimnArray looked)
{
  const LimnLayerOptions in = { .point = !linear }, out = { .point = !linear, .finish.residual = x };
  LimnArray h = limn_group_norm (net, "norm", x, LIMN_NO_ARRAY, groups, GROUP_NORM_EPSILON, FALSE);

  h = limn_linear (net, "proj_in", h, x.c, &in);
  for (int i = 0; i < depth; i++) {
    limn_net_push (net, "transformer_blocks.%d", i);
    h = limn_net_trace (net, transformer_block (net, h, heads, alone, i == 0 ? looked : LIMN_NO_ARRAY));
    limn_net_pop (net);
  }
  h = limn_linear (net, "proj_out", h, x.c, &out);
  return limn_net_trace (net, h);
}
