/* job-denoise.c - the steps of a run; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/painter.h"

#include "base/i18n.h"
#include "engine/conditioning.h"
#include "engine/guidance.h"
#include "engine/image.h"
#include "engine/model.h"
#include "engine/request-controls.h"

#include <string.h>

/* Of an IP-Adapter: who is told what is not wanted, is told that it sees nothing. */
static gboolean
set_seen (LimnPainter *painter, int index, const LimnControl *control, GError **error)
{
  const float *answers = painter->first->controls[index];
  const int count = limn_painter_count (painter), own = painter->rows - painter->perturbed;
  const gboolean negated = painter->first->script->negated && own == painter->first->script->rows;
  const gsize n = limn_control_answer_values (control);
  g_autofree float *all = g_new (float, n *(gsize) painter->network.shape.batch);
  float shares[LIMN_IP_PLACES];

  for (int row = 0; row < painter->rows; row++)
    for (int i = 0; i < count; i++)
      memcpy (all + n * (gsize) (row * count + i), negated && row == 0 ? answers : answers + n, n * sizeof (float));
  if (!limn_unet_set_answers (painter->unet, index, all, error))
    return FALSE;
  limn_control_shares (control, shares);
  for (int place = 0; place < LIMN_IP_PLACES; place++)
    limn_unet_set_share_at (painter->unet, index, (LimnIpPlace) place, shares[place]);
  return TRUE;
}

/* What its ControlNets are told, and by how much they count. */
static gboolean
set_controls (LimnPainter *painter, GError **error)
{
  LimnJob *first = painter->first;
  const LimnRequest *request = first->request;
  guint64 asked = painter->network.shape.controls;

  for (guint i = 0; asked >> i != 0; i++) {
    const LimnControl *control = limn_request_control (request, i);
    float **picture = &first->controls[i];

    if ((asked >> i & 1) == 0)
      continue;
    if (limn_model_control_sees (control->model)) {
      if (!set_seen (painter, (int) i, control, error))
        return FALSE;
      continue;
    }
    if (*picture == NULL)
      *picture = limn_control_picture (control, request, first->masked ? &first->area : NULL);
    limn_unet_set_control (painter->unet, (int) i, *picture,
                           limn_control_told (control, limn_model_control_types (control->model), NULL));
    limn_unet_set_share (painter->unet, (int) i, (float) control->weight);
  }
  return TRUE;
}

void
limn_job_note_controls (LimnJob *job)
{
  const LimnControl *control;

  for (guint i = 0; (control = limn_request_control (job->request, i)) != NULL; i++) {
    int types = limn_model_control_types (control->model);

    if (types > 0 && control->type == NULL && limn_control_told (control, types, NULL) < 0)
      limn_job_note (
          job,
          _ ("ControlNet %s was not told what its picture shows, of the %d kinds that it knows, and followed "
             "it as it is: say it as its type"),
          limn_model_name (control->model), types);
  }
}

/* Loads the U-Net, for as many pictures as there are, which has been told nothing then. */
static gboolean
prepare (LimnPainter *painter, GError **error)
{
  painter->network.shape.batch = limn_painter_count (painter) * painter->rows;
  painter->network.shape.perturbed = limn_painter_count (painter) * painter->perturbed;
  painter->network.shape.watched = painter->watched ? limn_painter_count (painter) : 0;
  painter->unet = limn_job_fetch (painter->first, painter->act, &painter->network, error);
  if (painter->unet == NULL || !set_controls (painter, error))
    return FALSE;
  limn_painter_share_out (painter);
  painter->decoder = limn_job_fetch_preview (painter->first, painter->act);
  painter->evaluation = -1;
  return TRUE;
}

/* Whether model is asked with the prompt and without in that step. */
static gboolean
is_guided (const LimnJob *job, LimnModel *model, int step)
{
  return !limn_model_is_told_guidance (model) && limn_guided_step (&job->request->fields, step, job->schedule->steps);
}

/* Whether it is asked again, about what is blurred where it looked. */
static gboolean
is_watched (const LimnJob *job, LimnModel *model, int step)
{
  return limn_watched_step (&job->request->fields, step, job->schedule->steps) && is_guided (job, model, step)
         && limn_unet_watches (limn_checkpoint_unet (limn_model_checkpoint (model)))
         && MIN (job->height, job->width) > LIMN_BLUR_REACH;
}

/* ---- What it says ---- */

static gboolean
refines (const LimnPainter *painter)
{
  return painter->network.model == painter->first->request->refiner;
}

