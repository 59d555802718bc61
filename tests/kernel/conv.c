/* conv.c - cases of the conv kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <string.h>

typedef struct {
  CaseHead head;
  int n, h, w, k, columns;
  int stride; /* 0: 1 */
  int up_h, up_w;
  gboolean pad_end;
  gboolean silu, relu, leaky, prelu, bias, residual, out_f32, guarded;
  int steps;
  int before, after;
  int above, part; /* only so many rows, from above on: x is a part of a picture */
  float outer;     /* the scale beside an outer residual */
  int beside;      /* the result lies so many channels into the array that x begins */
  gboolean phases; /* where weights are values in the store */
  guint around;    /* LimnAround bits */
} Case;

static const Case cases[] = {
  { { "one" }, 1, 1, 1, 1, 1 },
  { { "conv-in", CASE_MORE }, 2, 9, 7, 4, 320, .bias = TRUE },
  { { "conv-out" }, 2, 9, 7, 320, 4, .bias = TRUE, .out_f32 = TRUE, .guarded = TRUE },
  { { "rgb-in" }, 1, 12, 11, 3, 128, .bias = TRUE },
  { { "rgb-out" }, 1, 12, 11, 128, 3, .bias = TRUE, .guarded = TRUE },
  { { "primes", CASE_ALL }, 1, 5, 7, 13, 17, .bias = TRUE, .guarded = TRUE },
  { { "tile" }, 1, 4, 4, 8, 32, .guarded = TRUE },
  { { "tile-less-one" }, 1, 3, 5, 8, 31, .guarded = TRUE },
  { { "tile-more-one" }, 1, 17, 1, 16, 33, .guarded = TRUE },
  { { "resblock-1" }, 2, 8, 8, 64, 64, .bias = TRUE, .steps = 3 },
  { { "resblock-2" }, 2, 8, 8, 320, 64, .bias = TRUE, .residual = TRUE },
  { { "silu", CASE_MORE }, 1, 6, 5, 32, 40, .silu = TRUE, .bias = TRUE, .steps = 2, .residual = TRUE },
  { { "relu", CASE_MORE }, 1, 6, 5, 4, 64, .relu = TRUE, .bias = TRUE },
  { { "relu-residual", CASE_MORE }, 1, 5, 7, 64, 60, .relu = TRUE, .bias = TRUE, .residual = TRUE, .guarded = TRUE },
  { { "leaky", CASE_MORE }, 1, 6, 5, 24, 40, .leaky = TRUE, .bias = TRUE, .guarded = TRUE },
  { { "prelu", CASE_MORE }, 2, 5, 6, 3, 44, .prelu = TRUE, .bias = TRUE, .guarded = TRUE },
  { { "outer", CASE_MORE }, 1, 5, 7, 40, 20, .bias = TRUE, .residual = TRUE, .outer = 0.2f, .guarded = TRUE },
  { { "outer-packed" }, 2, 3, 5, 16, 24, .residual = TRUE, .outer = -3, .before = 8, .after = 16 },
  { { "dense", CASE_MORE }, 1, 6, 7, 24, 32, .leaky = TRUE, .bias = TRUE, .beside = 24 },
  { { "dense-primes", CASE_ALL }, 2, 5, 3, 24, 17, .bias = TRUE, .residual = TRUE, .outer = 0.5f, .beside = 40 },
  { { "down-even" }, 2, 8, 12, 32, 32, 2, .bias = TRUE },
  { { "down-odd", CASE_MORE }, 1, 7, 9, 32, 32, 2, .bias = TRUE },
  { { "down-one" }, 1, 1, 1, 8, 8, 2, .bias = TRUE },
  { { "down-pad-end-even" }, 1, 8, 10, 32, 24, 2, .pad_end = TRUE, .bias = TRUE },
  { { "down-pad-end-odd" }, 1, 9, 7, 32, 24, 2, .pad_end = TRUE, .bias = TRUE },
  { { "up-twice" }, 2, 5, 4, 32, 32, 0, 10, 8, .bias = TRUE },
  { { "up-odd", CASE_MORE }, 1, 5, 4, 32, 32, 0, 9, 7, .bias = TRUE },
  { { "up-to-skip" }, 1, 3, 7, 16, 16, 0, 5, 14, .bias = TRUE },
  { { "packed-inputs" }, 2, 5, 6, 40, 24, .bias = TRUE, .residual = TRUE, .before = 16, .after = 8 },
  { { "part", CASE_MORE }, 1, 11, 7, 32, 24, .bias = TRUE, .above = 1, .part = 9 },
  { { "part-first" }, 1, 11, 7, 32, 24, .bias = TRUE, .part = 10 },
  { { "part-last" }, 1, 11, 7, 32, 24, .bias = TRUE, .above = 1, .part = 10 },
  { { "part-up", CASE_MORE }, 1, 6, 5, 32, 24, 0, 12, 10, .bias = TRUE, .above = 2, .part = 8 },
  { { "part-up-last" }, 1, 6, 5, 32, 24, 0, 12, 10, .bias = TRUE, .above = 2, .part = 10 },
  { { "part-down" }, 1, 9, 10, 32, 24, 2, .pad_end = TRUE, .bias = TRUE, .part = 4 },
  { { "phases", CASE_MORE }, 2, 5, 4, 32, 32, 0, 10, 8, .bias = TRUE, .phases = TRUE, .guarded = TRUE },
  { { "phases-one" }, 1, 1, 1, 8, 8, 0, 2, 2, .phases = TRUE },
  { { "phases-primes", CASE_ALL },
    2,
    7,
    5,
    13,
    17,
    0,
    14,
    10,
    .bias = TRUE,
    .leaky = TRUE,
    .phases = TRUE,
    .steps = 2 },
  { { "phases-tiles", CASE_MORE }, 1, 11, 13, 72, 136, 0, 22, 26, .bias = TRUE, .residual = TRUE, .phases = TRUE },
  { { "phases-packed" }, 2, 3, 5, 16, 24, 0, 6, 10, .residual = TRUE, .phases = TRUE, .before = 8, .after = 16 },
  { { "phases-part", CASE_MORE }, 1, 6, 5, 32, 24, 0, 12, 10, .bias = TRUE, .above = 2, .part = 8, .phases = TRUE },
  { { "phases-last" }, 1, 6, 5, 32, 24, 0, 12, 10, .bias = TRUE, .above = 2, .part = 10, .phases = TRUE },
  { { "phases-f32" }, 1, 9, 4, 24, 8, 0, 18, 8, .bias = TRUE, .out_f32 = TRUE, .phases = TRUE },
  { { "around-one", CASE_MORE }, 1, 1, 1, 8, 8, .bias = TRUE, .around = 3 },
  { { "around-across", CASE_MORE }, 2, 5, 7, 13, 17, .bias = TRUE, .around = 1, .guarded = TRUE },
  { { "around-down", CASE_MORE }, 2, 7, 5, 24, 40, .bias = TRUE, .residual = TRUE, .around = 2 },
  { { "around", CASE_ALL }, 2, 6, 5, 40, 33, .silu = TRUE, .bias = TRUE, .steps = 2, .around = 3, .guarded = TRUE },
  { { "around-half-even", CASE_MORE }, 1, 8, 12, 32, 32, 2, .bias = TRUE, .around = 3 },
  { { "around-half-odd" }, 1, 7, 9, 32, 32, 2, .bias = TRUE, .around = 3 },
  { { "around-pad-end" }, 1, 8, 10, 32, 24, 2, .pad_end = TRUE, .bias = TRUE, .around = 3 },
  { { "around-up", CASE_MORE }, 2, 5, 4, 32, 32, 0, 10, 8, .bias = TRUE, .around = 3 },
  { { "around-up-odd" }, 1, 5, 4, 32, 32, 0, 9, 7, .bias = TRUE, .around = 3 },
  { { "around-part" }, 1, 11, 7, 32, 24, .bias = TRUE, .above = 1, .part = 9, .around = 1 },
  { { "around-phases", CASE_ALL }, 2, 5, 4, 32, 32, 0, 10, 8, .bias = TRUE, .phases = TRUE, .around = 3 },
  { { "around-phases-one" }, 1, 1, 1, 8, 8, 0, 2, 2, .phases = TRUE, .around = 3 },
  { { "around-phases-part" },
    1,
    6,
    5,
    32,
    24,
    0,
    12,
    10,
    .bias = TRUE,
    .above = 2,
    .part = 8,
    .phases = TRUE,
    .around = 1 },
  { { "wide-row" }, 1, 2, 67, 16, 40, .bias = TRUE },
};

