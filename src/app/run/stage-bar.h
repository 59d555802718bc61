/* stage-bar.h - the whole run as one bar: encode, base, refiner, decode, each filling on its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_STAGE_BAR (limn_stage_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnStageBar, limn_stage_bar, LIMN, STAGE_BAR, GtkWidget)

/* The stages of such a run, all empty. */
void limn_stage_bar_begin (LimnStageBar *self, LimnSettings *settings);
/* No run: nothing is drawn, and the room for it stays. */
void limn_stage_bar_clear (LimnStageBar *self);
void limn_stage_bar_set_progress (LimnStageBar *self, const LimnProgress *progress);

/* For people. */
const char *limn_stage_title (LimnStage stage);

G_END_DECLS
