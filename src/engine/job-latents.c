/* job-latents.c - where the latents of a run come from and what becomes of them; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/i18n.h"
#include "engine/image.h"
#include "engine/model.h"
#include "engine/sampler.h"
#include "model/vae.h"

#include <math.h>
#include <string.h>

/* After a pass in fp16 that gave NaN: whether to try again in fp32, else an error. */
static gboolean
retry_vae (LimnJob *job, const LimnNetwork *vae, GError **error)
{
  gboolean reading = vae->kind == &limn_vae_encoder_kind;

  if (limn_residents_raise (job->engine->residents, vae)) {
    job->redone = TRUE;
    limn_job_note (job, "%s",
                   reading ? _ ("The VAE overflowed in fp16 while reading the picture; redone in fp32")
                           : _ ("The VAE overflowed in fp16 while drawing the picture; redone in fp32"));
    return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               reading
                   ? _ ("The VAE of %s gave values that are not numbers while reading the picture, in fp32 too: its "
                        "file may be damaged")
                   : _ ("The VAE of %s gave values that are not numbers while drawing the picture, in fp32 too: its "
                        "file may be damaged"),
               limn_model_name (vae->model));
  return FALSE;
}

static LimnAct *
act_with_vae (const LimnJob *job, LimnStage stage, const LimnNetworkKind *kind, int evaluations)
{
  const LimnNetworkShape shape = {
    .batch = 1, .height = job->height, .width = job->width, .around = limn_job_around (job)
  };
  LimnAct *act = g_new0 (LimnAct, 1);

  act->stage = stage;
  if (evaluations > 0)
    limn_job_use (job, act, kind, job->request->model, &shape, evaluations * limn_job_pictures (job));
  return act;
}

/* ---- Start ---- */

static gboolean
encode_picture (LimnJob *job, const LimnAct *act, const float *planes, float *mean, float *logvar, GError **error)
{
  const LimnNetwork *encoder = &act->uses[0].network;

  do {
    LimnVae *vae = limn_job_fetch (job, act, encoder, error);
    if (vae == NULL || !limn_vae_encode (vae, planes, mean, logvar, &job->clock->tick, error))
      return FALSE;
    if (limn_all_finite (mean, job->values) && limn_all_finite (logvar, job->values))
      return TRUE;
  } while (retry_vae (job, encoder, error));
  return FALSE;
}

/* What the VAE's encoder says of planes, into out: drawn with the noise that is there, which of a run that draws none
 * counts for nothing. */
static gboolean
read_planes (LimnJob *job, const LimnAct *act, const float *planes, float *out, GError **error)
{
  const LimnVaeConfig *vae = limn_checkpoint_vae (limn_model_checkpoint (job->request->model));
  gsize plane = job->values / job->planes;
  g_autofree float *mean = g_new (float, job->values);
  g_autofree float *logvar = g_new (float, job->values);

  if (!encode_picture (job, act, planes, mean, logvar, error))
    return FALSE;
  for (gsize i = 0; i < job->values; i++) {
    double drawn = job->like->means ? 0 : exp (0.5 * logvar[i]) * out[i];

    out[i] = (float) limn_vae_config_scale (vae, i / plane, mean[i] + drawn);
  }
  return TRUE;
}

/* The latents of the request's picture, into out. */
static gboolean
read_picture (LimnJob *job, const LimnAct *act, float *out, GError **error)
{
  g_autofree float *planes = g_new (float, (gsize) 3 * job->fitted->width * job->fitted->height);

  limn_image_to_planes (job->fitted, planes);
  limn_job_draw_picture (job, out);
  return read_planes (job, act, planes, out, error);
}

/* What of the fitted picture is painted, of a request that has a mask. */
static const guint8 *
mask_of (const LimnJob *job)
{
  return job->masked ? job->mask : job->request->mask;
}