/* The rows of sample, each with what the U-Net is given beside it. */
static float *
join_given (const LimnPainter *painter, const float *sample)
{
  const LimnJob *first = painter->first;
  const gsize n = first->values, given = n / (gsize) first->planes * (gsize) (1 + first->planes);
  float *joined = g_new (float, (n + given) * (gsize) painter->network.shape.batch), *at = joined;

  for (int row = 0; row < painter->rows; row++)
    for (const LimnSitter *sitter = limn_painter_from (painter, 0); sitter != NULL;
         sitter = limn_painter_after (sitter)) {
      memcpy (at, sample, n * sizeof (float));
      memcpy (at + n, sitter->job->given, given * sizeof (float));
      at += n + given;
      sample += n;
    }
  return joined;
}

/* Has it ready for those who are left, and told. */
static gboolean
make_ready (LimnPainter *painter, int evaluation, GError **error)
{
  if (painter->network.shape.batch != limn_painter_count (painter) * painter->rows && !prepare (painter, error))
    return FALSE;
  return limn_painter_tell (painter, evaluation, error);
}

static void
note_redone (const LimnPainter *painter, int step)
{
  for (LimnJob *job = painter->first; job != NULL; job = job->next) {
    job->redone = TRUE;
    if (!job->left)
      limn_job_note (job, _ ("The U-Net of %s overflowed in fp16 at step %d; redone in fp32 from there"),
                     limn_model_name (painter->network.model), step);
  }
}

/* sample and out: [rows, pictures, values]. */
static gboolean
run_unet (LimnPainter *painter, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  LimnJob *first = painter->first;
  const int rows = painter->network.shape.batch;
  const gsize n = first->values * (gsize) rows;
  int step = first->begin + first->clock->progress.step - first->before + 1;
  g_autofree float *joined = painter->inpaints ? join_given (painter, sample) : NULL;

  if (joined != NULL)
    sample = joined;
  if (!limn_painter_tell (painter, evaluation, error)
      || !limn_unet_run (painter->unet, evaluation, sample, out, tick, error))
    return FALSE;
  if (!limn_all_finite (out, n) && limn_residents_raise (first->engine->residents, &painter->network)) {
    note_redone (painter, step);
    if (!prepare (painter, error) || !limn_painter_tell (painter, evaluation, error)
        || !limn_unet_run (painter->unet, evaluation, sample, out, tick, error))
      return FALSE;
  }
  if (limn_all_finite (out, n)) {
    limn_clock_evaluation (first->clock, painter->act->uses[0].network.shape.batch);
    return TRUE;
  }
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
      _ ("The U-Net of %s gave values that are not numbers at step %d of %d, in fp32 too: its file may be damaged"),
      limn_model_name (painter->network.model), step, first->schedule->steps);
  return FALSE;
}

/* What the rows of a picture's script said becomes the loop's: all: [rows, n], of which the negative takes the last's
 * place; out: its answers, stride apart. */
static void
join (const LimnPainter *painter, const LimnScript *script, float *all, float *out, gsize stride)
{
  const gsize n = painter->first->values;
  float *perturbed = all + n * (gsize) (script->rows - 1);

  if (painter->guided)
    memcpy (out, all, n * sizeof (float));
  if (painter->guided)
    out += stride;
  limn_script_join (script, all, out, n);
  if (painter->perturbed == 0)
    return;
  memcpy (perturbed, all, n * sizeof (float));
  limn_script_join (script, perturbed, out + stride, n);
}

/* Where AND joins prompts the loop over steps sees one, which is their sum. */
static gboolean
run_joined (LimnPainter *painter, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  const gsize n = painter->first->values, rows = (gsize) painter->rows;
  const gsize stride = n * (gsize) limn_painter_count (painter);
  g_autofree float *all = g_new (float, stride *rows), *said = g_new (float, stride *rows);
  g_autofree float *own = g_new (float, n *rows);
  gsize at = 0;

  for (gsize row = 0; row < rows; row++)
    memcpy (all + row * stride, sample, stride * sizeof (float));
  if (!run_unet (painter, evaluation, all, said, tick, error))
    return FALSE;
  for (const LimnSitter *sitter = limn_painter_from (painter, 0); sitter != NULL;
       sitter = limn_painter_after (sitter), at += n) {
    for (gsize row = 0; row < rows; row++)
      memcpy (own + row * n, said + row * stride + at, n * sizeof (float));
    join (painter, sitter->job->script, own, out + at, stride);
  }
  return TRUE;
}

static gboolean
predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  LimnPainter *painter = data;

  if (!make_ready (painter, evaluation, error))
    return FALSE;
  return limn_script_joins (painter->first->script) ? run_joined (painter, evaluation, sample, out, tick, error)
                                                    : run_unet (painter, evaluation, sample, out, tick, error);
}

