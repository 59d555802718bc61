/* nag.c - cases of the nag kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>

typedef struct {
  CaseHead head;
  int n, rows, c;
  float scale, tau, alpha;
  int before, after;
  TrialTolerance tolerance;
} Case;

/* Of normal values the length grows about as the square root of scale² + (scale - 1)². */
static const Case cases[] = {
  { { "one-row", CASE_ALL }, 1, 1, 8, 3, 2.5f, 0.5f },
  { { "one-channel" }, 1, 5, 1, 3, 2.5f, 0.5f },
  { { "transformer-640", CASE_ALL }, 2, 17, 640, 3, 2.5f, 0.5f },
  { { "transformer-1280" }, 1, 33, 1280, 5, 2.5f, 0.25f },
  { { "primes", CASE_ALL }, 1, 13, 37, 4, 2, 0.7f },
  { { "tile-more-one" }, 1, 17, 65, 1.5f, 1.6f, 1 },
  { { "packed", CASE_ALL }, 2, 9, 64, 3, 2.5f, 0.5f, .before = 8, .after = 16 },
  { { "not-longer" }, 2, 9, 64, 2, 100, 0.5f },
  { { "none-of-it" }, 2, 19, 64, 5, 2.5f, 0 },
};

static const Case bench[] = {
  { { "1024 x 640" }, 1, 1024, 640, 3, 2.5f, 0.5f },
};

static void
expect (const Case *c, const float *x, const float *z, double *out)
{
  double length = 0, guided = 0, shorter;

  for (int i = 0; i < c->c; i++) {
    length += fabs ((double) x[i]);
    guided += fabs ((double) x[i] * c->scale - (double) z[i] * ((double) c->scale - 1));
  }
  shorter = guided > c->tau * length ? c->tau * length / guided : 1;
  for (int i = 0; i < c->c; i++) {
    double away = (double) x[i] * c->scale - (double) z[i] * ((double) c->scale - 1);

    out[i] = c->alpha * shorter * away + (1.0 - c->alpha) * x[i];
  }
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *x, *z;
  LimnNagArgs args = {
    .positive = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->c, c->before, c->after }, &x),
    .negative = trial_input (trial, (TrialInput){ c->n, c->rows, 1, c->c, c->after, c->before }, &z),
    .scale = c->scale,
    .tau = c->tau,
    .alpha = c->alpha,
  };

  trial_run (trial, limn_kernel_nag (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  for (int row = 0; row < c->n * c->rows; row++)
    expect (c, x + (gsize) row * c->c, z + (gsize) row * c->c, expected + (gsize) row * c->c);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite nag_suite = { "nag", cases, bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench), run };
