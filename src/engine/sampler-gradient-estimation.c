/* sampler-gradient-estimation.c - Euler along a direction that leaves the last one behind (Permenter and Yuan 2024,
 * algorithm 2; gamma 2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

#define GAMMA 2.0

static void
advance (const LimnStep *step, float *out)
{
  double length = step->next - step->sigma;

  limn_sampler_line (step->sigma, step->next, step->x, step->denoised[0], out, step->n);
  for (gsize i = 0; step->n_past > 0 && i < step->n; i++) {
    double slope = ((double) step->x[i] - step->denoised[0][i]) / step->sigma;

    out[i] = (float) (out[i] + (GAMMA - 1) * (slope - limn_past_slope (&step->past[0], i)) * length);
  }
}

const LimnSampler limn_sampler_gradient_estimation = {
  .choice = { "gradient_estimation", "Gradient estimation", .history = 1 },
  .evaluations = 1,
  .advance = advance,
};
