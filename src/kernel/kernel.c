/* kernel.c - dispatching in groups of eight lanes, and banding.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"

#include <math.h>

#include "shaders/stage.h"
#include "shaders/tile.h"

/* A workgroup that holds the tile is told of it. */
static void
set_stage (LimnDispatch *dispatch, guint32 *constants, const LimnVariant *variant)
{
  dispatch->pipeline.n_constants = STAGE_CONSTANTS;
  constants[STAGE_TILE_ROWS] = (guint32) variant->tile_rows;
  constants[STAGE_TILE_COLUMNS] = (guint32) variant->tile_columns;
  constants[STAGE_TILE_K] = (guint32) variant->stage.k;
  constants[STAGE_PART_ROWS] = (guint32) variant->stage.rows;
  constants[STAGE_PART_COLUMNS] = (guint32) variant->stage.columns;
  constants[STAGE_MATRIX_M] = variant->stage.matrix.m;
  constants[STAGE_MATRIX_N] = variant->stage.matrix.n;
  constants[STAGE_MATRIX_K] = variant->stage.matrix.k;
}

void
limn_kernel_dispatch (LimnPlan *plan, LimnDispatch *dispatch, const char *kernel, LimnStore store, const char *kind,
                      guint32 *constants, guint64 groups, int lanes)
{
  const LimnGpuLimits *limits = limn_plan_limits (plan);
  char shader[LIMN_SHADER_NAME];
  const LimnVariant *variant = limn_variant_of (limits, kernel, store, kind, shader);
  gboolean staged = variant->stage.k > 0;

  lanes = limn_variant_lanes (variant, limits, lanes);
  if (staged)
    set_stage (dispatch, constants, variant);
  constants[0] = (guint32) lanes;
  constants[1] = variant->alone;
  dispatch->pipeline.kernel = kernel;
  dispatch->pipeline.shader = shader;
  dispatch->pipeline.constants = constants;
  dispatch->pipeline.subgroup = limn_variant_subgroup (variant, limits);
  g_assert (dispatch->pipeline.subgroup == 0 || lanes % (int) dispatch->pipeline.subgroup == 0);
  guint64 workgroups = staged ? groups : (groups * TILE_LANES + lanes - 1) / lanes;
  guint64 rows = (workgroups + limits->max_groups - 1) / limits->max_groups;
  g_assert (workgroups > 0 && rows <= limits->max_groups);
  dispatch->groups[0] = (guint32) ((workgroups + rows - 1) / rows);
  dispatch->groups[1] = (guint32) rows;
  dispatch->groups[2] = 1;
  limn_plan_dispatch (plan, dispatch);
}

guint64
limn_kernel_band (LimnPlan *plan, guint64 rows, guint64 bytes_per_row, double flop_per_row, double groups_per_row)
{
  const LimnGpuLimits *limits = limn_plan_limits (plan);
  double most = (double) rows;

  most = fmin (most, (double) (limits->storage_range / bytes_per_row));
  if (flop_per_row > 0)
    most = fmin (most, limits->slice_flop / flop_per_row);
  if (groups_per_row > 0)
    most = fmin (most, 1e9 / groups_per_row);
  return most >= (double) rows ? rows : MAX ((guint64) most / TILE_ROWS * TILE_ROWS, TILE_ROWS);
}

const LimnWeightKind *
limn_kernel_weight_kind (LimnWeight weight, LimnStore store, int rows, int taps, int k)
{
  const LimnWeightKind *kind = weight.kind != NULL ? weight.kind : limn_weight_kinds;

  g_assert (weight.array.id != 0 && (weight.array.store == store || weight.kind != NULL));
  g_assert (limn_array_bytes (weight.array) >= (guint64) rows * taps * kind->row_bytes (store, k));
  return kind;
}

LimnArray
limn_kernel_output (LimnPlan *plan, LimnArray into, LimnStore store, int n, int h, int w, int c)
{
  if (into.id == 0)
    return limn_plan_array (plan, store, n, h, w, c);
  g_assert (into.store == store && into.n * into.h * into.w == n * h * w && into.c == c && into.first == 0
            && into.stride == (c + 7) / 8 * 8);
  return into;
}

LimnBinding
limn_kernel_reads (LimnArray array)
{
  return (LimnBinding){ .array = array };
}

LimnBinding
limn_kernel_writes (LimnArray array, guint64 first, guint64 count)
{
  guint64 row = (guint64) array.stride * (array.store == LIMN_STORE_F16 ? 2 : 4);

  return (LimnBinding){ .array = array, .offset = first * row, .size = count * row, .write = TRUE };
}
