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

/* A picture of the loop.  All of it [values]. */
typedef struct {
  LimnDenoisePicture *of;
  LimnStep told;        /* of the step at hand */
  const LimnPast *past; /* [n_past], of the steps before it, the last first */
  guint n_past;
  float *churned, *probe, *next;
  float *plain, *perturbed; /* where the network points with the prompt alone, and perturbed; NULL: not asked */
  float *blurred, *again;   /* what it is asked about again, without and with noise; NULL: it is not */
  int pointed;              /* the step's last evaluation at the level that it began at */
  float *denoised[LIMN_MOST_EVALUATIONS], *negative[LIMN_MOST_EVALUATIONS];
  float *noise[LIMN_MOST_DRAWS];
} Picture;

typedef struct {
  const LimnDenoise *job;
  int evaluation, evaluations;
  float *sample, *out; /* [answers that are asked for, pictures, values] */
  Picture *pictures;   /* those that go on come first */
  int n;               /* of them */
  GPtrArray *own;      /* what of all this is to be freed */
} Loop;

static float *
make (Loop *loop, gsize rows)
{
  float *values = g_new (float, loop->job->values *rows);

  g_ptr_array_add (loop->own, values);
  return values;
}

/* What is asked for each picture. */
static int
answers_of (const LimnDenoise *job)
{
  return 1 + (job->guided ? 1 : 0) + (job->perturbed ? 1 : 0);
}

static void
picture_init (Loop *loop, Picture *picture, LimnDenoisePicture *of)
{
  const LimnDenoise *job = loop->job;
  const LimnSampler *sampler = job->sampler;

  *picture = (Picture){ .of = of };
  picture->churned = make (loop, 1);
  picture->probe = make (loop, 1);
  picture->next = make (loop, 1);
  picture->plain = job->perturbed ? make (loop, 1) : NULL;
  picture->perturbed = job->perturbed ? make (loop, 1) : NULL;
  picture->blurred = job->watched ? make (loop, 1) : NULL;
  picture->again = job->watched ? make (loop, 1) : NULL;
  for (int i = 0; i < sampler->evaluations; i++) {
    picture->denoised[i] = make (loop, 1);
    picture->negative[i] = job->guided ? make (loop, 1) : picture->denoised[i];
  }
  for (int i = 0; i < sampler->draws + (sampler->churns ? 1 : 0); i++)
    picture->noise[i] = make (loop, 1);
}

static void
loop_init (Loop *loop, const LimnDenoise *job)
{
  gsize rows = (gsize) (answers_of (job) * job->n_pictures);

  *loop = (Loop){ .job = job, .n = job->n_pictures, .own = g_ptr_array_new_with_free_func (g_free) };
  loop->evaluations = limn_denoise_timesteps (job->sampler, job->schedule, job->fields, job->first, job->last, NULL);
  loop->sample = make (loop, rows);
  loop->out = make (loop, rows);
  loop->pictures = g_new (Picture, job->n_pictures);
  g_ptr_array_add (loop->own, loop->pictures);
  for (int i = 0; i < job->n_pictures; i++)
    picture_init (loop, &loop->pictures[i], &job->pictures[i]);
}

/* FALSE where nobody goes on. */
static gboolean
let_go (Loop *loop)
{
  int n = 0;

  for (int i = 0; i < loop->n; i++)
    if (!loop->pictures[i].of->left)
      loop->pictures[n++] = loop->pictures[i];
  loop->n = n;
  return n > 0;
}

/* ---- One step ---- */

static void
keep_outside (const LimnKept *kept, double sigma, const float *noise, float *latents)
{
  if (kept->painted != NULL)
    limn_sampler_keep (sigma, kept->painted, kept->original, noise, latents, kept->plane, kept->planes);
}

/* What the network has said of x becomes where it points, without the prompt as well.  out: its first answer; the
 * others lie stride apart. */
static void
point (const Loop *loop, const Picture *picture, int evaluation, double sigma, const float *x, const float *out,
       gsize stride)
{
  const LimnDenoise *job = loop->job;
  float *denoised = picture->denoised[evaluation], *negative = picture->negative[evaluation];
  const gsize n = job->values;

  if (job->guided) {
    memcpy (negative, out, n * sizeof (float));
    out += stride;
    memcpy (denoised, out, n * sizeof (float));
    limn_guide (job->fields, job->prediction, sigma, x, negative, denoised, n / job->planes, job->planes);
  } else {
    limn_sampler_denoised (job->prediction, sigma, x, out, denoised, n);
  }
  if (job->perturbed) {
    limn_sampler_denoised (job->prediction, sigma, x, out, picture->plain, n);
    limn_sampler_denoised (job->prediction, sigma, x, out + stride, picture->perturbed, n);
    limn_guide_away (job->fields->perturbation, picture->plain, picture->perturbed, denoised, n);
  }
}

/* After all guidance. */
static void
settle (const Loop *loop, const Picture *picture, int evaluation, const float *x)
{
  float *denoised = picture->denoised[evaluation], *negative = picture->negative[evaluation];

  limn_guidance_weaken_noise (loop->job->fields->noise_divisor, x, denoised, loop->job->values);
  keep_outside (&picture->of->kept, 0, NULL, denoised);
  keep_outside (&picture->of->kept, 0, NULL, negative);
}

