/* resize.c - pictures at another size.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

/* On a software device these have no lanes to share with: larger workgroups cost less to start. */
#define LANES 64

LimnArray
limn_kernel_resize (LimnPlan *plan, const LimnResizeArgs *args)
{
  LimnArray x = args->x;

  gboolean halve = args->how == LIMN_RESAMPLE_HALVE;

  g_assert (args->h > 0 && args->w > 0);
  g_assert (!halve || (args->h == (x.h + 1) / 2 && args->w == (x.w + 1) / 2));

  LimnArray out = limn_plan_array (plan, x.store, x.n, args->h, args->w, x.c);
  guint64 rows = limn_array_rows (out);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, x.c / 64.0);
  LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "resize", x.store, "");

  way.lanes = LANES;
  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    guint32 constants[2];
    struct LimnResizePush push = {
      .row0 = (int) row,
      .row1 = (int) end,
      .in_h = x.h,
      .in_w = x.w,
      .out_h = out.h,
      .out_w = out.w,
      .span_h = halve ? 2 * out.h : x.h,
      .span_w = halve ? 2 * out.w : x.w,
      .chunks = out.stride / 8,
      .channels = x.c,
      .stride = x.stride / 8,
      .first = x.first / 8,
      .bilinear = args->how != LIMN_RESAMPLE_BICUBIC,
      .nearest = args->how == LIMN_RESAMPLE_NEAREST,
    };
    LimnDispatch dispatch = {
      .pipeline = { .n_bindings = 2, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
      .bindings = { limn_kernel_writes (out, row, end - row), limn_kernel_reads (x) },
      .push = &push,
      .flop = 32.0 * (double) (end - row) * x.c,
    };
    limn_kernel_dispatch (plan, &dispatch, &way, constants, ((end - row) * push.chunks + 7) / 8);
  }
  return out;
}
