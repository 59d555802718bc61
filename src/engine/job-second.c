/* job-second.c - what follows a pass: a second one over what it has painted, larger; boxes, one by one; see job.h.
 *
 * Each is a job of its own, whose acts stand in the first's list: what each pass needs and does is in the same list,
 * and nobody who walks it has to know how many there are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/details.h"
#include "base/image-fit.h"
#include "engine/details.h"
#include "engine/hires.h"
#include "engine/job.h"

/* Pixels of a preview in its picture, most of which is no preview. */
#define VIEW_SIDE 1536

/* What follows job. */
static LimnJob *
follow (LimnJob *job)
{
  LimnJob *second = job->second = g_new0 (LimnJob, 1);

  second->engine = job->engine;
  second->pictures = job->pictures;
  second->follows = TRUE;
  second->pass = job->pass + 1;
  second->before = job->before + job->schedule->steps - job->begin;
  return second;
}

void
limn_job_begin_second (LimnJob *job)
{
  static guint8 grey[3] = { 127, 127, 127 };
  static const LimnImage none = { 1, 1, grey }; /* there is no picture yet, but there will be one */
  LimnJob *second;

  if (!limn_hires_is_on (&job->request->fields))
    return;
  second = follow (job);
  second->from_latents = limn_hires_takes_latents (job->request->hires_method);
  second->said_before = job->schedule->steps * job->sampler->evaluations;
  second->own = limn_hires_request (job->request);
  second->own.image = &none;
  limn_job_begin (second, &second->own);
}

void
limn_job_begin_details (LimnJob *job)
{
  const LimnRequest *request = job->request;
  g_autoptr (GPtrArray) boxes = limn_details_read (request->details, NULL);
  int width, height;

  if (boxes == NULL)
    return;
  limn_request_size (request, &width, &height);
  g_autoptr (GArray) parts = limn_details_lay (boxes, width, height);
  job = limn_job_last (job);
  for (guint i = 0; i < parts->len; i++) {
    LimnJob *next = follow (job);

    next->boxed = TRUE;
    next->canvas = (LimnImage){ .width = width, .height = height };
    next->own = limn_detail_request (request, &g_array_index (parts, LimnDetailPart, i), i, width, height, &next->box,
                                     next->said);
    next->own.image = &next->canvas; /* there is no picture yet, but there will be one */
    limn_job_begin (next, &next->own);
    job = next;
  }
}

LimnJob *
limn_job_drawn (LimnJob *job)
{
  while (job->second != NULL && !job->second->boxed)
    job = job->second;
  return job;
}

LimnJob *
limn_job_last (LimnJob *job)
{
  while (job->second != NULL)
    job = job->second;
  return job;
}

static gboolean
turn (LimnJob *job, const LimnAct *act, GError **error)
{
  LimnJob *second = job->second;

  if (second->boxed) {
    second->own.image = job->image;
    if (job->monitor != NULL && job->monitor->preview != NULL)
      second->view = limn_area_view_new (&second->own, VIEW_SIDE);
    return TRUE;
  }
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

  act->stage = job->second->boxed ? LIMN_STAGE_DETAIL : LIMN_STAGE_SECOND;
  act->run = turn;
  return act;
}

LimnJob *
limn_job_of (LimnJob *job, const LimnAct *act)
{
  for (int pass = 0; pass < act->pass; pass++)
    job = job->second;
  return job;
}

void
limn_jobs_join_seconds (LimnJob *first)
{
  for (LimnJob *job = first; job != NULL; job = job->next)
    for (LimnJob *before = job, *second; (second = before->second) != NULL; before = second) {
      second->next = before->next != NULL ? before->next->second : NULL;
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
  for (LimnJob *job = first; job != NULL; job = job->next) {
    gboolean left = FALSE;

    for (const LimnJob *pass = job; pass != NULL; pass = pass->second)
      left |= pass->left;
    for (LimnJob *pass = job; pass != NULL; pass = pass->second)
      pass->left = left;
  }
}
