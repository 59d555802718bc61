/* attention.c - streaming attention (Dao et al. 2022).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/attention.h"

#include <math.h>

#define MOST_HEAD 512
#define LANES_PART 64 /* channels of which each of eight lanes holds a chunk */

/* Wide heads leave fewer registers for queries. */
static LimnWay
way_of (LimnPlan *plan, LimnStore store, int head)
{
  LimnWay way = limn_kernel_way (plan, limn_shape_of_attention (head), "attention", store, "");

  way.tile = &way.variant->attention[limn_shape_of_attention (head) - LIMN_SHAPE_ATTENTION];
  return way;
}

gboolean
limn_kernel_attends (int channels, int heads)
{
  return heads > 0 && heads <= channels / 8 && channels % (heads * 8) == 0 && channels / heads <= MOST_HEAD;
}

LimnArray
limn_kernel_attention (LimnPlan *plan, const LimnAttentionArgs *args)
{
  LimnArray q = args->q, k = args->k, v = args->v;

  int head = q.c / args->heads;
  g_assert (limn_kernel_attends (q.c, args->heads));
  g_assert (k.c == q.c && v.c == q.c && k.n == q.n && v.n == q.n && k.h * k.w == v.h * v.w);
  g_assert (k.store == q.store && v.store == q.store);
  g_assert ((!args->causal && args->alone == 0) || q.h * q.w == k.h * k.w);
  g_assert (args->alone >= 0 && args->alone <= q.n);
  g_assert (args->hidden.id == 0
            || (args->alone == 0 && args->hidden.store == LIMN_STORE_F32 && args->hidden.c <= 8
                && limn_array_rows (args->hidden) == limn_array_rows (k)));

  LimnArray out = limn_plan_array (plan, q.store, q.n, q.h, q.w, q.c);
  const LimnWay way = way_of (plan, q.store, head);
  int at_once = way.tile->rows, part = way.tile->k > 0 ? way.tile->k : LANES_PART;
  guint32 constants[LIMN_MAX_CONSTANTS] = { 0 };
  constants[ATTENTION_QUERIES] = (guint32) at_once;
  constants[ATTENTION_PARTS] = (guint32) ((head + part - 1) / part);
  int queries = q.h * q.w, keys = k.h * k.w;
  int tiles = (queries + at_once - 1) / at_once;
  int groups = tiles * args->heads * q.n;
  double flop_per_group = 4.0 * at_once * keys * head;
  int band = MAX ((int) fmin (groups, limn_plan_limits (plan)->slice_flop / flop_per_group), 1);

  for (int first = 0; first < groups; first += band) {
    int count = MIN (band, groups - first);
    struct LimnAttentionPush push = {
      .queries = queries,
      .keys = keys,
      .heads = args->heads,
      .head_chunks = head / 8,
      .q_stride = q.stride / 8,
      .q_first = q.first / 8,
      .k_stride = k.stride / 8,
      .k_first = k.first / 8,
      .v_stride = v.stride / 8,
      .v_first = v.first / 8,
      .out_stride = out.stride / 8,
      .first_group = first,
      .groups = first + count,
      .query_tiles = tiles,
      .causal = args->causal,
      .alone_from = q.n - args->alone,
      .hides = args->hidden.id != 0,
      .scale = 1.0f / sqrtf ((float) head),
    };
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 5, .storage_mask = 1, .n_constants = ATTENTION_CONSTANTS, .push_size = sizeof push },
      .bindings = { { .array = out, .write = TRUE },
                    limn_kernel_reads (q),
                    limn_kernel_reads (k),
                    limn_kernel_reads (v),
                    limn_kernel_reads (args->hidden) },
      .push = &push,
      .flop = flop_per_group * count,
    };
    limn_kernel_dispatch (plan, &dispatch, &way, constants, (guint64) count);
  }
  return out;
}
