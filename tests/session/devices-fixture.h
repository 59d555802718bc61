/* devices-fixture.h - a session with two workers, and a queue over it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "queue-fixture.h"

G_BEGIN_DECLS

/* As limn_session_set_further_devices () takes it. */
extern const int devices_second[];

void devices_set_step_us (SessionFixture *fixture, guint us);
guint devices_count (LimnSession *session);
/* Until the session has n devices, and its records. */
void devices_wait (LimnSession *session, guint n);
/* The second device beside the first, until both are there. */
void devices_use_two (SessionFixture *fixture);
LimnQueue *devices_open_queue (SessionFixture *fixture);
void devices_close_queue (LimnQueue *queue);
LimnQueueItem *devices_append (SessionFixture *fixture, LimnQueue *queue, guint64 seed);
void devices_wait_state (LimnQueueItem *item, LimnQueueState state);
void devices_wait_progress (LimnQueueItem *item, double progress);
void devices_wait_running (LimnQueue *queue, guint n);
/* Done, saved once, and what painting it alone gives. */
void devices_assert_done (SessionFixture *fixture, LimnQueueItem *item);
/* All of queue, and no more pictures than those. */
void devices_assert_all_done (SessionFixture *fixture, LimnQueue *queue);

G_END_DECLS
