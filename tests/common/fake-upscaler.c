/* fake-upscaler.c - the stand-in of an upscaler, beside fake-networks.c: each pixel becomes a square.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/fake-networks.h"
#include "model/upscaler.h"

#include <math.h>

struct _LimnUpscaler {
  LimnPrecision precision;
  int scale;
};

gboolean
limn_upscaler_run (LimnUpscaler *upscaler, const float *planes, int width, int height, LimnUpscalerPut put,
                   gpointer data, const LimnTick *tick, GError **error)
{
  int scale = upscaler->scale, wide = width * scale;
  g_autofree float *row = g_new (float, (gsize) 3 * wide * scale);

  fake_networks ()->enlarge_calls++;
  if (!limn_tick (tick, 0, error) || !limn_tick (tick, 0.4, error))
    return FALSE;
  for (int y = 0; y < height; y++) {
    for (int c = 0; c < 3; c++)
      for (int i = 0; i < wide * scale; i++)
        row[(gsize) c * wide * scale + i] = planes[((gsize) c * height + y) * width + i % wide / scale];
    if (y == 1 && fake_networks ()->nan_enlarge
        && (upscaler->precision != LIMN_PRECISION_FP32 || fake_networks ()->nan_always))
      row[0] = NAN;
    put (0, y * scale, wide, scale, row, data);
  }
  return TRUE;
}

static gconstpointer
upscaler_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  LimnUpscalerFile *file = limn_checkpoint_upscaler (checkpoint);

  *bytes = sizeof (LimnUpscalerConfig);
  return file != NULL ? limn_upscaler_file_config (file) : NULL;
}

static LimnSurvey
upscaler_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config,
                 LimnPrecision precision, const LimnNetworkShape *shape)
{
  return limn_upscaler_survey (limits, config, precision, shape->height, shape->width);
}

static gpointer
upscaler_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
                const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  LimnUpscaler *upscaler = g_new (LimnUpscaler, 1);

  fake_networks ()->made++;
  fake_networks ()->alive++;
  *upscaler = (LimnUpscaler){ precision, limn_upscaler_file_config (limn_checkpoint_upscaler (checkpoint))->scale };
  return upscaler;
}

static gboolean
upscaler_reshape (gpointer upscaler, const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  return TRUE;
}

static void
upscaler_free (gpointer upscaler)
{
  fake_networks ()->alive--;
  g_free (upscaler);
}

const LimnNetworkKind limn_upscaler_kind = { LIMN_PART_VAE,   FALSE,          upscaler_config,
                                             upscaler_survey, upscaler_build, upscaler_reshape,
                                             upscaler_free };
