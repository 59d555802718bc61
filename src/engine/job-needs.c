/* job-needs.c - what the networks of a run come to: their shapes, their memory, the work of each; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "engine/model.h"

LimnNetworkShape
limn_job_unet_shape (const LimnJob *job, int tokens)
{
  return (LimnNetworkShape){
    .batch = limn_guided (job->request->guidance) ? 2 : 1,
    .height = job->height,
    .width = job->width,
    .tokens = tokens,
    /* Room for more evaluations than these, so that another number of them or another hand-off builds nothing anew. */
    .steps = (limn_denoise_timesteps (job->sampler, job->schedule, 0, job->schedule->steps, NULL) + 31) / 32 * 32,
  };
}

static gboolean
uses (const LimnJob *job, LimnNetwork role)
{
  switch (role) {
  case LIMN_NETWORK_ENCODERS:
  case LIMN_NETWORK_BASE:
    return limn_job_uses_base (job);
  case LIMN_NETWORK_REFINER_ENCODERS:
  case LIMN_NETWORK_REFINER:
    return limn_job_uses_refiner (job);
  case LIMN_NETWORK_VAE_ENCODER:
    return limn_job_reads_picture (job);
  case LIMN_NETWORK_VAE_DECODER:
  case LIMN_N_NETWORKS:
    break;
  }
  return TRUE;
}

LimnSurvey
limn_job_cost (const LimnJob *job, LimnNetwork role, int encoder)
{
  static const LimnSurvey none;
  const LimnPartId which = encoder == 0 ? LIMN_PART_TEXT_ENCODER : LIMN_PART_TEXT_ENCODER_2;
  LimnModel *model = limn_job_model (job, role);
  LimnCheckpoint *checkpoint = limn_model_checkpoint (model);
  LimnCosts *costs = job->engine->costs;
  LimnPrecision precision =
      limn_residents_precision (job->engine->residents, role, model, encoder, job->request->precision);

  switch (role) {
  case LIMN_NETWORK_ENCODERS:
  case LIMN_NETWORK_REFINER_ENCODERS: {
    const LimnClipConfig *config = limn_checkpoint_clip (checkpoint, which);
    return config != NULL ? limn_costs_clip (costs, config, precision) : none;
  }
  case LIMN_NETWORK_BASE:
  case LIMN_NETWORK_REFINER: {
    const LimnNetworkShape shape = limn_job_unet_shape (job, limn_job_tokens (job, role));
    return limn_costs_unet (costs, limn_checkpoint_unet (checkpoint), precision, &shape);
  }
  case LIMN_NETWORK_VAE_ENCODER:
  case LIMN_NETWORK_VAE_DECODER:
    return limn_costs_vae (costs, limn_checkpoint_vae (checkpoint),
                           role == LIMN_NETWORK_VAE_ENCODER ? LIMN_VAE_ENCODE : LIMN_VAE_DECODE, precision, job->height,
                           job->width);
  case LIMN_N_NETWORKS:
    break;
  }
  g_assert_not_reached ();
}

static LimnNeeds
sum_up (const LimnJob *job, gboolean work)
{
  LimnNeeds needs = { 0 };

  for (int role = 0; role < LIMN_N_NETWORKS; role++) {
    gboolean encodes = role == LIMN_NETWORK_ENCODERS || role == LIMN_NETWORK_REFINER_ENCODERS;

    for (int k = 0; uses (job, role) && k < (encodes ? 2 : 1); k++) {
      LimnSurvey cost = limn_job_cost (job, role, k);
      needs.bytes[role][k] = cost.weights + (work ? cost.work : 0);
    }
  }
  return needs;
}

LimnNeeds
limn_job_weights (const LimnJob *job)
{
  return sum_up (job, FALSE);
}

LimnNeeds
limn_job_needs (const LimnJob *job)
{
  return sum_up (job, TRUE);
}
