/* max_pool.c - cases of the max_pool kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>

typedef struct {
  CaseHead head;
  int n, h, w, c, side;
  int before, after;
  int beside; /* the result lies so many channels into the array that x begins */
  TrialTolerance tolerance;
} Case;

static const Case cases[] = {
  { { "one-pixel", CASE_ALL }, 1, 1, 1, 8, 5 },
  { { "itself" }, 1, 3, 4, 8, 1 },
  { { "yolo", CASE_ALL }, 1, 20, 20, 128, 5 },
  { { "less-than-side" }, 2, 3, 2, 24, 5 },
  { { "primes", CASE_ALL }, 2, 13, 7, 37, 5 },
  { { "three" }, 1, 17, 19, 8, 3 },
  { { "packed", CASE_ALL }, 2, 9, 12, 64, 5, .before = 8, .after = 16 },
  { { "beside", CASE_ALL }, 2, 9, 12, 40, 5, .after = 56, .beside = 48 },
};

static const Case bench[] = { { { "20 x 20 x 128 by 5" }, 1, 20, 20, 128, 5 } };

static double
largest (const Case *c, const float *x, int row, int column)
{
  double most = -INFINITY;

  for (int i = row - c->side / 2; i <= row + c->side / 2; i++)
    for (int j = column - c->side / 2; j <= column + c->side / 2; j++)
      if (i >= 0 && i < c->h && j >= 0 && j < c->w)
        most = fmax (most, x[(i * c->w + j) * c->c]);
  return most;
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const gsize item = (gsize) c->h * c->w * c->c;
  const float *x;
  LimnMaxPoolArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->h, c->w, c->c, c->before, c->after }, &x),
    .side = c->side,
  };

  if (c->beside > 0) {
    args.into = args.x;
    args.into.first = c->beside;
  }
  trial_run (trial, limn_kernel_max_pool (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial), *at = expected;
  for (int i = 0; i < c->n; i++)
    for (int pixel = 0; pixel < c->h * c->w; pixel++)
      for (int k = 0; k < c->c; k++)
        *at++ = largest (c, x + i * item + k, pixel / c->w, pixel % c->w);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite max_pool_suite = {
  "max_pool", cases, bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench), run, .floats = TRUE,
};
