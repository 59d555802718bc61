/* sampler-heun.c - Heun: a step along the mean of two directions (Karras et al. 2022, algorithm 1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

static double
level (const LimnStep *step, int evaluation)
{
  return step->next;
}

/* Where Euler would go. */
static void
probe (const LimnStep *step, int evaluation, float *out)
{
  limn_sampler_line (step->sigma, step->next, step->x, step->denoised[0], out, step->n);
}

static void
advance (const LimnStep *step, float *out)
{
  limn_sampler_step_heun (step, step->next, out);
}

const LimnSampler limn_sampler_heun = {
  .choice = { "heun", "Heun" },
  .evaluations = 2,
  .churns = TRUE,
  .level = level,
  .probe = probe,
  .advance = advance,
};
