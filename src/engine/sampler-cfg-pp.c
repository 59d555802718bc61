/* sampler-cfg-pp.c - CFG++: noise is taken away as the network sees it without the prompt, the picture is where it
 * points with it (Chung et al. 2024, algorithm 1), over the steps of Euler, its ancestral form, DPM-Solver++(2S) and
 * (2M), RES and gradient estimation.
 *
 * Guidance is the paper's lambda: 1 and less are usual.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* Where x lies at level, of a picture and the noise that is seen in it without the prompt. */
static void
go (const LimnStep *step, double level, const float *denoised, const float *negative, float *out)
{
  double keep = level / step->sigma;

  for (gsize i = 0; i < step->n; i++)
    out[i] = (float) (denoised[i] + keep * ((double) step->x[i] - negative[i]));
}

static void
advance (const LimnStep *step, float *out)
{
  go (step, step->next, step->denoised[0], step->negative[0], out);
}

static void
advance_ancestral (const LimnStep *step, float *out)
{
  double up, down = limn_sampler_ancestral (step->sigma, step->next, step->eta, &up);

  go (step, down, step->denoised[0], step->negative[0], out);
  limn_sampler_add_noise (up, step->noise[0], out, step->n);
}

/* Half way in log sigma. */
static double
level_2s (const LimnStep *step, int evaluation)
{
  return sqrt (step->sigma * limn_sampler_ancestral (step->sigma, step->next, step->eta, NULL));
}

/* From sigma to level towards denoised, from where x would lie had the prompt been in its noise as well. */
static void
go_2s (const LimnStep *step, double level, const float *negative, const float *denoised, float *out)
{
  double keep = level / step->sigma;

  for (gsize i = 0; i < step->n; i++)
    out[i] = (float) (keep * ((double) step->x[i] + step->denoised[0][i] - negative[i]) + (1 - keep) * denoised[i]);
}

static void
probe_2s (const LimnStep *step, int evaluation, float *out)
{
  go_2s (step, level_2s (step, 1), step->negative[0], step->denoised[0], out);
}

static void
advance_2s (const LimnStep *step, float *out)
{
  double up, down = limn_sampler_ancestral (step->sigma, step->next, step->eta, &up);

  if (step->next == 0) {
    advance (step, out);
    return;
  }
  go_2s (step, down, step->negative[1], step->denoised[1], out);
  limn_sampler_add_noise (up, step->noise[0], out, step->n);
}

/* The last step's memory is of the picture without the prompt. */
static void
advance_2m (const LimnStep *step, float *out)
{
  double keep = step->next / step->sigma, earlier;

  advance (step, out);
  if (step->n_past == 0)
    return;
  earlier = limn_sampler_share_2m (step);
  for (gsize i = 0; i < step->n; i++)
    out[i] = (float) (out[i] + (1 - keep) * earlier * ((double) step->denoised[0][i] - step->past[0].negative[i]));
}

/* RES's second order, from where x would lie had the prompt been in its noise as well, towards the pictures without. */
static void
advance_res (const LimnStep *step, float *out)
{
  double h, of_last, weight, keep = step->next / step->sigma;

  if (step->n_past == 0) {
    advance (step, out);
    return;
  }
  h = -log (keep);
  of_last = log (step->sigma / step->past[0].sigma) / h;
  weight = (1 - (1 - keep) / h) / of_last / h;
  for (gsize i = 0; i < step->n; i++) {
    double negative = step->negative[0][i];

    out[i] = (float) (keep * ((double) step->x[i] + step->denoised[0][i] - negative) + (1 - keep) * negative
                      + h * weight * (step->past[0].negative[i] - negative));
  }
}

static void
advance_gradient_estimation (const LimnStep *step, float *out)
{
  double length = step->next - step->sigma;

  advance (step, out);
  for (gsize i = 0; step->n_past > 0 && i < step->n; i++) {
    double slope = ((double) step->x[i] - step->negative[0][i]) / step->sigma;
    double past = ((double) step->past[0].latents[i] - step->past[0].negative[i]) / step->past[0].sigma;

    out[i] = (float) (out[i] + (slope - past) * length); /* gamma 2 */
  }
}

const LimnSampler limn_sampler_euler_cfg_pp = {
  .choice = { "euler_cfg_pp", "Euler CFG++" },
  .evaluations = 1,
  .contrasts = TRUE,
  .advance = advance,
};

const LimnSampler limn_sampler_euler_ancestral_cfg_pp = {
  .choice = { "euler_ancestral_cfg_pp", "Euler a CFG++", .noisy = TRUE },
  .evaluations = 1,
  .draws = 1,
  .contrasts = TRUE,
  .advance = advance_ancestral,
};

const LimnSampler limn_sampler_dpmpp_2s_ancestral_cfg_pp = {
  .choice = { "dpmpp_2s_ancestral_cfg_pp", "DPM++ 2S a CFG++", .noisy = TRUE },
  .evaluations = 2,
  .draws = 1,
  .contrasts = TRUE,
  .level = level_2s,
  .probe = probe_2s,
  .advance = advance_2s,
};

const LimnSampler limn_sampler_dpmpp_2m_cfg_pp = {
  .choice = { "dpmpp_2m_cfg_pp", "DPM++ 2M CFG++", .history = 1 },
  .evaluations = 1,
  .contrasts = TRUE,
  .advance = advance_2m,
};

const LimnSampler limn_sampler_res_multistep_cfg_pp = {
  .choice = { "res_multistep_cfg_pp", "RES multistep CFG++", .history = 1 },
  .evaluations = 1,
  .contrasts = TRUE,
  .advance = advance_res,
};

const LimnSampler limn_sampler_gradient_estimation_cfg_pp = {
  .choice = { "gradient_estimation_cfg_pp", "Gradient estimation CFG++", .history = 1 },
  .evaluations = 1,
  .contrasts = TRUE,
  .advance = advance_gradient_estimation,
};
