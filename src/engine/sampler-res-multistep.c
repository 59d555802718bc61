/* sampler-res-multistep.c - RES: an exponential integrator of second order with one step's memory (Zhang et al. 2023,
 * section 3.3), plain and ancestral.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

static double
phi_1 (double t)
{
  return expm1 (t) / t;
}

/* From sigma down to level, the step before having gone down to reached. */
static void
step_down (const LimnStep *step, double level, double reached, float *out)
{
  double h, of_last, weight;

  if (step->n_past == 0) {
    limn_sampler_line (step->sigma, level, step->x, step->denoised[0], out, step->n);
    return;
  }
  h = log (step->sigma / level);
  /* the last evaluation's place in log sigma, in steps */
  of_last = log (reached / step->past[0].sigma) / h;
  weight = (phi_1 (-h) - 1) / -h / of_last;
  for (gsize i = 0; i < step->n; i++)
    out[i] = (float) (exp (-h) * step->x[i]
                      + h * ((phi_1 (-h) - weight) * step->denoised[0][i] + weight * step->past[0].denoised[i]));
}

static void
advance (const LimnStep *step, float *out)
{
  step_down (step, step->next, step->sigma, out);
}

static void
advance_ancestral (const LimnStep *step, float *out)
{
  double up, down = limn_sampler_ancestral (step->sigma, step->next, step->eta, &up), reached = 0;

  if (step->n_past > 0)
    reached = limn_sampler_ancestral (step->past[0].sigma, step->sigma, step->eta, NULL);
  step_down (step, down, reached, out);
  limn_sampler_add_noise (up, step->noise[0], out, step->n);
}

const LimnSampler limn_sampler_res_multistep = {
  .choice = { "res_multistep", "RES multistep", .history = 1 },
  .evaluations = 1,
  .advance = advance,
};

const LimnSampler limn_sampler_res_multistep_ancestral = {
  .choice = { "res_multistep_ancestral", "RES multistep a", .history = 1, .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .advance = advance_ancestral,
};
