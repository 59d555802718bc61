/* layer_norm.c - layer normalisation (Ba, Kiros and Hinton 2016).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

LimnArray
limn_kernel_layer_norm (LimnPlan *plan, const LimnLayerNormArgs *args)
{
  LimnArray x = args->x;

  LimnArray out = limn_plan_array (plan, x.store, x.n, x.h, x.w, x.c);
  guint64 rows = limn_array_rows (x);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, 1);

  const LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "layer_norm", x.store, "");
  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    guint32 constants[2];
    struct LimnLayerNormPush push = {
      .row0 = (int) row,
      .row1 = (int) end,
      .chunks = out.stride / 8,
      .channels = x.c,
      .stride = x.stride / 8,
      .first = x.first / 8,
      .out_stride = out.stride / 8,
      .epsilon = args->epsilon,
    };
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 4, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
      .bindings = { limn_kernel_writes (out, row, end - row), limn_kernel_reads (x), limn_kernel_reads (args->gamma),
                    limn_kernel_reads (args->beta) },
      .push = &push,
      .flop = 8.0 * (double) (end - row) * x.c,
    };
    limn_kernel_dispatch (plan, &dispatch, &way, constants, end - row);
  }
  return out;
}