static const Case bench[] = {
  { { "32 x 32, 320 -> 320" }, 1, 32, 32, 320, 320, .bias = TRUE },
  { { "32 x 32, 640 -> 640" }, 1, 32, 32, 640, 640, .bias = TRUE },
  { { "16 x 16, 1280 -> 1280" }, 1, 16, 16, 1280, 1280, .bias = TRUE },
  { { "128 x 128, 128 -> 128" }, 1, 128, 128, 128, 128, .bias = TRUE },
  { { "64 x 64, 4 -> 320" }, 1, 64, 64, 4, 320, .bias = TRUE },
  { { "64 x 64, 320 -> 4" }, 1, 64, 64, 320, 4, .bias = TRUE, .out_f32 = TRUE },
  { { "32 x 32 up, 320 -> 320" }, 1, 16, 16, 320, 320, 0, 32, 32, .bias = TRUE },
};

/* x is what it was, and what is neither x nor the result still poisoned. */
static void
check_beside (Trial *trial, LimnArray x, const float *values, LimnArray out)
{
  gsize rows = limn_array_rows (x), value = x.store == LIMN_STORE_F16 ? 2 : 4, row_bytes = x.stride * value;
  const guint8 *bytes = limn_plan_map (trial->plan, x);
  g_autofree float *now = g_new (float, rows *x.c);

  limn_plan_read_rows (trial->plan, x, now);
  g_assert_cmpmem (now, rows * x.c * sizeof *now, values, rows * x.c * sizeof *now);
  for (gsize i = 0; i < rows * row_bytes; i++) {
    int channel = (int) (i % row_bytes / value);

    if (channel >= x.c && (channel < out.first || channel >= out.first + (out.c + 7) / 8 * 8))
      g_assert_cmpint (bytes[i], ==, 0xff);
  }
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *x, *weight, *bias = NULL, *residual = NULL, *row_bias = NULL, *slopes = NULL, *outer = NULL;
  int after = c->beside > 0 ? c->beside + c->columns + 8 - c->k : c->after;
  LimnStore out_store = c->out_f32 ? LIMN_STORE_F32 : trial->store;
  RefConv conv = { c->n,
                   c->h,
                   c->w,
                   c->k,
                   c->up_h != 0 ? c->up_h : c->h,
                   c->up_w != 0 ? c->up_w : c->w,
                   .stride = c->stride != 0 ? c->stride : 1,
                   .pad = c->pad_end ? 0 : 1,
                   .around = c->around };
  LimnConvArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->h, c->w, c->k, c->before, after }, &x),
    .phases = c->phases && trial->kind == limn_weight_kinds,
    .columns = c->columns,
    .stride = conv.stride,
    .up_h = c->up_h,
    .up_w = c->up_w,
    .pad_end = c->pad_end,
    .out_h = c->part,
    .above = c->above,
    .around = c->around,
    .finish.activation = c->relu    ? LIMN_ACTIVATION_RELU
                         : c->silu  ? LIMN_ACTIVATION_SILU
                         : c->leaky ? LIMN_ACTIVATION_LEAKY_RELU
                         : c->prelu ? LIMN_ACTIVATION_PRELU
                                    : LIMN_ACTIVATION_NONE,
    .finish.outer_scale = c->outer,
    .finish.out_f32 = c->out_f32,
  };

  args.weight = args.phases ? trial_phases (trial, c->columns, c->k, &weight)
                            : trial_matrix (trial, c->columns, 9, c->k, &weight);
  /* Padded by one on two sides, or on one. */
  conv.out_h = (conv.up_h + (c->pad_end ? 1 : 2) - 3) / conv.stride + 1;
  conv.out_w = (conv.up_w + (c->pad_end ? 1 : 2) - 3) / conv.stride + 1;
  if (c->bias)
    args.bias = trial_vector (trial, c->columns, 0, 1, &bias);
  if (c->residual)
    args.finish.residual =
        trial_input (trial, (TrialInput){ c->n, conv.out_h, conv.out_w, c->columns, c->before, c->after }, &residual);
  if (c->prelu)
    args.slopes = trial_vector (trial, c->columns, 0, 1, &slopes);
  if (c->outer != 0)
    args.finish.outer =
        trial_input (trial, (TrialInput){ c->n, conv.out_h, conv.out_w, c->columns, c->before, c->after }, &outer);
  if (c->beside > 0) {
    args.finish.into = args.x;
    args.finish.into.first = c->beside;
    args.finish.into.c = c->columns;
  }
  if (c->steps > 0) {
    args.finish.row_bias = trial_input (trial, (TrialInput){ c->steps, c->n, 1, c->columns, .f32 = TRUE }, &row_bias);
    args.finish.step = trial_int (trial, c->steps - 1);
    row_bias += (gsize) (c->steps - 1) * c->n * c->columns;
  }
  if (c->guarded)
    args.finish.into = trial_guarded (trial, out_store, c->n, conv.out_h, conv.out_w, c->columns);

  LimnArray out = limn_kernel_conv (trial->plan, &args);
  g_assert_cmpint (out.h, ==, c->part > 0 ? c->part : conv.out_h);
  g_assert_cmpint (out.w, ==, conv.out_w);
  trial_run (trial, out);
  if (trial->bench)
    return;
  const RefEpilogue epilogue = { c->n,     conv.out_h * conv.out_w, c->columns, bias,  row_bias,
                                 residual, args.finish.activation,  slopes,     outer, c->outer };
  double *expected = trial_expected (trial);
  gsize row = (gsize) conv.out_w * c->columns;
  g_autofree double *whole = g_new (double, c->n *conv.out_h *row);
  ref_conv (&conv, x, weight, &epilogue, whole);
  memcpy (expected, whole + c->above * row, (gsize) c->n * out.h * row * sizeof (double));
  trial_compare (trial, out_store, expected, (TrialTolerance){ 0 });
  if (c->beside > 0)
    check_beside (trial, args.x, x, out);
}

const Suite conv_suite = { "conv", cases,         bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench),
                           run,    .weighs = TRUE };
