/* sampler-dpmpp-3m-sde.c - SDE-DPM-Solver++(3M): third order from two steps' memory, with noise (after Lu et al. 2022;
 * Katherine Crowson's k-diffusion).
 *
 * Its formula is for steps of about one length in log sigma.  Where one is several times as long as those before it,
 * as the model's own last step but one is at few steps (sigma 0.31 to 0.04 at 12), it takes the last two changes, noise
 * and all, about ten times: even with a Gaussian's exact denoiser what comes out is two to three times too wide, by
 * k-diffusion's code as well.  With exponential or Karras levels it is not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

static void
advance (const LimnStep *step, float *out)
{
  double h = log (step->sigma / step->next), noisy = (1 + step->eta) * h, r0 = 0, r1 = 0;
  double phi_2 = 1 + expm1 (-noisy) / noisy, phi_3 = phi_2 / noisy - 0.5;

  if (step->n_past > 0)
    r0 = log (step->past[0].sigma / step->sigma) / h;
  if (step->n_past > 1)
    r1 = log (step->past[1].sigma / step->past[0].sigma) / h;
  for (gsize i = 0; i < step->n; i++) {
    double denoised = step->denoised[0][i], x = exp (-noisy) * step->x[i] - expm1 (-noisy) * denoised;
    double first = step->n_past > 0 ? (denoised - step->past[0].denoised[i]) / r0 : 0;

    if (step->n_past > 1) {
      double second = ((double) step->past[0].denoised[i] - step->past[1].denoised[i]) / r1;
      double bend = (first - second) / (r0 + r1);

      x += phi_2 * (first + bend * r0) - phi_3 * bend;
    } else {
      x += phi_2 * first;
    }
    out[i] = (float) x;
  }
  if (step->next > 0)
    limn_sampler_add_noise (step->next * sqrt (-expm1 (-2 * step->eta * h)), step->noise[0], out, step->n);
}

const LimnSampler limn_sampler_dpmpp_3m_sde = {
  .choice = { "dpmpp_3m_sde", "DPM++ 3M SDE", .history = 2, .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .path = limn_sampler_path_to_next,
  .advance = advance,
};
