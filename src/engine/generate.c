/* generate.c - the whole run, from a request to a picture; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"
#include "engine/enlarge.h"

#include <string.h>

#include "base/i18n.h"

/* 0: it is not known. */
static double
foretell (const LimnJob *job, LimnStage stage)
{
  return MAX (0, limn_speeds_seconds (job->engine->speeds, stage, job->request->precision, job->work.unit[stage],
                                      job->work.total[stage]));
}

static gboolean
settle (LimnJob *job, GError **error)
{
  LimnBudget budget = limn_engine_budget (job->engine);
  LimnResidency residency = limn_job_choose (job, &budget);

  if (residency == LIMN_RESIDENCY_IMPOSSIBLE) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY,
                 job->request->precision == LIMN_PRECISION_FP32
                     ? _ ("This picture needs about %.1f GB of memory, and there are %.1f GB: choose a smaller size or "
                          "fp16")
                     : _ ("This picture needs about %.1f GB of memory, and there are %.1f GB: choose a smaller size or "
                          "another device"),
                 limn_residency_peak (LIMN_RESIDENCY_ONE, job->acts) / 1e9, budget.limit / 1e9);
    return FALSE;
  }
  job->work = limn_job_work (job, residency);
  job->clock.enlarge_seconds = foretell (job, LIMN_STAGE_ENLARGE);
  job->clock.tail_seconds = foretell (job, LIMN_STAGE_DECODE) + job->clock.enlarge_seconds;
  limn_residents_begin (job->engine->residents, job->acts, residency);
  limn_job_note_previews (job);
  return TRUE;
}

static gboolean
paint (LimnJob *job, GError **error)
{
  for (const LimnAct *act = job->acts; act != NULL; act = act->next)
    if (!act->run (job, act, error))
      return FALSE;
  return TRUE;
}

/* A run that did everything once, and waited for no weights, tells how fast the device is. */
static void
learn (const LimnJob *job)
{
  const LimnClock *clock = &job->clock;

  for (int stage = 0;
       stage < LIMN_N_STAGES && !job->redone && job->cache.left_out == 0 && job->lowered < LIMN_RESIDENCY_STREAMED;
       stage++) {
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

static LimnResult *
finish (LimnJob *job)
{
  LimnResult *result = g_new0 (LimnResult, 1);

  limn_clock_finish (&job->clock);
  learn (job);
  g_ptr_array_add (job->notes, NULL);
  result->image = g_steal_pointer (&job->image);
  result->cache = job->cache;
  result->latents = g_steal_pointer (&job->latents);
  result->latent_planes = job->planes;
  result->latent_width = job->width;
  result->latent_height = job->height;
  memcpy (result->seconds, job->clock.seconds, sizeof result->seconds);
  result->notes = (GStrv) g_ptr_array_free (g_steal_pointer (&job->notes), FALSE);
  return result;
}

static LimnResult *
do_acts (LimnJob *job, GError **error)
{
  if (!settle (job, error) || !limn_job_prepare (job, error) || !paint (job, error))
    return NULL;
  return finish (job);
}

/* All that is planned; clears job. */
static LimnResult *
run_all (LimnJob *job, GError **error)
{
  g_autoptr (GError) local = NULL;
  LimnResult *result = do_acts (job, &local);

  if (local != NULL) {
    /* After a cancel everything is still in order; after a failure of device or memory nothing is certain. */
    if (!g_error_matches (local, LIMN_ERROR, LIMN_ERROR_CANCELLED))
      limn_engine_forget (job->engine);
    g_propagate_error (error, g_steal_pointer (&local));
  }
  limn_job_clear (job);
  return result;
}

LimnResult *
limn_engine_generate (LimnEngine *engine, const LimnRequest *request, const LimnMonitor *monitor, GError **error)
{
  if (!limn_request_check (request, error))
    return NULL;

  LimnJob job = { .engine = engine, .notes = g_ptr_array_new_with_free_func (g_free) };
  limn_job_plan (&job, request);
  job.latents = g_new (float, job.values);
  limn_clock_init (&job.clock, monitor, job.schedule->steps - job.begin, limn_acts_rows (job.acts));
  limn_job_note_loras (&job);
  limn_job_note_embeddings (&job);
  return run_all (&job, error);
}

LimnResult *
limn_engine_enlarge (LimnEngine *engine, LimnModel *upscaler, const LimnImage *image, LimnPrecision precision,
                     const LimnMonitor *monitor, GError **error)
{
  const LimnRequest request = { .upscaler = upscaler, .precision = precision };

  if (!limn_enlarge_check (upscaler, image->width, image->height, error))
    return NULL;

  LimnJob job = { .engine = engine, .request = &request, .notes = g_ptr_array_new_with_free_func (g_free) };
  job.acts = limn_job_act_enlarge (&job, image->width, image->height);
  job.image = limn_image_copy (image);
  limn_clock_init (&job.clock, monitor, 0, 0);
  return run_all (&job, error);
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
