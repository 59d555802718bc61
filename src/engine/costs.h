/* costs.h - what networks come to on one device, surveyed once and remembered.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/survey.h"

G_BEGIN_DECLS

typedef struct _LimnCosts LimnCosts;

LimnCosts *limn_costs_new (const LimnGpuLimits *limits);
void limn_costs_free (LimnCosts *costs);

/* See survey.h.  One picture, one chunk. */
LimnSurvey limn_costs_unet (LimnCosts *costs, const LimnUnetConfig *config, LimnPrecision precision,
                            const LimnNetworkShape *shape);
LimnSurvey limn_costs_vae (LimnCosts *costs, const LimnVaeConfig *config, LimnVaeDirection direction,
                           LimnPrecision precision, int height, int width);
LimnSurvey limn_costs_clip (LimnCosts *costs, const LimnClipConfig *config, LimnPrecision precision);

G_END_DECLS
