/* epilogue.c - the common end of matmul and conv.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/epilogue.h"

#define TILE_ROWS 16

void
limn_epilogue_set (const LimnEpilogue *epilogue, guint64 row0, guint64 row1, int tile_columns, gboolean rows_fastest,
                   guint32 *constants, LimnDispatch *dispatch, struct LimnEpiloguePush *push)
{
  LimnArray out = epilogue->out, residual = epilogue->residual;

  g_assert (residual.id == 0
            || (limn_array_rows (residual) == limn_array_rows (out) && residual.c == epilogue->columns));
  g_assert (epilogue->row_bias.id == 0
            || (epilogue->row_bias.c == epilogue->columns && epilogue->row_bias.store == LIMN_STORE_F32));

  constants[MATMUL_ACTIVATED] = epilogue->activation != LIMN_ACTIVATION_NONE;
  /* Activations are mostly of a time embedding, which has one. */
  constants[MATMUL_ROW_BIAS] = epilogue->row_bias.id != 0 || constants[MATMUL_ACTIVATED];
  constants[MATMUL_OUT_F32] = out.store == LIMN_STORE_F32;

  dispatch->bindings[0] = limn_kernel_writes (out, row0, row1 - row0);
  dispatch->bindings[1] = limn_kernel_reads (epilogue->weight);
  dispatch->bindings[2] = limn_kernel_reads (epilogue->bias);
  dispatch->bindings[3] = limn_kernel_reads (residual);
  dispatch->bindings[4] = limn_kernel_reads (epilogue->row_bias);
  dispatch->bindings[5] = limn_kernel_reads (epilogue->step);
  dispatch->pipeline.storage_mask = 1u << 0 | 1u << 5;

  *push = (struct LimnEpiloguePush){
    .row0 = (int) row0,
    .row1 = (int) row1,
    .columns = epilogue->columns,
    .out_stride = out.stride / 8,
    .residual_stride = residual.stride / 8,
    .residual_first = residual.first / 8,
    .rows_per_item = out.h * out.w,
    .items = out.n,
    .column_tiles = (epilogue->columns + tile_columns - 1) / tile_columns,
    .row_tiles = (int) ((row1 - row0 + TILE_ROWS - 1) / TILE_ROWS),
    .rows_fastest = rows_fastest,
    .activation = epilogue->activation,
    .bias = epilogue->bias.id != 0,
    .residual = residual.id != 0,
    .row_bias = epilogue->row_bias.id != 0,
  };
}
