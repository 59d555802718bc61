/* job-second.c - a second pass over what the first has painted, larger; see job.h.
 *
 * It is a job of its own, whose acts stand in the first's list: what each pass needs and does is in the same list, and
 * nobody who walks it has to know that there are two.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/image-fit.h"
#include "engine/hires.h"
#include "engine/job.h"

void
limn_job_begin_second (LimnJob *job)
{
  static guint8 grey[3] = { 127, 127, 127 };
  static const LimnImage none = { 1, 1, grey }; /* there is no picture yet, but there will be one */
  LimnJob *second;

  if (!limn_hires_is_on (&job->request->fields))
    return;
  second = job->second = g_new0 (LimnJob, 1);
  second->engine = job->engine;
  second->pictures = job->pictures;
  second->follows = TRUE;
  second->from_latents = limn_hires_takes_latents (job->request->hires_method);
  second->before = job->schedule->steps - job->begin;
  second->said_before = job->schedule->steps * job->sampler->evaluations;
  second->own = limn_hires_request (job->request);
  second->own.image = &none;
  limn_job_begin (second, &second->own);
}

static gboolean
turn (LimnJob *job, const LimnAct *act, GError **error)
{
  LimnJob *second = job->second;

  if (!second->from_latents) {
    gboolean x, y;

    limn_tile_get (&job->request->fields, &x, &y);
    LimnImage *large = limn_image_fit_lanczos (job->image, second->own.width, second->own.height, x, y);

    limn_image_free (job->image);
    second->own.image = job->image = large;
    return TRUE;
  }
  second->resized = g_new (float, second->values);
  limn_hires_resize (&job->request->fields, job->latents, job->planes, job->height, job->width, second->resized,
                     second->height, second->width);
  return TRUE;
}

LimnAct *
limn_job_act_turn (const LimnJob *job)
{
  LimnAct *act = g_new0 (LimnAct, 1);

  act->stage = LIMN_STAGE_SECOND;
  act->run = turn;
  return act;
}

LimnJob *
limn_job_of (LimnJob *job, const LimnAct *act)
{
  return act->second ? job->second : job;
}

void
limn_jobs_join_seconds (LimnJob *first)
{
  for (LimnJob *job = first; job != NULL; job = job->next) {
    LimnJob *second = job->second;

    if (second == NULL)
      continue;
    second->next = job->next != NULL ? job->next->second : NULL;
    second->monitor = job->monitor;
    second->clock = job->clock;
    second->answer = job->answer;
    second->index = job->index;
    second->data = job->data;
    second->notes = job->notes;
    second->latents = g_new (float, second->values);
  }
}

void
limn_jobs_share_left (LimnJob *first)
{
  for (LimnJob *job = first; job != NULL; job = job->next)
    if (job->second != NULL)
      job->left = job->second->left = job->left || job->second->left;
}
