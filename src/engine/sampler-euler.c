/* sampler-euler.c - Euler along the probability-flow line (Karras et al. 2022, algorithm 1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static void
advance (const LimnStep *step, float *out)
{
  limn_sampler_line (step->sigma, step->next, step->x, step->denoised[0], out, step->n);
}

const LimnSampler limn_sampler_euler = {
  .choice = { "euler", "Euler" },
  .evaluations = 1,
  .churns = TRUE,
  .advance = advance,
};
