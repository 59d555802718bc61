/* sampler-sa-solver.c - SA-Solver: stochastic Adams steps of third order, corrected in the next step with fourth order
 * by what the network says where they led (Xue et al. 2023, algorithm 1, predicting x0).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "engine/sampler.h"

#define PREDICTOR 3
#define CORRECTOR 4

/* Noise is added in steps that end between these shares of training's time; others are of an ordinary equation. */
#define NOISY_FROM 0.2
#define NOISY_TO 0.8

static gboolean
is_noisy (const LimnStep *step, double end)
{
  const double near = 1 + 1e-6; /* schedules have these very levels, in other digits */

  return end <= near * limn_schedule_level (step->schedule, 1 - NOISY_FROM)
         && near * end >= limn_schedule_level (step->schedule, 1 - NOISY_TO);
}

/* What of x0 at each of levels a step from begin to end takes: the integral over log sigma of the polynomial that is 1
 * there and 0 at the others (equations 15 and 18). */
static void
weigh (const double *levels, int count, double begin, double end, gboolean noisy, double *weights)
{
  double m = noisy ? 2 : 1, h = log (begin / end), points[CORRECTOR], integrals[CORRECTOR];

  for (int i = 0; i < count; i++) {
    points[i] = log (end / levels[i]);
    integrals[i] = i == 0 ? -expm1 (-m * h) : -pow (-h, i) * exp (-m * h) - i / m * integrals[i - 1];
  }
  limn_sampler_solve_powers (points, integrals, count, weights);
}

/* Takes the last step's prediction back and puts its correction in its place. */
static void
correct (const LimnStep *step, float *out)
{
  const LimnPast *past = step->past;
  const int predicted = MIN (MIN (PREDICTOR, (int) step->n_past), step->left);
  const int corrected = MIN (MIN (CORRECTOR, (int) step->n_past + 1), step->left);
  gboolean noisy = is_noisy (step, step->sigma);
  double levels[CORRECTOR] = { step->sigma }, before[CORRECTOR], after[CORRECTOR];

  for (int k = 1; k < MAX (predicted + 1, corrected); k++)
    levels[k] = past[k - 1].sigma;
  weigh (levels + 1, predicted, past[0].sigma, step->sigma, noisy, before);
  weigh (levels, corrected, past[0].sigma, step->sigma, noisy, after);
  for (gsize i = 0; i < step->n; i++) {
    double x = step->x[i] + after[0] * step->denoised[0][i];

    for (int k = 1; k < corrected; k++)
      x += after[k] * past[k - 1].denoised[i];
    for (int k = 0; k < predicted; k++)
      x -= before[k] * past[k].denoised[i];
    out[i] = (float) x;
  }
}

/* From x to the next level, by what the network says of it and has said before. */
static void
predict (const LimnStep *step, const float *x, const float *denoised, float *out)
{
  const int count = MIN (MIN (PREDICTOR, (int) step->n_past + 1), step->left - 1);
  gboolean noisy = is_noisy (step, step->next);
  double levels[PREDICTOR] = { step->sigma }, weights[PREDICTOR], ratio = step->next / step->sigma;

  if (step->next == 0) {
    limn_sampler_line (step->sigma, 0, x, denoised, out, step->n);
    return;
  }
  for (int k = 1; k < count; k++)
    levels[k] = step->past[k - 1].sigma;
  weigh (levels, count, step->sigma, step->next, noisy, weights);
  for (gsize i = 0; i < step->n; i++) {
    double end = (noisy ? ratio * ratio : ratio) * x[i] + weights[0] * denoised[i];

    for (int k = 1; k < count; k++)
      end += weights[k] * step->past[k - 1].denoised[i];
    out[i] = (float) end;
  }
  if (noisy)
    limn_sampler_add_noise (step->next * sqrt (1 - ratio * ratio), step->noise[0], out, step->n);
}

static gboolean
rests (const LimnStep *step)
{
  return !is_noisy (step, step->next);
}

static void
advance (const LimnStep *step, float *out)
{
  if (step->n_past > 0)
    correct (step, out);
  predict (step, step->n_past > 0 ? out : step->x, step->denoised[0], out);
}

/* Of the corrected x the network is asked again, but in a run's first step, which has nothing to correct. */
static double
level_pece (const LimnStep *step, int evaluation)
{
  return step->index > step->schedule->origin ? step->sigma : 0;
}

static void
probe_pece (const LimnStep *step, int evaluation, float *out)
{
  if (step->n_past > 0)
    correct (step, out);
  else
    memcpy (out, step->x, step->n * sizeof (float));
}

static void
advance_pece (const LimnStep *step, float *out)
{
  probe_pece (step, 1, out);
  predict (step, out, step->denoised[1] != NULL ? step->denoised[1] : step->denoised[0], out);
}

const LimnSampler limn_sampler_sa_solver = {
  .choice = { "sa_solver", "SA-Solver", .history = CORRECTOR - 1, .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .rests = rests,
  .advance = advance,
};

const LimnSampler limn_sampler_sa_solver_pece = {
  .choice = { "sa_solver_pece", "SA-Solver PECE", .history = CORRECTOR - 1, .noisy = TRUE },
  .evaluations = 2,
  .draws = 1,
  .rests = rests,
  .corrects = TRUE,
  .level = level_pece,
  .probe = probe_pece,
  .advance = advance_pece,
};