/* What the network is asked about. */
static const float *
asked (const Picture *picture, int evaluation)
{
  return evaluation > 0 ? picture->probe : picture->told.x;
}

/* Asks about what of each picture is in the first answer's place of the sample.  turn: the first or the second of so
 * many of the evaluation. */
static gboolean
predict (Loop *loop, int turn, int turns, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  const gsize stride = job->values * (gsize) loop->n;
  LimnSpan span;

  limn_span_init (&span, tick, (loop->evaluation + (double) turn / turns) / loop->evaluations,
                  (loop->evaluation + (turn + 1.0) / turns) / loop->evaluations);
  for (int answer = 1; answer < answers_of (job); answer++)
    memcpy (loop->sample + (gsize) answer * stride, loop->sample, stride * sizeof (float));
  return limn_tick (&span.tick, 0, error)
         && job->predict (job->data, loop->evaluation, loop->sample, loop->out, &span.tick, error);
}

/* Self-attention guidance, after all other, as in ComfyUI: away from what is said, without the prompt, of a picture
 * that is blurred where the network looked.  All answers are asked for, of which the negatives' count: another shape of
 * the network for these alone would be made ready twice a step. */
static gboolean
look_again (Loop *loop, int evaluation, double sigma, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  const gsize n = job->values;
  int look_height, look_width;
  g_autofree float *looked = job->looked (job->data, &look_height, &look_width);

  for (int i = 0; i < loop->n; i++) {
    const Picture *picture = &loop->pictures[i];
    const float *x = asked (picture, evaluation), *negative = picture->negative[evaluation];

    limn_guidance_blur (job->fields->sag_blur, looked + i * look_height * look_width, look_height, look_width, negative,
                        (int) (n / (gsize) job->planes) / job->width, job->width, job->planes, picture->blurred);
    for (gsize k = 0; k < n; k++)
      picture->again[k] = (float) ((double) picture->blurred[k] + x[k] - negative[k]);
    limn_sampler_scale (job->prediction, sigma, picture->again, loop->sample + (gsize) i * n, n);
  }
  if (!predict (loop, 1, 2, tick, error))
    return FALSE;
  for (int i = 0; i < loop->n; i++) {
    Picture *picture = &loop->pictures[i];

    limn_sampler_denoised (job->prediction, sigma, picture->again, loop->out + (gsize) i * n, picture->again, n);
    limn_guide_away (job->fields->sag, picture->blurred, picture->again, picture->denoised[evaluation], n);
  }
  return TRUE;
}

static gboolean
evaluate (Loop *loop, int evaluation, double sigma, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  const gsize stride = job->values * (gsize) loop->n;

  for (int i = 0; i < loop->n; i++)
    limn_sampler_scale (job->prediction, sigma, asked (&loop->pictures[i], evaluation),
                        loop->sample + (gsize) i * job->values, job->values);
  if (!predict (loop, 0, job->watched ? 2 : 1, tick, error))
    return FALSE;
  for (int i = 0; i < loop->n; i++)
    point (loop, &loop->pictures[i], evaluation, sigma, asked (&loop->pictures[i], evaluation),
           loop->out + (gsize) i * job->values, stride);
  if (job->watched && !look_again (loop, evaluation, sigma, tick, error))
    return FALSE;
  for (int i = 0; i < loop->n; i++)
    settle (loop, &loop->pictures[i], evaluation, asked (&loop->pictures[i], evaluation));
  loop->evaluation++;
  return TRUE;
}

static void
draw (const LimnDenoise *job, int step, Picture *picture)
{
  for (int i = 0; i < limn_sampler_draws (job->sampler, &picture->told); i++) {
    job->noise (picture->of->data, step, i, picture->noise[i]);
    for (gsize k = 0; k < job->values; k++)
      picture->noise[i][k] *= (float) job->fields->sigma_noise;
    picture->told.noise[i] = picture->noise[i];
  }
}

