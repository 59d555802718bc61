/* queue-drive.h - one item of a queue after the other, through the session.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/queue/queue-private.h"
#include "session/record/records-private.h"

G_BEGIN_DECLS

struct _LimnQueue {
  GObject parent_instance;
  LimnSession *session;
  GPtrArray *items;
  LimnQueueItem *current; /* its run has not answered yet; it may have left items */
  LimnQueueFile *file;
  guint64 serial;
  guint save_source;
  gboolean paused, loaded, saved, closed;
};

/* Begins the next item where none runs. */
void limn_queue_drive (LimnQueue *self);
/* Where item runs, its run ends and item becomes after. */
void limn_queue_stop_item (LimnQueue *self, LimnQueueItem *item, LimnQueueState after);
/* The session has made progress. */
void limn_queue_follow (LimnQueue *self);

/* The records that item needs stay on disk until it is done or gone. */
void limn_queue_pin (LimnQueue *self, LimnQueueItem *item);
void limn_queue_unpin (LimnQueue *self, LimnQueueItem *item);

/* queue-store.c */
void limn_queue_save_soon (LimnQueue *self);
void limn_queue_load (LimnQueue *self);
/* queue.c */
void limn_queue_set_current (LimnQueue *self, LimnQueueItem *item);

G_END_DECLS
