/* fake-detect.c - detectors without a device: they find as many boxes as a test has said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fake-private.h"

#include "engine/detect.h"

#define PAUSE 1000 /* microseconds between questions whether to stop */

static gboolean
spend (guint us, const LimnMonitor *monitor, GError **error)
{
  for (gint64 end = g_get_monotonic_time () + us; g_get_monotonic_time () < end; g_usleep (PAUSE))
    if (monitor != NULL && monitor->cancelled != NULL && monitor->cancelled (monitor->data)) {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, "Cancelled");
      return FALSE;
    }
  return TRUE;
}

GArray *
limn_engine_detect (LimnEngine *engine, const char *detector, const LimnImage *image, const LimnDetectionRule *rule,
                    const LimnMonitor *monitor, GError **error)
{
  FakeEngine fake = fake_engine_get ();

  fake_count (&(FakeCounts){ .detects = 1, .wrong_thread = engine->thread != g_thread_self () });
  if (!spend (fake.load_us, monitor, error))
    return NULL;
  if (fake.fail_stage == LIMN_STAGE_DETAIL && fake_is_failing (engine)
      && fake_fails (fake.fail, limn_stage_name (LIMN_STAGE_DETAIL), error)) {
    fake_failed ();
    return NULL;
  }
  GArray *found = g_array_new (FALSE, FALSE, sizeof (LimnDetection));
  for (int i = 0; i < fake.finds; i++) {
    LimnDetection box = { .left = (float) (i * image->width) / 10,
                          .right = (float) ((i + 1) * image->width) / 10,
                          .bottom = (float) image->height / 2,
                          .confidence = 0.9f - 0.1f * (float) i };

    g_array_append_val (found, box);
  }
  return found;
}
