/* generate.c - the whole run, from a request to a picture; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"
#include "engine/detect.h"
#include "engine/enlarge.h"

#include "base/i18n.h"

/* 0: it is not known. */
static double
foretell (const LimnJob *job, LimnStage stage)
{
  return MAX (0, limn_speeds_seconds (job->engine->speeds, stage, job->request->precision, job->work.unit[stage],
                                      job->work.total[stage]));
}

static gboolean
settle (LimnJob *first, GError **error)
{
  LimnBudget budget = limn_engine_budget (first->engine);
  LimnResidency residency = limn_job_choose (first, &budget);

  if (residency == LIMN_RESIDENCY_IMPOSSIBLE) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY,
                 first->request->precision == LIMN_PRECISION_FP32
                     ? _ ("This picture needs about %.1f GB of memory, and there are %.1f GB: choose a smaller size or "
                          "fp16")
                     : _ ("This picture needs about %.1f GB of memory, and there are %.1f GB: choose a smaller size or "
                          "another device"),
                 limn_residency_peak (LIMN_RESIDENCY_ONE, first->acts) / 1e9, budget.limit / 1e9);
    return FALSE;
  }
  first->work = limn_job_work (first, residency);
  first->clock->enlarge_seconds = foretell (first, LIMN_STAGE_ENLARGE);
  first->clock->tail_seconds = foretell (first, LIMN_STAGE_DECODE) + first->clock->enlarge_seconds;
  limn_residents_begin (first->engine->residents, first->acts, residency);
  for (LimnJob *job = first; job != NULL; job = job->next) {
    job->crowded = first->crowded;
    for (LimnJob *pass = job->second; pass != NULL; pass = pass->second)
      pass->crowded = first->crowded;
    limn_job_note_previews (job);
  }
  return TRUE;
}

/* A run that did everything once, and waited for no weights, tells how fast the device is. */
static void
learn (const LimnJob *job)
{
  const LimnClock *clock = job->clock;

  for (const LimnJob *pass = job; pass != NULL; pass = pass->second)
    for (const LimnJob *one = pass; one != NULL; one = one->next)
      if (one->redone || one->cache.left_out > 0 || one->lowered >= LIMN_RESIDENCY_STREAMED)
        return;
  for (int stage = 0; stage < LIMN_N_STAGES; stage++) {
    double seconds = clock->seconds[stage];
    int rows = clock->rows[stage], others = rows - clock->slowest_rows[stage];

    if (limn_acts_brought (job->acts, stage) > 0)
      continue;
    if (others > 0)
      seconds = (seconds - clock->slowest[stage]) * rows / others;
    limn_speeds_add (job->engine->speeds, stage, job->request->precision, job->work.unit[stage], job->work.total[stage],
                     seconds);
  }
}

/* ---- A picture's answer ---- */

void
limn_job_leave (LimnJob *job, const GError *error)
{
  job->left = TRUE;
  job->answer (job->index, NULL, error, job->data);
}

static gboolean
is_cancelled (const LimnJob *job)
{
  return job->monitor != NULL && job->monitor->cancelled != NULL && job->monitor->cancelled (job->monitor->data);
}

gboolean
limn_job_leave_cancelled (LimnJob *job)
{
  g_autoptr (GError) error = NULL;

  if (!is_cancelled (job))
    return FALSE;
  g_set_error_literal (&error, LIMN_ERROR, LIMN_ERROR_CANCELLED, _ ("Cancelled"));
  job->redone = TRUE; /* what was planned for all is not done for all */
  limn_job_leave (job, error);
  return TRUE;
}

/* Whether others than job of the list have no answer yet. */
static gboolean
are_others (const LimnJob *first, const LimnJob *job)
{
  for (const LimnJob *other = first; other != NULL; other = other->next)
    if (other != job && !other->left)
      return TRUE;
  return FALSE;
}

/* Its share of the time is that of all. */
static void
finish (LimnJob *first, LimnJob *job)
{
  LimnResult *result = g_new0 (LimnResult, 1);
  LimnJob *drawn = limn_job_drawn (job);

  if (are_others (first, job))
    limn_clock_lap (job->clock);
  else
    limn_clock_finish (job->clock);
  g_ptr_array_add (job->notes, NULL);
  result->image = g_steal_pointer (&limn_job_last (job)->image);
  result->cache = job->cache;
  for (const LimnJob *pass = job->second; pass != NULL; pass = pass->second) {
    result->cache.left_out += pass->cache.left_out;
    result->cache.asked += pass->cache.asked;
    result->cache.most_changed = MAX (result->cache.most_changed, pass->cache.most_changed);
  }
  /* those of all of the picture: a box's are of no use by themselves */
  result->latents = g_steal_pointer (&drawn->latents);
  result->latent_planes = drawn->planes;
  result->latent_width = drawn->width;
  result->latent_height = drawn->height;
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    result->seconds[stage] = job->clock->seconds[stage] / limn_job_pictures (first);
  result->notes = (GStrv) g_ptr_array_free (g_steal_pointer (&job->notes), FALSE);
  job->left = TRUE;
  job->answer (job->index, result, NULL, job->data);
}

