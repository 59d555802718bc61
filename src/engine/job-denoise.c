/* job-denoise.c - the steps of a run; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/i18n.h"
#include "engine/conditioning.h"
#include "engine/guidance.h"
#include "engine/image.h"
#include "engine/model.h"
#include "engine/request-controls.h"
#include "model/unet.h"

#include <string.h>

typedef struct {
  LimnJob *job;
  const LimnAct *act;
  const LimnUse *use;           /* of the U-Net */
  gboolean guided;              /* the steps of the act */
  int rows;                     /* that they ask for: of the script the last ones, where not all ... */
  int perturbed;                /* ... and the last of these again, perturbed */
  gboolean against;             /* and away from the negative within attention */
  const LimnConditioning *told; /* all captions of the script */
  const int *said;              /* the rows of the script that the U-Net has been told; NULL: none yet */
  int done;                     /* evaluations of the script before the act's */
  int left_out;                 /* by step caching, of those that the clock knows */
  LimnUnet *unet;
  LimnTaesd *decoder; /* of previews; NULL: they are projected */
  const float *given; /* beside each sample; NULL: nothing */
} Painter;

/* What its ControlNets are told, and by how much they count. */
static void
set_controls (Painter *painter)
{
  const LimnRequest *request = painter->job->request;
  guint64 asked = painter->use->network.shape.controls;

  for (guint i = 0; asked >> i != 0; i++) {
    const LimnControl *control = limn_request_control (request, i);
    float **picture = &painter->job->controls[i];

    if ((asked >> i & 1) == 0)
      continue;
    if (*picture == NULL)
      *picture = limn_control_picture (control, request->width, request->height);
    limn_unet_set_control (painter->unet, (int) i, *picture);
    limn_unet_set_share (painter->unet, (int) i, (float) control->weight);
  }
}

/* Loads the U-Net, which has been told nothing then. */
static gboolean
prepare (Painter *painter, GError **error)
{
  LimnJob *job = painter->job;
  const LimnAct *act = painter->act;

  painter->unet = limn_job_fetch (job, act, &painter->use->network, error);
  if (painter->unet == NULL)
    return FALSE;
  set_controls (painter);
  painter->decoder = limn_job_fetch_preview (job, act);
  painter->said = NULL;
  return TRUE;
}

/* rows of width values each, as said picks them from all. */
static float *
gather (const float *all, const int *said, int rows, gsize width)
{
  float *out = g_new (float, rows *width + 1);

  for (int row = 0; row < rows; row++)
    memcpy (out + row * width, all + said[row] * width, width * sizeof (float));
  return out;
}

/* The negative, which comes before what the rows are told, in the script. */
static void
oppose (Painter *painter, int negative)
{
  const LimnConditioning *told = painter->told;
  g_autofree int *said = g_new (int, painter->rows);
  g_autofree float *context = NULL;

  for (int row = 0; row < painter->rows; row++)
    said[row] = negative;
  context = gather (told->context, said, painter->rows, (gsize) told->tokens * told->channels);
  limn_unet_set_against (painter->unet, context);
}

/* Tells the U-Net what is said at evaluation, where that is not what it was told last. */
static gboolean
tell (Painter *painter, int evaluation, GError **error)
{
  LimnJob *job = painter->job;
  const LimnAct *act = painter->act;
  const LimnConditioning *told = painter->told;
  const LimnScript *script = job->script;
  const int rows = painter->rows, own = rows - painter->perturbed, before = painter->against ? 1 : 0;
  const int *now = script->said + (gsize) (painter->done + evaluation + 1) * script->rows - own;
  g_autofree int *said = g_new (int, rows);
  int evaluations = painter->use->evaluations;
  LimnSpan span;

  if (painter->said != NULL && memcmp (painter->said - before, now - before, (own + before) * sizeof (int)) == 0)
    return TRUE;
  painter->said = now;
  memcpy (said, now, own * sizeof (int));
  memcpy (said + own, now + own - painter->perturbed, painter->perturbed * sizeof (int));
  if (painter->against)
    oppose (painter, now[-1]);
  g_autofree float *context = gather (told->context, said, rows, (gsize) told->tokens * told->channels);
  g_autofree float *pooled = gather (told->pooled, said, rows, told->pooled_channels);
  g_autofree float *time_ids = gather (told->time_ids, said, rows, told->n_time_ids);
  g_autofree float *timesteps = g_new (float, evaluations);
  limn_denoise_timesteps (job->sampler, job->schedule, &job->request->fields, act->first, act->last, timesteps);
  limn_span_init (&span, &job->clock.tick, 0, 0);
  return limn_unet_prepare (painter->unet, context, pooled, time_ids, timesteps, evaluations, &span.tick, error);
}

