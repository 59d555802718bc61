/* job-preview.c - what is shown between the steps of a run; see job.h.
 *
 * By the decoder for previews that is found with the model, or a projection of the latents.  Previews are the first to
 * go without: no network leaves for their sake, and whatever fails there is a note, not the end of the run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/error.h"
#include "base/i18n.h"
#include "engine/image.h"
#include "engine/model.h"

void
limn_job_use_preview (const LimnJob *job, LimnAct *act, int steps)
{
  const LimnNetworkShape shape = {
    .batch = 1, .height = job->height, .width = job->width, .around = limn_job_around (job)
  };
  LimnModel *model = job->request->model;

  if (job->request->decoded_previews && limn_checkpoint_taesd (limn_model_checkpoint (model), NULL) != NULL)
    limn_job_use (job, act, &limn_taesd_kind, model, &shape, steps * limn_job_pictures (job));
}

/* It is the last of an act's networks. */
static const LimnNetwork *
decoder_of (const LimnAct *act)
{
  const LimnNetwork *last = act->n_uses > 0 ? &act->uses[act->n_uses - 1].network : NULL;

  return last != NULL && last->kind == &limn_taesd_kind ? last : NULL;
}

LimnResidency
limn_job_choose (LimnJob *job, const LimnBudget *budget)
{
  LimnResidency residency = limn_job_fit (job, budget), without;
  gboolean tight = limn_residency_peak (residency, job->acts) > budget->planned;
  g_autoptr (GPtrArray) shown = g_ptr_array_new (); /* LimnAct */

  for (LimnAct *act = job->acts; act != NULL; act = act->next)
    if (decoder_of (act) != NULL) {
      g_ptr_array_add (shown, act);
      act->n_uses--;
    }
  if (shown->len == 0)
    return residency;
  without = limn_job_fit (job, budget);
  job->crowded = without < residency || tight || residency == LIMN_RESIDENCY_STREAMED;
  if (job->crowded)
    return without;
  for (guint i = 0; i < shown->len; i++)
    ((LimnAct *) shown->pdata[i])->n_uses++;
  return residency;
}

void
limn_job_note_previews (LimnJob *job)
{
  const GError *problem;

  if (!job->request->decoded_previews)
    return;
  limn_checkpoint_taesd (limn_model_checkpoint (job->request->model), &problem);
  if (problem != NULL)
    limn_job_note (job, _ ("Previews are only approximate. %s"), problem->message);
  if (job->crowded)
    limn_job_note (job, _ ("Previews are only approximate: there is no memory for their decoder beside the model"));
}

/* A run that is to end needs no previews any more. */
static void
give_up (LimnJob *job, const GError *error)
{
  job->plain = TRUE;
  if (!g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    limn_job_note (job, _ ("Previews are only approximate. %s"), error->message);
}

LimnTaesd *
limn_job_fetch_preview (LimnJob *job, const LimnAct *act)
{
  const LimnNetwork *network = decoder_of (act);
  g_autoptr (GError) error = NULL;
  LimnTaesd *decoder;

  if (network == NULL || job->plain)
    return NULL;
  decoder = limn_job_fetch (job, act, network, &error);
  if (decoder == NULL) {
    limn_clock_enter (job->clock, act->stage);
    give_up (job, error);
  }
  return decoder;
}

LimnImage *
limn_job_decode_preview (LimnJob *job, LimnTaesd *decoder, const float *denoised)
{
  int width = job->width * job->factor, height = job->height * job->factor;
  double done = job->clock->progress.stage_fraction;
  gsize n = (gsize) 3 * width * height;
  g_autofree float *planes = NULL;
  g_autoptr (GError) error = NULL;
  LimnSpan span;

  if (decoder == NULL || job->plain)
    return NULL;
  planes = g_new (float, n);
  limn_span_init (&span, &job->clock->tick, done, done);
  if (limn_taesd_decode (decoder, denoised, planes, &span.tick, &error) && !limn_all_finite (planes, n))
    g_set_error_literal (&error, LIMN_ERROR, LIMN_ERROR_NUMERIC, _ ("Their decoder gave values that are not numbers"));
  if (error == NULL)
    return limn_image_from_planes (planes, width, height);
  give_up (job, error);
  return NULL;
}
