/* sampler-dpmpp-sde.c - DPM-Solver++ (stochastic): two ancestral steps from where the step begins, to its middle in log
 * sigma and to its end (after Lu et al. 2022; Katherine Crowson's k-diffusion).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* Half way in log sigma. */
static double
level (const LimnStep *step, int evaluation)
{
  return sqrt (step->sigma * step->next);
}

/* From x below level, towards denoised, and noise back up to it. */
static void
step_to (const LimnStep *step, double level, const float *denoised, const float *noise, float *out)
{
  double up, down = limn_sampler_ancestral (step->sigma, level, step->eta, &up);

  limn_sampler_line (step->sigma, down, step->x, denoised, out, step->n);
  limn_sampler_add_noise (up, noise, out, step->n);
}

static void
probe (const LimnStep *step, int evaluation, float *out)
{
  step_to (step, level (step, 1), step->denoised[0], step->noise[0], out);
}

static void
advance (const LimnStep *step, float *out)
{
  step_to (step, step->next, step->denoised[step->next > 0 ? 1 : 0], step->noise[1], out);
}

/* In single precision, as whoever walks this path elsewhere does. */
static double
path (const LimnStep *step, int draw)
{
  float begin = -logf ((float) step->sigma), end = -logf ((float) step->next);

  return draw == 0 ? expf (-(begin + 0.5f * (end - begin))) : step->next;
}

const LimnSampler limn_sampler_dpmpp_sde = {
  .choice = { "dpmpp_sde", "DPM++ SDE", .noisy = TRUE },
  .evaluations = 2,
  .draws = 2,
  .level = level,
  .probe = probe,
  .path = path,
  .advance = advance,
};
