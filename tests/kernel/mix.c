/* mix.c - cases of the mix kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

typedef struct {
  CaseHead head;
  int n, rows, c;
  gboolean ends; /* of some rows none of the second, of some all */
  int before, after;
  TrialTolerance tolerance;
} Case;

static const Case cases[] = {
  { { "one-row", CASE_ALL }, 1, 1, 8 },
  { { "one-channel" }, 1, 5, 1 },
  { { "level-640", CASE_ALL }, 2, 17, 640 },
  { { "level-1280" }, 1, 33, 1280 },
  { { "primes", CASE_ALL }, 1, 13, 37, TRUE },
  { { "tile-more-one" }, 1, 17, 65 },
  { { "three-items", CASE_ALL }, 3, 19, 64, TRUE, .tolerance = { 0, 1.1e-7 } },
  { { "packed", CASE_ALL }, 2, 9, 64, .before = 8, .after = 16 },
};

static const Case bench[] = {
  { { "4096 x 640" }, 1, 4096, 640 },
};

static float
share_of (const Case *c, int row)
{
  return c->ends && row % 5 < 2 ? (float) (row % 5) : (float) (1 + row % 7) / 9;
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  g_autofree float *table = g_new (float, 11 * (gsize) c->rows);
  const float *x, *z;

  for (int row = 0; row < c->rows; row++)
    for (int i = 0; i < 11; i++)
      table[11 * row + i] = i == 9 ? share_of (c, row) : 77;
  LimnMixArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->c, c->before, c->after }, &x),
    .z = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->c, c->after, c->before }, &z),
    .shares = trial_table_of (trial, c->rows, 11, table),
    .share = 9,
  };

  trial_run (trial, limn_kernel_mix (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  for (gsize i = 0; i < (gsize) c->n * c->rows * c->c; i++) {
    double share = (double) share_of (c, (int) (i / c->c % c->rows));

    expected[i] = share * z[i] + (1 - share) * x[i];
  }
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite mix_suite = { "mix", cases, bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench), run };