static float *
looked_cb (gpointer data, int *height, int *width)
{
  return limn_unet_looked (((LimnPainter *) data)->unet, height, width);
}

/* ---- After each step ---- */

static void
noise_cb (gpointer data, int step, int draw, float *out)
{
  limn_job_draw_step (((LimnSitter *) data)->job, step, draw, out);
}

/* Whether model is asked the same of both steps. */
static gboolean
are_alike (const LimnJob *job, LimnModel *model, int a, int b)
{
  const LimnFields *fields = &job->request->fields;
  int steps = job->schedule->steps;
  LimnShrink one = limn_guidance_shrink (fields, job->schedule, a);
  LimnShrink other = limn_guidance_shrink (fields, job->schedule, b);

  return limn_guided_step (fields, a, steps) == limn_guided_step (fields, b, steps)
         && limn_watched_step (fields, a, steps) == limn_watched_step (fields, b, steps) && one.after == other.after
         && limn_guidance_freeu (fields, a, steps).version == limn_guidance_freeu (fields, b, steps).version
         && limn_perturbed_step (fields, a, steps) == limn_perturbed_step (fields, b, steps)
         && limn_script_regions_at (job->script, a, steps) == limn_script_regions_at (job->script, b, steps)
         && limn_request_controls_at (job->request, model, a, steps)
                == limn_request_controls_at (job->request, model, b, steps)
         && limn_request_has_same_loras (job->request, a - job->schedule->origin, b - job->schedule->origin, steps);
}

static gboolean
alike_cb (gpointer data, int step)
{
  const LimnPainter *painter = data;
  const LimnJob *job = painter->first;
  const LimnScript *script = job->script;
  const LimnFields *fields = &job->request->fields;
  const int origin = job->schedule->origin;

  if (step <= origin || !are_alike (job, painter->network.model, step - 1, step))
    return FALSE;
  int first = limn_denoise_timesteps (job->sampler, job->schedule, fields, origin, step - 1, NULL);
  int end = limn_denoise_timesteps (job->sampler, job->schedule, fields, origin, step + 1, NULL);
  for (int i = first + 1; i < end; i++)
    if (!limn_script_says_same (script, first, i))
      return FALSE;
  return TRUE;
}

static void
show (LimnSitter *sitter, int step, const float *latents, const LimnPast *did)
{
  LimnJob *job = sitter->job;
  g_autoptr (LimnImage) image = limn_job_decode_preview (job, sitter->painter->decoder, did->denoised);
  g_autoptr (LimnImage) small = image != NULL ? limn_image_shrink (image, MAX (job->width, job->height))
                                              : limn_image_new (job->width, job->height);
  LimnPreview preview = {
    .step = job->clock->progress.step,
    .steps = job->clock->progress.steps,
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
    .second = job->follows,
  };
  g_autoptr (LimnImage) placed = NULL;

  preview.did.refined = refines (sitter->painter);
  if (image == NULL)
    limn_image_preview (limn_checkpoint_vae (limn_model_checkpoint (job->request->model)), did->denoised, job->width,
                        job->height, small->rgb);
  if (job->view != NULL)
    preview.image = placed = limn_area_view_show (job->view, image != NULL ? image : small);
  job->monitor->preview (&preview, job->monitor->data);
}

static void
stepped_cb (gpointer data, int step, const float *latents, const LimnPast *did)
{
  LimnSitter *sitter = data;
  LimnPainter *painter = sitter->painter;
  LimnJob *job = sitter->job;

  for (; painter->left_out < job->cache.left_out; painter->left_out++)
    limn_clock_evaluation (job->clock, painter->rows * (painter->watched ? 2 : 1));
  if (painter->stepped != step)
    limn_clock_step (job->clock);
  painter->stepped = step;
  if (job->monitor != NULL && job->monitor->preview != NULL)
    show (sitter, step, latents, did);
  if (painter->n > 1)
    painter->pictures[sitter - painter->sitters].left = limn_job_leave_cancelled (job);
}

