/* attention_sums.c - how much each key is looked at, without the matrix of weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/attention.h"

#include <math.h>

/* As attention.c has it: a table of what is known of queries goes through the same kernel, the other way round. */
static void
dispatch_sums (LimnPlan *plan, const LimnAttentionSumsArgs *args, LimnArray sums, LimnArray out)
{
  const gboolean folds = sums.id != 0;
  const LimnArray x = folds ? args->k : args->q, z = folds ? args->q : args->k;
  const LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "attention_sums", x.store, "");
  int rows = x.h * x.w, head = x.c / args->heads, groups = out.n * rows * out.stride;
  double flop_per_group = 2.0 * rows * head;
  int band = MAX ((int) fmin (groups, limn_plan_limits (plan)->slice_flop / flop_per_group), 1);

  for (int first = 0; first < groups; first += band) {
    int count = MIN (band, groups - first);
    guint32 constants[LIMN_MAX_CONSTANTS] = { 0 };
    struct LimnAttentionSumsPush push = {
      .rows = rows,
      .heads = args->heads,
      .head_chunks = head / 8,
      .x_stride = x.stride / 8,
      .x_first = x.first / 8,
      .z_stride = z.stride / 8,
      .z_first = z.first / 8,
      .out_stride = out.stride,
      .first_group = first,
      .groups = first + count,
      .folds = folds,
      .scale = 1.0f / sqrtf ((float) head),
    };
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 4, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
      .bindings = { { .array = out, .write = TRUE },
                    limn_kernel_reads (x),
                    limn_kernel_reads (z),
                    limn_kernel_reads (sums) },
      .push = &push,
      .flop = flop_per_group * count * args->heads / out.stride,
    };
    limn_kernel_dispatch (plan, &dispatch, &way, constants, (guint64) count);
  }
}

LimnArray
limn_kernel_attention_sums (LimnPlan *plan, const LimnAttentionSumsArgs *args)
{
  const LimnArray q = args->q, k = args->k;
  const int items = args->into.id != 0 ? args->into.n : q.n;

  g_assert (limn_kernel_attends (q.c, args->heads));
  g_assert (k.c == q.c && k.n == q.n && k.h * k.w == q.h * q.w && k.store == q.store && items <= q.n);

  LimnArray sums = limn_plan_array (plan, LIMN_STORE_F32, items, q.h, q.w, args->heads);
  LimnArray out = limn_kernel_output (plan, args->into, LIMN_STORE_F32, items, q.h, q.w, args->heads);
  g_assert (out.first == 0 && out.stride == sums.stride);
  dispatch_sums (plan, args, LIMN_NO_ARRAY, sums);
  dispatch_sums (plan, args, sums, out);
  return out;
}
