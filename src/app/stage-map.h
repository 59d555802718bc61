/* stage-map.h - before Generate: how long each stage will take on this device, and whether its memory suffices.
 *
 * Follows the settings: a fifth of a second after their last change it asks limn_session_estimate_async (); only the
 * newest answer counts.  Where the run will not fit it says what would, and offers the largest size of the same shape
 * that does, found by asking for smaller ones in turn.  While a run paints it hides; afterwards it shows what each stage
 * really took, until the settings change.
 *
 * Signal: "estimated" (), limn_stage_map_get_estimate () has a new answer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define LIMN_TYPE_STAGE_MAP (limn_stage_map_get_type ())
G_DECLARE_FINAL_TYPE (LimnStageMap, limn_stage_map, LIMN, STAGE_MAP, GtkWidget)

GtkWidget *limn_stage_map_new (LimnSession *session, LimnSettings *settings);

/* The newest answer, or NULL: none yet, or there can be none. */
const LimnEstimate *limn_stage_map_get_estimate (LimnStageMap *self);
/* What it says, as people read it. */
const char *limn_stage_map_get_times (LimnStageMap *self);
const char *limn_stage_map_get_memory (LimnStageMap *self);
/* The size that is offered where the run will not fit; FALSE: none (yet). */
gboolean limn_stage_map_get_suggestion (LimnStageMap *self, int *width, int *height);

G_END_DECLS
