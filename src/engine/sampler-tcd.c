/* sampler-tcd.c - TCD: along the network's line to where training's time has less left by the share eta, and noise from
 * there up to the next level (Zheng et al. 2024, algorithm 4).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

static void
advance (const LimnStep *step, float *out)
{
  double timestep, down = 0;

  if (step->next > 0) {
    timestep = floor ((1 - step->eta) * limn_schedule_timestep (step->schedule, step->next));
    down = MIN (limn_schedule_level (step->schedule, timestep / (step->schedule->train_steps - 1)), step->next);
  }
  limn_sampler_line (step->sigma, down, step->x, step->denoised[0], out, step->n);
  limn_sampler_add_noise (sqrt (step->next * step->next - down * down), step->noise[0], out, step->n);
}

const LimnSampler limn_sampler_tcd = {
  .choice = { "tcd", "TCD", .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .advance = advance,
};
