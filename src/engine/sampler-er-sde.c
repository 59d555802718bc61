/* sampler-er-sde.c - ER-SDE-Solver-3: an SDE whose noise fades as the paper fits it (Cui et al. 2023, algorithm 3).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

#define POINTS 200 /* of the sums that stand for its integrals, as the authors' */

/* How much of x is kept at a noise level (equation 29). */
static double
kept (double sigma)
{
  return sigma * (exp (pow (sigma, 0.3)) + 10);
}

/* The sums of 1 / kept and of (sigma - from) / kept between from and next. */
static void
integrate (double from, double next, double *first, double *second)
{
  double length = (from - next) / POINTS;

  *first = *second = 0;
  for (int i = 0; i < POINTS; i++) {
    double sigma = next + i * length;

    *first += length / kept (sigma);
    *second += length * (sigma - from) / kept (sigma);
  }
}

static void
advance (const LimnStep *step, float *out)
{
  double next = step->next, length = next - step->sigma, ratio = kept (next) / kept (step->sigma);
  double first = 0, second = 0;
  const LimnPast *past = step->past;

  if (step->n_past > 0)
    integrate (step->sigma, next, &first, &second);
  first = length + first * kept (next);
  second = length * length / 2 + second * kept (next);
  for (gsize i = 0; i < step->n; i++) {
    double denoised = step->denoised[0][i], x = ratio * step->x[i] + (1 - ratio) * denoised, slope = 0;

    if (step->n_past > 0) {
      slope = (denoised - past[0].denoised[i]) / (step->sigma - past[0].sigma);
      x += first * slope;
    }
    if (step->n_past > 1) {
      double before = ((double) past[0].denoised[i] - past[1].denoised[i]) / (past[0].sigma - past[1].sigma);

      x += second * (slope - before) / ((step->sigma - past[1].sigma) / 2);
    }
    out[i] = (float) x;
  }
  limn_sampler_add_noise (sqrt (MAX (0, next * next - step->sigma * step->sigma * ratio * ratio)), step->noise[0], out,
                          step->n);
}

const LimnSampler limn_sampler_er_sde = {
  .choice = { "er_sde", "ER-SDE", .history = 2, .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .advance = advance,
};
