/* job-acts.c - what a request comes to before anything is computed: its acts, in order; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

void
limn_job_plan (LimnJob *job, const LimnRequest *request)
{
  limn_job_begin (job, request);

  gboolean by_base = job->begin < job->split, by_refiner = job->split < job->schedule->steps;
  LimnAct *const acts[] = {
    /* Every prompt first: then the encoders can leave before a U-Net comes. */
    by_base ? limn_job_act_encode (job, request->model) : NULL,
    by_refiner ? limn_job_act_encode (job, request->refiner) : NULL,
    limn_job_act_start (job),
    by_base ? limn_job_act_steps (job, request->model, job->begin, job->split) : NULL,
    by_refiner ? limn_job_act_steps (job, request->refiner, job->split, job->schedule->steps) : NULL,
    limn_job_act_decode (job),
    request->upscaler != NULL ? limn_job_act_enlarge (job, request->width, request->height) : NULL,
  };
  LimnAct **end = &job->acts;

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++)
    for (*end = acts[i]; *end != NULL;)
      end = &(*end)->next;
}

LimnWork
limn_job_work (const LimnJob *job, LimnResidency residency)
{
  LimnWork work = limn_acts_work (job->acts);

  work.total[LIMN_STAGE_LOAD] = (double) limn_residents_missing (job->engine->residents, job->acts, residency);
  work.unit[LIMN_STAGE_LOAD] = work.total[LIMN_STAGE_LOAD];
  return work;
}