static gboolean
refines (const Painter *painter)
{
  return painter->use->network.model == painter->job->request->refiner;
}

/* The rows of sample, each with what the U-Net is given beside it. */
static float *
join_given (const Painter *painter, const float *sample)
{
  const gsize n = painter->job->values, given = n / (gsize) painter->job->planes * (gsize) (1 + painter->job->planes);
  float *joined = g_new (float, (n + given) * (gsize) painter->rows), *row = joined;

  for (int i = 0; i < painter->rows; i++, row += n + given) {
    memcpy (row, sample + (gsize) i * n, n * sizeof (float));
    memcpy (row + n, painter->given, given * sizeof (float));
  }
  return joined;
}

/* sample and out: [rows, values]. */
static gboolean
run_unet (Painter *painter, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  LimnJob *job = painter->job;
  const int rows = painter->rows;
  const gsize n = job->values * rows;
  const char *name = limn_model_name (painter->use->network.model);
  int step = job->begin + job->clock.progress.step + 1;
  g_autofree float *joined = painter->given != NULL ? join_given (painter, sample) : NULL;

  if (joined != NULL)
    sample = joined;
  if (!tell (painter, evaluation, error) || !limn_unet_run (painter->unet, evaluation, sample, out, tick, error))
    return FALSE;
  if (!limn_all_finite (out, n) && limn_residents_raise (job->engine->residents, &painter->use->network)) {
    job->redone = TRUE;
    limn_job_note (job, _ ("The U-Net of %s overflowed in fp16 at step %d; redone in fp32 from there"), name, step);
    if (!prepare (painter, error) || !tell (painter, evaluation, error)
        || !limn_unet_run (painter->unet, evaluation, sample, out, tick, error))
      return FALSE;
  }
  if (limn_all_finite (out, n)) {
    limn_clock_evaluation (&job->clock, rows);
    return TRUE;
  }
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
      _ ("The U-Net of %s gave values that are not numbers at step %d of %d, in fp32 too: its file may be damaged"),
      name, step, job->schedule->steps);
  return FALSE;
}

/* What the rows of the script said becomes the loop's: all: [rows, n], of which the negative takes the last's place. */
static void
join (const Painter *painter, float *all, float *out)
{
  const LimnScript *script = painter->job->script;
  const gsize n = painter->job->values;
  float *perturbed = all + n * (gsize) (script->rows - 1);

  if (painter->guided)
    memcpy (out, all, n * sizeof (float));
  if (painter->guided)
    out += n;
  limn_script_join (script, all, out, n);
  if (painter->perturbed == 0)
    return;
  memcpy (perturbed, all, n * sizeof (float));
  limn_script_join (script, perturbed, out + n, n);
}

/* Where AND joins prompts the loop over steps sees one, which is their sum. */
static gboolean
predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  Painter *painter = data;
  const LimnScript *script = painter->job->script;
  gsize n = painter->job->values;

  if (!limn_script_joins (script))
    return run_unet (painter, evaluation, sample, out, tick, error);
  const gsize rows = (gsize) painter->rows;
  g_autofree float *all = g_new (float, n *rows), *said = g_new (float, n *rows);
  for (gsize row = 0; row < rows; row++)
    memcpy (all + row * n, sample, n * sizeof (float));
  if (!run_unet (painter, evaluation, all, said, tick, error))
    return FALSE;
  join (painter, said, out);
  return TRUE;
}

