/* matmul.c - cases of the matmul kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>

typedef struct {
  CaseHead head;
  int n, rows, k, k2, columns; /* rows of one item */
  LimnActivation activation;
  gboolean bias, gated, residual, out_f32, guarded;
  int steps;         /* of a row bias; the last is used */
  int before, after; /* channels around x, x2, low and the residual */
  int low;           /* few channels whose product is added */
} Case;

static const Case cases[] = {
  { { "one" }, 1, 1, 1, 0, 1 },
  { { "time-embedding" }, 2, 1, 320, 0, 1280, LIMN_ACTIVATION_SILU, .bias = TRUE },
  { { "primes", CASE_ALL }, 1, 13, 17, 0, 19, .bias = TRUE, .guarded = TRUE },
  { { "tile" }, 1, 16, 8, 0, 32, .guarded = TRUE },
  { { "tile-less-one" }, 1, 15, 8, 0, 31, .guarded = TRUE },
  { { "tile-more-one" }, 1, 17, 16, 0, 33, .guarded = TRUE },
  { { "three-tiles" }, 1, 48, 24, 0, 96, .bias = TRUE },
  { { "odd-items" }, 3, 7, 40, 0, 72, .bias = TRUE, .steps = 2, .residual = TRUE },
  { { "clip-out" }, 1, 77, 768, 0, 768, .bias = TRUE, .residual = TRUE },
  { { "quick-gelu" }, 1, 77, 64, 0, 128, LIMN_ACTIVATION_QUICK_GELU, .bias = TRUE },
  { { "relu", CASE_MORE }, 1, 9, 48, 0, 40, LIMN_ACTIVATION_RELU, .bias = TRUE, .residual = TRUE },
  { { "gelu" }, 1, 77, 64, 0, 128, LIMN_ACTIVATION_GELU, .bias = TRUE },
  { { "text-projection" }, 2, 1, 1280, 0, 1280 },
  { { "qkv" }, 2, 33, 320, 0, 960 },
  { { "packed-inputs", CASE_MORE }, 1, 35, 64, 0, 64, .bias = TRUE, .residual = TRUE, .before = 64, .after = 24 },
  { { "row-bias", CASE_MORE }, 2, 9, 48, 0, 40, LIMN_ACTIVATION_SILU, .bias = TRUE, .steps = 3, .guarded = TRUE },
  { { "row-bias-odd" }, 2, 21, 24, 0, 37, .bias = TRUE, .steps = 4, .residual = TRUE },
  { { "geglu", CASE_MORE }, 2, 17, 64, 0, 256, .bias = TRUE, .gated = TRUE, .guarded = TRUE },
  { { "geglu-eight" }, 1, 17, 40, 0, 8, .bias = TRUE, .gated = TRUE, .guarded = TRUE },
  { { "geglu-forty" }, 1, 15, 320, 0, 40, .bias = TRUE, .gated = TRUE },
  { { "two-inputs", CASE_MORE }, 1, 40, 64, 32, 64, .bias = TRUE, .residual = TRUE },
  { { "two-inputs-odd" }, 2, 19, 24, 13, 21, .bias = TRUE, .residual = TRUE },
  { { "skip-shortcut" }, 1, 64, 640, 320, 320, .bias = TRUE, .residual = TRUE },
  { { "vae-quant" }, 1, 35, 8, 0, 8, .bias = TRUE },
  { { "vae-post-quant" }, 1, 35, 4, 0, 4, .bias = TRUE, .guarded = TRUE },
  { { "low", CASE_ALL }, 1, 13, 24, 0, 19, .bias = TRUE, .guarded = TRUE, .low = 8 },
  { { "low-geglu", CASE_ALL }, 2, 17, 64, 0, 72, .bias = TRUE, .gated = TRUE, .guarded = TRUE, .low = 24 },
  { { "low-two-inputs", CASE_MORE }, 2, 19, 64, 40, 64, .residual = TRUE, .before = 24, .after = 64, .low = 40 },
  { { "low-odd" }, 3, 7, 32, 0, 37, .activation = LIMN_ACTIVATION_QUICK_GELU, .bias = TRUE, .steps = 2, .low = 13 },
  { { "low-many" }, 1, 40, 8, 0, 96, .residual = TRUE, .low = 200 },
  { { "out-f32" }, 1, 20, 72, 0, 36, .bias = TRUE, .out_f32 = TRUE, .guarded = TRUE, .residual = TRUE },
};

