/* sampler-uni-pc.c - UniPC: a predictor of third order, corrected in the next step by what the network says where it
 * led (Zhao et al. 2023, algorithms 5 to 8, predicting x0), with B(h) = h and with B(h) = exp (h) - 1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

#define ORDER 3
#define LAST 0.001 /* the level that stands for 0 at the end, as ComfyUI has it */

/* What of each difference of x0 a step takes that begins at levels[0] and began before at the others: the last count of
 * them, and, corrected, that at its end as well. */
typedef struct {
  double predicted[ORDER], corrected[ORDER]; /* [count - 1]; corrected has the end's after these */
  double ratio[ORDER];                       /* of the past levels' distances in log sigma, to the step's */
  double scale;                              /* B (-h) */
} Weights;

static Weights
weigh (const double *levels, double next, int order, gboolean exponential)
{
  Weights weights = { .ratio = { 0 } };
  double h = log (next / levels[0]), phi = expm1 (h) / h - 1, factorial = 1, sides[ORDER] = { 0 };

  weights.scale = exponential ? expm1 (h) : h;
  for (int i = 0; i < order; i++) {
    sides[i] = phi * factorial / weights.scale;
    factorial *= i + 2;
    phi = phi / h - 1 / factorial;
    weights.ratio[i] = i < order - 1 ? log (levels[i + 1] / levels[0]) / h : 1;
  }
  if (order == 2)
    weights.predicted[0] = 0.5;
  else
    limn_sampler_solve_powers (weights.ratio, sides, order - 1, weights.predicted);
  if (order == 1)
    weights.corrected[0] = 0.5;
  else
    limn_sampler_solve_powers (weights.ratio, sides, order, weights.corrected);
  return weights;
}

/* What the network says at the end of the last step moves that step's end. */
static void
correct (const LimnStep *step, gboolean exponential, float *out)
{
  const LimnPast *past = step->past;
  const int order = MIN (MIN (ORDER, (int) step->n_past), step->left + 1);
  double levels[ORDER];
  Weights weights;

  for (int k = 0; k < order; k++)
    levels[k] = past[k].sigma;
  weights = weigh (levels, step->sigma, order, exponential);
  for (gsize i = 0; i < step->n; i++) {
    double move = -weights.corrected[order - 1] * ((double) step->denoised[0][i] - past[0].denoised[i]);

    for (int k = 1; k < order; k++)
      move += (weights.predicted[k - 1] - weights.corrected[k - 1])
              * ((double) past[k].denoised[i] - past[0].denoised[i]) / weights.ratio[k - 1];
    out[i] = (float) (step->x[i] + weights.scale * move);
  }
}

static void
step_with (const LimnStep *step, gboolean exponential, float *out)
{
  const int order = MIN (MIN (ORDER, (int) step->n_past + 1), step->left);
  double next = step->next > 0 ? step->next : LAST, levels[ORDER] = { step->sigma };
  const float *x = step->x;
  Weights weights;

  if (step->n_past > 0) {
    correct (step, exponential, out);
    x = out;
  }
  for (int k = 1; k < order; k++)
    levels[k] = step->past[k - 1].sigma;
  weights = weigh (levels, next, order, exponential);
  for (gsize i = 0; i < step->n; i++) {
    double keep = next / step->sigma, end = keep * x[i] + (1 - keep) * step->denoised[0][i];

    for (int k = 1; k < order; k++)
      end -= weights.scale * weights.predicted[k - 1] * ((double) step->past[k - 1].denoised[i] - step->denoised[0][i])
             / weights.ratio[k - 1];
    out[i] = (float) end;
  }
}

static void
advance (const LimnStep *step, float *out)
{
  step_with (step, FALSE, out);
}

static void
advance_bh2 (const LimnStep *step, float *out)
{
  step_with (step, TRUE, out);
}

const LimnSampler limn_sampler_uni_pc = {
  .choice = { "uni_pc", "UniPC", .history = ORDER },
  .evaluations = 1,
  .corrects = TRUE,
  .discards = TRUE,
  .advance = advance,
};

const LimnSampler limn_sampler_uni_pc_bh2 = {
  .choice = { "uni_pc_bh2", "UniPC bh2", .history = ORDER },
  .evaluations = 1,
  .corrects = TRUE,
  .discards = TRUE,
  .advance = advance_bh2,
};
