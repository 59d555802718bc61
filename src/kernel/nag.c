/* nag.c - normalised attention guidance (Chen et al. 2025, section 3).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

LimnArray
limn_kernel_nag (LimnPlan *plan, const LimnNagArgs *args)
{
  LimnArray x = args->positive, z = args->negative;

  g_assert (z.n == x.n && z.h * z.w == x.h * x.w && z.c == x.c && z.store == x.store);

  LimnArray out = limn_plan_array (plan, x.store, x.n, x.h, x.w, x.c);
  guint64 rows = limn_array_rows (x);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, 1);

  const LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "nag", x.store, "");
  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    guint32 constants[2];
    struct LimnNagPush push = {
      .row0 = (int) row,
      .row1 = (int) end,
      .chunks = out.stride / 8,
      .channels = x.c,
      .positive_stride = x.stride / 8,
      .positive_first = x.first / 8,
      .negative_stride = z.stride / 8,
      .negative_first = z.first / 8,
      .out_stride = out.stride / 8,
      .scale = args->scale,
      .tau = args->tau,
      .alpha = args->alpha,
    };
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 3, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
      .bindings = { limn_kernel_writes (out, row, end - row), limn_kernel_reads (x), limn_kernel_reads (z) },
      .push = &push,
      .flop = 10.0 * (double) (end - row) * x.c,
    };
    limn_kernel_dispatch (plan, &dispatch, &way, constants, end - row);
  }
  return out;
}
