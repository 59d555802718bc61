/* detect.h - where a picture has what a detector knows: a run of its own, which paints nothing; and one that paints
 * boxes of a picture again, and nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/detections.h"
#include "engine/limn.h"

G_BEGIN_DECLS

/* As ADetailer has it where nobody says anything. */
#define LIMN_DETECT_CONFIDENCE 0.3

/* detector: a YOLOv8's file.  image's boxes, in its pixels, the most confident first.  In fp16; what comes to no
 * numbers there is done anew in fp32.  Where the device has no room beside what is kept for pictures, that is
 * forgotten.  Blocking.  (element-type LimnDetection) (transfer full) */
GArray *limn_engine_detect (LimnEngine *engine, const char *detector, const LimnImage *image,
                            const LimnDetectionRule *rule, const LimnMonitor *monitor, GError **error);

/* Whether the file at path is a detector that can be used.  Any thread. */
gboolean limn_detect_check (const char *path, GError **error);
/* What limn_engine_generate () makes of request once it has painted and decoded image, before boxes and enlarging; the
 * result has no latents. */
LimnResult *limn_engine_detail (LimnEngine *engine, const LimnRequest *request, const LimnImage *image,
                                const LimnMonitor *monitor, GError **error);

G_END_DECLS
