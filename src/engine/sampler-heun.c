/* sampler-heun.c - Heun: a step along the mean of two directions (Karras et al. 2022, algorithm 1 without churn).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static double
level (const LimnStep *step, int evaluation)
{
  return step->next;
}

/* Where Euler would go. */
static void
probe (const LimnStep *step, int evaluation, float *out)
{
  limn_sampler_line (step->sigma, step->next, step->x, step->denoised[0], out, step->n);
}

static void
advance (const LimnStep *step, float *out)
{
  double length = step->next - step->sigma;

  if (step->denoised[1] == NULL) {
    probe (step, 0, out);
    return;
  }
  for (gsize i = 0; i < step->n; i++) {
    double first = ((double) step->x[i] - step->denoised[0][i]) / step->sigma;
    double second = (step->x[i] + first * length - step->denoised[1][i]) / step->next;

    out[i] = (float) (step->x[i] + (first + second) / 2 * length);
  }
}

const LimnSampler limn_sampler_heun = {
  .choice = { "heun", "Heun" },
  .evaluations = 2,
  .level = level,
  .probe = probe,
  .advance = advance,
};
