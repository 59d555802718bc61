/* sampler.h - the table of samplers: one step as pure functions over latents.
 *
 * Latents live in sigma space, x = x0 + sigma n, as Karras et al. 2022 write it.  A sampler is a file, sampler-NAME.c,
 * and a row in sampling.c: the loop over steps (denoise.h) asks the row what a step needs (evaluations of the network,
 * steps before it, noise), and hands all of it over in a LimnStep.  Nothing is kept between steps, so that a run can go
 * on from any of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/prediction.h"
#include "engine/fields.h"
#include "engine/schedule.h"

G_BEGIN_DECLS

#define LIMN_MOST_EVALUATIONS 3
#define LIMN_MOST_DRAWS 3

/* From sigma to next, which is 0 in the last step.  Arrays are [n]; a step that is only planned has none. */
typedef struct {
  const LimnSchedule *schedule;
  int index, left; /* of schedule's steps: which one, and how many there are from it to the end */
  double sigma, next;
  double eta;     /* how much noise ancestral steps and stochastic equations add: 1 is theirs, 0 none */
  const float *x; /* at sigma */
  const float
      *denoised[LIMN_MOST_EVALUATIONS]; /* where the network pointed, at x and at the probes; those made so far */
  /* [n_past], the last step first; fewer than asked for near a beginning, and, but for samplers that correct, none in
   * the last step, which goes where the network points. */
  const LimnPast *past;
  guint n_past;
  const float *negative[LIMN_MOST_EVALUATIONS]; /* the same without the prompt; where steps are not guided denoised's */
  const float *noise[LIMN_MOST_DRAWS];          /* N(0, 1) */
  gsize n;
} LimnStep;

typedef struct {
  LimnChoice choice;
  int evaluations;    /* at most, a step */
  int draws;          /* of noise, a step at most; see limn_sampler_draws () */
  gboolean corrects;  /* mends the step before by what the network says where that has led */
  gboolean contrasts; /* reads negative, so that its steps are guided at any strength */
  gboolean churns;    /* may begin steps at a higher level, with a draw of noise more: see limn_sampler_churned () */
  gboolean discards;  /* leaves out the last level of a schedule of one step more */
  /* NULL, or puts other levels in the place of those that schedule has; it may have the last one end above 0. */
  void (*arrange) (LimnSchedule *schedule, const LimnFields *fields);
  /* NULL with one evaluation; else the noise level of evaluation 1.., or 0 where step makes no more. */
  double (*level) (const LimnStep *step, int evaluation);
  /* x for that evaluation. */
  void (*probe) (const LimnStep *step, int evaluation, float *out);
  /* NULL, or, where its noise is that of a path (base/brownian.h), the level to which draw goes from step's. */
  double (*path) (const LimnStep *step, int draw);
  /* NULL, or whether step adds no noise, so that none is drawn for it. */
  gboolean (*rests) (const LimnStep *step);
  /* x at step->next.  out may be step->x. */
  void (*advance) (const LimnStep *step, float *out);
} LimnSampler;

/* NULL where there is none of that name.  name: NULL for the default, Euler. */
const LimnSampler *limn_sampler_find (const char *name);
/* Step index of schedule, planned. */
LimnStep limn_step_at (const LimnSampler *sampler, const LimnSchedule *schedule, int index, const LimnFields *fields);
/* The level that a step of so many at sigma begins at: with churn one above it, which noise leads to (Karras et al.
 * 2022, algorithm 2). */
double limn_sampler_churned (const LimnSampler *sampler, const LimnFields *fields, double sigma, int steps);
/* How many times the network is asked in step. */
int limn_sampler_evaluations (const LimnSampler *sampler, const LimnStep *step);

/* How many draws of noise a step makes: of sampler->draws, and last the one that it is churned with. */
int limn_sampler_draws (const LimnSampler *sampler, const LimnStep *step);

/* ---- What every sampler's step is made of ---- */

/* A LimnSampler.path of one draw a step. */
double limn_sampler_path_to_next (const LimnStep *step, int draw);

/* What the network wants to see: out = c_in x. */
void limn_sampler_scale (LimnPrediction kind, double sigma, const float *x, float *out, gsize n);
/* The picture that the prediction points to: c_skip x + c_out prediction. */
void limn_sampler_denoised (LimnPrediction kind, double sigma, const float *x, const float *prediction, float *out,
                            gsize n);
/* Along the probability-flow line through x and denoised from sigma to next.  out may be x. */
void limn_sampler_line (double sigma, double next, const float *x, const float *denoised, float *out, gsize n);
/* An ancestral step to next (Song et al. 2021): the level below next to go down to.  up: NULL, or gets how much noise
 * leads back to next's variance. */
double limn_sampler_ancestral (double sigma, double next, double eta, double *up);
/* All of such a step, towards denoised.  out may be step->x. */
void limn_sampler_step_ancestral (const LimnStep *step, const float *denoised, float *out);
/* By the mean of the directions at both ends of a step down to down, or along the first where there is no second. */
void limn_sampler_step_heun (const LimnStep *step, double down, float *out);
/* The direction that a step before took, (x - x0) / sigma, of one value. */
static inline double
limn_past_slope (const LimnPast *past, gsize i)
{
  return ((double) past->latents[i] - past->denoised[i]) / past->sigma;
}
/* How much of the change since the step before DPM-Solver++(2M) adds: half of how far step goes in log sigma, against
 * that one (Lu et al. 2022, algorithm 2). */
double limn_sampler_share_2m (const LimnStep *step);
/* Sum over j of points[j]^i out[j] = sides[i]: all of them [n], LIMN_MOST_PAST at most. */
void limn_sampler_solve_powers (const double *points, const double *sides, int n, double *out);
/* x += sigma noise. */
void limn_sampler_add_noise (double sigma, const float *noise, float *x, gsize n);
/* Where painted is 0, x becomes kept + sigma noise (noise: NULL, or N(0, 1)).  painted: [plane]; the others: [planes,
 * plane]. */
void limn_sampler_keep (double sigma, const guint8 *painted, const float *kept, const float *noise, float *x,
                        gsize plane, int planes);
gboolean limn_all_finite (const float *values, gsize n);

G_END_DECLS
