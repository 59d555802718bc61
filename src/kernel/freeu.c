/* freeu.c - what FreeU changes of skips and of what they are joined to (Si et al. 2024, section 3.2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

/* On a software device these have no lanes to share with: larger workgroups cost less to start. */
#define LANES 64

static int
bands_of (LimnArray x)
{
  return (x.h * x.w + FREEU_BAND - 1) / FREEU_BAND;
}

static struct LimnFreeuPush
push_of (LimnArray x, float scale)
{
  return (struct LimnFreeuPush){
    .rows = x.h * x.w,
    .width = x.w,
    .items = x.n,
    .bands = bands_of (x),
    .chunks = (x.c + 7) / 8,
    .channels = x.c,
    .stride = x.stride / 8,
    .first = x.first / 8,
    .scale = scale,
  };
}

/* Of the kernel that writes all of what it binds at once; groups: of eight lanes. */
static void
dispatch_sums (LimnPlan *plan, const char *kernel, LimnStore store, LimnDispatch *dispatch, guint64 groups)
{
  guint32 constants[2];
  LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, kernel, store, "");

  way.lanes = LANES;
  dispatch->pipeline.n_constants = 2;
  dispatch->pipeline.push_size = sizeof (struct LimnFreeuPush);
  limn_kernel_dispatch (plan, dispatch, &way, constants, groups);
}

/* What is added of each wave. */
static LimnArray
fold_waves (LimnPlan *plan, LimnArray x, float scale)
{
  struct LimnFreeuPush push = push_of (x, scale);
  LimnArray sums = limn_plan_array (plan, LIMN_STORE_F32, x.n, push.bands, push.chunks, 8 * FREEU_WAVES);
  LimnArray folded = limn_plan_array (plan, LIMN_STORE_F32, x.n, FREEU_WAVES, 1, 8 * push.chunks);

  dispatch_sums (plan, "freeu_waves", x.store,
                 &(LimnDispatch){ .pipeline = { .n_bindings = 2, .storage_mask = 1 },
                                  .bindings = { { .array = sums, .write = TRUE }, limn_kernel_reads (x) },
                                  .push = &push,
                                  .flop = 2.0 * FREEU_WAVES * (double) limn_array_rows (x) * x.c },
                 ((guint64) push.chunks * push.bands * x.n + 7) / 8);
  dispatch_sums (plan, "freeu_fold", LIMN_STORE_F32,
                 &(LimnDispatch){ .pipeline = { .n_bindings = 2, .storage_mask = 3 },
                                  .bindings = { { .array = folded, .write = TRUE }, limn_kernel_reads (sums) },
                                  .push = &push,
                                  .flop = (double) FREEU_WAVES * push.bands * x.c * x.n },
                 (guint64) push.chunks * FREEU_WAVES * x.n);
  return folded;
}

LimnArray
limn_kernel_freeu_skip (LimnPlan *plan, LimnArray x, float scale)
{
  LimnArray folded = fold_waves (plan, x, scale), out = limn_plan_array (plan, x.store, x.n, x.h, x.w, x.c);
  guint64 rows = limn_array_rows (x);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, x.c / 64.0);

  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    struct LimnFreeuPush push = push_of (x, scale);

    push.row0 = (int) row;
    push.row1 = (int) end;
    dispatch_sums (plan, "freeu_skip", x.store,
                   &(LimnDispatch){ .pipeline = { .n_bindings = 3, .storage_mask = 1 },
                                    .bindings = { limn_kernel_writes (out, row, end - row), limn_kernel_reads (x),
                                                  limn_kernel_reads (folded) },
                                    .push = &push,
                                    .flop = 2.0 * FREEU_WAVES * (double) (end - row) * x.c },
                   ((end - row) * push.chunks + 7) / 8);
  }
  return out;
}

/* Of each row of x the mean, and the least and the most of them in bands. */
static void
find_means (LimnPlan *plan, LimnArray x, LimnArray *means, LimnArray *ranges)
{
  struct LimnFreeuPush push = push_of (x, 0);

  *means = limn_plan_array (plan, LIMN_STORE_F32, x.n, x.h, x.w, 1);
  *ranges = limn_plan_array (plan, LIMN_STORE_F32, x.n, push.bands, 1, 2);
  dispatch_sums (plan, "freeu_mean", x.store,
                 &(LimnDispatch){ .pipeline = { .n_bindings = 3, .storage_mask = 3 },
                                  .bindings = { { .array = *means, .write = TRUE },
                                                { .array = *ranges, .write = TRUE },
                                                limn_kernel_reads (x) },
                                  .push = &push,
                                  .flop = (double) limn_array_rows (x) * x.c },
                 (guint64) push.bands * x.n);
}

LimnArray
limn_kernel_freeu_backbone (LimnPlan *plan, LimnArray x, float scale, gboolean weighted)
{
  LimnArray means = LIMN_NO_ARRAY, ranges = LIMN_NO_ARRAY;

  if (weighted)
    find_means (plan, x, &means, &ranges);
  LimnArray out = limn_plan_array (plan, x.store, x.n, x.h, x.w, x.c);
  guint64 rows = limn_array_rows (x);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, 1);

  for (guint64 row = 0; row < rows; row += band) {
    guint64 end = MIN (row + band, rows);
    struct LimnFreeuPush push = push_of (x, scale);

    push.row0 = (int) row;
    push.row1 = (int) end;
    push.weighted = weighted;
    dispatch_sums (plan, "freeu_backbone", x.store,
                   &(LimnDispatch){ .pipeline = { .n_bindings = 4, .storage_mask = 1 | 1 << 2 | 1 << 3 },
                                    .bindings = { limn_kernel_writes (out, row, end - row), limn_kernel_reads (x),
                                                  limn_kernel_reads (means), limn_kernel_reads (ranges) },
                                    .push = &push,
                                    .flop = (double) (end - row) * x.c },
                   end - row);
  }
  return out;
}
