/* matmul.c - linear layers and 1 x 1 convolutions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/epilogue.h"

/* Of the weight. */
static int
weight_rows (const LimnMatmulArgs *args)
{
  return args->finish.gated ? 2 * args->columns : args->columns;
}

/* Channels of an input, or of none. */
static int
padded (LimnArray array)
{
  return array.id != 0 ? (array.c + 7) / 8 * 8 : 0;
}

static double
flop_of_row (const LimnMatmulArgs *args)
{
  double k = args->x.c + (args->x2.id != 0 ? args->x2.c : 0) + (args->low.id != 0 ? args->low.c : 0);

  return 2 * k * weight_rows (args);
}

static void
dispatch_band (LimnPlan *plan, const LimnMatmulArgs *args, const LimnEpilogue *epilogue, guint64 row0, guint64 row1)
{
  guint32 constants[LIMN_MAX_CONSTANTS] = { 0 };
  LimnArray x = args->x, x2 = args->x2, low = args->low;
  struct LimnMatmulPush push = {
    .k1 = padded (x) / 8,
    .stride1 = x.stride / 8,
    .first1 = x.first / 8,
    .k2 = padded (x2) / 8,
    .stride2 = x2.stride / 8,
    .first2 = x2.first / 8,
    .k3 = padded (low) / 8,
    .stride3 = low.stride / 8,
    .first3 = low.first / 8,
  };
  LimnDispatch dispatch = {
    .pipeline = { .n_bindings = OPERAND_UP + 1, .n_constants = MATMUL_CONSTANTS, .push_size = sizeof push },
    .push = &push,
    .flop = (double) (row1 - row0) * flop_of_row (args),
  };
  gboolean rows_fastest = (double) limn_array_rows (x) < weight_rows (args);

  limn_epilogue_set (epilogue, row0, row1, rows_fastest, constants, &dispatch, &push.e);
  constants[MATMUL_INPUTS] = (x2.id != 0 ? MATMUL_SECOND : 0) | (low.id != 0 ? MATMUL_LOW : 0);
  dispatch.bindings[OPERAND_X] = limn_kernel_reads (x);
  dispatch.bindings[OPERAND_X2] = limn_kernel_reads (x2);
  dispatch.bindings[OPERAND_LOW] = limn_kernel_reads (low);
  dispatch.bindings[OPERAND_UP] = limn_kernel_reads (args->up);
  limn_kernel_dispatch (plan, &dispatch, &epilogue->way, constants, (guint64) push.e.column_tiles * push.e.row_tiles);
}

LimnArray
limn_kernel_matmul (LimnPlan *plan, const LimnMatmulArgs *args)
{
  const LimnFinish *finish = &args->finish;
  LimnArray x = args->x;

  g_assert (x.id != 0 && args->columns > 0);
  g_assert (args->x2.id == 0
            || (args->x2.store == x.store && limn_array_rows (args->x2) == limn_array_rows (x) && x.c % 8 == 0));
  g_assert (args->low.id == 0
            || (args->low.store == x.store && limn_array_rows (args->low) == limn_array_rows (x)
                && args->up.store == x.store && args->up.first == 0 && args->up.stride == padded (args->low)
                && limn_array_rows (args->up) >= (guint64) weight_rows (args)));
  g_assert (!finish->gated || (args->bias.id != 0 && args->columns % 8 == 0));
  g_assert (finish->outer.id == 0 && finish->activation != LIMN_ACTIVATION_PRELU);
  g_assert (finish->residual.id == 0 || finish->residual.store == x.store);

  const LimnWeightKind *kind = limn_kernel_weight_kind (args->weight, x.store, weight_rows (args), 1, x.c + args->x2.c);
  LimnEpilogue epilogue = {
    .weight = args->weight,
    .way = limn_kernel_way (plan, limn_shape_of_matmul (args), "matmul", x.store, kind->suffix),
    .bias = args->bias,
    .columns = args->columns,
    .finish = *finish,
    .out = limn_kernel_output (plan, finish->into, finish->out_f32 ? LIMN_STORE_F32 : x.store, x.n, x.h, x.w,
                               args->columns),
  };
  guint64 rows = limn_array_rows (x);
  guint64 band =
      limn_kernel_band (plan, rows, limn_array_bytes (epilogue.out) / rows, flop_of_row (args), args->columns / 256.0);
  for (guint64 row = 0; row < rows; row += band)
    dispatch_band (plan, args, &epilogue, row, MIN (row + band, rows));
  return epilogue.out;
}
