/* sampler.c - see sampler.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

#include <math.h>

void
limn_sampler_scale (LimnPrediction kind, double sigma, const float *x, float *out, gsize n)
{
  double scale = limn_prediction_scaling (kind, sigma).in;

  for (gsize i = 0; i < n; i++)
    out[i] = (float) (x[i] * scale);
}

void
limn_sampler_denoised (LimnPrediction kind, double sigma, const float *x, const float *prediction, float *out, gsize n)
{
  const LimnScaling scaling = limn_prediction_scaling (kind, sigma);

  for (gsize i = 0; i < n; i++)
    out[i] = (float) (scaling.skip * x[i] + scaling.out * prediction[i]);
}

void
limn_sampler_line (double sigma, double next, const float *x, const float *denoised, float *out, gsize n)
{
  /* x + (x - x0) / sigma (next - sigma), written as a blend of the two. */
  double keep = next / sigma;

  for (gsize i = 0; i < n; i++)
    out[i] = (float) (keep * x[i] + (1 - keep) * denoised[i]);
}

double
limn_sampler_ancestral (double sigma, double next, double eta, double *up)
{
  double ratio = next / sigma, added = eta * sqrt (1 - ratio * ratio);

  added = MIN (added, 1);
  if (up != NULL)
    *up = next * added;
  /* with eta 1 that square root is the ratio itself, to the last digit */
  return next * (eta == 1 ? ratio : sqrt (1 - added * added));
}

double
limn_sampler_share_2m (const LimnStep *step)
{
  return log (step->sigma / step->next) / log (step->past[0].sigma / step->sigma) / 2;
}

void
limn_sampler_step_ancestral (const LimnStep *step, const float *denoised, float *out)
{
  double up, down = limn_sampler_ancestral (step->sigma, step->next, step->eta, &up);

  limn_sampler_line (step->sigma, down, step->x, denoised, out, step->n);
  limn_sampler_add_noise (up, step->noise[0], out, step->n);
}

void
limn_sampler_step_heun (const LimnStep *step, double down, float *out)
{
  double length = down - step->sigma;

  if (step->denoised[1] == NULL) {
    limn_sampler_line (step->sigma, down, step->x, step->denoised[0], out, step->n);
    return;
  }
  for (gsize i = 0; i < step->n; i++) {
    double first = ((double) step->x[i] - step->denoised[0][i]) / step->sigma;
    double second = (step->x[i] + first * length - step->denoised[1][i]) / down;

    out[i] = (float) (step->x[i] + (first + second) / 2 * length);
  }
}

#define MOST_CHURN (sqrt (2) - 1)

double
limn_sampler_churned (const LimnSampler *sampler, const LimnFields *fields, double sigma, int steps)
{
  double most = fields->churn_most > 0 ? fields->churn_most : INFINITY;

  if (!sampler->churns || sigma < fields->churn_least || sigma > most)
    return sigma;
  return sigma * (1 + MIN (fields->churn / steps, MOST_CHURN));
}

void
limn_sampler_solve_powers (const double *points, const double *sides, int n, double *out)
{
  double rows[LIMN_MOST_PAST][LIMN_MOST_PAST + 1];

  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      rows[i][j] = pow (points[j], i);
    rows[i][n] = sides[i];
  }
  for (int k = 0; k < n; k++)
    for (int i = k + 1; i < n; i++) {
      double factor = rows[i][k] / rows[k][k];

      for (int j = k; j <= n; j++)
        rows[i][j] -= factor * rows[k][j];
    }
  for (int i = n - 1; i >= 0; i--) {
    out[i] = rows[i][n];
    for (int j = i + 1; j < n; j++)
      out[i] -= rows[i][j] * out[j];
    out[i] /= rows[i][i];
  }
}

LimnStep
limn_step_at (const LimnSampler *sampler, const LimnSchedule *schedule, int index, const LimnFields *fields)
{
  return (LimnStep){ .schedule = schedule,
                     .index = index,
                     .left = schedule->steps - index,
                     .sigma = limn_sampler_churned (sampler, fields, schedule->sigmas[index], schedule->steps),
                     .next = schedule->sigmas[index + 1],
                     .eta = fields->eta };
}

int
limn_sampler_evaluations (const LimnSampler *sampler, const LimnStep *step)
{
  int evaluations = 1;

  while (evaluations < sampler->evaluations && sampler->level (step, evaluations) > 0)
    evaluations++;
  return evaluations;
}

int
limn_sampler_draws (const LimnSampler *sampler, const LimnStep *step)
{
  int own = sampler->rests != NULL && sampler->rests (step) ? 0 : sampler->draws;

  return own + (step->sigma != step->schedule->sigmas[step->index] ? 1 : 0);
}

double
limn_sampler_path_to_next (const LimnStep *step, int draw)
{
  return step->next;
}

void
limn_sampler_add_noise (double sigma, const float *noise, float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = (float) (x[i] + sigma * noise[i]);
}

void
limn_sampler_keep (double sigma, const guint8 *painted, const float *kept, const float *noise, float *x, gsize plane,
                   int planes)
{
  for (int p = 0; p < planes; p++)
    for (gsize i = 0; i < plane; i++) {
      gsize at = p * plane + i;
      if (painted[i] == 0)
        x[at] = noise != NULL ? (float) (kept[at] + sigma * noise[at]) : kept[at];
    }
}

gboolean
limn_all_finite (const float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!isfinite (values[i]))
      return FALSE;
  return TRUE;
}
