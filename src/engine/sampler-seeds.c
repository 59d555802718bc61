/* sampler-seeds.c - SEEDS-2 and SEEDS-3: exponential integrators of a stochastic equation, of two and three evaluations
 * (Gonzalez et al. 2023, algorithms 2 and 3, predicting x0).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* Both exponential functions times h, of -h: their first is the whole of what is taken of x0. */
static double
phi_1 (double h)
{
  return -expm1 (-h);
}

static double
phi_2 (double h)
{
  return 1 + expm1 (-h) / h;
}

/* In log sigma. */
static double
length (const LimnStep *step)
{
  return log (step->sigma / step->next);
}

static double
level_at (const LimnStep *step, double share)
{
  return step->sigma * pow (step->next / step->sigma, share);
}

/* To a share of the step: first of where it began to point, second of what evaluation has said since, and the noise
 * that has come in up to there, in count equal parts of the step of which one is one draw. */
static void
go (const LimnStep *step, double share, int parts, int count, double of_first, int evaluation, double of_second,
    float *out)
{
  double noisy = step->eta * length (step), sigma = level_at (step, share);
  double keep = sigma / step->sigma * exp (-share * noisy), draw = sqrt (-expm1 (-2 * noisy / parts));

  for (gsize i = 0; i < step->n; i++) {
    double x = keep * step->x[i] + of_first * step->denoised[0][i] + of_second * step->denoised[evaluation][i];
    double noise = 0;

    for (int k = 0; k < count; k++)
      noise = noise * exp (-noisy / parts) + draw * step->noise[k][i];
    out[i] = (float) (x + sigma * noise);
  }
}

static double
level_2 (const LimnStep *step, int evaluation)
{
  return level_at (step, 1 / 2.0);
}

static void
probe_2 (const LimnStep *step, int evaluation, float *out)
{
  double h = (1 + step->eta) * length (step);

  go (step, 1 / 2.0, 2, 1, phi_1 (h / 2), 0, 0, out);
}

static void
advance_2 (const LimnStep *step, float *out)
{
  if (step->next == 0)
    limn_sampler_line (step->sigma, 0, step->x, step->denoised[0], out, step->n);
  else
    go (step, 1, 2, 2, 0, 1, phi_1 ((1 + step->eta) * length (step)), out);
}

static double
level_3 (const LimnStep *step, int evaluation)
{
  return level_at (step, evaluation / 3.0);
}

static void
probe_3 (const LimnStep *step, int evaluation, float *out)
{
  double h = (1 + step->eta) * length (step), second = 2 * phi_2 (2 * h / 3);

  if (evaluation == 1)
    go (step, 1 / 3.0, 3, 1, phi_1 (h / 3), 0, 0, out);
  else
    go (step, 2 / 3.0, 3, 2, phi_1 (2 * h / 3) - second, 1, second, out);
}

static void
advance_3 (const LimnStep *step, float *out)
{
  double h = (1 + step->eta) * length (step), third = phi_2 (h) * 3 / 2;

  if (step->next == 0)
    limn_sampler_line (step->sigma, 0, step->x, step->denoised[0], out, step->n);
  else
    go (step, 1, 3, 3, phi_1 (h) - third, 2, third, out);
}

const LimnSampler limn_sampler_seeds_2 = {
  .choice = { "seeds_2", "SEEDS-2", .noisy = TRUE },
  .evaluations = 2,
  .draws = 2,
  .level = level_2,
  .probe = probe_2,
  .advance = advance_2,
};

const LimnSampler limn_sampler_seeds_3 = {
  .choice = { "seeds_3", "SEEDS-3", .noisy = TRUE },
  .evaluations = 3,
  .draws = 3,
  .level = level_3,
  .probe = probe_3,
  .advance = advance_3,
};
