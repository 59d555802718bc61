/* epilogue.c - the common end of matmul and conv.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/epilogue.h"

void
limn_epilogue_set (const LimnEpilogue *epilogue, guint64 row0, guint64 row1, gboolean rows_fastest, guint32 *constants,
                   LimnDispatch *dispatch, struct LimnEpiloguePush *push)
{
  const LimnTile *tile = epilogue->way.tile;
  const LimnFinish *finish = &epilogue->finish;
  LimnArray out = epilogue->out, residual = finish->residual;
  int tile_columns = finish->gated ? tile->columns / 2 : tile->columns;

  g_assert (residual.id == 0
            || (limn_array_rows (residual) == limn_array_rows (out) && residual.c == epilogue->columns));
  g_assert (finish->outer.id == 0
            || (limn_array_rows (finish->outer) == limn_array_rows (out) && finish->outer.c == epilogue->columns));
  g_assert (finish->row_bias.id == 0
            || (finish->row_bias.c == epilogue->columns && finish->row_bias.store == LIMN_STORE_F32));

  constants[MATMUL_GATED] = finish->gated;
  constants[MATMUL_ACTIVATED] = finish->activation != LIMN_ACTIVATION_NONE || finish->outer.id != 0;
  /* Activations are mostly of a time embedding, which has one. */
  constants[MATMUL_ROW_BIAS] = finish->row_bias.id != 0 || constants[MATMUL_ACTIVATED];
  constants[MATMUL_OUT_F32] = out.store == LIMN_STORE_F32;

  dispatch->bindings[OPERAND_OUT] = limn_kernel_writes (out, row0, row1 - row0);
  dispatch->bindings[OPERAND_WEIGHT] = limn_kernel_reads (epilogue->weight.array);
  dispatch->bindings[OPERAND_BIAS] = limn_kernel_reads (epilogue->bias);
  dispatch->bindings[OPERAND_RESIDUAL] = limn_kernel_reads (residual);
  dispatch->bindings[OPERAND_ROW_BIAS] = limn_kernel_reads (finish->row_bias);
  dispatch->bindings[OPERAND_STEP] = limn_kernel_reads (finish->step);
  dispatch->pipeline.storage_mask = 1u << OPERAND_OUT | 1u << OPERAND_STEP;

  *push = (struct LimnEpiloguePush){
    .row0 = (int) row0,
    .row1 = (int) row1,
    .columns = epilogue->columns,
    .out_stride = out.stride / 8,
    .out_first = out.first / 8,
    .residual_stride = residual.stride / 8,
    .residual_first = residual.first / 8,
    .rows_per_item = out.h * out.w,
    .items = out.n,
    .column_tiles = (epilogue->columns + tile_columns - 1) / tile_columns,
    .row_tiles = (int) ((row1 - row0 + tile->rows - 1) / tile->rows),
    .rows_fastest = rows_fastest,
    .activation = finish->activation,
    .bias = epilogue->bias.id != 0,
    .residual = residual.id != 0,
    .row_bias = finish->row_bias.id != 0,
    .outer_stride = finish->outer.stride / 8,
    .outer_first = finish->outer.first / 8,
    .outer_scale = finish->outer.id != 0 ? finish->outer_scale : 0,
  };
}
