/* timeline-input.h - keys and pointer of the timeline.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/run/timeline-private.h"

G_BEGIN_DECLS

void limn_timeline_listen (LimnTimeline *self);

/* timeline.c: the hand-off is dragged, below 0 back to where it was; it stays where it is. */
void limn_timeline_drag (LimnTimeline *self, double share);
void limn_timeline_let_go (LimnTimeline *self);

G_END_DECLS
