/* taesd-run.c - a tiny decoder on a device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/taesd.h"

#include <math.h>

struct _LimnTaesd {
  LimnNet *net;
  LimnTaesdPlan written;
};

LimnTaesd *
limn_taesd_new (LimnGpu *gpu, LimnTaesdFile *file, LimnPrecision precision, int height, int width, guint around,
                const LimnTick *tick, GError **error)
{
  const LimnTensorSource source = limn_taesd_file_source (file);
  g_autoptr (LimnTaesd) taesd = g_new0 (LimnTaesd, 1);

  taesd->net = limn_net_new (limn_gpu_limits (gpu), limn_store_for (precision));
  limn_taesd_write (taesd->net, height, width, around, &taesd->written);
  if (!limn_net_finish (taesd->net, taesd->written.plan, gpu, &source, tick, error))
    return NULL;
  return g_steal_pointer (&taesd);
}

void
limn_taesd_free (LimnTaesd *taesd)
{
  if (taesd == NULL)
    return;
  limn_plan_free (taesd->written.plan);
  limn_net_free (taesd->net);
  g_free (taesd);
}

gboolean
limn_taesd_decode (LimnTaesd *taesd, const float *latents, float *image, const LimnTick *tick, GError **error)
{
  LimnPlan *plan = taesd->written.plan;
  gsize n = limn_array_rows (taesd->written.in) * LIMN_TAESD_CHANNELS;
  g_autofree float *clamped = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    clamped[i] = 3 * tanhf (latents[i] / 3);
  limn_plan_write_nchw (plan, taesd->written.in, clamped);
  if (!limn_plan_run (plan, tick, error))
    return FALSE;
  limn_plan_read_nchw (plan, taesd->written.out, image);
  /* the network's is [0, 1] */
  for (guint64 i = 0; i < 3 * limn_array_rows (taesd->written.out); i++)
    image[i] = 2 * image[i] - 1;
  return TRUE;
}

/* ---- Its row ---- */

static gconstpointer
kind_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = 0; /* they are all of one size */
  return limn_checkpoint_taesd (checkpoint, NULL);
}

static LimnSurvey
kind_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  return limn_taesd_survey (limits, precision, shape->height, shape->width, (guint) shape->around);
}

static gpointer
kind_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  return limn_taesd_new (gpu, limn_checkpoint_taesd (checkpoint, NULL), precision, shape->height, shape->width,
                         (guint) shape->around, tick, error);
}

const LimnNetworkKind limn_taesd_kind = {
  .part = LIMN_PART_VAE, /* in whose place it stands */
  .config = kind_config,
  .survey = kind_survey,
  .build = kind_build,
  .free = (GDestroyNotify) limn_taesd_free,
};
