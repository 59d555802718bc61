/* sampler-deis.c - DEIS: along a polynomial through the directions of the last steps, over the time of the
 * variance-preserving process (Zhang and Chen 2023, tAB-DEIS; Zhou et al.'s diff-solvers).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

#define ORDER 3
#define POINTS 10000 /* of the sum that stands for its integral, as there */

/* The process as EDM has it: sigma 0.002 at time 0.001, 80 at 1 (another end changes weights in
 * their seventh digit), and sigma^2 + 1 = exp (bend t^2 / 2 + slope t). */
typedef struct {
  double bend, slope;
} Process;

static Process
make_process (void)
{
  double least = log (0.002 * 0.002 + 1), most = log (80.0 * 80 + 1);
  double bend = 2 * (most - least / 0.001) / (1 - 0.001);

  return (Process){ bend, most - bend / 2 };
}

static double
time_of (const Process *process, double sigma)
{
  double slope = process->slope;

  return (sqrt (slope * slope + 2 * process->bend * log (sigma * sigma + 1)) - slope) / process->bend;
}

/* How fast sigma grows. */
static double
speed (const Process *process, double t)
{
  double growth = (process->bend * t / 2 + process->slope) * t;

  return exp (growth) * (process->bend * t + process->slope) / (2 * sqrt (expm1 (growth)));
}

/* The integrals over sigma, from times[0] to end, of the polynomials in time that are 1 at one of times. */
static void
weigh (const Process *process, const double *times, int count, double end, double *weights)
{
  for (int point = 0; point < POINTS; point++) {
    double t = times[0] + (end - times[0]) * point / (POINTS - 1);
    double length = speed (process, t) * (end - times[0]) / POINTS;

    for (int j = 0; j < count; j++) {
      double value = length;

      for (int k = 0; k < count; k++)
        if (k != j)
          value *= (t - times[k]) / (times[j] - times[k]);
      weights[j] += value;
    }
  }
}

static void
advance (const LimnStep *step, float *out)
{
  const int count = (int) MIN (step->n_past, ORDER - 1) + 1;
  const Process process = make_process ();
  double times[ORDER] = { time_of (&process, step->sigma) }, weights[ORDER] = { 0 };

  for (int k = 1; k < count; k++)
    times[k] = time_of (&process, step->past[k - 1].sigma);
  if (count > 1)
    weigh (&process, times, count, time_of (&process, step->next), weights);
  else
    weights[0] = step->next - step->sigma;
  for (gsize i = 0; i < step->n; i++) {
    double x = step->x[i] + weights[0] * (((double) step->x[i] - step->denoised[0][i]) / step->sigma);

    for (int k = 1; k < count; k++)
      x += weights[k] * limn_past_slope (&step->past[k - 1], i);
    out[i] = (float) x;
  }
}

const LimnSampler limn_sampler_deis = {
  .choice = { "deis", "DEIS", .history = ORDER - 1 },
  .evaluations = 1,
  .advance = advance,
};
