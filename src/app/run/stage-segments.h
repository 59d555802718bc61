/* stage-segments.h - two thin bars: the stages of a run by their time, and memory against what there is.
 *
 * Only draws; LimnStageMap says it in words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_TYPE_STAGE_SEGMENTS (limn_stage_segments_get_type ())
G_DECLARE_FINAL_TYPE (LimnStageSegments, limn_stage_segments, LIMN, STAGE_SEGMENTS, GtkWidget)

/* estimate: copied; NULL: nothing is known. */
void limn_stage_segments_set (LimnStageSegments *self, const LimnEstimate *estimate);

/* The stages that are told apart: loading belongs to encoding.  Seconds: -1 where any part is not measured, 0 where it
 * is not part of the run. */
double limn_estimate_seconds (const LimnEstimate *estimate, LimnStage stage);
GdkRGBA limn_stage_color (GtkWidget *widget, LimnStage stage);

G_END_DECLS
