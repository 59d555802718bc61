/* job-latents.c - where the latents of a run come from and what becomes of them; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/rng.h"
#include "engine/image.h"
#include "engine/model.h"
#include "engine/sampler.h"

#include <math.h>
#include <string.h>

static LimnVae *
fetch_vae (LimnJob *job, LimnNetwork role, LimnStage stage, GError **error)
{
  limn_clock_enter (&job->clock, LIMN_STAGE_LOAD);
  LimnVae *vae = limn_residents_vae (job->engine->residents, role, job->request->model, job->request->precision,
                                     job->height, job->width, &job->clock.tick, error);
  limn_clock_enter (&job->clock, stage);
  return vae;
}

/* After a pass in fp16 that gave NaN: whether to try again in fp32, else an error. */
static gboolean
retry_vae (LimnJob *job, LimnNetwork role, GError **error)
{
  const char *verb = role == LIMN_NETWORK_VAE_ENCODER ? "reading the picture" : "drawing the picture";

  if (limn_residents_raise (job->engine->residents, role, LIMN_PART_VAE)) {
    limn_job_note (job, "The VAE overflowed in fp16 while %s; redone in fp32", verb);
    return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               "The VAE of %s gave values that are not numbers while %s, in fp32 too: its file may be damaged",
               limn_model_name (job->request->model), verb);
  return FALSE;
}

static gboolean
encode_picture (LimnJob *job, const float *planes, float *mean, float *logvar, GError **error)
{
  do {
    LimnVae *vae = fetch_vae (job, LIMN_NETWORK_VAE_ENCODER, LIMN_STAGE_IMAGE, error);
    if (vae == NULL || !limn_vae_encode (vae, planes, mean, logvar, &job->clock.tick, error))
      return FALSE;
    if (limn_all_finite (mean, job->values) && limn_all_finite (logvar, job->values))
      return TRUE;
  } while (retry_vae (job, LIMN_NETWORK_VAE_ENCODER, error));
  return FALSE;
}

/* The latents of the request's picture: a draw from what the VAE's encoder says. */
static gboolean
start_from_picture (LimnJob *job, LimnRng *rng, GError **error)
{
  const LimnRequest *request = job->request;
  double scale = limn_checkpoint_vae (limn_model_checkpoint (request->model))->scaling_factor;
  g_autoptr (LimnImage) image = limn_image_fit (request->image, request->width, request->height);
  g_autofree float *planes = g_new (float, (gsize) 3 * request->width * request->height);
  g_autofree float *mean = g_new (float, job->values);
  g_autofree float *logvar = g_new (float, job->values);

  limn_image_to_planes (image, planes);
  if (!encode_picture (job, planes, mean, logvar, error))
    return FALSE;
  limn_rng_normal (rng, job->latents, job->values);
  for (gsize i = 0; i < job->values; i++)
    job->latents[i] = (float) ((mean[i] + exp (0.5 * logvar[i]) * job->latents[i]) * scale);
  return TRUE;
}

gboolean
limn_job_start (LimnJob *job, GError **error)
{
  const LimnRequest *request = job->request;
  g_autoptr (LimnRng) rng =
      limn_rng_new (request->noise_source == LIMN_NOISE_PHILOX ? LIMN_RNG_PHILOX : LIMN_RNG_TORCH, request->seed);
  g_autofree float *noise = g_new (float, job->values);
  double scale = job->schedule->initial_scale;

  memset (job->latents, 0, job->values * sizeof (float));
  if (request->image != NULL) {
    scale = job->schedule->sigmas[job->begin];
    if (!start_from_picture (job, rng, error))
      return FALSE;
  }
  /* One generator, as in diffusers: the VAE's draw comes first, then the noise that is added. */
  if (request->noise != NULL)
    memcpy (noise, request->noise, job->values * sizeof (float));
  else
    limn_rng_normal (rng, noise, job->values);
  limn_sampler_add_noise (scale, noise, job->latents, job->values);
  return TRUE;
}

LimnImage *
limn_job_decode (LimnJob *job, GError **error)
{
  int width = job->width * 8, height = job->height * 8;
  gsize n = (gsize) 3 * width * height;
  g_autofree float *planes = g_new (float, n);

  do {
    LimnVae *vae = fetch_vae (job, LIMN_NETWORK_VAE_DECODER, LIMN_STAGE_DECODE, error);
    if (vae == NULL || !limn_vae_decode (vae, job->latents, planes, &job->clock.tick, error))
      return NULL;
    if (limn_all_finite (planes, n))
      return limn_image_from_planes (planes, width, height);
  } while (retry_vae (job, LIMN_NETWORK_VAE_DECODER, error));
  return NULL;
}
