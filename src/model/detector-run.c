/* detector-run.c - a detector on a device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/detector.h"

#define LEAST_SIDE 32 /* pixels of a cell of the coarsest level */

struct _LimnDetector {
  LimnGpu *gpu;
  LimnNet *net;
  LimnDetectorConfig config;
};

/* At the least size, for the sake of the weights. */
static gboolean
load (LimnDetector *detector, LimnDetectorFile *file, const LimnTick *tick, GError **error)
{
  const LimnTensorSource source = limn_detector_file_source (file);
  LimnDetectorPlan written;

  limn_detector_write (detector->net, &detector->config, LEAST_SIDE, LEAST_SIDE, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  return limn_net_finish (detector->net, plan, detector->gpu, &source, tick, error);
}

LimnDetector *
limn_detector_new (LimnGpu *gpu, LimnDetectorFile *file, LimnPrecision precision, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnDetector) detector = g_new0 (LimnDetector, 1);

  detector->gpu = gpu;
  detector->config = *limn_detector_file_config (file);
  detector->net = limn_net_new (limn_gpu_limits (gpu), limn_store_for (precision));
  return load (detector, file, tick, error) ? g_steal_pointer (&detector) : NULL;
}

void
limn_detector_free (LimnDetector *detector)
{
  if (detector == NULL)
    return;
  limn_net_free (detector->net);
  g_free (detector);
}

void
limn_detector_set_trace (LimnDetector *detector, const LimnTrace *trace)
{
  limn_net_set_trace (detector->net, trace);
}

static void
read_level (const LimnDetectorPlan *written, int level, GArray *found)
{
  LimnArray sides = written->sides[level], classes = written->classes[level];
  g_autofree float *distances = g_new (float, limn_array_rows (sides) * (guint64) sides.c);
  g_autofree float *kinds = g_new (float, limn_array_rows (classes) * (guint64) classes.c);

  limn_plan_read_rows (written->plan, sides, distances);
  limn_plan_read_rows (written->plan, classes, kinds);
  for (int cell = 0; cell < sides.h * sides.w; cell++) {
    LimnDetection box = limn_detection_read (distances + (gsize) cell * (gsize) sides.c, LIMN_DETECTOR_BINS,
                                             kinds + (gsize) cell * (gsize) classes.c, classes.c, cell % sides.w,
                                             cell / sides.w, 8 << level);

    g_array_append_val (found, box);
  }
}

GArray *
limn_detector_run (LimnDetector *detector, const float *pixels, int height, int width, const LimnTick *tick,
                   GError **error)
{
  static const LimnTensorSource nothing; /* all weights are there */
  LimnDetectorPlan written;

  limn_detector_write (detector->net, &detector->config, height, width, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  if (!limn_net_finish (detector->net, plan, detector->gpu, &nothing, tick, error))
    return NULL;
  limn_plan_write_rows (plan, written.picture, pixels);
  if (!limn_plan_run (plan, tick, error))
    return NULL;

  GArray *found = g_array_new (FALSE, FALSE, sizeof (LimnDetection));
  for (int level = 0; level < LIMN_DETECTION_LEVELS; level++)
    read_level (&written, level, found);
  return found;
}

GArray *
limn_detector_find (LimnDetector *detector, const LimnImage *image, const LimnDetectionRule *rule, const LimnTick *tick,
                    GError **error)
{
  LimnLetterbox box;

  limn_letterbox_fit (&box, image->width, image->height);
  g_autofree float *pixels = limn_letterbox_pixels (&box, image);
  GArray *found = limn_detector_run (detector, pixels, box.height, box.width, tick, error);
  if (found == NULL)
    return NULL;
  limn_detections_choose (found, rule);
  for (guint i = 0; i < found->len; i++)
    limn_letterbox_undo (&box, &g_array_index (found, LimnDetection, i));
  return found;
}
