/* timeline-input.h - keys and pointer of the timeline.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/timeline-private.h"

G_BEGIN_DECLS

void limn_timeline_listen (LimnTimeline *self);

/* timeline.c: the hand-off stays where it was dragged to; another run of the tree is wanted. */
void limn_timeline_let_go (LimnTimeline *self);
void limn_timeline_choose (LimnTimeline *self, LimnRecord *record);

G_END_DECLS
