/* sampler-lms.c - LMS: along a polynomial through the directions of the last steps (Adams and Bashforth 1883, over
 * sigma; Katherine Crowson's k-diffusion).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

#define ORDER 4

/* The integral from sigma to next of the Lagrange polynomial that is 1 at levels[j] and 0 at the others: Gauss' rule of
 * two points, which is exact for its degree. */
static double
weigh (const double *levels, int count, int j, double next)
{
  const double middle = (levels[0] + next) / 2, half = (next - levels[0]) / 2;
  double sum = 0;

  for (int side = -1; side <= 1; side += 2) {
    double at = middle + side * half / sqrt (3), value = 1;

    for (int k = 0; k < count; k++)
      if (k != j)
        value *= (at - levels[k]) / (levels[j] - levels[k]);
    sum += value;
  }
  return sum * half;
}

static void
advance (const LimnStep *step, float *out)
{
  const int count = (int) MIN (step->n_past, ORDER - 1) + 1;
  double levels[ORDER] = { step->sigma }, weights[ORDER];

  for (int k = 1; k < count; k++)
    levels[k] = step->past[k - 1].sigma;
  for (int k = 0; k < count; k++)
    weights[k] = weigh (levels, count, k, step->next);
  for (gsize i = 0; i < step->n; i++) {
    double x = step->x[i] + weights[0] * (((double) step->x[i] - step->denoised[0][i]) / step->sigma);

    for (int k = 1; k < count; k++)
      x += weights[k] * limn_past_slope (&step->past[k - 1], i);
    out[i] = (float) x;
  }
}

const LimnSampler limn_sampler_lms = {
  .choice = { "lms", "LMS", .history = ORDER - 1 },
  .evaluations = 1,
  .advance = advance,
};