/* ---- All pictures of a list ---- */

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  for (const LimnJob *job = data; job != NULL; job = job->next)
    if (!job->left && job->monitor != NULL && job->monitor->progress != NULL)
      job->monitor->progress (progress, job->monitor->data);
}

/* What is done for all goes on while one is wanted. */
static gboolean
cancelled_cb (gpointer data)
{
  for (const LimnJob *job = data; job != NULL; job = job->next)
    if (!job->left && !is_cancelled (job))
      return FALSE;
  return TRUE;
}

static gboolean
run_act (LimnJob *first, const LimnAct *act, GError **error)
{
  gboolean several = first->next != NULL;

  if (limn_act_steps (act)) {
    gboolean ok = act->run (limn_job_of (first, act), act, error);

    limn_jobs_share_left (first);
    return ok;
  }
  for (LimnJob *job = first; job != NULL; job = job->next) {
    if (job->left || (several && limn_job_leave_cancelled (job)))
      continue;
    if (!act->run (limn_job_of (job, act), act, error))
      return FALSE;
    if (act->next == NULL)
      finish (first, job);
  }
  return TRUE;
}

static gboolean
do_acts (LimnJob *first, GError **error)
{
  if (!settle (first, error) || !limn_job_prepare (first, error))
    return FALSE;
  for (const LimnAct *act = first->acts; act != NULL && are_others (first, NULL); act = act->next)
    if (!run_act (first, act, error))
      return FALSE;
  return TRUE;
}

void
limn_jobs_run (LimnJob *first)
{
  const LimnMonitor all = { .progress = progress_cb, .cancelled = cancelled_cb, .data = first };
  int steps = first->schedule != NULL ? first->schedule->steps - first->begin : 0;
  int more = 0;
  g_autoptr (GError) error = NULL;
  LimnClock clock;

  for (const LimnJob *pass = first->second; pass != NULL; pass = pass->second)
    more += pass->schedule->steps - pass->begin;
  limn_clock_init (&clock, &all, steps + more, limn_acts_rows (first->acts));
  for (LimnJob *job = first; job != NULL; job = job->next)
    job->clock = &clock;
  limn_jobs_join_seconds (first);
  if (do_acts (first, &error))
    learn (first);
  /* After a cancel everything is still in order; after a failure of device or memory nothing is certain. */
  else if (!g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    limn_engine_forget (first->engine);
  for (LimnJob *job = first; job != NULL; job = job->next) {
    if (!job->left)
      limn_job_leave (job, error);
    limn_job_clear (job);
  }
}

/* ---- One picture ---- */

typedef struct {
  LimnResult *result;
  GError **error;
} Answer;

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  Answer *answer = data;

  answer->result = result;
  if (error != NULL)
    g_propagate_error (answer->error, g_error_copy (error));
}

LimnResult *
limn_engine_generate (LimnEngine *engine, const LimnRequest *request, const LimnMonitor *monitor, GError **error)
{
  Answer answer = { .error = error };
  LimnJob job = { .engine = engine, .monitor = monitor, .answer = painted_cb, .data = &answer };

  if (!limn_request_check (request, error))
    return NULL;
  limn_job_open (&job, request);
  limn_jobs_run (&job);
  return answer.result;
}

LimnResult *
limn_engine_detail (LimnEngine *engine, const LimnRequest *request, const LimnImage *image, const LimnMonitor *monitor,
                    GError **error)
{
  Answer answer = { .error = error };
  LimnJob job = { .engine = engine, .monitor = monitor, .answer = painted_cb, .data = &answer };

  if (!limn_request_check (request, error))
    return NULL;
  job.notes = g_ptr_array_new_with_free_func (g_free);
  limn_job_plan_details (&job, request);
  job.image = limn_image_copy (image);
  limn_jobs_run (&job);
  return answer.result;
}

LimnResult *
limn_engine_enlarge (LimnEngine *engine, LimnModel *upscaler, const LimnImage *image, LimnPrecision precision,
                     const LimnMonitor *monitor, GError **error)
{
  const LimnRequest request = { .upscaler = upscaler, .precision = precision };
  Answer answer = { .error = error };
  LimnJob job = { .engine = engine, .request = &request, .monitor = monitor, .answer = painted_cb, .data = &answer };

  if (!limn_enlarge_check (upscaler, image->width, image->height, error))
    return NULL;
  job.notes = g_ptr_array_new_with_free_func (g_free);
  job.acts = limn_job_act_enlarge (&job, upscaler, image->width, image->height);
  job.image = limn_image_copy (image);
  limn_jobs_run (&job);
  return answer.result;
}

void
limn_result_free (LimnResult *result)
{
  if (result == NULL)
    return;
  limn_image_free (result->image);
  g_free (result->latents);
  g_strfreev (result->notes);
  g_free (result);
}
