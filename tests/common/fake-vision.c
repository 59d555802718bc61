/* fake-vision.c - beside fake-networks.c an encoder of pictures: a fixed function of all that it sees.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/fake-networks.h"
#include "model/control.h"
#include "model/unet.h"

struct _LimnVision {
  LimnVisionConfig config;
};

void
limn_vision_free (LimnVision *vision)
{
  g_free (vision);
}

const LimnVisionConfig *
limn_vision_config (LimnVision *vision)
{
  return &vision->config;
}

gboolean
limn_vision_encode (LimnVision *vision, const float *planes, float *answer, const LimnTick *tick, GError **error)
{
  const gsize n = 3 * (gsize) limn_vision_pixels (&vision->config) * (gsize) limn_vision_pixels (&vision->config);
  int rows, channels;
  float sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += planes[i];
  limn_vision_answer (&vision->config, &rows, &channels);
  for (int i = 0; i < rows * channels; i++)
    answer[i] = sum / (float) (i + 1);
  g_string_append (fake_networks ()->log, " see");
  return limn_tick (tick, 1, error);
}

static gconstpointer
vision_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  LimnControlFile *file = limn_checkpoint_control_file (checkpoint);

  *bytes = sizeof (LimnVisionConfig);
  return file != NULL ? limn_control_file_sight (file) : NULL;
}

static LimnSurvey
vision_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
               const LimnNetworkShape *shape)
{
  return (LimnSurvey){ .weights = 1000, .work = 10, .flop = 1e9 };
}

static gpointer
vision_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
              const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  LimnVision *vision = g_new0 (LimnVision, 1);

  vision->config = *limn_control_file_sight (limn_checkpoint_control_file (checkpoint));
  g_string_append (fake_networks ()->log, " +vision");
  return vision;
}

const LimnNetworkKind limn_vision_kind = {
  LIMN_PART_UNET, TRUE, vision_config, vision_survey, vision_build, NULL, (GDestroyNotify) limn_vision_free
};

gboolean
limn_unet_set_answers (LimnUnet *unet, int index, const float *answers, GError **error)
{
  g_assert_true ((limn_unet_shape (unet)->controls >> index & 1) != 0);
  g_string_append_printf (fake_networks ()->log, " answers%d", index);
  return TRUE;
}

void
limn_unet_set_share_at (LimnUnet *unet, int index, LimnIpPlace place, float share)
{
  g_assert_true ((limn_unet_shape (unet)->controls >> index & 1) != 0);
  g_string_append_printf (fake_networks ()->log, "*%g", (double) share);
}
