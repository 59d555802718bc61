/* sampler-heunpp2.c - Heun++: along a mean of the directions at the beginning, at the end and one step further, whose
 * weights fall with sigma (Carzit's sd-webui-samplers-scheduler).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static double
level (const LimnStep *step, int evaluation)
{
  return evaluation < step->left ? step->schedule->sigmas[step->index + evaluation] : 0;
}

/* Euler from where evaluation - 1 was made. */
static void
probe (const LimnStep *step, int evaluation, float *out)
{
  double from = step->sigma;
  const float *x = step->x;

  for (int k = 1; k <= evaluation; k++) {
    limn_sampler_line (from, level (step, k), x, step->denoised[k - 1], out, step->n);
    from = level (step, k);
    x = out;
  }
}

static void
advance (const LimnStep *step, float *out)
{
  const int count = MIN (step->left, 3);
  const double *sigmas = step->schedule->sigmas + step->index;
  double whole = count * step->schedule->sigmas[step->schedule->origin], weights[3] = { 1 };

  for (int k = 1; k < count; k++) {
    weights[k] = sigmas[k] / whole;
    weights[0] -= weights[k];
  }
  for (gsize i = 0; i < step->n; i++) {
    double x = step->x[i], mean = 0;

    for (int k = 0; k < count; k++) {
      double slope = (x - step->denoised[k][i]) / sigmas[k];

      mean += weights[k] * slope;
      x = (float) (x + slope * (sigmas[k + 1] - sigmas[k]));
    }
    out[i] = (float) (step->x[i] + mean * (step->next - step->sigma));
  }
}

const LimnSampler limn_sampler_heunpp2 = {
  .choice = { "heunpp2", "Heun++" },
  .evaluations = 3,
  .level = level,
  .probe = probe,
  .advance = advance,
};
