/* sampler-dpmpp-2m.c - DPM-Solver++(2M): second order from one step's memory (Lu et al. 2022, algorithm 2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static void
advance (const LimnStep *step, float *out)
{
  double keep = step->next / step->sigma, earlier = 0;

  /* the last step goes all the way, and so to x0 */
  if (step->n_past > 0)
    earlier = limn_sampler_share_2m (step);
  for (gsize i = 0; i < step->n; i++) {
    double denoised = step->denoised[0][i];

    if (earlier > 0)
      denoised += earlier * (denoised - step->past[0].denoised[i]);
    out[i] = (float) (keep * step->x[i] + (1 - keep) * denoised);
  }
}

const LimnSampler limn_sampler_dpmpp_2m = {
  .choice = { "dpmpp_2m", "DPM++ 2M", .history = 1 },
  .evaluations = 1,
  .advance = advance,
};
