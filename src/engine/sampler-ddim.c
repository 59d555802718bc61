/* sampler-ddim.c - DDIM (Song et al. 2021, eta 0), which in sigma space is Euler's step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static void
advance (const LimnStep *step, float *out)
{
  limn_sampler_line (step->sigma, step->next, step->x, step->denoised[0], out, step->n);
}

const LimnSampler limn_sampler_ddim = {
  .choice = { "ddim", "DDIM" },
  .evaluations = 1,
  .advance = advance,
};
