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

typedef struct _Painter Painter;

/* A picture that it is at. */
typedef struct {
  LimnJob *job;
  Painter *painter;
  const LimnConditioning *told; /* all captions of the script */
} Sitter;

struct _Painter {
  LimnJob *first; /* of all pictures */
  const LimnAct *act;
  LimnNetwork network;          /* the U-Net, for the pictures that have not left */
  gboolean guided;              /* the steps of the act */
  int rows;                     /* that they ask for, of each picture: of the script the last ones, where not all ... */
  int perturbed;                /* ... and the last of these again, perturbed */
  gboolean against;             /* and away from the negative within attention */
  int done;                     /* evaluations of the script before the act's */
  Sitter *sitters;              /* [n], as pictures: those that are left are the others */
  LimnDenoisePicture *pictures; /* [n] */
  int n;
  int left_out;   /* by step caching, of those that the clock knows */
  int stepped;    /* the step that somebody has taken last; -1: none yet */
  int evaluation; /* the last that the U-Net has been told of; -1: none yet */
  LimnUnet *unet;
  LimnTaesd *decoder; /* of previews; NULL: they are projected */
  gboolean inpaints;  /* it is given something beside each sample */
};

/* The next picture, from number on, that has not left; NULL: there is none. */
static Sitter *
sitter_from (const Painter *painter, int number)
{
  while (number < painter->n && painter->pictures[number].left)
    number++;
  return number < painter->n ? &painter->sitters[number] : NULL;
}

static Sitter *
sitter_after (const Sitter *sitter)
{
  return sitter_from (sitter->painter, (int) (sitter - sitter->painter->sitters) + 1);
}

static int
count_sitters (const Painter *painter)
{
  int count = 0;

  for (const Sitter *sitter = sitter_from (painter, 0); sitter != NULL; sitter = sitter_after (sitter))
    count++;
  return count;
}

/* What its ControlNets are told, and by how much they count. */
static void
set_controls (Painter *painter)
{
  LimnJob *first = painter->first;
  const LimnRequest *request = first->request;
  guint64 asked = painter->network.shape.controls;

  for (guint i = 0; asked >> i != 0; i++) {
    const LimnControl *control = limn_request_control (request, i);
    float **picture = &first->controls[i];

    if ((asked >> i & 1) == 0)
      continue;
    if (*picture == NULL)
      *picture = limn_control_picture (control, request->width, request->height);
    limn_unet_set_control (painter->unet, (int) i, *picture);
    limn_unet_set_share (painter->unet, (int) i, (float) control->weight);
  }
}

/* Loads the U-Net, for as many pictures as there are, which has been told nothing then. */
static gboolean
prepare (Painter *painter, GError **error)
{
  painter->network.shape.batch = count_sitters (painter) * painter->rows;
  painter->network.shape.perturbed = count_sitters (painter) * painter->perturbed;
  painter->unet = limn_job_fetch (painter->first, painter->act, &painter->network, error);
  if (painter->unet == NULL)
    return FALSE;
  set_controls (painter);
  painter->decoder = limn_job_fetch_preview (painter->first, painter->act);
  painter->evaluation = -1;
  return TRUE;
}

/* ---- What it is told ---- */

/* A picture's rows of the script at evaluation of the act; before them, where it is said, the negative. */
static const int *
said_at (const Sitter *sitter, int evaluation)
{
  const Painter *painter = sitter->painter;
  const LimnScript *script = sitter->job->script;
  const int own = painter->rows - painter->perturbed;

  return script->said + (gsize) (painter->done + evaluation + 1) * script->rows - own;
}

/* The caption of row of these. */
static int
caption_of (const Sitter *sitter, int evaluation, int row)
{
  const Painter *painter = sitter->painter;
  const int own = painter->rows - painter->perturbed;

  return said_at (sitter, evaluation)[row < own ? row : row - painter->perturbed];
}

/* Whether model is asked with the prompt and without in that step. */
static gboolean
is_guided (const LimnJob *job, LimnModel *model, int step)
{
  return !limn_model_is_told_guidance (model) && limn_guided_step (&job->request->fields, step, job->schedule->steps);
}

/* Whether the U-Net knows already what is said at evaluation. */
static gboolean
knows (const Painter *painter, int evaluation)
{
  const int own = painter->rows - painter->perturbed, before = painter->against ? 1 : 0;

  if (painter->evaluation < 0)
    return FALSE;
  for (const Sitter *sitter = sitter_from (painter, 0); sitter != NULL; sitter = sitter_after (sitter))
    if (memcmp (said_at (sitter, painter->evaluation) - before, said_at (sitter, evaluation) - before,
                (gsize) (own + before) * sizeof (int))
        != 0)
      return FALSE;
  return TRUE;
}

typedef enum { CONTEXT, POOLED, TIME_IDS } Part;

static const float *
find_part (const LimnConditioning *told, Part part, gsize *width)
{
  switch (part) {
  case CONTEXT:
    *width = (gsize) told->tokens * (gsize) told->channels;
    return told->context;
  case POOLED:
    *width = (gsize) told->pooled_channels;
    return told->pooled;
  case TIME_IDS:
    *width = (gsize) told->n_time_ids;
    return told->time_ids;
  }
  g_assert_not_reached ();
}

