/* sampler-lcm.c - LCM: where the network points, and fresh noise (Luo et al. 2023, algorithm 1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static void
advance (const LimnStep *step, float *out)
{
  limn_sampler_line (step->sigma, 0, step->x, step->denoised[0], out, step->n);
  limn_sampler_add_noise (step->next, step->noise[0], out, step->n);
}

const LimnSampler limn_sampler_lcm = {
  .choice = { "lcm", "LCM", .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .advance = advance,
};
