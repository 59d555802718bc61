/* sampler-dpmpp-2m-sde.c - SDE-DPM-Solver++(2M): second order from one step's memory, with noise (Lu et al. 2022,
 * section 5 and appendix), as midpoint and as Heun.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* share: of the change since the last step that is carried on, for h in log sigma, made longer by eta. */
static void
step_with (const LimnStep *step, double (*share) (double h), float *out)
{
  double h = log (step->sigma / step->next), noisy = (1 + step->eta) * h, past = 0;

  if (step->n_past > 0)
    past = share (noisy) * h / log (step->past[0].sigma / step->sigma);
  for (gsize i = 0; i < step->n; i++) {
    double denoised = step->denoised[0][i], x = exp (-noisy) * step->x[i] - expm1 (-noisy) * denoised;

    if (step->n_past > 0)
      x += past * (denoised - step->past[0].denoised[i]);
    out[i] = (float) x;
  }
  if (step->next > 0)
    limn_sampler_add_noise (step->next * sqrt (-expm1 (-2 * step->eta * h)), step->noise[0], out, step->n);
}

static double
share_midpoint (double h)
{
  return -expm1 (-h) / 2;
}

static double
share_heun (double h)
{
  return 1 + expm1 (-h) / h;
}

static void
advance_midpoint (const LimnStep *step, float *out)
{
  step_with (step, share_midpoint, out);
}

static void
advance_heun (const LimnStep *step, float *out)
{
  step_with (step, share_heun, out);
}

const LimnSampler limn_sampler_dpmpp_2m_sde = {
  .choice = { "dpmpp_2m_sde", "DPM++ 2M SDE", .history = 1, .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .path = limn_sampler_path_to_next,
  .advance = advance_midpoint,
};

const LimnSampler limn_sampler_dpmpp_2m_sde_heun = {
  .choice = { "dpmpp_2m_sde_heun", "DPM++ 2M SDE Heun", .history = 1, .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .path = limn_sampler_path_to_next,
  .advance = advance_heun,
};
