/* sampler-euler-ancestral.c - Euler below the next noise level, and noise back up to it (Karras et al. 2022; Song et
 * al. 2021).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static void
advance (const LimnStep *step, float *out)
{
  limn_sampler_step_ancestral (step, step->denoised[0], out);
}

const LimnSampler limn_sampler_euler_ancestral = {
  .choice = { "euler_ancestral", "Euler a", .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .advance = advance,
};
