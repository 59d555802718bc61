/* sampler-dpm-2.c - DPM-Solver-2: a step along the direction that its middle in log sigma shows (Lu et al. 2022; Karras
 * et al. 2022), plain and ancestral.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* From sigma down to a level below it, or to next itself. */
static double
down_to (const LimnStep *step, gboolean ancestral, double *up)
{
  *up = 0;
  return ancestral ? limn_sampler_ancestral (step->sigma, step->next, step->eta, up) : step->next;
}

static double
middle (const LimnStep *step, gboolean ancestral)
{
  double up;

  return sqrt (step->sigma * down_to (step, ancestral, &up));
}

static void
step_along (const LimnStep *step, gboolean ancestral, float *out)
{
  double up, down = down_to (step, ancestral, &up), at = middle (step, ancestral);

  if (step->denoised[1] == NULL) {
    limn_sampler_line (step->sigma, 0, step->x, step->denoised[0], out, step->n);
    return;
  }
  for (gsize i = 0; i < step->n; i++) {
    double slope = ((double) step->x[i] - step->denoised[0][i]) / step->sigma;
    double second = (step->x[i] + slope * (at - step->sigma) - step->denoised[1][i]) / at;

    out[i] = (float) (step->x[i] + second * (down - step->sigma));
  }
  if (up > 0)
    limn_sampler_add_noise (up, step->noise[0], out, step->n);
}

static double
level (const LimnStep *step, int evaluation)
{
  return middle (step, FALSE);
}

static double
level_ancestral (const LimnStep *step, int evaluation)
{
  return middle (step, TRUE);
}

static void
probe (const LimnStep *step, int evaluation, float *out)
{
  limn_sampler_line (step->sigma, middle (step, FALSE), step->x, step->denoised[0], out, step->n);
}

static void
probe_ancestral (const LimnStep *step, int evaluation, float *out)
{
  limn_sampler_line (step->sigma, middle (step, TRUE), step->x, step->denoised[0], out, step->n);
}

static void
advance (const LimnStep *step, float *out)
{
  step_along (step, FALSE, out);
}

static void
advance_ancestral (const LimnStep *step, float *out)
{
  step_along (step, TRUE, out);
}

const LimnSampler limn_sampler_dpm_2 = {
  .choice = { "dpm_2", "DPM2" },
  .evaluations = 2,
  .churns = TRUE,
  .discards = TRUE,
  .level = level,
  .probe = probe,
  .advance = advance,
};

const LimnSampler limn_sampler_dpm_2_ancestral = {
  .choice = { "dpm_2_ancestral", "DPM2 a", .noisy = TRUE },
  .evaluations = 2,
  .draws = 1,
  .discards = TRUE,
  .level = level_ancestral,
  .probe = probe_ancestral,
  .advance = advance_ancestral,
};
