/* job.c - see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/brownian.h"
#include "base/i18n.h"
#include "engine/area.h"
#include "engine/conditioning.h"
#include "engine/model.h"

#define ALL_ANEW 0.9999 /* the strength from which a picture's levels are those of none */

LimnScheduleConfig
limn_job_config (const LimnRequest *request, LimnModel *model, const char *prediction)
{
  LimnScheduleConfig config = *limn_checkpoint_schedule (limn_model_checkpoint (model));
  LimnPrediction kind;

  if (model == request->model && prediction != NULL && limn_prediction_find (prediction, &kind))
    limn_schedule_config_predict (&config, kind);
  return config;
}

/* All that the noise levels of a run follow from, beside the model. */
typedef struct {
  const char *name, *prediction;
  int steps;
  const LimnLike *like;
  const LimnSampler *sampler;
  double eta;
  double strength; /* 1 where there is no picture */
  gboolean all;    /* as many steps as are asked for, over a picture, too */
} Levels;

static LimnSchedule *
make_schedule (const LimnRequest *request, const Levels *levels)
{
  const LimnScheduleConfig config = limn_job_config (request, request->model, levels->prediction);
  const LimnSampler *sampler = levels->sampler;
  const char *name = limn_like_schedule (levels->like->choice.name, levels->name);
  int whole = levels->steps;
  LimnFields fields = request->fields;
  LimnSchedule *schedule;

  if (levels->all && levels->strength < ALL_ANEW)
    whole = (int) MIN (levels->steps / MAX (levels->strength, 1e-6), config.train_steps);
  if (sampler->discards || g_strcmp0 (levels->like->discards, sampler->choice.name) == 0)
    schedule = limn_schedule_new_discarding (&config, name, whole);
  else
    schedule = limn_schedule_new (&config, name, whole);
  limn_schedule_keep_last (schedule, MIN (schedule->steps, levels->steps));
  fields.eta = levels->eta;
  if (sampler->arrange != NULL)
    sampler->arrange (schedule, &fields);
  return schedule;
}

/* second: of a second pass. */
static Levels
levels_of (const LimnRequest *request, gboolean second)
{
  const LimnLike *like = limn_like_find (request->like);

  return (Levels){ .name = limn_fields_schedule (&request->fields),
                   .prediction = request->prediction,
                   .steps = request->steps,
                   .like = like,
                   .sampler = limn_sampler_find (request->sampler),
                   .eta = request->eta,
                   .strength = request->image != NULL ? request->strength : 1,
                   .all = second || like->picture == LIMN_PICTURE_ALL };
}

/* Those of the run that left the latents. */
static Levels
levels_before (const LimnRequest *request)
{
  const LimnStart *start = &request->start;
  const LimnLike *like = limn_like_find (start->like != NULL ? start->like : request->like);

  return (Levels){ .name = start->schedule,
                   .prediction = start->prediction,
                   .steps = start->steps,
                   .like = like,
                   .sampler = limn_sampler_find (start->sampler != NULL ? start->sampler : request->sampler),
                   .eta = start->sampler != NULL ? start->eta : request->eta,
                   .strength = start->strength > 0 ? start->strength : 1,
                   .all = like->picture == LIMN_PICTURE_ALL };
}

static int
first_step (LimnSchedule *schedule, const LimnRequest *request, gboolean second)
{
  const LimnStart *start = &request->start;
  const Levels before = levels_before (request);

  if (request->image != NULL && !second)
    schedule->origin =
        schedule->steps - limn_like_picture_steps (limn_like_find (request->like), schedule->steps, request->strength);
  if (start->latents == NULL)
    return schedule->origin;

  g_autoptr (LimnSchedule) old = make_schedule (request, &before);
  return limn_schedule_enter (schedule, old, start->step);
}

/* Prompts count a step for each evaluation that the sampler makes in one, as stable-diffusion-webui has it. */
static LimnScript *
make_script (const LimnJob *job)
{
  const LimnSchedule *schedule = job->schedule;
  int evaluations =
      limn_denoise_timesteps (job->sampler, schedule, &job->request->fields, schedule->origin, schedule->steps, NULL);

  return limn_script_new (job->request, job->masked ? &job->area : NULL, job->said_before,
                          schedule->steps * job->sampler->evaluations, evaluations);
}

void
limn_job_begin (LimnJob *job, const LimnRequest *request)
{
  const LimnLatentShape shape = limn_model_latent_shape (request->model, request->width, request->height);
  const gboolean second = job->follows && !job->boxed;
  const Levels levels = levels_of (request, second);

  job->request = request;
  job->planes = shape.planes;
  job->factor = shape.factor;
  job->height = shape.height;
  job->width = shape.width;
  job->values = shape.values;
  job->sampler = limn_sampler_find (request->sampler);
  job->like = limn_like_find (request->like);
  job->schedule = make_schedule (request, &levels);
  job->begin = first_step (job->schedule, request, second);
  job->split = job->schedule->steps;
  if (request->refiner != NULL)
    job->split = MAX (job->begin, limn_schedule_split (job->schedule, request->handoff));
  job->masked = limn_request_area (request, &job->area);
  job->script = make_script (job);
  job->told = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) limn_conditioning_free);
}

