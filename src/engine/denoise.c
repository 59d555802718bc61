/* denoise.c - see denoise.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/denoise.h"

#include "base/error.h"
#include "base/i18n.h"
#include "engine/clock.h"
#include "engine/guidance.h"

#include <math.h>
#include <string.h>

int
limn_denoise_timesteps (const LimnSampler *sampler, const LimnSchedule *schedule, const LimnFields *fields, int first,
                        int last, float *timesteps)
{
  int count = 0;

  for (int step = first; step < last; step++) {
    const LimnStep planned = limn_step_at (sampler, schedule, step, fields);
    int evaluations = limn_sampler_evaluations (sampler, &planned);

    for (int i = 0; i < evaluations; i++, count++) {
      double sigma = i == 0 ? planned.sigma : sampler->level (&planned, i);

      if (timesteps != NULL)
        timesteps[count] = (float) (sigma == schedule->sigmas[step] ? schedule->timesteps[step]
                                                                    : limn_schedule_timestep (schedule, sigma));
    }
  }
  return count;
}

/* All of it [pictures, values], but sample and out, which have a row of values for each answer that is asked for. */
typedef struct {
  const LimnDenoise *job;
  gsize n;
  int evaluation, evaluations;
  float *sample, *out, *churned, *probe, *next;
  float *plain, *perturbed; /* where the network points with the prompt alone, and perturbed; NULL: not asked */
  int pointed;              /* the last step's last evaluation at the level that it began at */
  float *denoised[LIMN_MOST_EVALUATIONS], *negative[LIMN_MOST_EVALUATIONS];
  float *noise[LIMN_MOST_DRAWS];
  GPtrArray *own; /* what of all this is to be freed */
} Loop;

static float *
make (Loop *loop, gsize rows)
{
  float *values = g_new (float, loop->n *rows);

  g_ptr_array_add (loop->own, values);
  return values;
}

static gsize
rows_of (const LimnDenoise *job)
{
  return (gsize) 1 + (job->guided ? 1 : 0) + (job->perturbed ? 1 : 0);
}

