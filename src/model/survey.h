/* survey.h - what a network will come to: the very plans that would run, written for nothing.  No device, no file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/net.h"
#include "model/network.h"
#include "model/vae.h"
#include "model/vision.h"

G_BEGIN_DECLS

/* Of a network that is one plan. */
LimnSurvey limn_survey_plan (LimnNet *net, LimnPlan *plan);
/* limits: of the device in question. */
LimnSurvey limn_survey_unet (const LimnGpuLimits *limits, const LimnUnetConfig *config, LimnPrecision precision,
                             const LimnNetworkShape *shape);
/* Of shape batch, height, width and room count. */
LimnSurvey limn_survey_vae (const LimnGpuLimits *limits, const LimnVaeConfig *config, LimnVaeDirection direction,
                            LimnPrecision precision, const LimnNetworkShape *shape);
/* Of shape batch and room. */
LimnSurvey limn_survey_clip (const LimnGpuLimits *limits, const LimnClipConfig *config, LimnPrecision precision,
                             const LimnNetworkShape *shape);

/* Of shape room. */
LimnSurvey limn_survey_vision (const LimnGpuLimits *limits, const LimnVisionConfig *config, LimnPrecision precision,
                               const LimnNetworkShape *shape);

G_END_DECLS