/* What an inpainting model is told: without a mask, that everything is to be painted. */
static gboolean
read_given (LimnJob *job, const LimnAct *act, GError **error)
{
  const LimnRequest *request = job->request;
  gsize cells = job->values / job->planes, pixels = (gsize) request->width * request->height;
  g_autofree float *planes = g_new0 (float, 3 * pixels);
  g_autofree guint8 *all = g_malloc (pixels);
  const guint8 *mask = request->mask != NULL ? mask_of (job) : memset (all, 255, pixels);

  job->given = g_new (float, cells + job->values);
  limn_image_mask_plane (mask, job->factor, job->width, job->height, job->given);
  if (job->fitted != NULL)
    limn_image_to_planes (job->fitted, planes);
  limn_image_hide (mask, pixels, planes);
  limn_job_draw_given (job, job->given + cells);
  return read_planes (job, act, planes, job->given + cells, error);
}

LimnKept
limn_job_kept (const LimnJob *job, LimnModel *model)
{
  return limn_model_inpaints (model) ? (LimnKept){ 0 } : job->kept;
}

void
limn_job_put_back (LimnJob *job, LimnModel *model, int step)
{
  LimnKept kept = limn_job_kept (job, model);

  if (kept.painted != NULL)
    limn_sampler_keep (job->schedule->sigmas[step], kept.painted, kept.original, kept.noise, job->latents, kept.plane,
                       kept.planes);
}

/* The picture's latents and the noise that every step puts back outside the mask. */
static void
keep_outside (LimnJob *job, const float *original, const float *noise)
{
  job->painted = g_new (guint8, job->values / job->planes);
  job->original = g_memdup2 (original, job->values * sizeof (float));
  job->noise = g_memdup2 (noise, job->values * sizeof (float));
  limn_image_mask_cells (mask_of (job), job->factor, job->width, job->height, job->painted);
  job->kept = (LimnKept){
    .painted = job->painted,
    .original = job->original,
    .noise = job->noise,
    .plane = job->values / job->planes,
    .planes = job->planes,
  };
}

/* What the noise is multiplied by with which a run begins. */
static double
start_scale (const LimnJob *job, gboolean from_nothing)
{
  const LimnSchedule *schedule = job->schedule;
  double sigma = schedule->sigmas[job->begin], highest = schedule->trained[schedule->train_steps - 1];

  switch (job->like->scale) {
  case LIMN_SCALE_SCHEDULE:
    return from_nothing ? schedule->initial_scale : sigma;
  case LIMN_SCALE_VARIANCE: /* flow's latents have no variance of their own there */
    return sigma > highest * (1 - 1e-5) && schedule->levels != LIMN_LEVELS_FLOW ? hypot (1, sigma) : sigma;
  case LIMN_SCALE_SIGMA:
    return sigma;
  }
  g_assert_not_reached ();
}

gboolean
limn_job_from_nothing (const LimnJob *job)
{
  const LimnRequest *request = job->request;
  /* Strength 1 paints the masked part from nothing: the picture below must not show through. */
  gboolean anew = job->like->picture == LIMN_PICTURE_SHARE && request->strength >= 1;

  return request->image == NULL || (request->mask != NULL && anew);
}

/* original: the picture's latents, or zeros. */
static void
begin_latents (LimnJob *job, const float *original, const float *noise)
{
  const LimnRequest *request = job->request;
  gsize bytes = job->values * sizeof (float);

  if (request->start.latents != NULL) {
    memcpy (job->latents, request->start.latents, bytes);
    /* They may come from a run that had another mask, or none. */
    if (request->start.step > 0)
      limn_job_put_back (job, job->begin < job->split ? request->model : request->refiner, job->begin);
    return;
  }
  gboolean from_nothing = limn_job_from_nothing (job);

  memset (job->latents, 0, bytes);
  if (!from_nothing)
    memcpy (job->latents, original, bytes);
  limn_sampler_add_noise (start_scale (job, from_nothing), noise, job->latents, job->values);
}

/* Whether steps are left for a network that is told what to paint, or for one that is not. */
static gboolean
paints (const LimnJob *job, gboolean told)
{
  const LimnRequest *request = job->request;
  gboolean by_base = job->begin < job->split, by_refiner = job->split < job->schedule->steps;

  return (by_base && !limn_model_inpaints (request->model) == !told)
         || (by_refiner && !limn_model_inpaints (request->refiner) == !told);
}

