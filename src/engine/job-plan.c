/* job-plan.c - what a request comes to before anything is computed: its models and steps; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "engine/denoise.h"
#include "engine/model.h"

LimnModel *
limn_job_model (const LimnJob *job, LimnNetwork role)
{
  gboolean refines = role == LIMN_NETWORK_REFINER || role == LIMN_NETWORK_REFINER_ENCODERS;

  return refines ? job->request->refiner : job->request->model;
}

gboolean
limn_job_uses_base (const LimnJob *job)
{
  return job->begin < job->split;
}

gboolean
limn_job_uses_refiner (const LimnJob *job)
{
  return job->split < job->schedule->steps;
}

gboolean
limn_job_reads_picture (const LimnJob *job)
{
  const LimnRequest *request = job->request;

  /* Latents to go on from hold the picture already; what a mask keeps has to be known again for the steps that are
   * left. */
  return request->image != NULL
         && (request->start.latents == NULL || (request->mask != NULL && job->begin < job->schedule->steps));
}

int
limn_job_evaluations (const LimnJob *job, LimnNetwork role)
{
  gboolean refines = role == LIMN_NETWORK_REFINER;

  return limn_denoise_timesteps (job->sampler, job->schedule, refines ? job->split : job->begin,
                                 refines ? job->schedule->steps : job->split, NULL);
}

static LimnSchedule *
make_schedule (LimnModel *model, const char *name, int steps)
{
  return limn_schedule_new (limn_checkpoint_schedule (limn_model_checkpoint (model)), name, steps);
}

static int
first_step (LimnSchedule *schedule, const LimnRequest *request)
{
  const LimnStart *start = &request->start;

  if (start->latents == NULL)
    return request->image != NULL ? limn_schedule_begin (schedule, request->strength) : 0;

  g_autoptr (LimnSchedule) old = make_schedule (request->model, start->schedule, start->steps);
  return limn_schedule_enter (schedule, old, start->step);
}

void
limn_job_plan (LimnJob *job, const LimnRequest *request)
{
  const LimnLatentShape shape = limn_model_latent_shape (request->model, request->width, request->height);

  job->request = request;
  job->planes = shape.planes;
  job->factor = shape.factor;
  job->height = shape.height;
  job->width = shape.width;
  job->values = shape.values;
  job->sampler = limn_sampler_find (request->sampler);
  job->schedule = make_schedule (request->model, request->schedule, request->steps);
  job->begin = first_step (job->schedule, request);
  job->split = job->schedule->steps;
  if (request->refiner != NULL)
    job->split = MAX (job->begin, limn_schedule_split (job->schedule, request->handoff));
}

void
limn_request_handoffs (const LimnRequest *request, double *shares)
{
  g_return_if_fail (request->model != NULL);

  g_autoptr (LimnSchedule) schedule = make_schedule (request->model, request->schedule, request->steps);

  for (int step = 0; step < schedule->steps; step++)
    shares[step] = limn_schedule_least_end (schedule, step);
}
