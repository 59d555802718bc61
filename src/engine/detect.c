/* detect.c - see detect.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/detect.h"

#include <math.h>

#include "base/i18n.h"
#include "engine/clock.h"
#include "engine/engine.h"
#include "model/detector.h"

static gboolean
is_finite (GArray *found)
{
  for (guint i = 0; i < found->len; i++) {
    const LimnDetection *box = &g_array_index (found, LimnDetection, i);

    if (!isfinite (box->left + box->top + box->right + box->bottom + box->confidence))
      return FALSE;
  }
  return TRUE;
}

static GArray *
find_once (LimnEngine *engine, LimnDetectorFile *file, LimnPrecision precision, const LimnLetterbox *box,
           const float *pixels, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnDetector) detector = limn_detector_new (engine->gpu, file, precision, tick, error);

  return detector != NULL ? limn_detector_run (detector, pixels, box->height, box->width, tick, error) : NULL;
}

/* The same, with all that may lie on the device if it must. */
static GArray *
find (LimnEngine *engine, LimnDetectorFile *file, LimnPrecision precision, const LimnLetterbox *box,
      const float *pixels, const LimnTick *tick, GError **error)
{
  g_autoptr (GError) first = NULL;
  GArray *found = find_once (engine, file, precision, box, pixels, tick, &first);

  if (found != NULL)
    return found;
  if (!g_error_matches (first, LIMN_ERROR, LIMN_ERROR_MEMORY)) {
    g_propagate_error (error, g_steal_pointer (&first));
    return NULL;
  }
  limn_engine_forget (engine);
  return find_once (engine, file, precision, box, pixels, tick, error);
}

GArray *
limn_engine_detect (LimnEngine *engine, const char *detector, const LimnImage *image, const LimnDetectionRule *rule,
                    const LimnMonitor *monitor, GError **error)
{
  g_autoptr (LimnDetectorFile) file = limn_detector_file_open (detector, error);
  LimnLetterbox box;
  LimnClock clock;

  if (file == NULL)
    return NULL;
  limn_clock_init (&clock, monitor, 0, 0);
  limn_clock_enter (&clock, LIMN_STAGE_DETAIL);
  limn_letterbox_fit (&box, image->width, image->height);
  g_autofree float *pixels = limn_letterbox_pixels (&box, image);
  g_autoptr (GArray) found = find (engine, file, LIMN_PRECISION_FP16, &box, pixels, &clock.tick, error);
  if (found != NULL && !is_finite (found)) {
    g_clear_pointer (&found, g_array_unref);
    found = find (engine, file, LIMN_PRECISION_FP32, &box, pixels, &clock.tick, error);
  }
  if (found == NULL)
    return NULL;
  limn_clock_finish (&clock);
  if (!is_finite (found)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
                 _ ("%s gave values that are not numbers, in fp32 too: its file may be damaged"), detector);
    return NULL;
  }
  limn_detections_choose (found, rule);
  for (guint i = 0; i < found->len; i++)
    limn_letterbox_undo (&box, &g_array_index (found, LimnDetection, i));
  return g_steal_pointer (&found);
}

gboolean
limn_detect_check (const char *path, GError **error)
{
  g_autoptr (LimnDetectorFile) file = limn_detector_file_open (path, error);

  return file != NULL;
}
