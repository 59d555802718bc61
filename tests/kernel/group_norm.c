/* group_norm.c - cases of group_norm with group_norm_stats and group_norm_fold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <string.h>

typedef struct {
  CaseHead head;
  int n, h, w, c, c2, groups;
  float epsilon;
  gboolean silu;
  float mean, deviation; /* of x */
  int before, after;
  TrialTolerance tolerance;
  int band; /* rows of each band in which it lies; 0: it is whole */
} Case;

static const Case cases[] = {
  { { "one-pixel", CASE_ALL }, 1, 1, 1, 32, 0, 4, 1e-5f },
  { { "one-a-group", CASE_ALL }, 2, 5, 7, 32, 0, 32, 1e-5f, TRUE },
  { { "two-a-group", CASE_ALL }, 1, 8, 8, 64, 0, 32, 1e-6f },
  { { "ten-a-group", CASE_ALL }, 2, 9, 8, 320, 0, 32, 1e-5f, TRUE },
  { { "twenty-a-group" }, 2, 8, 16, 640, 0, 32, 1e-5f, TRUE },
  { { "forty-a-group" }, 1, 4, 4, 1280, 0, 32, 1e-6f },
  { { "four-a-group" }, 1, 31, 33, 128, 0, 32, 1e-6f, TRUE },
  { { "band-less-one" }, 1, 63, 1, 64, 0, 32, 1e-5f },
  { { "band-more-one" }, 2, 65, 1, 64, 0, 32, 1e-5f },
  { { "one-group" }, 2, 11, 13, 24, 0, 1, 1e-5f },
  { { "concat", CASE_ALL }, 2, 6, 7, 320, 640, 32, 1e-5f, TRUE },
  { { "concat-across-a-group" }, 2, 6, 7, 40, 56, 8, 1e-5f },
  { { "packed-inputs", CASE_ALL }, 2, 6, 7, 64, 32, 8, 1e-5f, TRUE, .before = 16, .after = 8 },
  { { "large-mean", CASE_ALL }, 1, 33, 31, 64, 0, 32, 1e-5f, .mean = 100, .tolerance = { 2e-5, 1e-9 } },
  { { "bands", CASE_ALL }, 1, 21, 16, 64, 0, 8, 1e-5f, TRUE, .mean = 3, .band = 8 },
  { { "bands-narrow" }, 1, 130, 3, 40, 0, 8, 1e-5f, .band = 64 },
  { { "bands-packed" }, 1, 12, 32, 64, 0, 32, 1e-5f, TRUE, .before = 16, .after = 8, .band = 4 },
  { { "small-deviation" }, 1, 16, 16, 64, 0, 32, 1e-6f, .deviation = 1e-3f },
};

static const Case bench[] = {
  { { "64 x 64, 320" }, 1, 64, 64, 320, 0, 32, 1e-5f, TRUE },
  { { "32 x 32, 1280 + 640" }, 1, 32, 32, 1280, 640, 32, 1e-5f, TRUE },
  { { "256 x 256, 128" }, 1, 256, 256, 128, 0, 32, 1e-6f, TRUE },
};

/* [rows, a] beside [rows, b]; (transfer full) */
static float *
join (const float *a, int n_a, const float *b, int n_b, int rows)
{
  float *out = g_new (float, (gsize) rows *(n_a + n_b));

  for (int row = 0; row < rows; row++) {
    memcpy (out + (gsize) row * (n_a + n_b), a + (gsize) row * n_a, sizeof (float) * n_a);
    if (n_b > 0)
      memcpy (out + (gsize) row * (n_a + n_b) + n_a, b + (gsize) row * n_b, sizeof (float) * n_b);
  }
  return out;
}

/* The same of copies of the parts, into one picture. */
static LimnArray
in_bands (LimnPlan *plan, const LimnGroupNormArgs *args, int rows)
{
  LimnArray x = args->x, bands[8], out = limn_plan_array (plan, x.store, 1, x.h, x.w, x.c);
  LimnGroupNormArgs part = *args;
  int n = 0;

  for (int y = 0; y < x.h; y += rows, n++) {
    bands[n] = limn_plan_array (plan, x.store, 1, MIN (rows, x.h - y), x.w, x.c);
    limn_kernel_group_norm_apply (plan, args, LIMN_NO_ARRAY, y, bands[n].h, bands[n], 0);
  }
  LimnArray folded = limn_kernel_group_norm_fold (plan, args, bands, n);
  for (int i = 0; i < n; i++) {
    part.x = bands[i];
    limn_kernel_group_norm_apply (plan, &part, folded, 0, bands[i].h, out, i * rows);
  }
  return out;
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *x, *x2 = NULL, *gamma, *beta;
  int rows = c->h * c->w, channels = c->c + c->c2;
  LimnGroupNormArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->h, c->w, c->c, c->before, c->after, c->mean, c->deviation }, &x),
    .gamma = trial_vector (trial, channels, 1, 0.2f, &gamma),
    .beta = trial_vector (trial, channels, 0, 0.5f, &beta),
    .groups = c->groups,
    .epsilon = c->epsilon,
    .silu = c->silu,
  };

  if (c->c2 > 0)
    args.x2 = trial_input (trial, (TrialInput){ c->n, c->h, c->w, c->c2, c->after, c->before, -1, 2 }, &x2);
  if (c->band > 0)
    trial_run (trial, in_bands (trial->plan, &args, c->band));
  else
    trial_run (trial, limn_kernel_group_norm (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  g_autofree float *joined = join (x, c->c, x2, c->c2, c->n * rows);
  ref_group_norm (joined, c->n, rows, channels, c->groups, gamma, beta, c->epsilon, c->silu, expected);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite group_norm_suite = { "group_norm",         cases, bench, sizeof (Case), G_N_ELEMENTS (cases),
                                 G_N_ELEMENTS (bench), run };
