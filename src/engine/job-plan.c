/* job-plan.c - what a request comes to before anything is computed: its steps, and the memory they need; see job.h.
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

  /* Latents to go on from hold the picture already; what a mask keeps has to be known again for the steps that are left. */
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
  job->request = request;
  job->height = request->height / 8;
  job->width = request->width / 8;
  job->values = (gsize) 4 * job->height * job->width;
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

static guint64
weights (LimnModel *model, const char *part, int value)
{
  GPtrArray *parts = limn_model_info (model)->parts;

  for (guint i = 0; i < parts->len; i++) {
    const LimnPart *one = g_ptr_array_index (parts, i);
    if (g_str_equal (one->name, part))
      return one->parameters * value;
  }
  return 0;
}

static guint64
encoder_bytes (LimnModel *model, int value)
{
  return weights (model, "text_encoder", value) + weights (model, "text_encoder_2", value);
}

static guint64
unet_work (const LimnJob *job, LimnModel *model, int value)
{
  const LimnUnetConfig *config = limn_checkpoint_unet (limn_model_checkpoint (model));
  int rows = limn_guided (job->request->guidance) ? 2 : 1;

  return limn_residency_unet_work (rows, job->height, job->width, config->channels[0], value);
}

static int
value_bytes (const LimnJob *job)
{
  return job->request->precision == LIMN_PRECISION_FP32 ? 4 : 2;
}

LimnNeeds
limn_job_weights (const LimnJob *job)
{
  const LimnRequest *request = job->request;
  int value = value_bytes (job);
  LimnNeeds needs = { 0 };

  needs.bytes[LIMN_NETWORK_VAE_DECODER] = weights (request->model, "vae", value);
  if (limn_job_reads_picture (job))
    needs.bytes[LIMN_NETWORK_VAE_ENCODER] = needs.bytes[LIMN_NETWORK_VAE_DECODER];
  if (limn_job_uses_base (job)) {
    needs.bytes[LIMN_NETWORK_ENCODERS] = encoder_bytes (request->model, value);
    needs.bytes[LIMN_NETWORK_BASE] = weights (request->model, "unet", value);
  }
  if (limn_job_uses_refiner (job)) {
    needs.bytes[LIMN_NETWORK_REFINER_ENCODERS] = encoder_bytes (request->refiner, value);
    needs.bytes[LIMN_NETWORK_REFINER] = weights (request->refiner, "unet", value);
  }
  return needs;
}

LimnNeeds
limn_job_needs (const LimnJob *job)
{
  const LimnRequest *request = job->request;
  int value = value_bytes (job);
  const LimnVaeConfig *vae = limn_checkpoint_vae (limn_model_checkpoint (request->model));
  guint64 vae_work = limn_residency_vae_work (1, job->height, job->width, vae->channels[0], value);
  LimnNeeds needs = limn_job_weights (job);

  needs.bytes[LIMN_NETWORK_VAE_DECODER] += vae_work;
  if (needs.bytes[LIMN_NETWORK_VAE_ENCODER] > 0)
    needs.bytes[LIMN_NETWORK_VAE_ENCODER] += vae_work;
  if (limn_job_uses_base (job))
    needs.bytes[LIMN_NETWORK_BASE] += unet_work (job, request->model, value);
  if (limn_job_uses_refiner (job))
    needs.bytes[LIMN_NETWORK_REFINER] += unet_work (job, request->refiner, value);
  return needs;
}
