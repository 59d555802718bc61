/* sampler-ipndm-v.c - iPNDM for steps of any length: along a mean of the directions of the last steps (Zhang and Chen
 * 2023; the coefficients of Zhou et al.'s diff-solvers).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

#define MOST 3

/* h: the length of this step and of those before it.  weights: of the directions at their beginnings. */
static void
weigh (const double *h, guint n_past, double *weights)
{
  double ratio = n_past > 0 ? h[0] / h[1] : 0, two = h[0] + h[1], past = h[1] + h[2];
  double bend, twist, spread;

  weights[0] = 1 + ratio / 2;
  weights[1] = -ratio / 2;
  if (n_past < 2)
    return;
  bend = (1 - h[0] / (3 * two) * (h[0] * two) / (h[1] * past)) / 2;
  weights[0] += bend;
  weights[1] -= (1 + h[1] / h[2]) * bend;
  weights[2] = bend * h[1] / h[2];
  if (n_past < 3)
    return;
  twist = ((1 - h[0] / (3 * two)) / 2 + (1 - h[0] / (2 * two)) * h[0] / (6 * (two + h[2])))
          * (h[0] * two * (two + h[2])) / (h[1] * past * (past + h[3]));
  spread = h[1] * past / (h[2] * (h[2] + h[3]));
  weights[0] += twist;
  weights[1] -= (1 + h[1] / h[2] + spread) * twist;
  weights[2] += (h[1] / h[2] + spread * (1 + h[2] / h[3])) * twist;
  weights[3] = -twist * spread * h[1] / h[2];
}

static void
advance (const LimnStep *step, float *out)
{
  double h[MOST + 1] = { step->next - step->sigma }, weights[MOST + 1] = { 0 };

  for (guint k = 0; k < step->n_past; k++)
    h[k + 1] = (k == 0 ? step->sigma : step->past[k - 1].sigma) - step->past[k].sigma;
  weigh (h, step->n_past, weights);
  for (gsize i = 0; i < step->n; i++) {
    double slope = weights[0] * (((double) step->x[i] - step->denoised[0][i]) / step->sigma);

    for (guint k = 0; k < step->n_past; k++)
      slope += weights[k + 1] * limn_past_slope (&step->past[k], i);
    out[i] = (float) (step->x[i] + slope * h[0]);
  }
}

const LimnSampler limn_sampler_ipndm_v = {
  .choice = { "ipndm_v", "iPNDM-V", .history = MOST },
  .evaluations = 1,
  .advance = advance,
};
