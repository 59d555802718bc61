/* generate.c - the whole run, from a request to a picture; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/denoise.h"
#include "engine/model.h"
#include "engine/job.h"

#include <string.h>

LimnModel *
limn_job_model (const LimnJob *job, LimnNetwork role)
{
  gboolean refines = role == LIMN_NETWORK_REFINER || role == LIMN_NETWORK_REFINER_ENCODERS;

  return refines ? job->request->refiner : job->request->model;
}

void
limn_job_note (LimnJob *job, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (job->notes, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static gboolean
uses_base (const LimnJob *job)
{
  return job->begin < job->split;
}

static gboolean
uses_refiner (const LimnJob *job)
{
  return job->split < job->schedule->steps;
}

static void
schedule_job (LimnJob *job)
{
  const LimnRequest *request = job->request;
  const LimnScheduleConfig *config = limn_checkpoint_schedule (limn_model_checkpoint (request->model));

  job->schedule =
      limn_schedule_new (config, config->trailing || request->sampler == LIMN_SAMPLER_EULER_TRAILING, request->steps);
  if (request->sampler == LIMN_SAMPLER_EULER_KARRAS)
    limn_schedule_space_karras (job->schedule, config);
  job->begin = request->image != NULL ? limn_schedule_begin (job->schedule, request->strength) : 0;
  job->split = job->schedule->steps;
  if (request->refiner != NULL)
    job->split = MAX (job->begin, limn_schedule_split (job->schedule, request->handoff));
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
unet_bytes (const LimnJob *job, LimnModel *model, int value)
{
  const LimnUnetConfig *config = limn_checkpoint_unet (limn_model_checkpoint (model));
  int rows = limn_guided (job->request->guidance) ? 2 : 1;

  return weights (model, "unet", value)
         + limn_residency_unet_work (rows, job->height, job->width, config->channels[0], value);
}

static guint64
encoder_bytes (LimnModel *model, int value)
{
  return weights (model, "text_encoder", value) + weights (model, "text_encoder_2", value);
}

static LimnNeeds
needs_of_job (const LimnJob *job)
{
  const LimnRequest *request = job->request;
  int value = request->precision == LIMN_PRECISION_FP32 ? 4 : 2;
  const LimnVaeConfig *vae = limn_checkpoint_vae (limn_model_checkpoint (request->model));
  guint64 vae_bytes = weights (request->model, "vae", value)
                      + limn_residency_vae_work (1, job->height, job->width, vae->channels[0], value);
  LimnNeeds needs = { 0 };

  needs.bytes[LIMN_NETWORK_VAE_DECODER] = vae_bytes;
  if (request->image != NULL)
    needs.bytes[LIMN_NETWORK_VAE_ENCODER] = vae_bytes;
  if (uses_base (job)) {
    needs.bytes[LIMN_NETWORK_ENCODERS] = encoder_bytes (request->model, value);
    needs.bytes[LIMN_NETWORK_BASE] = unet_bytes (job, request->model, value);
  }
  if (uses_refiner (job)) {
    needs.bytes[LIMN_NETWORK_REFINER_ENCODERS] = encoder_bytes (request->refiner, value);
    needs.bytes[LIMN_NETWORK_REFINER] = unet_bytes (job, request->refiner, value);
  }
  return needs;
}

static gboolean
settle (LimnJob *job, GError **error)
{
  LimnNeeds needs = needs_of_job (job);
  LimnBudget budget = limn_engine_budget (job->engine);
  LimnResidency residency = limn_residency_plan (budget.planned, &needs);

  if (residency == LIMN_RESIDENCY_IMPOSSIBLE) {
    guint64 least = limn_residency_peak (LIMN_RESIDENCY_ONE, &needs);
    /* The needs are estimates and others may give memory back, so only what can never fit is refused. */
    if (least > budget.limit) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY,
                   "This picture needs about %.1f GB of memory, and there are %.1f GB: choose a smaller size%s",
                   least / 1e9, budget.limit / 1e9,
                   job->request->precision == LIMN_PRECISION_FP32 ? " or fp16" : " or another device");
      return FALSE;
    }
    residency = LIMN_RESIDENCY_ONE;
  }
  limn_residents_begin (job->engine->residents, job->request->model, uses_refiner (job) ? job->request->refiner : NULL,
                        residency, &needs);
  return TRUE;
}

static gboolean
paint (LimnJob *job, GError **error)
{
  g_autoptr (LimnConditioning) base = NULL, refiner = NULL;

  /* Every prompt first: then the encoders can leave before a U-Net comes. */
  if (uses_base (job) && (base = limn_job_encode (job, LIMN_NETWORK_BASE, error)) == NULL)
    return FALSE;
  if (uses_refiner (job) && (refiner = limn_job_encode (job, LIMN_NETWORK_REFINER, error)) == NULL)
    return FALSE;
  return limn_job_start (job, error) && (base == NULL || limn_job_denoise (job, LIMN_NETWORK_BASE, base, error))
         && (refiner == NULL || limn_job_denoise (job, LIMN_NETWORK_REFINER, refiner, error));
}

static LimnResult *
finish (LimnJob *job, LimnImage *image)
{
  LimnResult *result = g_new0 (LimnResult, 1);
  double million_pixels = job->request->width * (double) job->request->height / 1e6;

  limn_clock_finish (&job->clock);
  job->engine->decode_seconds = job->clock.seconds[LIMN_STAGE_DECODE] / million_pixels;
  g_ptr_array_add (job->notes, NULL);
  result->image = image;
  result->latents = g_steal_pointer (&job->latents);
  result->latent_width = job->width;
  result->latent_height = job->height;
  memcpy (result->seconds, job->clock.seconds, sizeof result->seconds);
  result->notes = (GStrv) g_ptr_array_free (g_steal_pointer (&job->notes), FALSE);
  return result;
}

static LimnResult *
run_all (LimnJob *job, GError **error)
{
  LimnImage *image = NULL;

  if (settle (job, error) && paint (job, error))
    image = limn_job_decode (job, error);
  return image != NULL ? finish (job, image) : NULL;
}

LimnResult *
limn_engine_generate (LimnEngine *engine, const LimnRequest *request, const LimnMonitor *monitor, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!limn_request_check (request, error))
    return NULL;

  LimnJob job = {
    .engine = engine,
    .request = request,
    .height = request->height / 8,
    .width = request->width / 8,
    .values = (gsize) 4 * (request->height / 8) * (request->width / 8),
    .notes = g_ptr_array_new_with_free_func (g_free),
  };
  job.latents = g_new (float, job.values);
  schedule_job (&job);
  limn_clock_init (&job.clock, monitor, job.schedule->steps - job.begin);
  job.clock.tail_seconds = engine->decode_seconds * request->width * request->height / 1e6;

  LimnResult *result = run_all (&job, &local);
  if (local != NULL) {
    /* After a cancel everything is still in order; after a failure of device or memory nothing is certain. */
    if (!g_error_matches (local, LIMN_ERROR, LIMN_ERROR_CANCELLED))
      limn_engine_forget (engine);
    g_propagate_error (error, g_steal_pointer (&local));
  }
  limn_schedule_free (job.schedule);
  g_free (job.latents);
  if (job.notes != NULL)
    g_ptr_array_unref (job.notes);
  return result;
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