static void
noise_cb (gpointer data, int step, int draw, float *out)
{
  limn_job_draw_step (((Painter *) data)->job, step, draw, out);
}

/* Whether model is asked the same of both steps. */
static gboolean
are_alike (const LimnJob *job, LimnModel *model, int a, int b)
{
  const LimnFields *fields = &job->request->fields;
  int steps = job->schedule->steps;
  LimnShrink one = limn_guidance_shrink (fields, job->schedule, a);
  LimnShrink other = limn_guidance_shrink (fields, job->schedule, b);

  return limn_guided_step (fields, a, steps) == limn_guided_step (fields, b, steps) && one.after == other.after
         && limn_perturbed_step (fields, a, steps) == limn_perturbed_step (fields, b, steps)
         && limn_request_controls_at (job->request, model, a, steps)
                == limn_request_controls_at (job->request, model, b, steps);
}

static gboolean
alike_cb (gpointer data, int step)
{
  const Painter *painter = data;
  const LimnJob *job = painter->job;
  const LimnScript *script = job->script;
  const LimnFields *fields = &job->request->fields;
  const int origin = job->schedule->origin;

  if (step <= origin || !are_alike (job, painter->use->network.model, step - 1, step))
    return FALSE;
  int first = limn_denoise_timesteps (job->sampler, job->schedule, fields, origin, step - 1, NULL);
  int end = limn_denoise_timesteps (job->sampler, job->schedule, fields, origin, step + 1, NULL);
  const int *said = script->said + (gsize) first * script->rows;
  for (int i = first + 1; i < end; i++)
    if (memcmp (said, script->said + (gsize) i * script->rows, script->rows * sizeof (int)) != 0)
      return FALSE;
  return TRUE;
}

static void
stepped_cb (gpointer data, int step, const float *latents, const LimnPast *did)
{
  Painter *painter = data;
  LimnJob *job = painter->job;
  const LimnMonitor *monitor = job->clock.monitor;

  for (; painter->left_out < job->cache.left_out; painter->left_out++)
    limn_clock_evaluation (&job->clock, painter->rows);
  limn_clock_step (&job->clock);
  if (monitor == NULL || monitor->preview == NULL)
    return;

  g_autoptr (LimnImage) image = limn_job_decode_preview (job, painter->decoder, did->denoised);
  g_autoptr (LimnImage) small = image != NULL ? limn_image_shrink (image, MAX (job->width, job->height))
                                              : limn_image_new (job->width, job->height);
  LimnPreview preview = {
    .step = job->clock.progress.step,
    .steps = job->clock.progress.steps,
    .schedule_step = step + 1,
    .schedule_steps = job->schedule->steps,
    .planes = job->planes,
    .width = job->width,
    .height = job->height,
    .rgb = small->rgb,
    .image = image,
    .latents = latents,
    .did = *did,
    .draws = limn_job_draws (job, step + 1),
  };
  preview.did.refined = refines (painter);
  if (image == NULL)
    limn_image_preview (limn_checkpoint_vae (limn_model_checkpoint (job->request->model)), did->denoised, job->width,
                        job->height, small->rgb);
  monitor->preview (&preview, monitor->data);
}

/* A network begins without another's past: what two networks say is not on one curve. */
static void
recall (const Painter *painter)
{
  LimnJob *job = painter->job;
  const LimnStart *start = &job->request->start;
  LimnModel *model = painter->use->network.model;
  guint n = 0;

  if (job->history == NULL)
    job->history = limn_history_new ((guint) limn_fields_history (&job->request->fields), job->values);
  while (start->latents != NULL && n < start->n_past && !start->past[n].refined == !refines (painter))
    n++;
  if (painter->act->first == job->begin)
    limn_history_begin (job->history, start->past, n);
  else if (job->past_of != model)
    limn_history_begin (job->history, NULL, 0);
  job->past_of = model;
}