/* A network begins without another's past: what two networks say is not on one curve. */
static void
recall (const LimnPainter *painter, LimnJob *job)
{
  const LimnStart *start = &job->request->start;
  LimnModel *model = painter->network.model;
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

/* The latents of painter's pictures, as the loop has them, each with its sitter. */
static void
sit (LimnPainter *painter)
{
  LimnJob *first = painter->first;
  LimnModel *model = painter->network.model;
  int first_step = painter->act->first, i = 0;

  for (LimnJob *job = first; job != NULL; job = job->next, i++) {
    /* What an inpainting model leaves is its own outside the mask, too. */
    if (first_step == job->split && job->split > job->begin && limn_model_inpaints (job->request->model))
      limn_job_put_back (job, model, first_step);
    recall (painter, job);
    painter->sitters[i] = (LimnSitter){ job, painter, g_hash_table_lookup (job->told, model) };
    painter->pictures[i] = (LimnDenoisePicture){
      .latents = job->latents,
      .kept = limn_job_kept (job, model),
      .history = job->history,
      .left = job->left,
      .data = &painter->sitters[i],
    };
  }
}

static gboolean
take_steps (LimnJob *first, const LimnAct *act, GError **error)
{
  const LimnNetworkShape *shape = &act->uses[0].network.shape;
  const LimnFields *fields = &first->request->fields;
  LimnModel *model = act->uses[0].network.model;
  int pictures = limn_job_pictures (first);
  g_autofree LimnSitter *sitters = g_new (LimnSitter, pictures);
  g_autofree LimnDenoisePicture *latents = g_new (LimnDenoisePicture, pictures);
  LimnPainter painter = {
    .first = first,
    .act = act,
    .network = act->uses[0].network,
    .guided = is_guided (first, model, act->first),
    .rows = shape->batch / pictures,
    .perturbed = shape->perturbed / pictures,
    .regions = limn_script_regions_at (first->script, act->first, first->schedule->steps),
    .against = shape->nag.scale > 0,
    .watched = shape->watched > 0,
    .done = limn_denoise_timesteps (first->sampler, first->schedule, fields, first->schedule->origin, act->first, NULL),
    .sitters = sitters,
    .pictures = latents,
    .n = pictures,
    .stepped = -1,
    .left_out = first->cache.left_out,
    .inpaints = limn_model_inpaints (model),
  };
  const LimnDenoise loop = {
    .sampler = first->sampler,
    .schedule = first->schedule,
    .first = act->first,
    .last = act->last,
    .pictures = latents,
    .n_pictures = pictures,
    .values = first->values,
    .planes = first->planes,
    .fields = fields,
    .guided = painter.guided,
    .perturbed = painter.perturbed > 0,
    .watched = painter.watched,
    .width = first->width,
    .prediction = limn_job_config (first->request, model, first->request->prediction).prediction,
    .cache = limn_cache_is_on (fields) ? &first->cache : NULL,
    .alike = alike_cb,
    .predict = predict_cb,
    .looked = looked_cb,
    .noise = noise_cb,
    .stepped = stepped_cb,
    .data = &painter,
  };

  sit (&painter);
  return prepare (&painter, error) && limn_denoise (&loop, &first->clock->tick, error);
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
static LimnStage
stage_of (const LimnJob *job, LimnModel *model)
{
  if (job->follows)
    return job->boxed ? LIMN_STAGE_DETAIL : LIMN_STAGE_SECOND;
  return limn_model_is_refiner (model) ? LIMN_STAGE_REFINER : LIMN_STAGE_BASE;
}

static LimnAct *
act_alike (const LimnJob *job, LimnModel *model, int first, int last)
{
  const LimnFields *fields = &job->request->fields;
  const LimnSchedule *schedule = job->schedule;
  LimnAct *act = g_new0 (LimnAct, 1);
  const gboolean all = limn_script_joins (job->script) || is_guided (job, model, first);
  const int pictures = limn_job_pictures (job);
  const int perturbed = limn_perturbed_step (fields, first, schedule->steps) ? job->script->n_parts : 0;
  const gboolean watched = is_watched (job, model, first);
  const LimnNetworkShape shape = {
    .batch = pictures * ((all ? job->script->rows : 1) + perturbed),
    .perturbed = pictures * perturbed,
    .watched = watched ? pictures : 0,
    .regions = __builtin_popcount (limn_script_regions_at (job->script, first, schedule->steps)),
    .nag = nag_of (job, all),
    .freeu = limn_guidance_freeu (fields, first, schedule->steps),
    .shrink = limn_guidance_shrink (fields, schedule, first),
    .controls = limn_request_controls_at (job->request, model, first, schedule->steps),
    .masked = limn_request_controls_masked (job->request)
              & limn_request_controls_at (job->request, model, first, schedule->steps),
    .height = job->height,
    .width = job->width,
    .around = limn_job_around (job),
    .tokens = limn_job_tokens (job, model),
    /* Room for more evaluations than these, so that another number of them or another hand-off builds nothing anew. */
    .steps = (limn_denoise_timesteps (job->sampler, schedule, fields, 0, schedule->steps, NULL) + 31) / 32 * 32,
  };

  act->stage = stage_of (job, model);
  act->first = first;
  act->last = last;
  act->run = take_steps;
  limn_job_use (job, act, &limn_unet_kind, model, &shape,
                limn_denoise_timesteps (job->sampler, schedule, fields, first, last, NULL) * (watched ? 2 : 1));
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
