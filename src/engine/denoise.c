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

int
limn_denoise_timesteps (const LimnSampler *sampler, const LimnSchedule *schedule, double eta, int first, int last,
                        float *timesteps)
{
  int count = 0;

  for (int step = first; step < last; step++) {
    const LimnStep planned = limn_step_at (schedule, step, eta);
    int evaluations = limn_sampler_evaluations (sampler, &planned);

    for (int i = 0; i < evaluations; i++, count++)
      if (timesteps != NULL)
        timesteps[count] = (float) (i == 0 ? schedule->timesteps[step]
                                           : limn_schedule_timestep (schedule, sampler->level (&planned, i)));
  }
  return count;
}

/* All of it [pictures, values], but sample and out, which have a row of values for each half of the guidance. */
typedef struct {
  const LimnDenoise *job;
  gsize n;
  int evaluation, evaluations;
  float *sample, *out, *probe, *next;
  float *denoised[LIMN_MOST_EVALUATIONS];
  float *noise[LIMN_MOST_DRAWS];
  LimnPast past[LIMN_MOST_PAST]; /* of this run's steps and those before it, the last one first */
  guint n_past, remembered;
  float *latents_kept[LIMN_MOST_PAST], *denoised_kept[LIMN_MOST_PAST]; /* what past points to, by turns */
  GPtrArray *own;                                                      /* what of all this is to be freed */
} Loop;

static float *
make (Loop *loop, gsize rows)
{
  float *values = g_new (float, loop->n *rows);

  g_ptr_array_add (loop->own, values);
  return values;
}

static void
loop_init (Loop *loop, const LimnDenoise *job)
{
  const LimnSampler *sampler = job->sampler;
  gsize rows = limn_guided (job->guidance) ? 2 : 1;

  *loop = (Loop){ .job = job, .n = job->values * job->pictures, .own = g_ptr_array_new_with_free_func (g_free) };
  loop->evaluations = limn_denoise_timesteps (sampler, job->schedule, job->eta, job->first, job->last, NULL);
  loop->sample = make (loop, rows);
  loop->out = make (loop, rows);
  loop->probe = make (loop, 1);
  loop->next = make (loop, 1);
  for (int i = 0; i < sampler->evaluations; i++)
    loop->denoised[i] = make (loop, 1);
  for (int i = 0; i < sampler->draws; i++)
    loop->noise[i] = make (loop, 1);
  for (int i = 0; i < sampler->choice.history; i++) {
    loop->latents_kept[i] = make (loop, 1);
    loop->denoised_kept[i] = make (loop, 1);
  }
  loop->n_past = MIN (job->n_past, (guint) sampler->choice.history);
  for (guint i = 0; i < loop->n_past; i++)
    loop->past[i] = job->past[i];
}

/* ---- One step ---- */

static void
keep_outside (const LimnDenoise *job, double sigma, const float *noise, float *latents)
{
  const LimnKept *kept = &job->kept;

  for (int i = 0; kept->painted != NULL && i < job->pictures; i++)
    limn_sampler_keep (sigma, kept->painted, kept->original, noise, latents + i * job->values, kept->plane,
                       kept->planes);
}

static void
guide (const LimnDenoise *job, const float *negative, float *positive)
{
  for (int i = 0; i < job->pictures; i++) {
    gsize at = i * job->values;
    double deviation = job->rescale > 0 ? limn_sampler_deviation (positive + at, job->values) : 0;

    limn_sampler_guide (job->guidance, negative + at, positive + at, job->values);
    if (job->rescale > 0)
      limn_sampler_rescale (job->rescale, deviation, positive + at, job->values);
  }
}

static gboolean
evaluate (Loop *loop, double sigma, const float *x, float *denoised, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  float *prediction = loop->out;
  gsize n = loop->n;
  LimnSpan span;

  limn_span_init (&span, tick, (double) loop->evaluation / loop->evaluations,
                  (double) (loop->evaluation + 1) / loop->evaluations);
  limn_sampler_scale (job->prediction, sigma, x, loop->sample, n);
  if (limn_guided (job->guidance)) {
    memcpy (loop->sample + n, loop->sample, n * sizeof (float));
    prediction += n;
  }
  if (!limn_tick (&span.tick, 0, error)
      || !job->predict (job->data, loop->evaluation++, loop->sample, loop->out, &span.tick, error))
    return FALSE;
  if (limn_guided (job->guidance))
    guide (job, loop->out, prediction);
  limn_sampler_denoised (job->prediction, sigma, x, prediction, denoised, n);
  keep_outside (job, 0, NULL, denoised);
  return TRUE;
}

static gboolean
run_step (Loop *loop, int step, float *latents, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  const LimnSampler *sampler = job->sampler;
  LimnStep told = limn_step_at (job->schedule, step, job->eta);
  int evaluations = limn_sampler_evaluations (sampler, &told);

  told.x = latents;
  told.n = loop->n;
  told.past = loop->past;
  told.n_past = told.next > 0 || sampler->corrects ? loop->n_past : 0;
  for (int i = 0; i < sampler->draws; i++) {
    job->noise (job->data, step, i, loop->noise[i]);
    for (gsize k = 0; k < loop->n; k++)
      loop->noise[i][k] *= (float) job->sigma_noise;
    told.noise[i] = loop->noise[i];
  }
  for (int i = 0; i < evaluations; i++) {
    double sigma = i > 0 ? sampler->level (&told, i) : told.sigma;
    const float *x = i > 0 ? loop->probe : latents;

    if (i > 0)
      sampler->probe (&told, i, loop->probe);
    if (!evaluate (loop, sigma, x, loop->denoised[i], tick, error))
      return FALSE;
    told.denoised[i] = loop->denoised[i];
  }
  sampler->advance (&told, loop->next);
  keep_outside (job, told.next, job->kept.noise, loop->next);
  if (limn_all_finite (loop->next, loop->n))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               _ ("Step %d of %d gave values that are not numbers (NaN or infinity)"), step + 1, job->schedule->steps);
  return FALSE;
}

/* did: borrowed; a copy is kept where the sampler remembers. */
static void
remember (Loop *loop, const LimnPast *did)
{
  guint most = (guint) loop->job->sampler->choice.history, at;
  gsize bytes = loop->n * sizeof (float);

  if (most == 0)
    return;
  at = loop->remembered++ % most;
  memcpy (loop->latents_kept[at], did->latents, bytes);
  memcpy (loop->denoised_kept[at], did->denoised, bytes);
  memmove (loop->past + 1, loop->past, (most - 1) * sizeof (LimnPast));
  loop->past[0] = (LimnPast){ did->sigma, loop->latents_kept[at], loop->denoised_kept[at], did->refined };
  loop->n_past = MIN (loop->n_past + 1, most);
}

gboolean
limn_denoise (const LimnDenoise *job, float *latents, const LimnTick *tick, GError **error)
{
  Loop loop;
  gboolean done = TRUE;

  g_return_val_if_fail (job->first >= 0 && job->last <= job->schedule->steps, FALSE);

  loop_init (&loop, job);
  for (int step = job->first; done && step < job->last; step++) {
    LimnPast did = { job->schedule->sigmas[step], latents, loop.denoised[0], FALSE };

    done = run_step (&loop, step, latents, tick, error);
    if (done) {
      remember (&loop, &did);
      if (job->stepped != NULL)
        job->stepped (job->data, step, loop.next, &did);
      memcpy (latents, loop.next, loop.n * sizeof (float));
    }
  }
  g_ptr_array_unref (loop.own);
  return done;
}
