/* job-denoise.c - the steps of a run; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/i18n.h"
#include "engine/conditioning.h"
#include "engine/image.h"
#include "engine/model.h"
#include "model/unet.h"

#include <string.h>

typedef struct {
  LimnJob *job;
  const LimnAct *act;
  const LimnUse *use;           /* of the U-Net */
  const LimnConditioning *told; /* all captions of the script */
  const int *said;              /* the rows of the script that the U-Net has been told; NULL: none yet */
  int done;                     /* evaluations of the script before the act's */
  LimnUnet *unet;
  LimnTaesd *decoder; /* of previews; NULL: they are projected */
} Painter;

/* Loads the U-Net, which has been told nothing then. */
static gboolean
prepare (Painter *painter, GError **error)
{
  LimnJob *job = painter->job;
  const LimnAct *act = painter->act;

  painter->unet = limn_job_fetch (job, act, &painter->use->network, error);
  if (painter->unet == NULL)
    return FALSE;
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

/* Tells the U-Net what is said at evaluation, where that is not what it was told last. */
static gboolean
tell (Painter *painter, int evaluation, GError **error)
{
  LimnJob *job = painter->job;
  const LimnAct *act = painter->act;
  const LimnConditioning *told = painter->told;
  const LimnScript *script = job->script;
  const int *said = script->said + (gsize) (painter->done + evaluation) * script->rows;
  int evaluations = painter->use->evaluations;
  LimnSpan span;

  if (painter->said != NULL && memcmp (painter->said, said, script->rows * sizeof (int)) == 0)
    return TRUE;
  painter->said = said;
  g_autofree float *context = gather (told->context, said, script->rows, (gsize) told->tokens * told->channels);
  g_autofree float *pooled = gather (told->pooled, said, script->rows, told->pooled_channels);
  g_autofree float *time_ids = gather (told->time_ids, said, script->rows, told->n_time_ids);
  g_autofree float *timesteps = g_new (float, evaluations);
  limn_denoise_timesteps (job->sampler, job->schedule, job->request->eta, act->first, act->last, timesteps);
  limn_span_init (&span, &job->clock.tick, 0, 0);
  return limn_unet_prepare (painter->unet, context, pooled, time_ids, timesteps, evaluations, &span.tick, error);
}

static gboolean
refines (const Painter *painter)
{
  return painter->use->network.model == painter->job->request->refiner;
}

/* sample and out: [script->rows, values]. */
static gboolean
run_unet (Painter *painter, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  LimnJob *job = painter->job;
  gsize n = job->values * job->script->rows;
  const char *name = limn_model_name (painter->use->network.model);
  int step = job->begin + job->clock.progress.step + 1;

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
    limn_clock_evaluation (&job->clock);
    return TRUE;
  }
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
      _ ("The U-Net of %s gave values that are not numbers at step %d of %d, in fp32 too: its file may be damaged"),
      name, step, job->schedule->steps);
  return FALSE;
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
  g_autofree float *all = g_new (float, n * script->rows), *said = g_new (float, n * script->rows);
  gboolean guided = limn_guided (painter->job->request->guidance);
  for (int row = 0; row < script->rows; row++)
    memcpy (all + row * n, sample, n * sizeof (float));
  if (!run_unet (painter, evaluation, all, said, tick, error))
    return FALSE;
  if (guided)
    memcpy (out, said, n * sizeof (float));
  limn_script_join (script, said, guided ? out + n : out, n);
  return TRUE;
}

static void
noise_cb (gpointer data, int step, int draw, float *out)
{
  limn_job_draw_step (((Painter *) data)->job, step, draw, out);
}

static void
stepped_cb (gpointer data, int step, const float *latents, const LimnPast *did)
{
  Painter *painter = data;
  LimnJob *job = painter->job;
  const LimnMonitor *monitor = job->clock.monitor;

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
static guint
count_past (const Painter *painter)
{
  const LimnJob *job = painter->job;
  const LimnStart *start = &job->request->start;
  guint n = 0;

  if (start->latents == NULL || painter->act->first != job->begin)
    return 0;
  while (n < start->n_past && !start->past[n].refined == !refines (painter))
    n++;
  return n;
}

static gboolean
take_steps (LimnJob *job, const LimnAct *act, GError **error)
{
  LimnModel *model = act->uses[0].network.model;
  Painter painter = {
    .job = job,
    .act = act,
    .use = &act->uses[0],
    .told = g_hash_table_lookup (job->told, model),
    .done = limn_denoise_timesteps (job->sampler, job->schedule, job->request->eta, job->schedule->origin, act->first,
                                    NULL),
  };
  LimnDenoise loop = {
    .sampler = job->sampler,
    .schedule = job->schedule,
    .first = act->first,
    .last = act->last,
    .pictures = 1,
    .values = job->values,
    .guidance = job->request->guidance,
    .rescale = job->request->guidance_rescale,
    .eta = job->request->eta,
    .sigma_noise = job->request->sigma_noise,
    .prediction = limn_job_config (job->request, model, job->request->prediction).prediction,
    .kept = job->kept,
    .past = job->request->start.past,
    .n_past = count_past (&painter),
    .predict = predict_cb,
    .noise = noise_cb,
    .stepped = stepped_cb,
    .data = &painter,
  };

  return prepare (&painter, error) && limn_denoise (&loop, job->latents, &job->clock.tick, error);
}

LimnAct *
limn_job_act_steps (const LimnJob *job, LimnModel *model, int first, int last)
{
  LimnAct *act = g_new0 (LimnAct, 1);
  const LimnNetworkShape shape = {
    .batch = job->script->rows,
    .height = job->height,
    .width = job->width,
    .tokens = limn_job_tokens (job, model),
    /* Room for more evaluations than these, so that another number of them or another hand-off builds nothing anew. */
    .steps =
        (limn_denoise_timesteps (job->sampler, job->schedule, job->request->eta, 0, job->schedule->steps, NULL) + 31)
        / 32 * 32,
  };

  act->stage = limn_model_is_refiner (model) ? LIMN_STAGE_REFINER : LIMN_STAGE_BASE;
  act->first = first;
  act->last = last;
  act->run = take_steps;
  limn_job_use (job, act, &limn_unet_kind, model, &shape,
                limn_denoise_timesteps (job->sampler, job->schedule, job->request->eta, first, last, NULL));
  limn_job_use_preview (job, act, last - first);
  return act;
}
