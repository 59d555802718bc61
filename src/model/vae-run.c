/* vae-run.c - an autoencoder on a device, in one direction.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/vae.h"

#include <math.h>
#include <string.h>

#include "model/survey.h"
#include "model/traced.h"
#include "model/written.h"

struct _LimnVae {
  LimnNet *net;
  LimnVaeConfig config;
  LimnVaeDirection direction;
  int batch, height, width; /* of the latent */
  LimnVaePlan written;
};

static LimnVae *
vae_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction, LimnPrecision precision,
         const LimnNetworkShape *shape, const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnVae) vae = g_new0 (LimnVae, 1);

  vae->config = *limn_checkpoint_vae (checkpoint);
  vae->direction = direction;
  vae->batch = shape->batch;
  vae->height = shape->height;
  vae->width = shape->width;
  vae->net = limn_net_new (limn_gpu_limits (gpu), limn_store_for (precision));
  limn_net_set_trace (vae->net, trace);
  limn_vae_write (vae->net, &vae->config, direction, shape, &vae->written);
  limn_net_fit (vae->net, vae->written.plan, NULL, shape->room);
  if (!limn_net_finish_part (vae->net, vae->written.plan, gpu, checkpoint, LIMN_PART_VAE, tick, error))
    return NULL;
  return g_steal_pointer (&vae);
}

LimnVae *
limn_vae_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction, LimnPrecision precision,
                     int batch, int height, int width, const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  const LimnNetworkShape shape = { .batch = batch, .height = height, .width = width };

  return vae_new (gpu, checkpoint, direction, precision, &shape, trace, tick, error);
}

LimnVae *
limn_vae_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction, LimnPrecision precision, int batch,
              int height, int width, const LimnTick *tick, GError **error)
{
  return limn_vae_new_traced (gpu, checkpoint, direction, precision, batch, height, width, NULL, tick, error);
}

void
limn_vae_free (LimnVae *vae)
{
  if (vae == NULL)
    return;
  limn_plan_free (vae->written.plan);
  limn_net_free (vae->net);
  g_free (vae);
}

/* out: [batch, c, h, w] of all bands. */
static void
read_out (LimnVae *vae, float *out)
{
  const LimnBands *bands = &vae->written.out;
  gsize plane = (gsize) bands->h * bands->w, row = 0;

  if (bands->n == 1) {
    limn_plan_read_nchw (vae->written.plan, bands->bands[0], out);
    return;
  }
  for (int i = 0; i < bands->n; i++) {
    gsize part = (gsize) bands->bands[i].h * bands->w;
    g_autofree float *values = g_new (float, part * bands->c);

    limn_plan_read_nchw (vae->written.plan, bands->bands[i], values);
    for (int c = 0; c < bands->c; c++)
      memcpy (out + c * plane + row, values + c * part, part * sizeof (float));
    row += part;
  }
}

gboolean
limn_vae_decode (LimnVae *vae, const float *latents, float *image, const LimnTick *tick, GError **error)
{
  gsize plane = (gsize) vae->height * vae->width, n = plane * vae->batch * vae->config.latent_channels;
  g_autofree float *z = g_new (float, n);

  g_return_val_if_fail (vae->direction == LIMN_VAE_DECODE, FALSE);

  for (gsize i = 0; i < n; i++)
    z[i] = (float) limn_vae_config_unscale (&vae->config, i / plane % vae->config.latent_channels, latents[i]);
  limn_plan_write_nchw (vae->written.plan, vae->written.in, z);
  if (!limn_plan_run (vae->written.plan, tick, error))
    return FALSE;
  read_out (vae, image);
  return TRUE;
}

gboolean
limn_vae_encode (LimnVae *vae, const float *image, float *mean, float *logvar, const LimnTick *tick, GError **error)
{
  gsize one = (gsize) vae->config.latent_channels * vae->height * vae->width;
  g_autofree float *moments = g_new (float, 2 * one * vae->batch);

  g_return_val_if_fail (vae->direction == LIMN_VAE_ENCODE, FALSE);

  limn_plan_write_nchw (vae->written.plan, vae->written.in, image);
  if (!limn_plan_run (vae->written.plan, tick, error))
    return FALSE;
  read_out (vae, moments);
  for (int i = 0; i < vae->batch; i++) {
    memcpy (mean + i * one, moments + 2 * i * one, sizeof (float) * one);
    for (gsize j = 0; j < one; j++)
      logvar[i * one + j] = fminf (fmaxf (moments[(2 * i + 1) * one + j], -30), 20);
  }
  return TRUE;
}

LimnPlan *
limn_vae_plan (LimnVae *vae)
{
  return vae->written.plan;
}

/* ---- Its rows ---- */

static LimnVaeDirection
direction_of (const LimnNetworkKind *kind)
{
  return kind == &limn_vae_encoder_kind ? LIMN_VAE_ENCODE : LIMN_VAE_DECODE;
}

static gconstpointer
kind_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = sizeof (LimnVaeConfig);
  return limn_checkpoint_has (checkpoint, kind->part) ? limn_checkpoint_vae (checkpoint) : NULL;
}

static LimnSurvey
kind_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  return limn_survey_vae (limits, config, direction_of (kind), precision, shape);
}

static gpointer
kind_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  LimnVae *vae = vae_new (gpu, checkpoint, direction_of (kind), precision, shape, NULL, tick, error);

  limn_checkpoint_release_pages (checkpoint, kind->part);
  return vae;
}

const LimnNetworkKind limn_vae_decoder_kind = {
  .part = LIMN_PART_VAE,
  .config = kind_config,
  .survey = kind_survey,
  .build = kind_build,
  .free = (GDestroyNotify) limn_vae_free,
};

const LimnNetworkKind limn_vae_encoder_kind = {
  .part = LIMN_PART_VAE,
  .config = kind_config,
  .survey = kind_survey,
  .build = kind_build,
  .free = (GDestroyNotify) limn_vae_free,
};
