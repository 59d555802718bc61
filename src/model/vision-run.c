/* vision-run.c - a vision transformer on a device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/vision.h"

#include <string.h>

#include "model/control.h"
#include "model/survey.h"

struct _LimnVision {
  LimnNet *net;
  LimnVisionConfig config;
  LimnVisionPlan written;
  float *positions; /* [rows, width], what the whole picture begins with in the first */
};

static float *
read_tensor (LimnCheckpoint *checkpoint, const char *name, GError **error)
{
  LimnTensorView view;

  return limn_checkpoint_find (checkpoint, LIMN_PART_UNET, name, &view, error) ? limn_tensor_view_read (&view) : NULL;
}

static gboolean
read_positions (LimnVision *vision, LimnCheckpoint *checkpoint, GError **error)
{
  g_autofree float *whole = read_tensor (checkpoint, "vision_model.embeddings.class_embedding", error);

  if (whole == NULL)
    return FALSE;
  vision->positions = read_tensor (checkpoint, "vision_model.embeddings.position_embedding.weight", error);
  for (int i = 0; vision->positions != NULL && i < vision->config.layers.width; i++)
    vision->positions[i] += whole[i];
  return vision->positions != NULL;
}

LimnVision *
limn_vision_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision, guint64 room, const LimnTick *tick,
                 GError **error)
{
  g_autoptr (LimnVision) vision = g_new0 (LimnVision, 1);

  vision->config = *limn_control_file_sight (limn_checkpoint_control_file (checkpoint));
  vision->net = limn_net_new (limn_gpu_limits (gpu), limn_store_for (precision));
  limn_vision_write (vision->net, &vision->config, &vision->written);
  limn_net_fit (vision->net, vision->written.plan, NULL, room);
  if (!read_positions (vision, checkpoint, error)
      || !limn_net_finish_part (vision->net, vision->written.plan, gpu, checkpoint, LIMN_PART_UNET, tick, error))
    return NULL;
  return g_steal_pointer (&vision);
}

const LimnVisionConfig *
limn_vision_config (LimnVision *vision)
{
  return &vision->config;
}

void
limn_vision_free (LimnVision *vision)
{
  if (vision == NULL)
    return;
  limn_plan_free (vision->written.plan);
  limn_net_free (vision->net);
  g_free (vision->positions);
  g_free (vision);
}

/* The pixels of each place side by side, as a convolution's weights have them. */
static void
write_patches (LimnVision *vision, const float *planes)
{
  const int patch = vision->config.patch, side = vision->config.side, pixels = side * patch, area = patch * patch;
  g_autofree float *rows = g_new0 (float, (gsize) (side * side + 1) * 3 * (gsize) area);
  float *at = rows + 3 * area;

  for (int place = 0; place < side * side; place++)
    for (int column = 0; column < 3 * area; column++) {
      int y = place / side * patch + column % area / patch, x = place % side * patch + column % patch;

      *at++ = planes[((gsize) (column / area) * (gsize) pixels + (gsize) y) * (gsize) pixels + (gsize) x];
    }
  limn_plan_write_rows (vision->written.plan, vision->written.patches, rows);
}

gboolean
limn_vision_encode (LimnVision *vision, const float *planes, float *answer, const LimnTick *tick, GError **error)
{
  LimnPlan *plan = vision->written.plan;
  const gsize projection = (gsize) vision->config.layers.projection;

  write_patches (vision, planes);
  limn_plan_write_rows (plan, vision->written.positions, vision->positions);
  if (!limn_plan_run (plan, tick, error))
    return FALSE;
  if (projection == 0)
    return limn_plan_download (plan, vision->written.answer, answer, error);
  g_autofree float *all = g_new (float, (gsize) limn_vision_rows (&vision->config) * projection);
  limn_plan_read_rows (plan, vision->written.answer, all);
  memcpy (answer, all, projection * sizeof (float));
  return TRUE;
}

/* ---- Its row ---- */

static gconstpointer
kind_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  LimnControlFile *file = limn_checkpoint_control_file (checkpoint);

  *bytes = sizeof (LimnVisionConfig);
  return file != NULL ? limn_control_file_sight (file) : NULL;
}

static LimnSurvey
kind_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  return limn_survey_vision (limits, config, precision, shape);
}

static gpointer
kind_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  LimnVision *vision = limn_vision_new (gpu, checkpoint, precision, shape->room, tick, error);

  limn_checkpoint_release_pages (checkpoint, kind->part);
  return vision;
}

const LimnNetworkKind limn_vision_kind = {
  .part = LIMN_PART_UNET, /* beside which its adapter lies */
  .reads_prompt = TRUE,
  .config = kind_config,
  .survey = kind_survey,
  .build = kind_build,
  .free = (GDestroyNotify) limn_vision_free,
};