/* Of each row of the script all pictures'; opposed: the negative, which comes before what a picture's rows are told, in
 * the place of each. */
static float *
gather (const Painter *painter, int evaluation, Part part, gboolean opposed)
{
  gsize width, at = 0;
  float *out;

  find_part (painter->sitters[0].told, part, &width);
  out = g_new (float, (gsize) painter->network.shape.batch *width + 1);
  for (int row = 0; row < painter->rows; row++)
    for (const Sitter *sitter = sitter_from (painter, 0); sitter != NULL; sitter = sitter_after (sitter)) {
      int caption = opposed ? said_at (sitter, evaluation)[-1] : caption_of (sitter, evaluation, row);
      const float *all = find_part (sitter->told, part, &width);

      memcpy (out + at, all + (gsize) caption * width, width * sizeof (float));
      at += width;
    }
  return out;
}

/* Tells the U-Net what is said at evaluation, where that is not what it was told last. */
static gboolean
tell (Painter *painter, int evaluation, GError **error)
{
  LimnJob *first = painter->first;
  const LimnAct *act = painter->act;
  int evaluations = act->uses[0].evaluations;
  LimnSpan span;

  if (knows (painter, evaluation))
    return TRUE;
  painter->evaluation = evaluation;
  if (painter->against) {
    g_autofree float *negative = gather (painter, evaluation, CONTEXT, TRUE);

    limn_unet_set_against (painter->unet, negative);
  }
  g_autofree float *context = gather (painter, evaluation, CONTEXT, FALSE);
  g_autofree float *pooled = gather (painter, evaluation, POOLED, FALSE);
  g_autofree float *time_ids = gather (painter, evaluation, TIME_IDS, FALSE);
  g_autofree float *timesteps = g_new (float, evaluations);
  limn_denoise_timesteps (first->sampler, first->schedule, &first->request->fields, act->first, act->last, timesteps);
  limn_unet_set_guidance (painter->unet,
                          limn_guidance_told (&first->request->fields, act->first, first->schedule->steps));
  limn_span_init (&span, &first->clock->tick, 0, 0);
  return limn_unet_prepare (painter->unet, context, pooled, time_ids, timesteps, evaluations, &span.tick, error);
}

/* ---- What it says ---- */

static gboolean
refines (const Painter *painter)
{
  return painter->network.model == painter->first->request->refiner;
}

/* The rows of sample, each with what the U-Net is given beside it. */
static float *
join_given (const Painter *painter, const float *sample)
{
  const LimnJob *first = painter->first;
  const gsize n = first->values, given = n / (gsize) first->planes * (gsize) (1 + first->planes);
  float *joined = g_new (float, (n + given) * (gsize) painter->network.shape.batch), *at = joined;

  for (int row = 0; row < painter->rows; row++)
    for (const Sitter *sitter = sitter_from (painter, 0); sitter != NULL; sitter = sitter_after (sitter)) {
      memcpy (at, sample, n * sizeof (float));
      memcpy (at + n, sitter->job->given, given * sizeof (float));
      at += n + given;
      sample += n;
    }
  return joined;
}

/* Has it ready for those who are left, and told. */
static gboolean
make_ready (Painter *painter, int evaluation, GError **error)
{
  if (painter->network.shape.batch != count_sitters (painter) * painter->rows && !prepare (painter, error))
    return FALSE;
  return tell (painter, evaluation, error);
}

