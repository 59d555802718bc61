/* job-denoise.c - the steps of a run; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/i18n.h"
#include "engine/image.h"
#include "engine/model.h"

typedef struct {
  LimnJob *job;
  LimnNetwork role;
  LimnModel *model;
  LimnStage stage;
  const LimnConditioning *conditioning;
  int first, last;
  LimnUnet *unet;
} Painter;

/* Loads the U-Net and tells it what its steps share. */
static gboolean
prepare (Painter *painter, GError **error)
{
  LimnJob *job = painter->job;
  const LimnConditioning *told = painter->conditioning;
  int steps = painter->last - painter->first;
  /* Room for more steps than these, so that another number of them or another hand-off builds nothing anew. */
  LimnUnetShape shape = {
    .batch = told->rows,
    .height = job->height,
    .width = job->width,
    .tokens = told->tokens,
    .steps = (job->schedule->steps + 31) / 32 * 32,
  };
  g_autofree float *timesteps = g_new (float, steps);
  LimnSpan span;

  limn_clock_enter (&job->clock, LIMN_STAGE_LOAD);
  painter->unet = limn_residents_unet (job->engine->residents, painter->role, painter->model, job->request->precision,
                                       &shape, &job->clock.tick, error);
  if (painter->unet == NULL)
    return FALSE;
  for (int i = 0; i < steps; i++)
    timesteps[i] = (float) job->schedule->timesteps[painter->first + i];
  limn_clock_enter (&job->clock, painter->stage);
  limn_span_init (&span, &job->clock.tick, 0, 0);
  return limn_unet_prepare (painter->unet, told->context, told->pooled, told->time_ids, timesteps, steps, &span.tick,
                            error);
}

static gboolean
predict_cb (gpointer data, int step, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  Painter *painter = data;
  LimnJob *job = painter->job;
  gsize n = job->values * painter->conditioning->rows;
  const char *name = limn_model_name (painter->model);

  if (!limn_unet_run (painter->unet, step - painter->first, sample, out, tick, error))
    return FALSE;
  if (limn_all_finite (out, n))
    return TRUE;
  if (limn_residents_raise (job->engine->residents, painter->role, LIMN_PART_UNET)) {
    job->redone = TRUE;
    limn_job_note (job, _ ("The U-Net of %s overflowed in fp16 at step %d; redone in fp32 from there"), name, step + 1);
    if (!prepare (painter, error) || !limn_unet_run (painter->unet, step - painter->first, sample, out, tick, error))
      return FALSE;
    if (limn_all_finite (out, n))
      return TRUE;
  }
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
      _ ("The U-Net of %s gave values that are not numbers at step %d of %d, in fp32 too: its file may be damaged"),
      name, step + 1, job->schedule->steps);
  return FALSE;
}

static void
stepped_cb (gpointer data, int step, const float *latents, const float *denoised)
{
  Painter *painter = data;
  LimnJob *job = painter->job;
  const LimnMonitor *monitor = job->clock.monitor;

  limn_clock_step (&job->clock);
  if (monitor == NULL || monitor->preview == NULL)
    return;

  g_autofree guint8 *rgb = g_new (guint8, (gsize) 3 * job->width * job->height);
  LimnPreview preview = {
    .step = job->clock.progress.step,
    .steps = job->clock.progress.steps,
    .schedule_step = step + 1,
    .schedule_steps = job->schedule->steps,
    .width = job->width,
    .height = job->height,
    .rgb = rgb,
    .latents = latents,
  };
  limn_image_preview (limn_checkpoint_vae (limn_model_checkpoint (job->request->model)), denoised, job->width,
                      job->height, rgb);
  monitor->preview (&preview, monitor->data);
}

gboolean
limn_job_denoise (LimnJob *job, LimnNetwork role, const LimnConditioning *conditioning, GError **error)
{
  LimnModel *model = limn_job_model (job, role);
  gboolean refines = role == LIMN_NETWORK_REFINER;
  Painter painter = {
    .job = job,
    .role = role,
    .model = model,
    .stage = limn_model_is_refiner (model) ? LIMN_STAGE_REFINER : LIMN_STAGE_BASE,
    .conditioning = conditioning,
    .first = refines ? job->split : job->begin,
    .last = refines ? job->schedule->steps : job->split,
  };
  gboolean velocity = limn_checkpoint_unet (limn_model_checkpoint (model))->v_prediction;
  LimnDenoise loop = {
    .schedule = job->schedule,
    .first = painter.first,
    .last = painter.last,
    .pictures = 1,
    .values = job->values,
    .guidance = job->request->guidance,
    .prediction = velocity ? LIMN_PREDICTS_VELOCITY : LIMN_PREDICTS_NOISE,
    .kept = job->kept,
    .predict = predict_cb,
    .stepped = stepped_cb,
    .data = &painter,
  };

  return prepare (&painter, error) && limn_denoise (&loop, job->latents, &job->clock.tick, error);
}
