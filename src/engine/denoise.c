/* denoise.c - see denoise.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/denoise.h"

#include "base/error.h"
#include "base/i18n.h"
#include "engine/clock.h"

#include <string.h>

gboolean
limn_guided (double guidance)
{
  return guidance > 1;
}

typedef struct {
  float *sample, *out, *denoised;
} Scratch;

static void
put_back (const LimnDenoise *job, double sigma, float *latents, float *denoised)
{
  const LimnKept *kept = &job->kept;

  for (int i = 0; kept->painted != NULL && i < job->pictures; i++) {
    gsize at = i * job->values;
    limn_sampler_keep (sigma, kept->painted, kept->original, kept->noise, latents + at, kept->plane, kept->planes);
    limn_sampler_keep (0, kept->painted, kept->original, NULL, denoised + at, kept->plane, kept->planes);
  }
}

static gboolean
run_step (const LimnDenoise *job, int step, float *latents, Scratch *scratch, const LimnTick *tick, GError **error)
{
  gsize n = job->values * job->pictures;
  double sigma = job->schedule->sigmas[step], next = job->schedule->sigmas[step + 1];
  float *prediction = scratch->out;

  limn_sampler_scale (sigma, latents, scratch->sample, n);
  if (limn_guided (job->guidance)) {
    memcpy (scratch->sample + n, scratch->sample, n * sizeof (float));
    prediction += n;
  }
  if (!job->predict (job->data, step, scratch->sample, scratch->out, tick, error))
    return FALSE;
  if (limn_guided (job->guidance))
    limn_sampler_guide (job->guidance, scratch->out, prediction, n);
  limn_sampler_denoised (job->prediction, sigma, latents, prediction, scratch->denoised, n);
  limn_sampler_euler (sigma, next, scratch->denoised, latents, n);
  put_back (job, next, latents, scratch->denoised);
  if (limn_all_finite (latents, n))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               _ ("Step %d of %d gave values that are not numbers (NaN or infinity)"), step + 1, job->schedule->steps);
  return FALSE;
}

gboolean
limn_denoise (const LimnDenoise *job, float *latents, const LimnTick *tick, GError **error)
{
  g_return_val_if_fail (job->first >= 0 && job->last <= job->schedule->steps, FALSE);

  gsize n = job->values * job->pictures, rows = limn_guided (job->guidance) ? 2 : 1;
  g_autofree float *sample = g_new (float, n *rows);
  g_autofree float *out = g_new (float, n *rows);
  g_autofree float *denoised = g_new (float, n);
  Scratch scratch = { sample, out, denoised };

  for (int step = job->first; step < job->last; step++) {
    LimnSpan span;
    double count = job->last - job->first;

    limn_span_init (&span, tick, (step - job->first) / count, (step + 1 - job->first) / count);
    if (!limn_tick (&span.tick, 0, error) || !run_step (job, step, latents, &scratch, &span.tick, error))
      return FALSE;
    if (job->stepped != NULL)
      job->stepped (job->data, step, latents, denoised);
  }
  return TRUE;
}
