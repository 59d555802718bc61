/* ip-adapter.c - see ip-adapter.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/ip-adapter.h"

#include <stdio.h>

#include "model/layers.h"
#include "model/written.h"

#define EPSILON 1e-5f

static const char *const key_value_names[] = { "to_k_ip", "to_v_ip", NULL };
static const LimnLayerOptions no_bias = { .no_bias = TRUE };

static gboolean
is_asked (const LimnUnetConfig *config, const LimnNetworkShape *shape, int index)
{
  return (shape->controls >> index & 1) != 0 && config->controls[index].ip.kind != LIMN_IP_NONE;
}

/* ---- Once a step ---- */

int
limn_ip_masks (const LimnNetworkShape *shape)
{
  return __builtin_popcountll (shape->masked & shape->controls);
}

void
limn_ip_begin (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnArray shares)
{
  LimnNetPictures pictures = { config, 0, shape->masked & shape->controls, shares };

  for (int i = 0; i < config->n_controls; i++)
    if (is_asked (config, shape, i))
      pictures.asked |= (guint64) 1 << i;
  limn_net_set_pictures (net, &pictures);
}

/* Layers of cross-attention in the first blocks of a level. */
static int
count_layers (const int *depths, int blocks)
{
  int n = 0;

  for (int i = 0; i < blocks; i++)
    n += MAX (depths[i], 0);
  return n;
}

int
limn_ip_layer (const LimnUnetConfig *config, const char *scope)
{
  const int down = config->layers_per_block, up = down + 1;
  int before = 0, block, layer, depth;

  if (sscanf (scope, "down_blocks.%d.attentions.%d.transformer_blocks.%d.", &block, &layer, &depth) == 3) {
    for (int i = 0; i < block; i++)
      before += count_layers (config->down[i], down);
    return 2 * (before + count_layers (config->down[block], layer) + depth) + 1;
  }
  for (int i = 0; i < config->levels; i++)
    before += count_layers (config->down[i], down);
  if (sscanf (scope, "up_blocks.%d.attentions.%d.transformer_blocks.%d.", &block, &layer, &depth) == 3) {
    for (int i = 0; i < block; i++)
      before += count_layers (config->up[config->levels - 1 - i], up);
    return 2 * (before + count_layers (config->up[config->levels - 1 - block], layer) + depth) + 1;
  }
  for (int i = 0; i < config->levels; i++)
    before += count_layers (config->up[i], up);
  if (sscanf (scope, "mid_block.attentions.%d.transformer_blocks.%d.", &layer, &depth) == 2)
    return 2 * (before + layer * MAX (config->mid_depth, 0) + depth) + 1;
  return 0;
}

static LimnIpPlace
place_of (const char *scope)
{
  if (g_str_has_prefix (scope, "up_blocks.0.attentions.1."))
    return LIMN_IP_STYLE;
  return g_str_has_prefix (scope, "down_blocks.2.attentions.1.") ? LIMN_IP_COMPOSITION : LIMN_IP_OTHERS;
}

static LimnArray
attend_one (LimnNet *net, int index, LimnArray q, int heads, LimnArray y)
{
  const LimnNetPictures *pictures = limn_net_pictures (net);
  LimnPlan *plan = limn_net_plan (net);
  const int share = (int) place_of (limn_net_scope (net)) * LIMN_MOST_CONTROLS + index;
  g_autofree char *own =
      g_strdup_printf ("controls.%d.ip_adapter.%d", index, limn_ip_layer (pictures->config, limn_net_scope (net)));

  limn_net_enter (net, own);
  LimnArray packed = limn_net_hoist (net, LIMN_HOIST_PICTURE, index, key_value_names, q.c, TRUE);
  limn_net_leave (net);
  LimnArray z = limn_kernel_attention (plan, &(LimnAttentionArgs){
                                                 .q = q,
                                                 .k = limn_array_channels (packed, 0, q.c),
                                                 .v = limn_array_channels (packed, q.c, q.c),
                                                 .heads = heads,
                                             });
  z = limn_kernel_add (plan, &(LimnAddArgs){ .x = y, .z = z, .shares = pictures->shares, .share = share });
  if ((pictures->masked >> index & 1) == 0)
    return z;
  return limn_kernel_mix (
      plan, &(LimnMixArgs){ .x = y,
                            .z = z,
                            .shares = limn_net_shares (net, q.h, q.w),
                            .share = limn_net_regions (net)
                                     + __builtin_popcountll (pictures->masked & (((guint64) 1 << index) - 1)) });
}

LimnArray
limn_ip_attend (LimnNet *net, LimnArray q, int heads, LimnArray y)
{
  const guint64 asked = limn_net_pictures (net)->asked;

  for (int i = 0; asked >> i != 0; i++)
    if ((asked >> i & 1) != 0)
      y = attend_one (net, i, q, heads, y);
  return y;
}

/* ---- Once a prompt ---- */