static const Case bench[] = {
  { { "1024 x 1280 -> 1280" }, 1, 1024, 1280, 0, 1280, .bias = TRUE, .residual = TRUE },
  { { "1024 x 640 -> 640" }, 1, 1024, 640, 0, 640, .bias = TRUE, .residual = TRUE },
  { { "256 x 1280 -> 3840" }, 1, 256, 1280, 0, 3840 },
  { { "256 x 1280 -> 5120 gated" }, 1, 256, 1280, 0, 5120, .bias = TRUE, .gated = TRUE },
  { { "256 x 5120 -> 1280" }, 1, 256, 5120, 0, 1280, .bias = TRUE, .residual = TRUE },
  { { "154 x 2048 -> 2560" }, 1, 154, 2048, 0, 2560 },
  { { "77 x 768 -> 3072" }, 1, 77, 768, 0, 3072, LIMN_ACTIVATION_QUICK_GELU, .bias = TRUE },
  { { "4096 x 320 -> 320" }, 1, 4096, 320, 0, 320, .bias = TRUE },
};

/* Each row of a, then the same of b.  (transfer full) */
static float *
side_by_side (const float *a, int k, const float *b, int more, int rows)
{
  float *both = g_new (float, (gsize) rows *(k + more));

  for (int row = 0; row < rows; row++) {
    for (int i = 0; i < k; i++)
      both[(gsize) row * (k + more) + i] = a[(gsize) row * k + i];
    for (int i = 0; i < more; i++)
      both[(gsize) row * (k + more) + k + i] = b[(gsize) row * more + i];
  }
  return both;
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *x, *x2 = NULL, *weight, *bias = NULL, *residual = NULL, *row_bias = NULL, *low = NULL, *up = NULL;
  int wide = c->gated ? 2 * c->columns : c->columns;
  LimnStore out_store = c->out_f32 ? LIMN_STORE_F32 : trial->store;
  LimnMatmulArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->k, c->before, c->after }, &x),
    .weight = trial_matrix (trial, wide, 1, c->k + c->k2, &weight),
    .columns = c->columns,
    .finish.activation = c->activation,
    .finish.gated = c->gated,
    .finish.out_f32 = c->out_f32,
  };

  if (c->k2 > 0)
    args.x2 = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->k2, c->after, c->before }, &x2);
  if (c->low > 0) {
    args.low = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->low, c->after, c->before }, &low);
    args.up = trial_input (trial, (TrialInput){ 1, wide, 1, c->low, .deviation = 1 / sqrtf ((float) c->low) }, &up);
  }
  if (c->bias)
    args.bias = trial_vector (trial, wide, 0, 1, &bias);
  if (c->residual)
    args.finish.residual =
        trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->columns, c->before, c->after }, &residual);
  if (c->steps > 0) {
    args.finish.row_bias = trial_input (trial, (TrialInput){ c->steps, c->n, 1, c->columns, .f32 = TRUE }, &row_bias);
    args.finish.step = trial_int (trial, c->steps - 1);
    row_bias += (gsize) (c->steps - 1) * c->n * c->columns;
  }
  if (c->guarded)
    args.finish.into = trial_guarded (trial, out_store, c->n, c->rows, 1, c->columns);

  trial_run (trial, limn_kernel_matmul (trial->plan, &args));
  if (trial->bench)
    return;
  const RefEpilogue epilogue = { c->n, c->rows, c->columns, bias, row_bias, residual, c->activation };
  double *expected = trial_expected (trial);
  /* to the reference they are more of the second input */
  g_autofree float *more = side_by_side (x2, c->k2, low, c->low, c->n * c->rows);
  g_autofree float *wider = side_by_side (weight, c->k + c->k2, up, c->low, wide);
  ref_matmul (x, c->k, more, c->k2 + c->low, wider, c->gated, &epilogue, expected);
  trial_compare (trial, out_store, expected, (TrialTolerance){ 0 });
}

const Suite matmul_suite = { "matmul", cases,         bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench),
                             run,      .weighs = TRUE };
