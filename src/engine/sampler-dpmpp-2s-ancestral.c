/* sampler-dpmpp-2s-ancestral.c - DPM-Solver++(2S) below the next noise level, and noise back up to it (Lu et al. 2022,
 * algorithm 1; Song et al. 2021).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* Half way in log sigma. */
static double
level (const LimnStep *step, int evaluation)
{
  return sqrt (step->sigma * limn_sampler_ancestral (step->sigma, step->next, step->eta, NULL));
}

static void
probe (const LimnStep *step, int evaluation, float *out)
{
  limn_sampler_line (step->sigma, level (step, 1), step->x, step->denoised[0], out, step->n);
}

static void
advance (const LimnStep *step, float *out)
{
  limn_sampler_step_ancestral (step, step->denoised[step->next > 0 ? 1 : 0], out);
}

const LimnSampler limn_sampler_dpmpp_2s_ancestral = {
  .choice = { "dpmpp_2s_ancestral", "DPM++ 2S a", .noisy = TRUE },
  .evaluations = 2,
  .draws = 1,
  .level = level,
  .probe = probe,
  .advance = advance,
};
