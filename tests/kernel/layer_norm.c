/* layer_norm.c - cases of the layer_norm kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

typedef struct {
  CaseHead head;
  int n, rows, c;
  float mean, deviation;
  int before, after;
  TrialTolerance tolerance;
} Case;

static const Case cases[] = {
  { { "one-row", CASE_ALL }, 1, 1, 8 },
  { { "one-channel" }, 1, 5, 1 },
  { { "clip", CASE_ALL }, 2, 77, 64 },
  { { "clip-768" }, 1, 77, 768 },
  { { "transformer-320" }, 2, 17, 320 },
  { { "transformer-1280", CASE_ALL }, 1, 33, 1280 },
  { { "primes", CASE_ALL }, 1, 13, 37 },
  { { "tile-less-one" }, 1, 15, 63 },
  { { "tile-more-one" }, 1, 17, 65 },
  { { "packed-inputs", CASE_ALL }, 2, 9, 64, .before = 8, .after = 16 },
  { { "large-mean", CASE_ALL }, 1, 19, 640, .mean = 50, .deviation = 0.5f, .tolerance = { 2e-5, 1e-9 } },
};

static const Case bench[] = {
  { { "1024 x 640" }, 1, 1024, 640 },
  { { "256 x 1280" }, 1, 256, 1280 },
};

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *x, *gamma, *beta;
  LimnLayerNormArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->c, c->before, c->after, c->mean, c->deviation }, &x),
    .gamma = trial_vector (trial, c->c, 1, 0.2f, &gamma),
    .beta = trial_vector (trial, c->c, 0, 0.5f, &beta),
    .epsilon = 1e-5f,
  };

  trial_run (trial, limn_kernel_layer_norm (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  ref_layer_norm (x, c->n * c->rows, c->c, gamma, beta, args.epsilon, expected);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite layer_norm_suite = { "layer_norm",         cases, bench, sizeof (Case), G_N_ELEMENTS (cases),
                                 G_N_ELEMENTS (bench), run };
