/* max_pool.c - the largest of what lies around.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

/* As resize.c has them. */
#define LANES 64

LimnArray
limn_kernel_max_pool (LimnPlan *plan, const LimnMaxPoolArgs *args)
{
  LimnArray x = args->x;

  g_assert (args->side > 0 && args->side % 2 == 1);

  LimnArray out = limn_kernel_output (plan, args->into, x.store, x.n, x.h, x.w, x.c);
  guint64 rows = limn_array_rows (out);
  double work = (double) args->side * args->side * x.c;
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, work, x.c / 64.0);
  LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "max_pool", x.store, "");

  way.lanes = LANES;
  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    guint32 constants[2];
    struct LimnMaxPoolPush push = {
      .row0 = (int) row,
      .row1 = (int) end,
      .h = x.h,
      .w = x.w,
      .reach = args->side / 2,
      .chunks = (x.c + 7) / 8,
      .channels = x.c,
      .stride = x.stride / 8,
      .first = x.first / 8,
      .out_stride = out.stride / 8,
      .out_first = out.first / 8,
    };
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 2, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
      .bindings = { limn_kernel_writes (out, row, end - row), limn_kernel_reads (x) },
      .push = &push,
      .flop = work * (double) (end - row),
    };
    limn_kernel_dispatch (plan, &dispatch, &way, constants, ((end - row) * push.chunks + 7) / 8);
  }
  return out;
}