static gboolean
keeps (const LimnJob *job)
{
  return job->request->image != NULL && job->request->mask != NULL && paints (job, FALSE);
}

/* Latents to go on from hold the picture already; what a mask keeps has to be known again for the steps that are
 * left. */
static gboolean
reads (const LimnJob *job)
{
  gboolean begins = job->request->start.latents == NULL && !job->from_latents && !limn_job_from_nothing (job);

  return begins || keeps (job);
}

static void
fit_picture (LimnJob *job)
{
  const LimnRequest *request = job->request;

  if (!job->masked) {
    job->fitted = limn_image_fit (request->image, request->width, request->height);
    return;
  }
  job->fitted = limn_area_cut (&job->area, request->image);
  job->mask = limn_area_cut_mask (&job->area, request->mask, request->image->width);
}

static gboolean
start (LimnJob *job, const LimnAct *act, GError **error)
{
  const LimnRequest *request = job->request;
  g_autofree float *original = g_new0 (float, job->values);
  g_autofree float *noise = g_new (float, job->values);

  if (job->from_latents)
    memcpy (original, job->resized, job->values * sizeof (float));
  else if (request->image != NULL)
    fit_picture (job);
  if (reads (job) && !read_picture (job, act, original, error))
    return FALSE;
  if (paints (job, TRUE) && !read_given (job, act, error))
    return FALSE;
  job->draws = limn_job_draws_at_start (job);
  if (request->noise != NULL)
    memcpy (noise, request->noise, job->values * sizeof (float));
  else
    limn_job_draw_start (job, noise);
  if (request->start.latents != NULL && request->start.draws > 0)
    job->draws = request->start.draws;
  if (keeps (job))
    keep_outside (job, original, noise);
  begin_latents (job, original, noise);
  return TRUE;
}

LimnAct *
limn_job_act_start (const LimnJob *job)
{
  int evaluations = (reads (job) ? 1 : 0) + (paints (job, TRUE) ? 1 : 0);
  LimnAct *act = act_with_vae (job, LIMN_STAGE_IMAGE, &limn_vae_encoder_kind, evaluations);

  if (job->follows)
    act->stage = job->boxed ? LIMN_STAGE_DETAIL : LIMN_STAGE_SECOND;
  act->run = start;
  return act;
}

/* ---- End ---- */

/* The picture becomes the original where the mask keeps that, and all of it where only a part was painted. */
static void
keep_pixels (LimnJob *job)
{
  const LimnRequest *request = job->request;

  if (job->masked) {
    LimnImage *whole = limn_area_put (&job->area, job->image, request->image);

    limn_image_free (job->image);
    job->image = whole;
    limn_image_put_back (job->image, request->image, request->mask);
  } else if (request->mask != NULL) {
    limn_image_put_back (job->image, job->fitted, request->mask);
  }
}

static gboolean
decode (LimnJob *job, const LimnAct *act, GError **error)
{
  const LimnNetwork *decoder = &act->uses[0].network;
  int width = job->width * job->factor, height = job->height * job->factor;
  gsize n = (gsize) 3 * width * height;
  g_autofree float *planes = g_new (float, n);

  do {
    LimnVae *vae = limn_job_fetch (job, act, decoder, error);
    if (vae == NULL || !limn_vae_decode (vae, job->latents, planes, &job->clock->tick, error))
      return FALSE;
    if (limn_all_finite (planes, n)) {
      job->image = limn_image_from_planes (planes, width, height);
      keep_pixels (job);
      return TRUE;
    }
  } while (retry_vae (job, decoder, error));
  return FALSE;
}

LimnAct *
limn_job_act_decode (const LimnJob *job)
{
  /* what a second pass begins with belongs to that */
  gboolean between = job->second != NULL && !job->second->boxed;
  LimnStage stage = job->boxed ? LIMN_STAGE_DETAIL : between ? LIMN_STAGE_SECOND : LIMN_STAGE_DECODE;
  LimnAct *act = act_with_vae (job, stage, &limn_vae_decoder_kind, 1);

  act->run = decode;
  return act;
}
