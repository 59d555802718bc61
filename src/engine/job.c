/* job.c - see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "engine/conditioning.h"
#include "engine/model.h"

LimnScheduleConfig
limn_job_config (const LimnRequest *request, LimnModel *model, const char *prediction)
{
  LimnScheduleConfig config = *limn_checkpoint_schedule (limn_model_checkpoint (model));
  LimnPrediction kind;

  if (model == request->model && prediction != NULL && limn_prediction_find (prediction, &kind))
    limn_schedule_config_predict (&config, kind);
  return config;
}

static LimnSchedule *
make_schedule (const LimnRequest *request, const char *prediction, const char *name, int steps)
{
  const LimnScheduleConfig config = limn_job_config (request, request->model, prediction);

  if (limn_sampler_find (request->sampler)->discards)
    return limn_schedule_new_discarding (&config, name, steps);
  return limn_schedule_new (&config, name, steps);
}

static int
first_step (LimnSchedule *schedule, const LimnRequest *request)
{
  const LimnStart *start = &request->start;

  schedule->origin = request->image != NULL ? limn_schedule_begin (schedule, request->strength) : 0;
  if (start->latents == NULL)
    return schedule->origin;

  g_autoptr (LimnSchedule) old = make_schedule (request, start->prediction, start->schedule, start->steps);
  return limn_schedule_enter (schedule, old, start->step);
}

/* Prompts count a step for each evaluation that the sampler makes in one, as stable-diffusion-webui has it. */
static LimnScript *
make_script (const LimnJob *job)
{
  const LimnSchedule *schedule = job->schedule;
  int evaluations =
      limn_denoise_timesteps (job->sampler, schedule, job->request->eta, schedule->origin, schedule->steps, NULL);

  return limn_script_new (job->request, schedule->steps * job->sampler->evaluations, evaluations);
}

void
limn_job_begin (LimnJob *job, const LimnRequest *request)
{
  const LimnLatentShape shape = limn_model_latent_shape (request->model, request->width, request->height);

  job->request = request;
  job->planes = shape.planes;
  job->factor = shape.factor;
  job->height = shape.height;
  job->width = shape.width;
  job->values = shape.values;
  job->sampler = limn_sampler_find (request->sampler);
  job->schedule = make_schedule (request, request->prediction, request->schedule, request->steps);
  job->begin = first_step (job->schedule, request);
  job->split = job->schedule->steps;
  if (request->refiner != NULL)
    job->split = MAX (job->begin, limn_schedule_split (job->schedule, request->handoff));
  job->script = make_script (job);
  job->told = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) limn_conditioning_free);
}

void
limn_request_handoffs (const LimnRequest *request, double *shares)
{
  g_return_if_fail (request->model != NULL);

  g_autoptr (LimnSchedule) schedule = make_schedule (request, request->prediction, request->schedule, request->steps);

  for (int step = 0; step < schedule->steps; step++)
    shares[step] = limn_schedule_least_end (schedule, step);
}

gboolean
limn_job_use (const LimnJob *job, LimnAct *act, const LimnNetworkKind *kind, LimnModel *model,
              const LimnNetworkShape *shape, int evaluations)
{
  LimnUse *use = &act->uses[act->n_uses];
  LimnCheckpoint *weights = limn_request_weights (job->request, model);
  gsize bytes;

  if (kind->config (kind, weights, &bytes) == NULL)
    return FALSE;
  g_assert (act->n_uses < LIMN_MOST_USES);
  act->n_uses++;
  use->network = (LimnNetwork){ kind, model, job->request->precision, *shape, weights };
  use->network.precision = limn_residents_precision (job->engine->residents, &use->network);
  use->cost = limn_costs_find (job->engine->costs, &use->network);
  use->evaluations = evaluations;
  return TRUE;
}

gpointer
limn_job_fetch (LimnJob *job, const LimnAct *act, const LimnNetwork *network, GError **error)
{
  limn_clock_enter (&job->clock, LIMN_STAGE_LOAD);
  gpointer built = limn_residents_fetch (job->engine->residents, act, network, &job->clock.tick, error);

  if (built != NULL)
    limn_clock_enter (&job->clock, act->stage);
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
limn_job_clear (LimnJob *job)
{
  g_clear_pointer (&job->schedule, limn_schedule_free);
  g_clear_pointer (&job->acts, limn_acts_free);
  g_clear_pointer (&job->script, limn_script_free);
  g_clear_pointer (&job->told, g_hash_table_unref);
  g_clear_pointer (&job->latents, g_free);
  g_clear_pointer (&job->fitted, limn_image_free);
  g_clear_pointer (&job->painted, g_free);
  g_clear_pointer (&job->original, g_free);
  g_clear_pointer (&job->noise, g_free);
  g_clear_pointer (&job->image, limn_image_free);
  g_clear_pointer (&job->notes, g_ptr_array_unref);
}
