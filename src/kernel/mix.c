/* mix.c - two arrays, row by row so much of either.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

LimnArray
limn_kernel_mix (LimnPlan *plan, const LimnMixArgs *args)
{
  LimnArray x = args->x, z = args->z, shares = args->shares;

  g_assert (z.n == x.n && z.h * z.w == x.h * x.w && z.c == x.c && z.store == x.store);
  g_assert (shares.store == LIMN_STORE_F32 && shares.first == 0 && args->share < shares.c
            && limn_array_rows (x) % limn_array_rows (shares) == 0);

  LimnArray out = limn_plan_array (plan, x.store, x.n, x.h, x.w, x.c);
  guint64 rows = limn_array_rows (x);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, 1);

  const LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "mix", x.store, "");
  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    guint32 constants[2];
    struct LimnMixPush push = {
      .row0 = (int) row,
      .row1 = (int) end,
      .chunks = out.stride / 8,
      .channels = x.c,
      .first_stride = x.stride / 8,
      .first_first = x.first / 8,
      .second_stride = z.stride / 8,
      .second_first = z.first / 8,
      .share_rows = (int) limn_array_rows (shares),
      .share_stride = shares.stride,
      .share = args->share,
      .out_stride = out.stride / 8,
    };
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 4, .storage_mask = 1 | 1 << 3, .n_constants = 2, .push_size = sizeof push },
      .bindings = { limn_kernel_writes (out, row, end - row), limn_kernel_reads (x), limn_kernel_reads (z),
                    limn_kernel_reads (shares) },
      .push = &push,
      .flop = 3.0 * (double) (end - row) * x.c,
    };
    limn_kernel_dispatch (plan, &dispatch, &way, constants, end - row);
  }
  return out;
}