static void
note_redone (const Painter *painter, int step)
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
run_unet (Painter *painter, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  LimnJob *first = painter->first;
  const int rows = painter->network.shape.batch;
  const gsize n = first->values * (gsize) rows;
  int step = first->begin + first->clock->progress.step - first->before + 1;
  g_autofree float *joined = painter->inpaints ? join_given (painter, sample) : NULL;

  if (joined != NULL)
    sample = joined;
  if (!tell (painter, evaluation, error) || !limn_unet_run (painter->unet, evaluation, sample, out, tick, error))
    return FALSE;
  if (!limn_all_finite (out, n) && limn_residents_raise (first->engine->residents, &painter->network)) {
    note_redone (painter, step);
    if (!prepare (painter, error) || !tell (painter, evaluation, error)
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
join (const Painter *painter, const LimnScript *script, float *all, float *out, gsize stride)
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
run_joined (Painter *painter, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  const gsize n = painter->first->values, rows = (gsize) painter->rows;
  const gsize stride = n * (gsize) count_sitters (painter);
  g_autofree float *all = g_new (float, stride *rows), *said = g_new (float, stride *rows);
  g_autofree float *own = g_new (float, n *rows);
  gsize at = 0;

  for (gsize row = 0; row < rows; row++)
    memcpy (all + row * stride, sample, stride * sizeof (float));
  if (!run_unet (painter, evaluation, all, said, tick, error))
    return FALSE;
  for (const Sitter *sitter = sitter_from (painter, 0); sitter != NULL; sitter = sitter_after (sitter), at += n) {
    for (gsize row = 0; row < rows; row++)
      memcpy (own + row * n, said + row * stride + at, n * sizeof (float));
    join (painter, sitter->job->script, own, out + at, stride);
  }
  return TRUE;
}

static gboolean
predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  Painter *painter = data;

  if (!make_ready (painter, evaluation, error))
    return FALSE;
  return limn_script_joins (painter->first->script) ? run_joined (painter, evaluation, sample, out, tick, error)
                                                    : run_unet (painter, evaluation, sample, out, tick, error);
}

/* ---- After each step ---- */

static void
noise_cb (gpointer data, int step, int draw, float *out)
{
  limn_job_draw_step (((Sitter *) data)->job, step, draw, out);
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
         && limn_guidance_freeu (fields, a, steps).version == limn_guidance_freeu (fields, b, steps).version
         && limn_perturbed_step (fields, a, steps) == limn_perturbed_step (fields, b, steps)
         && limn_request_controls_at (job->request, model, a, steps)
                == limn_request_controls_at (job->request, model, b, steps)
         && limn_request_has_same_loras (job->request, a - job->schedule->origin, b - job->schedule->origin, steps);
}

static gboolean
alike_cb (gpointer data, int step)
{
  const Painter *painter = data;
  const LimnJob *job = painter->first;
  const LimnScript *script = job->script;
  const LimnFields *fields = &job->request->fields;
  const int origin = job->schedule->origin;

  if (step <= origin || !are_alike (job, painter->network.model, step - 1, step))
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
show (Sitter *sitter, int step, const float *latents, const LimnPast *did)
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
  preview.did.refined = refines (sitter->painter);
  if (image == NULL)
    limn_image_preview (limn_checkpoint_vae (limn_model_checkpoint (job->request->model)), did->denoised, job->width,
                        job->height, small->rgb);
  job->monitor->preview (&preview, job->monitor->data);
}

static void
stepped_cb (gpointer data, int step, const float *latents, const LimnPast *did)
{
  Sitter *sitter = data;
  Painter *painter = sitter->painter;
  LimnJob *job = sitter->job;

  for (; painter->left_out < job->cache.left_out; painter->left_out++)
    limn_clock_evaluation (job->clock, painter->rows);
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
recall (const Painter *painter, LimnJob *job)
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
sit (Painter *painter)
{
  LimnJob *first = painter->first;
  LimnModel *model = painter->network.model;
  int first_step = painter->act->first, i = 0;

  for (LimnJob *job = first; job != NULL; job = job->next, i++) {
    /* What an inpainting model leaves is its own outside the mask, too. */
    if (first_step == job->split && job->split > job->begin && limn_model_inpaints (job->request->model))
      limn_job_put_back (job, model, first_step);
    recall (painter, job);
    painter->sitters[i] = (Sitter){ job, painter, g_hash_table_lookup (job->told, model) };
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
  g_autofree Sitter *sitters = g_new (Sitter, pictures);
  g_autofree LimnDenoisePicture *latents = g_new (LimnDenoisePicture, pictures);
  Painter painter = {
    .first = first,
    .act = act,
    .network = act->uses[0].network,
    .guided = is_guided (first, model, act->first),
    .rows = shape->batch / pictures,
    .perturbed = shape->perturbed / pictures,
    .against = shape->nag.scale > 0,
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
    .prediction = limn_job_config (first->request, model, first->request->prediction).prediction,
    .cache = limn_cache_is_on (fields) ? &first->cache : NULL,
    .alike = alike_cb,
    .predict = predict_cb,
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
static LimnAct *
act_alike (const LimnJob *job, LimnModel *model, int first, int last)
{
  const LimnFields *fields = &job->request->fields;
  const LimnSchedule *schedule = job->schedule;
  LimnAct *act = g_new0 (LimnAct, 1);
  const gboolean all = limn_script_joins (job->script) || is_guided (job, model, first);
  const int pictures = limn_job_pictures (job);
  const int perturbed = limn_perturbed_step (fields, first, schedule->steps) ? job->script->n_parts : 0;
  const LimnNetworkShape shape = {
    .batch = pictures * ((all ? job->script->rows : 1) + perturbed),
    .perturbed = pictures * perturbed,
    .nag = nag_of (job, all),
    .freeu = limn_guidance_freeu (fields, first, schedule->steps),
    .shrink = limn_guidance_shrink (fields, schedule, first),
    .controls = limn_request_controls_at (job->request, model, first, schedule->steps),
    .height = job->height,
    .width = job->width,
    .tokens = limn_job_tokens (job, model),
    /* Room for more evaluations than these, so that another number of them or another hand-off builds nothing anew. */
    .steps = (limn_denoise_timesteps (job->sampler, schedule, fields, 0, schedule->steps, NULL) + 31) / 32 * 32,
  };

  act->stage = job->follows ? LIMN_STAGE_SECOND : limn_model_is_refiner (model) ? LIMN_STAGE_REFINER : LIMN_STAGE_BASE;
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
