/* timeline-bar.h - the timeline with what is said about it: which step is looked at, what moving the hand-off costs,
 * the way back, the way on where the run was stopped, another end of it, and the other runs of its tree.
 *
 * Its height is the same with a run and without, whatever there is to say.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/run/timeline.h"

G_BEGIN_DECLS

#define LIMN_TYPE_TIMELINE_BAR (limn_timeline_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnTimelineBar, limn_timeline_bar, LIMN, TIMELINE_BAR, GtkWidget)

LimnTimeline *limn_timeline_bar_get_timeline (LimnTimelineBar *self);
/* settings: whose refiner the hand-off may be moved for, where the run had none; and how the run may end anew. */
void limn_timeline_bar_bind (LimnTimelineBar *self, LimnSettings *settings);
/* record: NULL for none. */
void limn_timeline_bar_show (LimnTimelineBar *self, LimnRecords *records, LimnRecord *record);

/* Settings of record with another hand-off, and with settings' refiner where record has none.  (transfer full) */
LimnSettings *limn_timeline_moved_settings (LimnRecord *record, LimnSettings *settings, double handoff);

G_END_DECLS
