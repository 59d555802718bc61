/* group_norm.c - statistics by bands of rows, folded to a scale and shift a channel, applied (Wu and He 2018).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"
#include "shaders/norm.h"

/* On a software device these have no lanes to share with: larger workgroups cost less to start. */
#define LANES 64

/* Vulkan's devices bind storage buffers from multiples of 256 bytes on, or fewer. */
#define WRITE_ALIGNMENT 256

/* band0: where x's bands of rows are among those of a picture that it is a part of. */
static void
dispatch_stats (LimnPlan *plan, LimnArray x, LimnArray stats, int bands, int all_chunks, int chunk0, int band0)
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
    .band0 = band0,
  };
  LimnDispatch dispatch = {
    .pipeline = { .n_bindings = 2, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
    .bindings = { { .array = stats, .write = TRUE }, limn_kernel_reads (x) },
    .push = &push,
    .flop = 4.0 * (double) limn_array_rows (x) * x.c,
  };

  LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "group_norm_stats", x.store, "");

  way.lanes = LANES;
  limn_kernel_dispatch (plan, &dispatch, &way, constants, ((guint64) push.chunks * bands * x.n + 7) / 8);
}

static void
dispatch_fold (LimnPlan *plan, const LimnGroupNormArgs *args, LimnArray stats, LimnArray folded, int rows)
{
  guint32 constants[2];
  struct LimnGroupNormFoldPush push = {
    .rows = rows,
    .items = stats.n,
    .bands = stats.h,
    .chunks = stats.w,
    .channels = stats.w * 8,
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
    .flop = 6.0 * push.bands * push.channels * push.items,
  };

  const LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "group_norm_fold", LIMN_STORE_F32, "");

  limn_kernel_dispatch (plan, &dispatch, &way, constants, (guint64) args->groups * push.items);
}

/* out: of which row number to is what row0 becomes. */
static void
dispatch_apply (LimnPlan *plan, const LimnGroupNormArgs *args, LimnArray folded, LimnBinding out, guint64 row0,
                guint64 row1, guint64 to)
{
  guint32 constants[2];
  LimnArray x = args->x, x2 = args->x2;
  struct LimnGroupNormPush push = {
    .row0 = (int) row0,
    .row1 = (int) row1,
    .rows = x.h * x.w,
    .chunks1 = (x.c + 7) / 8,
    .stride1 = x.stride / 8,
    .first1 = x.first / 8,
    .chunks2 = x2.c / 8,
    .stride2 = x2.stride / 8,
    .first2 = x2.first / 8,
    .way = folded.id == 0 ? GROUP_NORM_COPY
           : args->silu   ? GROUP_NORM_SILU
                          : GROUP_NORM_PLAIN,
    .to = (int) to,
  };
  LimnDispatch dispatch = {
    .pipeline = { .n_bindings = 4, .storage_mask = 1, .n_constants = 2, .push_size = sizeof push },
    .bindings = { out, limn_kernel_reads (x), limn_kernel_reads (x2), limn_kernel_reads (folded) },
    .push = &push,
    .flop = 6.0 * (double) (row1 - row0) * out.array.c,
  };

  LimnWay way = limn_kernel_way (plan, LIMN_SHAPE_PIXELS, "group_norm", x.store, "");

  way.lanes = LANES;
  limn_kernel_dispatch (plan, &dispatch, &way, constants, ((row1 - row0) * (push.chunks1 + push.chunks2) + 7) / 8);
}

static int
bands_of (LimnArray x)
{
  return (x.h * x.w + GROUP_NORM_BAND - 1) / GROUP_NORM_BAND;
}

LimnArray
limn_kernel_group_norm (LimnPlan *plan, const LimnGroupNormArgs *args)
{
  LimnArray x = args->x, x2 = args->x2;

  int channels = x.c + x2.c;
  g_assert (x.c % 8 == 0 && x2.c % 8 == 0 && channels % args->groups == 0);
  g_assert (x2.id == 0 || (x2.store == x.store && limn_array_rows (x2) == limn_array_rows (x)));

  int bands = bands_of (x);
  LimnArray stats = limn_plan_array (plan, LIMN_STORE_F32, x.n, bands, channels / 8, 16);
  LimnArray folded = limn_plan_array (plan, LIMN_STORE_F32, x.n, 2, 1, channels);
  LimnArray out = limn_plan_array (plan, x.store, x.n, x.h, x.w, channels);

  dispatch_stats (plan, x, stats, bands, channels / 8, 0, 0);
  if (x2.id != 0)
    dispatch_stats (plan, x2, stats, bands, channels / 8, x.c / 8, 0);
  dispatch_fold (plan, args, stats, folded, x.h * x.w);
  guint64 rows = limn_array_rows (out);
  guint64 band = limn_kernel_band (plan, rows, limn_array_bytes (out) / rows, 0, channels / 64.0);
  for (guint64 row = 0; row < rows; row += band)
    dispatch_apply (plan, args, folded, limn_kernel_writes (out, row, MIN (band, rows - row)), row,
                    MIN (row + band, rows), 0);
  return out;
}

/* ---- Of a picture in bands ---- */

int
limn_kernel_group_norm_grain (int w)
{
  int grain = GROUP_NORM_BAND;

  while (w % 2 == 0 && grain > 2) {
    grain /= 2;
    w /= 2;
  }
  return grain;
}

LimnArray
limn_kernel_group_norm_fold (LimnPlan *plan, const LimnGroupNormArgs *args, const LimnArray *bands, int n)
{
  LimnArray x = bands[0];
  int count = 0, rows = 0, at = 0;

  for (int i = 0; i < n; i++) {
    g_assert (bands[i].n == 1 && bands[i].c == x.c && bands[i].w == x.w);
    g_assert (i == n - 1 || bands[i].h * x.w % GROUP_NORM_BAND == 0);
    count += bands_of (bands[i]);
    rows += bands[i].h * x.w;
  }
  LimnArray stats = limn_plan_array (plan, LIMN_STORE_F32, 1, count, x.c / 8, 16);
  LimnArray folded = limn_plan_array (plan, LIMN_STORE_F32, 1, 2, 1, x.c);
  for (int i = 0; i < n; i++) {
    dispatch_stats (plan, bands[i], stats, bands_of (bands[i]), x.c / 8, 0, at);
    at += bands_of (bands[i]);
  }
  dispatch_fold (plan, args, stats, folded, rows);
  return folded;
}

void
limn_kernel_group_norm_apply (LimnPlan *plan, const LimnGroupNormArgs *args, LimnArray folded, int first, int rows,
                              LimnArray out, int to)
{
  LimnArray x = args->x;
  guint64 row0 = (guint64) first * x.w, count = (guint64) rows * x.w, at = (guint64) to * x.w;

  g_assert (x.n == 1 && out.n == 1 && out.w == x.w && out.c == x.c && out.store == x.store);
  g_assert (first + rows <= x.h && to + rows <= out.h);
  /* Any row may begin a binding of wide arrays; in narrow ones, all of it is bound. */
  guint64 row_bytes = limn_array_bytes (out) / limn_array_rows (out);
  LimnBinding binding = { .array = out, .write = TRUE };
  if (at * row_bytes % WRITE_ALIGNMENT == 0) {
    binding = limn_kernel_writes (out, at, count);
    at = 0;
  }
  dispatch_apply (plan, args, folded, binding, row0, row0 + count, at);
}
