/* sampler-ddpm.c - DDPM: a draw from the posterior of the next step (Ho et al. 2020, algorithm 2), over the schedule's
 * steps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

/* In sigma space the posterior of x at next, given x and x0 (equation 7), is Euler's ancestral step. */
static void
advance (const LimnStep *step, float *out)
{
  limn_sampler_step_ancestral (step, step->denoised[0], out);
}

const LimnSampler limn_sampler_ddpm = {
  .choice = { "ddpm", "DDPM", .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .advance = advance,
};