static void
loop_init (Loop *loop, const LimnDenoise *job)
{
  const LimnSampler *sampler = job->sampler;
  gsize rows = rows_of (job);

  *loop = (Loop){ .job = job, .n = job->values * job->pictures, .own = g_ptr_array_new_with_free_func (g_free) };
  loop->evaluations = limn_denoise_timesteps (sampler, job->schedule, job->fields, job->first, job->last, NULL);
  loop->sample = make (loop, rows);
  loop->out = make (loop, rows);
  loop->churned = make (loop, 1);
  loop->probe = make (loop, 1);
  loop->next = make (loop, 1);
  loop->plain = job->perturbed ? make (loop, 1) : NULL;
  loop->perturbed = job->perturbed ? make (loop, 1) : NULL;
  for (int i = 0; i < sampler->evaluations; i++) {
    loop->denoised[i] = make (loop, 1);
    loop->negative[i] = job->guided ? make (loop, 1) : loop->denoised[i];
  }
  for (int i = 0; i < sampler->draws + (sampler->churns ? 1 : 0); i++)
    loop->noise[i] = make (loop, 1);
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

/* What the network has said of x becomes where it points, without the prompt as well. */
static void
point (const Loop *loop, int evaluation, double sigma, const float *x)
{
  const LimnDenoise *job = loop->job;
  float *denoised = loop->denoised[evaluation], *negative = loop->negative[evaluation];
  const gsize n = loop->n, values = job->values;

  if (job->guided) {
    memcpy (negative, loop->out, n * sizeof (float));
    memcpy (denoised, loop->out + n, n * sizeof (float));
    for (gsize at = 0; at < n; at += values)
      limn_guide (job->fields, job->prediction, sigma, x + at, negative + at, denoised + at, values / job->planes,
                  job->planes);
  } else {
    limn_sampler_denoised (job->prediction, sigma, x, loop->out, denoised, n);
  }
  if (job->perturbed) {
    const float *positive = loop->out + (job->guided ? n : 0);

    limn_sampler_denoised (job->prediction, sigma, x, positive, loop->plain, n);
    limn_sampler_denoised (job->prediction, sigma, x, positive + n, loop->perturbed, n);
    limn_guide_away (job->fields->perturbation, loop->plain, loop->perturbed, denoised, n);
  }
  limn_guidance_weaken_noise (job->fields->noise_divisor, x, denoised, n);
  keep_outside (job, 0, NULL, denoised);
  keep_outside (job, 0, NULL, negative);
}

static gboolean
evaluate (Loop *loop, int evaluation, double sigma, const float *x, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  gsize n = loop->n;
  LimnSpan span;

  limn_span_init (&span, tick, (double) loop->evaluation / loop->evaluations,
                  (double) (loop->evaluation + 1) / loop->evaluations);
  limn_sampler_scale (job->prediction, sigma, x, loop->sample, n);
  for (gsize row = 1; row < rows_of (job); row++)
    memcpy (loop->sample + row * n, loop->sample, n * sizeof (float));
  if (!limn_tick (&span.tick, 0, error)
      || !job->predict (job->data, loop->evaluation++, loop->sample, loop->out, &span.tick, error))
    return FALSE;
  point (loop, evaluation, sigma, x);
  return TRUE;
}

static void
draw (Loop *loop, int step, LimnStep *told)
{
  const LimnDenoise *job = loop->job;

  for (int i = 0; i < limn_sampler_draws (job->sampler, told); i++) {
    job->noise (job->data, step, i, loop->noise[i]);
    for (gsize k = 0; k < loop->n; k++)
      loop->noise[i][k] *= (float) job->fields->sigma_noise;
    told->noise[i] = loop->noise[i];
  }
}

/* Where told begins: at latents, or with more noise in them. */
static const float *
churn (Loop *loop, double sigma, const LimnStep *told, const float *latents)
{
  if (told->sigma == sigma)
    return latents;
  memcpy (loop->churned, latents, loop->n * sizeof (float));
  limn_sampler_add_noise (sqrt (told->sigma * told->sigma - sigma * sigma),
                          told->noise[limn_sampler_draws (loop->job->sampler, told) - 1], loop->churned, loop->n);
  return loop->churned;
}

/* Steps of other samplers, which may have led here, did not keep what one that contrasts reads. */
static guint
usable_past (const LimnSampler *sampler, const LimnPast *past, guint n_past)
{
  guint n = 0;

  while (n < n_past && (!sampler->contrasts || past[n].negative != NULL))
    n++;
  return n;
}

/* ---- Steps that do not ask the network ---- */

static gboolean
is_held (const Loop *loop, int step, const LimnPast *past, guint n_past)
{
  const LimnDenoise *job = loop->job;
  int back = job->cache != NULL ? limn_cache_hold (job->fields, step, job->schedule->steps, job->schedule->sigmas[step],
                                                   past, n_past, loop->n)
                                : 0;

  for (int i = 0; i < back; i++)
    if (!job->alike (job->data, step - i))
      return FALSE;
  return back > 0;
}

/* All of told's evaluations point where the last step did. */
static void
hold (Loop *loop, const LimnPast *last, int evaluations, LimnStep *told)
{
  for (int i = 0; i < evaluations; i++) {
    memcpy (loop->denoised[i], last->denoised, loop->n * sizeof (float));
    told->denoised[i] = loop->denoised[i];
    told->negative[i] = loop->denoised[i];
  }
  loop->pointed = 0;
  loop->evaluation += evaluations;
  loop->job->cache->left_out += evaluations;
}

static gboolean
ask (Loop *loop, int evaluations, LimnStep *told, const LimnTick *tick, GError **error)
{
  const LimnSampler *sampler = loop->job->sampler;

  for (int i = 0; i < evaluations; i++) {
    double sigma = i > 0 ? sampler->level (told, i) : told->sigma;
    const float *x = i > 0 ? loop->probe : told->x;

    if (i > 0)
      sampler->probe (told, i, loop->probe);
    if (!evaluate (loop, i, sigma, x, tick, error))
      return FALSE;
    told->denoised[i] = loop->denoised[i];
    told->negative[i] = loop->negative[i];
    if (sigma == told->sigma)
      loop->pointed = i;
  }
  return TRUE;
}

static gboolean
run_step (Loop *loop, int step, float *latents, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  const LimnSampler *sampler = job->sampler;
  LimnStep told = limn_step_at (sampler, job->schedule, step, job->fields);
  int evaluations = limn_sampler_evaluations (sampler, &told);

  const LimnPast *past = NULL;
  guint n_past = 0;

  told.n = loop->n;
  if (job->history != NULL)
    past = limn_history_past (job->history, &n_past);
  if (told.next > 0 || sampler->corrects) {
    told.past = past;
    told.n_past = usable_past (sampler, past, MIN (n_past, (guint) sampler->choice.history));
  }
  draw (loop, step, &told);
  told.x = churn (loop, job->schedule->sigmas[step], &told, latents);
  if (is_held (loop, step, past, n_past))
    hold (loop, past, evaluations, &told);
  else if (!ask (loop, evaluations, &told, tick, error))
    return FALSE;
  else if (job->cache != NULL)
    limn_cache_count (job->cache, evaluations, loop->denoised[loop->pointed], past, n_past, loop->n);
  sampler->advance (&told, loop->next);
  keep_outside (job, told.next, job->kept.noise, loop->next);
  if (limn_all_finite (loop->next, loop->n))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               _ ("Step %d of %d gave values that are not numbers (NaN or infinity)"), step + 1, job->schedule->steps);
  return FALSE;
}

gboolean
limn_denoise (const LimnDenoise *job, float *latents, const LimnTick *tick, GError **error)
{
  Loop loop;
  gboolean done = TRUE;

  g_return_val_if_fail (job->first >= 0 && job->last <= job->schedule->steps, FALSE);

  loop_init (&loop, job);
  for (int step = job->first; done && step < job->last; step++) {
    done = run_step (&loop, step, latents, tick, error);
    if (done) {
      gboolean read_later = job->sampler->contrasts && job->sampler->choice.history > 0;
      LimnPast did = { .sigma = job->schedule->sigmas[step],
                       .latents = latents,
                       .denoised = loop.denoised[loop.pointed],
                       .negative = read_later ? loop.negative[loop.pointed] : NULL };

      if (job->history != NULL)
        limn_history_add (job->history, &did);
      if (job->stepped != NULL)
        job->stepped (job->data, step, loop.next, &did);
      memcpy (latents, loop.next, loop.n * sizeof (float));
    }
  }
  g_ptr_array_unref (loop.own);
  return done;
}
