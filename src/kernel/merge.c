/* merge.c - what a LoRA adds to a weight.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

LimnArray
limn_kernel_merge (LimnPlan *plan, const LimnMergeArgs *args)
{
  LimnArray x = args->x, down = args->down, up = args->up;
  guint64 rows = (guint64) x.h, chunks = (guint64) x.w * (guint64) x.stride / 8;

  g_assert (x.n == 1 && x.first == 0 && up.n == 1 && up.w == 1 && up.first == 0 && up.h == x.h);
  g_assert (down.n == 1 && down.first == 0 && down.w == x.w && down.stride == x.stride && down.h == up.c);
  g_assert (down.store == LIMN_STORE_F32 && up.store == LIMN_STORE_F32);

  LimnArray out = limn_kernel_output (plan, args->into, x.store, x.n, x.h, x.w, x.c);
  double flop = 2.0 * up.c * 8 * (double) chunks;
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, flop, (double) chunks / 8);

  g_assert (out.first == 0 && out.stride == x.stride);
  const LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "merge", x.store, "");
  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    guint32 constants[2];
    struct LimnMergePush push = {
      .row0 = (int) row, .row1 = (int) end, .chunks = (int) chunks, .rank = up.c, .up_stride = up.stride / 8
    };
    const guint64 offset = row * (limn_array_bytes (out) / rows), size = (end - row) * (limn_array_bytes (out) / rows);
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 4, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
      .push = &push,
      .flop = flop * (double) (end - row),
    };

    /* a row is one of all taps; and of x no more than what is written, since it may be the same */
    dispatch.bindings[0] = (LimnBinding){ out, offset, size, TRUE };
    dispatch.bindings[1] = (LimnBinding){ x, offset, size, FALSE };
    dispatch.bindings[2] = limn_kernel_reads (down);
    dispatch.bindings[3] = limn_kernel_reads (up);
    limn_kernel_dispatch (plan, &dispatch, &way, constants,
                          (end - row + MERGE_ROWS - 1) / MERGE_ROWS * ((chunks + 7) / 8));
  }
  return out;
}
