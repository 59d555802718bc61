/* queue-fixture.h - a queue over the session of a fixture, and the same queue in a later session.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session-fixture.h"
#include "session/queue/queue.h"

G_BEGIN_DECLS

/* A queue of the fixture's session, once it is ready. */
LimnQueue *queue_open (SessionFixture *fixture);
LimnQueueItem *queue_nth (LimnQueue *queue, guint position);
guint queue_length (LimnQueue *queue);
/* Until nothing waits or runs, or the queue is paused and nothing runs. */
void queue_wait_idle (LimnQueue *queue);
void queue_wait_loaded (LimnQueue *queue);
/* Until it can begin its items, too. */
void queue_wait_ready (SessionFixture *fixture, LimnQueue *queue);
void queue_wait_saved (LimnQueue *queue);
void queue_wait_progress (LimnQueueItem *item, double progress);
/* How long a step of the fake engine takes from now on. */
void queue_set_step_us (SessionFixture *fixture, guint us);
/* Ends the fixture's session and begins another one, in the same folders. */
LimnQueue *queue_restart (SessionFixture *fixture, LimnQueue *queue);
/* What settings give when painted from the beginning, without trace. */
LimnPicture *queue_paint_fresh (SessionFixture *fixture, LimnSettings *settings);

G_END_DECLS