/* Where the step begins: at its latents, or with more noise in them. */
static const float *
churn (const LimnDenoise *job, double sigma, Picture *picture)
{
  const LimnStep *told = &picture->told;

  if (told->sigma == sigma)
    return picture->of->latents;
  memcpy (picture->churned, picture->of->latents, job->values * sizeof (float));
  limn_sampler_add_noise (sqrt (told->sigma * told->sigma - sigma * sigma),
                          told->noise[limn_sampler_draws (job->sampler, told) - 1], picture->churned, job->values);
  return picture->churned;
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

static void
begin_step (const LimnDenoise *job, int step, Picture *picture)
{
  const LimnSampler *sampler = job->sampler;
  LimnStep *told = &picture->told;

  *told = limn_step_at (sampler, job->schedule, step, job->fields);
  told->n = job->values;
  picture->past = NULL;
  picture->n_past = 0;
  if (picture->of->history != NULL)
    picture->past = limn_history_past (picture->of->history, &picture->n_past);
  if (told->next > 0 || sampler->corrects) {
    told->past = picture->past;
    told->n_past = usable_past (sampler, picture->past, MIN (picture->n_past, (guint) sampler->choice.history));
  }
  draw (job, step, picture);
  told->x = churn (job, job->schedule->sigmas[step], picture);
}

static gboolean
end_step (const LimnDenoise *job, int step, Picture *picture, GError **error)
{
  const LimnSampler *sampler = job->sampler;
  LimnDenoisePicture *of = picture->of;
  gboolean read_later = sampler->contrasts && sampler->choice.history > 0;
  LimnPast did = { .sigma = job->schedule->sigmas[step],
                   .latents = of->latents,
                   .denoised = picture->denoised[picture->pointed],
                   .negative = read_later ? picture->negative[picture->pointed] : NULL };

  sampler->advance (&picture->told, picture->next);
  keep_outside (&of->kept, picture->told.next, of->kept.noise, picture->next);
  if (!limn_all_finite (picture->next, job->values)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
                 _ ("Step %d of %d gave values that are not numbers (NaN or infinity)"), step + 1,
                 job->schedule->steps);
    return FALSE;
  }
  if (of->history != NULL)
    limn_history_add (of->history, &did);
  if (job->stepped != NULL)
    job->stepped (of->data, step, picture->next, &did);
  memcpy (of->latents, picture->next, job->values * sizeof (float));
  return TRUE;
}

/* ---- Steps that do not ask the network ---- */

static gboolean
is_held (const Loop *loop, int step)
{
  const LimnDenoise *job = loop->job;
  const Picture *picture = loop->pictures;
  int back = job->cache != NULL ? limn_cache_hold (job->fields, step, job->schedule->steps, job->schedule->sigmas[step],
                                                   picture->past, picture->n_past, job->values)
                                : 0;

  for (int i = 0; i < back; i++)
    if (!job->alike (job->data, step - i))
      return FALSE;
  return back > 0;
}

/* All of the step's evaluations point where the last step did. */
static void
hold (Loop *loop, int evaluations)
{
  Picture *picture = loop->pictures;

  for (int i = 0; i < evaluations; i++) {
    memcpy (picture->denoised[i], picture->past->denoised, loop->job->values * sizeof (float));
    picture->told.denoised[i] = picture->denoised[i];
    picture->told.negative[i] = picture->denoised[i];
  }
  picture->pointed = 0;
  loop->evaluation += evaluations;
  loop->job->cache->left_out += evaluations;
}

static gboolean
ask (Loop *loop, const LimnStep *planned, int evaluations, const LimnTick *tick, GError **error)
{
  const LimnSampler *sampler = loop->job->sampler;

  for (int evaluation = 0; evaluation < evaluations; evaluation++) {
    double sigma = evaluation > 0 ? sampler->level (planned, evaluation) : planned->sigma;

    for (int i = 0; i < loop->n && evaluation > 0; i++)
      sampler->probe (&loop->pictures[i].told, evaluation, loop->pictures[i].probe);
    if (!evaluate (loop, evaluation, sigma, tick, error))
      return FALSE;
    for (int i = 0; i < loop->n; i++) {
      Picture *picture = &loop->pictures[i];

      picture->told.denoised[evaluation] = picture->denoised[evaluation];
      picture->told.negative[evaluation] = picture->negative[evaluation];
      if (sigma == planned->sigma)
        picture->pointed = evaluation;
    }
  }
  return TRUE;
}

static gboolean
run_step (Loop *loop, int step, const LimnTick *tick, GError **error)
{
  const LimnDenoise *job = loop->job;
  const LimnSampler *sampler = job->sampler;
  const LimnStep planned = limn_step_at (sampler, job->schedule, step, job->fields);
  int evaluations = limn_sampler_evaluations (sampler, &planned);

  for (int i = 0; i < loop->n; i++)
    begin_step (job, step, &loop->pictures[i]);
  if (is_held (loop, step))
    hold (loop, evaluations);
  else if (!ask (loop, &planned, evaluations, tick, error))
    return FALSE;
  else if (job->cache != NULL)
    limn_cache_count (job->cache, evaluations, loop->pictures->denoised[loop->pictures->pointed], loop->pictures->past,
                      loop->pictures->n_past, job->values);
  for (int i = 0; i < loop->n; i++)
    if (!end_step (job, step, &loop->pictures[i], error))
      return FALSE;
  return TRUE;
}

gboolean
limn_denoise (const LimnDenoise *job, const LimnTick *tick, GError **error)
{
  Loop loop;
  gboolean done = TRUE;

  g_return_val_if_fail (job->first >= 0 && job->last <= job->schedule->steps, FALSE);
  g_return_val_if_fail (job->cache == NULL || job->n_pictures == 1, FALSE);
  g_return_val_if_fail (!job->watched || (job->guided && job->width > 0), FALSE);

  loop_init (&loop, job);
  for (int step = job->first; done && step < job->last && let_go (&loop); step++)
    done = run_step (&loop, step, tick, error);
  g_ptr_array_unref (loop.own);
  return done;
}