void
limn_request_handoffs (const LimnRequest *request, double *shares)
{
  g_return_if_fail (request->model != NULL);

  const Levels levels = levels_of (request, FALSE);
  g_autoptr (LimnSchedule) schedule = make_schedule (request, &levels);

  for (int step = 0; step < schedule->steps; step++)
    shares[step] = limn_schedule_least_end (schedule, step);
}

int
limn_job_pictures (const LimnJob *first)
{
  return MAX (first->pictures, 1);
}

guint64
limn_job_around (const LimnJob *job)
{
  gboolean x, y;

  limn_tile_get (&job->request->fields, &x, &y);
  if (job->masked) /* a part of a picture that repeats does not */
    x = y = FALSE;
  return (x ? LIMN_AROUND_X : 0) | (y ? LIMN_AROUND_Y : 0);
}

gboolean
limn_job_use (const LimnJob *job, LimnAct *act, const LimnNetworkKind *kind, LimnModel *model,
              const LimnNetworkShape *shape, int evaluations)
{
  LimnUse *use = &act->uses[act->n_uses];
  LimnCheckpoint *weights =
      act->last > act->first
          ? limn_request_weights_at (job->request, model, act->first - job->schedule->origin, job->schedule->steps)
          : limn_request_weights (job->request, model);
  gsize bytes;

  if (kind->config (kind, weights, &bytes) == NULL)
    return FALSE;
  g_assert (act->n_uses < LIMN_MOST_USES);
  act->n_uses++;
  use->network = (LimnNetwork){ kind, model, job->request->precision, *shape, limn_checkpoint_ref (weights) };
  use->network.precision = limn_residents_precision (job->engine->residents, &use->network);
  use->cost = limn_costs_find (job->engine->costs, &use->network);
  use->evaluations = evaluations;
  return TRUE;
}

static void
note_lowered (LimnJob *job)
{
  const char *name = limn_gpu_info (job->engine->gpu)->name;
  LimnResidency lowered = limn_residents_lowered (job->engine->residents);

  if (lowered <= job->lowered)
    return;
  job->lowered = lowered;
  if (lowered == LIMN_RESIDENCY_STREAMED)
    limn_job_note (job, _ ("%s gave less memory than it has: parts of the model were brought to it again and again"),
                   name);
  else
    limn_job_note (job, _ ("%s gave less memory than it has: networks left it to make room for others"), name);
}

gpointer
limn_job_fetch (LimnJob *job, const LimnAct *act, const LimnNetwork *network, GError **error)
{
  limn_clock_enter (job->clock, LIMN_STAGE_LOAD);
  gpointer built = limn_residents_fetch (job->engine->residents, act, network, &job->clock->tick, error);

  if (built == NULL)
    return NULL;
  limn_clock_enter (job->clock, act->stage);
  note_lowered (job);
  return built;
}

void
limn_job_note (LimnJob *job, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (job->notes, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
limn_job_open (LimnJob *job, const LimnRequest *request)
{
  job->notes = g_ptr_array_new_with_free_func (g_free);
  limn_job_plan (job, request);
  job->latents = g_new (float, job->values);
  limn_job_note_loras (job);
  limn_job_note_controls (job);
  limn_job_note_guidance (job);
  limn_job_note_regions (job);
  limn_job_note_embeddings (job);
}

static void
clear_second (LimnJob *job)
{
  if (job->second == NULL)
    return;
  job->second->notes = NULL; /* the first's */
  limn_job_clear (job->second);
  g_clear_pointer (&job->second, g_free);
}

void
limn_job_clear (LimnJob *job)
{
  clear_second (job);
  g_clear_pointer (&job->resized, g_free);
  g_clear_pointer (&job->box, g_free);
  g_clear_pointer (&job->view, limn_area_view_free);
  for (guint i = 0; i < G_N_ELEMENTS (job->said); i++)
    g_clear_pointer (&job->said[i], g_free);
  g_clear_pointer (&job->schedule, limn_schedule_free);
  g_clear_pointer (&job->acts, limn_acts_free);
  g_clear_pointer (&job->script, limn_script_free);
  g_clear_pointer (&job->told, g_hash_table_unref);
  g_clear_pointer (&job->latents, g_free);
  g_clear_pointer (&job->history, limn_history_free);
  g_clear_pointer (&job->fitted, limn_image_free);
  g_clear_pointer (&job->mask, g_free);
  g_clear_pointer (&job->painted, g_free);
  g_clear_pointer (&job->original, g_free);
  g_clear_pointer (&job->noise, g_free);
  g_clear_pointer (&job->given, g_free);
  for (guint i = 0; i < LIMN_MOST_CONTROLS; i++)
    g_clear_pointer (&job->controls[i], g_free);
  limn_brownian_forget (&job->walked);
  g_clear_pointer (&job->image, limn_image_free);
  g_clear_pointer (&job->notes, g_ptr_array_unref);
}
