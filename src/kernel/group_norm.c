/* group_norm.c - statistics by bands of rows, folded to a scale and shift a channel, applied (Wu and He 2018).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

/* On a software device these have no lanes to share with: larger workgroups cost less to start. */
#define LANES 64

static void
dispatch_stats (LimnPlan *plan, LimnArray x, LimnArray stats, int bands, int all_chunks, int chunk0)
{
  guint32 constants[2];
  struct LimnGroupNormStatsPush push = {
    .rows = x.h * x.w,
    .items = x.n,
    .bands = bands,
    .chunks = x.c / 8,
    .stride = x.stride / 8,
    .first = x.first / 8,
    .all_chunks = all_chunks,
    .chunk0 = chunk0,
  };
  LimnDispatch dispatch = {
    .pipeline = { .n_bindings = 2, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
    .bindings = { { .array = stats, .write = TRUE }, limn_kernel_reads (x) },
    .push = &push,
    .flop = 4.0 * (double) limn_array_rows (x) * x.c,
  };

  LimnWay way = limn_kernel_way (plan, "group_norm_stats", x.store, "");

  way.lanes = LANES;
  limn_kernel_dispatch (plan, &dispatch, &way, constants, ((guint64) push.chunks * bands * x.n + 7) / 8);
}

static void
dispatch_fold (LimnPlan *plan, const LimnGroupNormArgs *args, LimnArray stats, LimnArray folded, int bands,
               int channels)
{
  guint32 constants[2];
  struct LimnGroupNormFoldPush push = {
    .rows = args->x.h * args->x.w,
    .items = args->x.n,
    .bands = bands,
    .chunks = channels / 8,
    .channels = channels,
    .groups = args->groups,
    .epsilon = args->epsilon,
  };
  LimnDispatch dispatch = {
    .pipeline = { .n_bindings = 4, .storage_mask = 0xf, .n_constants = 2, .push_size = sizeof push },
    .bindings = { { .array = folded, .write = TRUE },
                  limn_kernel_reads (stats),
                  limn_kernel_reads (args->gamma),
                  limn_kernel_reads (args->beta) },
    .push = &push,
    .flop = 6.0 * bands * channels * args->x.n,
  };

  const LimnWay way = limn_kernel_way (plan, "group_norm_fold", LIMN_STORE_F32, "");

  limn_kernel_dispatch (plan, &dispatch, &way, constants, (guint64) args->groups * args->x.n);
}

static void
dispatch_apply (LimnPlan *plan, const LimnGroupNormArgs *args, LimnArray folded, LimnArray out, guint64 row0,
                guint64 row1)
{
  guint32 constants[2];
  LimnArray x = args->x, x2 = args->x2;
  struct LimnGroupNormPush push = {
    .row0 = (int) row0,
    .row1 = (int) row1,
    .rows = x.h * x.w,
    .chunks1 = x.c / 8,
    .stride1 = x.stride / 8,
    .first1 = x.first / 8,
    .chunks2 = x2.c / 8,
    .stride2 = x2.stride / 8,
    .first2 = x2.first / 8,
    .silu = args->silu,
  };
  LimnDispatch dispatch = {
    .pipeline = { .n_bindings = 4, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
    .bindings = { limn_kernel_writes (out, row0, row1 - row0), limn_kernel_reads (x), limn_kernel_reads (x2),
                  limn_kernel_reads (folded) },
    .push = &push,
    .flop = 6.0 * (double) (row1 - row0) * out.c,
  };

  LimnWay way = limn_kernel_way (plan, "group_norm", x.store, "");

  way.lanes = LANES;
  limn_kernel_dispatch (plan, &dispatch, &way, constants, ((row1 - row0) * (out.c / 8) + 7) / 8);
}

LimnArray
limn_kernel_group_norm (LimnPlan *plan, const LimnGroupNormArgs *args)
{
  LimnArray x = args->x, x2 = args->x2;

  int channels = x.c + x2.c;
  g_assert (x.c % 8 == 0 && x2.c % 8 == 0 && channels % args->groups == 0);
  g_assert (x2.id == 0 || (x2.store == x.store && limn_array_rows (x2) == limn_array_rows (x)));

  int bands = (x.h * x.w + GROUP_NORM_BAND - 1) / GROUP_NORM_BAND;
  LimnArray stats = limn_plan_array (plan, LIMN_STORE_F32, x.n, bands, channels / 8, 16);
  LimnArray folded = limn_plan_array (plan, LIMN_STORE_F32, x.n, 2, 1, channels);
  LimnArray out = limn_plan_array (plan, x.store, x.n, x.h, x.w, channels);

  dispatch_stats (plan, x, stats, bands, channels / 8, 0);
  if (x2.id != 0)
    dispatch_stats (plan, x2, stats, bands, channels / 8, x.c / 8);
  dispatch_fold (plan, args, stats, folded, bands, channels);
  guint64 rows = limn_array_rows (out);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, channels / 64.0);
  for (guint64 row = 0; row < rows; row += band)
    dispatch_apply (plan, args, folded, out, row, MIN (row + band, rows));
  return out;
}