/* A vector becomes tokens. */
static LimnArray
project_pooled (LimnNet *net, const LimnIpConfig *own, LimnArray answer)
{
  LimnArray x = limn_linear (net, "proj", answer, own->tokens * own->context, NULL);

  return limn_layer_norm (net, "norm", limn_array_split (x, own->tokens), EPSILON);
}

static LimnArray
project_whole (LimnNet *net, const LimnIpConfig *own, LimnArray answer)
{
  LimnArray x =
      limn_linear (net, "proj.0", answer, own->width, &(LimnLayerOptions){ .finish.activation = LIMN_ACTIVATION_GELU });

  return limn_layer_norm (net, "proj.3", limn_linear (net, "proj.2", x, own->context, NULL), EPSILON);
}

/* Of each item, x's rows and then z's. */
static LimnArray
join_rows (LimnNet *net, LimnArray x, LimnArray z)
{
  LimnPlan *plan = limn_net_plan (net);
  const int n = x.n, many = x.h, few = z.h, rows = many + few;
  LimnArray out = limn_plan_array (plan, x.store, 1, n * rows, 1, x.c);

  for (int i = 0; i < n; i++) {
    limn_kernel_group_norm_apply (plan, &(LimnGroupNormArgs){ .x = limn_array_items (x, 1) }, LIMN_NO_ARRAY, i * many,
                                  many, out, i * rows);
    limn_kernel_group_norm_apply (plan, &(LimnGroupNormArgs){ .x = limn_array_items (z, 1) }, LIMN_NO_ARRAY, i * few,
                                  few, out, i * rows + many);
  }
  return limn_array_items (out, n);
}

/* Jaegle et al. 2021 as in Alayrac et al. 2022, section 3.1: queries attend to the places, and to themselves. */
static LimnArray
resample (LimnNet *net, const LimnIpConfig *own, LimnArray places, LimnArray queries)
{
  static const char *const query[] = { "to_q", NULL }, *const keys[] = { "to_kv", NULL };
  const LimnFinish sum = { .residual = queries };
  LimnArray x = limn_layer_norm (net, "0.norm1", places, EPSILON);
  LimnArray h = limn_layer_norm (net, "0.norm2", queries, EPSILON);

  limn_net_push (net, "0");
  LimnArray kv = limn_linears (net, keys, join_rows (net, x, h), 2 * own->inner, &no_bias);
  h = limn_kernel_attention (limn_net_plan (net), &(LimnAttentionArgs){
                                                      .q = limn_linears (net, query, h, own->inner, &no_bias),
                                                      .k = limn_array_channels (kv, 0, own->inner),
                                                      .v = limn_array_channels (kv, own->inner, own->inner),
                                                      .heads = own->inner / LIMN_IP_HEAD,
                                                  });
  h = limn_linear (net, "to_out", h, own->width, &(LimnLayerOptions){ .no_bias = TRUE, .finish = sum });
  limn_net_pop (net);
  x = limn_layer_norm (net, "1.0", h, EPSILON);
  x = limn_linear (net, "1.1", x, own->forward,
                   &(LimnLayerOptions){ .no_bias = TRUE, .finish.activation = LIMN_ACTIVATION_GELU });
  return limn_linear (net, "1.3", x, own->width, &(LimnLayerOptions){ .no_bias = TRUE, .finish.residual = h });
}

static LimnArray
project_resampled (LimnNet *net, const LimnIpConfig *own, LimnArray answer, LimnArray queries)
{
  LimnArray places = limn_linear (net, "proj_in", answer, own->width, NULL);

  for (int i = 0; i < own->depth; i++) {
    limn_net_push (net, "layers.%d", i);
    queries = resample (net, own, places, queries);
    limn_net_pop (net);
  }
  return limn_layer_norm (net, "norm_out", limn_linear (net, "proj_out", queries, own->context, NULL), EPSILON);
}

static LimnArray
write_one (LimnNet *net, const LimnIpConfig *own, int index, int batch, LimnUnetPlans *plans)
{
  LimnPlan *plan = limn_net_plan (net);
  LimnArray answer = limn_plan_host_array (plan, limn_net_store (net), batch, own->rows, 1, own->channels), x;

  plans->pictures[index] = answer;
  limn_net_push (net, "controls.%d.image_proj", index);
  if (own->kind == LIMN_IP_POOLED)
    x = project_pooled (net, own, answer);
  else if (own->kind == LIMN_IP_WHOLE)
    x = project_whole (net, own, answer);
  else {
    plans->queries[index] = limn_plan_host_array (plan, limn_net_store (net), batch, own->tokens, 1, own->width);
    x = project_resampled (net, own, answer, plans->queries[index]);
  }
  limn_net_trace (net, x);
  limn_net_pop (net);
  return x;
}

void
limn_ip_write (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans,
               LimnHoistInputs *inputs)
{
  for (int i = 0; i < config->n_controls; i++)
    if (is_asked (config, shape, i))
      inputs->pictures[i] = write_one (net, &config->controls[i].ip, i, shape->batch, plans);
}
