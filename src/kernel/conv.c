/* conv.c - 3 x 3 convolutions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/epilogue.h"

G_STATIC_ASSERT ((int) LIMN_AROUND_X == AROUND_X && (int) LIMN_AROUND_Y == AROUND_Y);

static gboolean
is_twice (const LimnConvArgs *args)
{
  return args->up_h == 2 * args->x.h && args->up_w == 2 * args->x.w && args->stride == 1 && !args->pad_end
         && args->out_h % 2 == 0 && args->above % 2 == 0;
}

gboolean
limn_kernel_conv_by_phases (LimnPlan *plan, const LimnConvArgs *args)
{
  return is_twice (args) && limn_kernel_way (plan, LIMN_SHAPE_CONV, "conv", args->x.store, "").variant->by_phases;
}

static guint
around_of (const LimnConvArgs *args)
{
  return args->out_h > 0 ? args->around & LIMN_AROUND_X : args->around;
}

/* Where nothing is gained by it, all are of one pipeline. */
static guint32
way_of (const LimnConvArgs *args, const LimnVariant *variant)
{
  if (around_of (args) != 0)
    return args->phases ? CONV_PHASES_AROUND : CONV_AROUND;
  if (args->phases)
    return CONV_PHASES;
  return variant->by_phases && args->up_h == 0 ? CONV_STILL : CONV_ANY;
}

/* Of the result. */
static double
flop_per_row (const LimnConvArgs *args)
{
  return 2.0 * (args->phases ? 4 : 9) * args->x.c * args->columns;
}

static void
dispatch_band (LimnPlan *plan, const LimnConvArgs *args, const LimnEpilogue *epilogue, guint64 row0, guint64 row1)
{
  guint32 constants[LIMN_MAX_CONSTANTS] = { 0 };
  LimnArray x = args->x, out = epilogue->out;
  gboolean stretched = args->up_h != 0 && !args->phases;
  struct LimnConvPush push = {
    .in_h = x.h,
    .in_w = x.w,
    .out_h = out.h,
    .out_w = out.w,
    .up_h = stretched ? args->up_h : x.h,
    .up_w = stretched ? args->up_w : x.w,
    .stride = args->stride,
    .pad_top = !args->pad_end - (args->phases ? args->above / 2 : args->above),
    .pad_left = !args->pad_end,
    .k = (x.c + 7) / 8,
    .in_stride = x.stride / 8,
    .in_first = x.first / 8,
    .around = (int) around_of (args),
  };
  LimnDispatch dispatch = {
    .pipeline = { .n_bindings = OPERAND_OUTER + 1, .n_constants = CONV_WAY + 1, .push_size = sizeof push },
    .push = &push,
    .flop = (double) (row1 - row0) * flop_per_row (args),
  };
  gboolean rows_fastest = limn_array_rows (out) < (guint64) args->columns * 9;

  limn_epilogue_set (epilogue, row0, row1, rows_fastest, constants, &dispatch, &push.e);
  constants[MATMUL_ROW_BIAS] = TRUE; /* beside nine taps its load is nothing: one variant less */
  constants[CONV_WAY] = way_of (args, epilogue->way.variant);
  if (args->phases) {
    int rows = epilogue->way.tile->rows, pixels = (int) (row1 - row0) / 4;

    push.e.row_tiles = 4 * ((pixels + rows - 1) / rows);
  }
  dispatch.bindings[OPERAND_X] = limn_kernel_reads (x);
  dispatch.bindings[OPERAND_OUTER] = limn_kernel_reads (args->finish.outer.id != 0 ? args->finish.outer : args->slopes);
  limn_kernel_dispatch (plan, &dispatch, &epilogue->way, constants, (guint64) push.e.column_tiles * push.e.row_tiles);
}

LimnArray
limn_kernel_conv (LimnPlan *plan, const LimnConvArgs *args)
{
  const LimnFinish *finish = &args->finish;
  LimnArray x = args->x;

  g_assert (x.id != 0 && args->columns > 0 && (args->stride == 1 || args->stride == 2));
  g_assert (!finish->gated);
  g_assert (finish->residual.id == 0 || finish->residual.store == x.store);
  g_assert (finish->outer.id == 0 || finish->outer.store == x.store);
  g_assert ((args->slopes.id != 0) == (finish->activation == LIMN_ACTIVATION_PRELU));
  g_assert (args->slopes.id == 0 || (finish->outer.id == 0 && args->slopes.c == args->columns));

  int up_h = args->up_h != 0 ? args->up_h : x.h, up_w = args->up_w != 0 ? args->up_w : x.w;
  int pad = args->pad_end ? 1 : 2;
  int out_h = (up_h + pad - 3) / args->stride + 1, out_w = (up_w + pad - 3) / args->stride + 1;

  if (args->out_h > 0) {
    g_assert (x.n == 1 && args->out_h * args->stride <= up_h - args->above + 2);
    out_h = args->out_h;
  }
  g_assert (!args->phases || (is_twice (args) && args->weight.kind == NULL));
  const LimnWeightKind *kind =
      limn_kernel_weight_kind (args->weight, x.store, args->columns, args->phases ? LIMN_PHASE_TAPS : 9, x.c);
  LimnEpilogue epilogue = {
    .weight = args->weight,
    .way = limn_kernel_way (plan, limn_shape_of_conv (args), "conv", x.store, kind->suffix),
    .bias = args->bias,
    .columns = args->columns,
    .finish = *finish,
    .out = limn_kernel_output (plan, finish->into, finish->out_f32 ? LIMN_STORE_F32 : x.store, x.n, out_h, out_w,
                               args->columns),
  };
  guint64 rows = limn_array_rows (epilogue.out);
  guint64 band =
      limn_kernel_band (plan, rows, limn_array_bytes (epilogue.out) / rows, flop_per_row (args), args->columns / 256.0);
  if (args->phases && band < rows) /* what whole rows of x become */
    band = MAX (band / (2 * (guint64) out_w), 1) * 2 * (guint64) out_w;
  for (guint64 row = 0; row < rows; row += band)
    dispatch_band (plan, args, &epilogue, row, MIN (row + band, rows));
  return epilogue.out;
}
