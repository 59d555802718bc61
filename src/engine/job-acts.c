/* job-acts.c - what a request comes to before anything is computed: its acts, in order; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/area.h"
#include "engine/hires.h"
#include "engine/job.h"

/* Appends acts, which are of job. */
static LimnAct **
add (LimnAct **end, const LimnJob *job, LimnAct *acts)
{
  for (*end = acts; *end != NULL; end = &(*end)->next)
    (*end)->pass = job->pass;
  return end;
}

static LimnAct **
add_reading (LimnAct **end, const LimnJob *job)
{
  if (job->begin < job->split) {
    end = add (end, job, limn_job_act_encode (job, job->request->model));
    end = add (end, job, limn_job_act_see (job));
  }
  if (job->split < job->schedule->steps)
    end = add (end, job, limn_job_act_encode (job, job->request->refiner));
  return end;
}

static LimnAct **
add_steps (LimnAct **end, const LimnJob *job)
{
  end = add (end, job, limn_job_act_start (job));
  if (job->begin < job->split)
    end = add (end, job, limn_job_act_steps (job, job->request->model, job->begin, job->split));
  if (job->split < job->schedule->steps)
    end = add (end, job, limn_job_act_steps (job, job->request->refiner, job->split, job->schedule->steps));
  return end;
}

/* From the end of the first pass to that of the second. */
static LimnAct **
add_second (LimnAct **end, const LimnJob *job)
{
  const LimnRequest *request = job->request;

  if (!job->second->from_latents) {
    end = add (end, job, limn_job_act_decode (job));
    if (limn_hires_needs_upscaler (&request->fields))
      end = add (end, job, limn_job_act_enlarge (job, request->hires_upscaler, request->width, request->height));
  }
  end = add (end, job, limn_job_act_turn (job));
  return add_steps (end, job->second);
}

/* Each box over what there is once the one before it is painted. */
static LimnAct **
add_details (LimnAct **end, const LimnJob *job)
{
  for (; job->second != NULL; job = job->second) {
    end = add (end, job, limn_job_act_turn (job));
    end = add_steps (end, job->second);
    end = add (end, job->second, limn_job_act_decode (job->second));
  }
  return end;
}

void
limn_job_plan (LimnJob *job, const LimnRequest *request)
{
  LimnAct **end = &job->acts;
  const LimnJob *drawn, *last;

  limn_job_begin (job, request);
  limn_job_begin_second (job);
  limn_job_begin_details (job);
  drawn = limn_job_drawn (job);
  last = limn_job_last (job);
  /* Every prompt first: then the encoders can leave before a U-Net comes. */
  for (const LimnJob *pass = job; pass != NULL; pass = pass->second)
    end = add_reading (end, pass);
  end = add_steps (end, job);
  if (drawn != job)
    end = add_second (end, job);
  end = add (end, drawn, limn_job_act_decode (drawn));
  end = add_details (end, drawn);
  if (request->upscaler != NULL) {
    int width, height;

    limn_request_size (request, &width, &height);
    add (end, last, limn_job_act_enlarge (last, request->upscaler, width, height));
  }
}

void
limn_job_plan_details (LimnJob *job, const LimnRequest *request)
{
  LimnAct **end = &job->acts;
  int width, height;

  limn_job_begin (job, request);
  job->begin = job->split = job->schedule->steps;
  limn_job_begin_details (job);
  for (const LimnJob *box = job->second; box != NULL; box = box->second)
    end = add_reading (end, box);
  end = add_details (end, job);
  limn_request_size (request, &width, &height);
  if (request->upscaler != NULL)
    add (end, limn_job_last (job), limn_job_act_enlarge (limn_job_last (job), request->upscaler, width, height));
}

LimnWork
limn_job_work (const LimnJob *job, LimnResidency residency)
{
  LimnWork work = limn_acts_work (job->acts);

  work.total[LIMN_STAGE_LOAD] = (double) limn_residents_missing (job->engine->residents, job->acts, residency);
  work.unit[LIMN_STAGE_LOAD] = work.total[LIMN_STAGE_LOAD];
  return work;
}