static gboolean
take_steps (LimnJob *job, const LimnAct *act, GError **error)
{
  LimnModel *model = act->uses[0].network.model;
  Painter painter = {
    .job = job,
    .act = act,
    .use = &act->uses[0],
    .guided = limn_guided_step (&job->request->fields, act->first, job->schedule->steps),
    .rows = act->uses[0].network.shape.batch,
    .perturbed = act->uses[0].network.shape.perturbed,
    .against = act->uses[0].network.shape.nag.scale > 0,
    .left_out = job->cache.left_out,
    .told = g_hash_table_lookup (job->told, model),
    .done = limn_denoise_timesteps (job->sampler, job->schedule, &job->request->fields, job->schedule->origin,
                                    act->first, NULL),
    .given = limn_model_inpaints (model) ? job->given : NULL,
  };
  LimnDenoise loop = {
    .sampler = job->sampler,
    .schedule = job->schedule,
    .first = act->first,
    .last = act->last,
    .pictures = 1,
    .values = job->values,
    .planes = job->planes,
    .fields = &job->request->fields,
    .guided = painter.guided,
    .perturbed = painter.perturbed > 0,
    .prediction = limn_job_config (job->request, model, job->request->prediction).prediction,
    .kept = limn_job_kept (job, model),
    .cache = limn_cache_is_on (&job->request->fields) ? &job->cache : NULL,
    .alike = alike_cb,
    .predict = predict_cb,
    .noise = noise_cb,
    .stepped = stepped_cb,
    .data = &painter,
  };

  /* What an inpainting model leaves is its own outside the mask, too. */
  if (act->first == job->split && job->split > job->begin && limn_model_inpaints (job->request->model))
    limn_job_put_back (job, model, act->first);
  recall (&painter);
  loop.history = job->history;
  return prepare (&painter, error) && limn_denoise (&loop, job->latents, &job->clock.tick, error);
}

/* Where the negative is not said to a row of its own. */
static LimnNag
nag_of (const LimnJob *job, gboolean all)
{
  const LimnFields *fields = &job->request->fields;

  if (all || !limn_script_opposes (job->request))
    return (LimnNag){ 0 };
  return (LimnNag){ (float) fields->nag, (float) fields->nag_tau, (float) fields->nag_alpha };
}

/* Of steps that are. */
static LimnAct *
act_alike (const LimnJob *job, LimnModel *model, int first, int last)
{
  const LimnFields *fields = &job->request->fields;
  const LimnSchedule *schedule = job->schedule;
  LimnAct *act = g_new0 (LimnAct, 1);
  const gboolean all = limn_script_joins (job->script) || limn_guided_step (fields, first, schedule->steps);
  const int perturbed = limn_perturbed_step (fields, first, schedule->steps) ? job->script->n_parts : 0;
  const LimnNetworkShape shape = {
    .batch = (all ? job->script->rows : 1) + perturbed,
    .perturbed = perturbed,
    .nag = nag_of (job, all),
    .freeu = limn_guidance_freeu (fields),
    .shrink = limn_guidance_shrink (fields, schedule, first),
    .controls = limn_request_controls_at (job->request, model, first, schedule->steps),
    .height = job->height,
    .width = job->width,
    .tokens = limn_job_tokens (job, model),
    /* Room for more evaluations than these, so that another number of them or another hand-off builds nothing anew. */
    .steps = (limn_denoise_timesteps (job->sampler, schedule, fields, 0, schedule->steps, NULL) + 31) / 32 * 32,
  };

  act->stage = limn_model_is_refiner (model) ? LIMN_STAGE_REFINER : LIMN_STAGE_BASE;
  act->first = first;
  act->last = last;
  act->run = take_steps;
  limn_job_use (job, act, &limn_unet_kind, model, &shape,
                limn_denoise_timesteps (job->sampler, schedule, fields, first, last, NULL));
  limn_job_use_preview (job, act, last - first);
  return act;
}

LimnAct *
limn_job_act_steps (const LimnJob *job, LimnModel *model, int first, int last)
{
  LimnAct *acts = NULL, **end = &acts;

  while (first < last) {
    int next = first + 1;

    while (next < last && are_alike (job, model, first, next))
      next++;
    *end = act_alike (job, model, first, next);
    end = &(*end)->next;
    first = next;
  }
  return acts;
}
