/* queue-drive.h - the items of a queue in turn, through the session.
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
  GPtrArray *running;     /* LimnQueueItem whose run has not answered yet, oldest first; it may have left items */
  LimnQueueItem *current; /* the first of these, as it was told; not owned */
  LimnQueueFile *file;
  GStrv left; /* files of queues that have been taken over, until this one is saved; or NULL */
  guint64 serial;
  guint save_source;
  gboolean paused, loaded, saved, closed, driving;
};

/* Begins the next items as long as the session has workers for them. */
void limn_queue_drive (LimnQueue *self);
/* Where item runs, its run ends and item becomes after. */
void limn_queue_stop_item (LimnQueue *self, LimnQueueItem *item, LimnQueueState after);

/* The records that item needs stay on disk until it is done or gone. */
void limn_queue_pin (LimnQueue *self, LimnQueueItem *item);
void limn_queue_unpin (LimnQueue *self, LimnQueueItem *item);

/* queue-store.c */
void limn_queue_save_soon (LimnQueue *self);
void limn_queue_load (LimnQueue *self);
/* queue.c */
void limn_queue_add_running (LimnQueue *self, LimnQueueItem *item);
void limn_queue_remove_running (LimnQueue *self, LimnQueueItem *item);

G_END_DECLS
