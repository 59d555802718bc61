/* sampler-cfg-pp.c - CFG++: noise is taken away as the network sees it without the prompt, the picture is where it
 * points with it (Chung et al. 2024, algorithm 1), over the steps of Euler, its ancestral form and DPM-Solver++(2S).
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
