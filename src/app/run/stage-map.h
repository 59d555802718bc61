/* stage-map.h - before Generate: how long each stage will take on this device, and whether its memory suffices.
 *
 * A few words for the line below the picture, "About 3 s, 36 MB"; opened, each stage as a part of a bar and in words.
 *
 * Follows the settings: a fifth of a second after their last change it asks limn_session_estimate_async (); only the
 * newest answer counts.  Where the run will not fit it says what would, and offers the largest size of the same shape
 * that does, found by asking for smaller ones in turn; where the model only fits in parts, or not at all, it offers to
 * quantize it.  While a run paints it has nothing to say; afterwards it shows
 * what each stage really took, until the settings change.
 *
 * Signal: "estimated" (), limn_stage_map_get_estimate () has a new answer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/run/session.h"

G_BEGIN_DECLS

#define LIMN_TYPE_STAGE_MAP (limn_stage_map_get_type ())
G_DECLARE_FINAL_TYPE (LimnStageMap, limn_stage_map, LIMN, STAGE_MAP, GtkWidget)

void limn_stage_map_bind (LimnStageMap *self, LimnSession *session, LimnSettings *settings);
/* Whether there is anything to say: an answer, and no run that says it better. */
gboolean limn_stage_map_is_known (LimnStageMap *self);

/* The newest answer, or NULL: none yet, or there can be none. */
const LimnEstimate *limn_stage_map_get_estimate (LimnStageMap *self);
/* What it says, as people read it: the line, and what is behind it. */
const char *limn_stage_map_get_summary (LimnStageMap *self);
const char *limn_stage_map_get_times (LimnStageMap *self);
const char *limn_stage_map_get_memory (LimnStageMap *self);
/* The size that is offered where the run will not fit; FALSE: none (yet). */
gboolean limn_stage_map_get_suggestion (LimnStageMap *self, int *width, int *height);

G_END_DECLS
