/* kernel.c - dispatching in groups of eight lanes, and banding.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel-private.h"

#include <math.h>

#include "shaders/stage.h"
#include "shaders/tile.h"

LimnWay
limn_kernel_way (LimnPlan *plan, LimnShape shape, const char *kernel, LimnStore store, const char *kind)
{
  LimnWay way = { .kernel = kernel, .lanes = TILE_LANES };

  way.variant = limn_variant_of (limn_plan_limits (plan), shape, kernel, store, kind, way.shader);
  way.tile = &way.variant->product;
  return way;
}

/* A workgroup that holds the tile is told of it. */
static void
set_stage (LimnDispatch *dispatch, guint32 *constants, const LimnTile *tile, const LimnMatrixSize *matrix)
{
  dispatch->pipeline.n_constants = STAGE_CONSTANTS;
  constants[STAGE_TILE_ROWS] = (guint32) tile->rows;
  constants[STAGE_TILE_COLUMNS] = (guint32) tile->columns;
  constants[STAGE_TILE_K] = (guint32) tile->k;
  constants[STAGE_PART_ROWS] = (guint32) tile->part_rows;
  constants[STAGE_PART_COLUMNS] = (guint32) tile->part_columns;
  constants[STAGE_MATRIX_M] = matrix->m;
  constants[STAGE_MATRIX_N] = matrix->n;
  constants[STAGE_MATRIX_K] = matrix->k;
}

void
limn_kernel_dispatch (LimnPlan *plan, LimnDispatch *dispatch, const LimnWay *way, guint32 *constants, guint64 groups)
{
  const LimnGpuLimits *limits = limn_plan_limits (plan);
  const LimnVariant *variant = way->variant;
  int lanes = limn_variant_lanes (variant, limits, way->tile, way->lanes);
  gboolean staged = way->tile->k > 0;

  if (staged)
    set_stage (dispatch, constants, way->tile, &variant->matrix);
  constants[0] = (guint32) lanes;
  constants[1] = variant->alone;
  dispatch->pipeline.kernel = way->kernel;
  dispatch->pipeline.shader = way->shader;
  dispatch->pipeline.constants = constants;
  if (variant->stored)
    dispatch->pipeline.storage_mask = (1u << dispatch->pipeline.n_bindings) - 1;
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
  g_assert (into.store == store && into.n * into.h * into.w == n * h * w && into.c == c
            && into.first + (c + 7) / 8 * 8 <= into.stride);
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
