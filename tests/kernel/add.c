/* add.c - cases of the add kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

typedef struct {
  CaseHead head;
  int n, rows, c;
  int items;   /* of the second */
  float share; /* 0: all of it, without a table of shares */
  int before, after;
  TrialTolerance tolerance;
} Case;

static const Case cases[] = {
  { { "one-row", CASE_ALL }, 1, 1, 8, 1, 0.8f },
  { { "one-channel" }, 1, 5, 1, 1, -0.5f },
  { { "level-320", CASE_ALL }, 2, 17, 320, 2, 1.5f },
  { { "level-1280" }, 1, 33, 1280, 1, 0.25f },
  { { "primes", CASE_ALL }, 1, 13, 37, 1, 0.7f },
  { { "tile-more-one" }, 1, 17, 65, 1 },
  { { "one-for-all", CASE_ALL }, 3, 19, 64, 1 },
  { { "one-for-two" }, 2, 257, 40, 1, 2 },
  { { "packed", CASE_ALL }, 2, 9, 64, 2, 0.3f, .before = 8, .after = 16 },
};

static const Case bench[] = {
  { { "16384 x 320" }, 1, 16384, 320, 1, 0.8f },
};

static void
run (Trial *trial, gconstpointer test_case)
{
  const float shares[] = { 77, 99, ((const Case *) test_case)->share };
  const Case *c = test_case;
  const float *x, *z;
  LimnAddArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->c, c->before, c->after }, &x),
    .z = trial_input (trial, (TrialInput){ c->items, c->rows, 1, c->c, c->after, c->before }, &z),
    .shares = c->share != 0 ? trial_vector_of (trial, G_N_ELEMENTS (shares), shares) : LIMN_NO_ARRAY,
    .share = 2,
  };

  trial_run (trial, limn_kernel_add (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  gsize item = (gsize) c->items * c->rows * c->c;
  for (gsize i = 0; i < (gsize) c->n * c->rows * c->c; i++)
    expected[i] = x[i] + (c->share != 0 ? (double) c->share : 1.0) * z[i % item];
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite add_suite = { "add", cases, bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench), run };
