/* queue.h - what is to be painted, in order, whatever happens: kept on disk, survives kill -9.
 *
 * A GListModel of LimnQueueItem.  Drives the session itself, one item for each of its workers at a time.  Kept as
 * XDG_STATE_HOME/limn/queue.json, written off the main thread after each change; items that Limn's end interrupted
 * go on at their last finished step.  A second Limn at the same time has a queue of its own, which the next one to
 * start takes over.
 *
 * Signals:
 *   "finished" (LimnQueueItem *, LimnPicture *)  an item has its picture
 *   "failed" (LimnQueueItem *)                   limn_queue_item_get_message () says why
 *   "stopped" (LimnQueueItem *)                  it was cancelled or held back while it ran
 * Properties: "paused"; "current", the LimnQueueItem that runs longest, or NULL: its run is the one that the session
 * follows; "loaded"; "saved", whether the disk has everything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/run/session.h"

G_BEGIN_DECLS

#define LIMN_TYPE_QUEUE_ITEM (limn_queue_item_get_type ())
G_DECLARE_FINAL_TYPE (LimnQueueItem, limn_queue_item, LIMN, QUEUE_ITEM, GObject)

#define LIMN_TYPE_QUEUE (limn_queue_get_type ())
G_DECLARE_FINAL_TYPE (LimnQueue, limn_queue, LIMN, QUEUE, GObject)

typedef enum {
  LIMN_QUEUE_WAITING,
  LIMN_QUEUE_RUNNING,
  LIMN_QUEUE_PAUSED, /* held back by a person; the others go on */
  LIMN_QUEUE_DONE,
  LIMN_QUEUE_FAILED,
  LIMN_QUEUE_CANCELLED
} LimnQueueState;

/* ---- Items ----
 * Properties, read-only, with notify: "state", "progress" (0..1), "message", "picture-path", "record-id", "picture" */

/* Not to be changed. */
LimnSettings *limn_queue_item_get_settings (LimnQueueItem *self);
LimnQueueState limn_queue_item_get_state (LimnQueueItem *self);
/* 0..1, of its steps; keeps its value when cancelled. */
double limn_queue_item_get_progress (LimnQueueItem *self);
/* Why it failed, for people; or "". */
const char *limn_queue_item_get_message (LimnQueueItem *self);
/* The same as an error; NULL where it did not fail in this session. */
const GError *limn_queue_item_get_error (LimnQueueItem *self);
/* NULL but for those that were painted in this session. */
LimnPicture *limn_queue_item_get_picture (LimnQueueItem *self);
/* Where the picture is saved, from earlier sessions too; NULL where there is none. */
const char *limn_queue_item_get_picture_path (LimnQueueItem *self);
/* Of its own run: NULL before it begins. */
const char *limn_queue_item_get_record_id (LimnQueueItem *self);
/* What it starts from, or NULL and 0. */
const char *limn_queue_item_get_parent_id (LimnQueueItem *self);
int limn_queue_item_get_parent_step (LimnQueueItem *self);
/* NULL but while it runs. */
LimnRun *limn_queue_item_get_run (LimnQueueItem *self);
/* "" for a picture of its own; items of one batch or grid share it. */
const char *limn_queue_item_get_group (LimnQueueItem *self);
/* Its cell in the group, from 0. */
int limn_queue_item_get_cell (LimnQueueItem *self);

/* ---- The queue ---- */

/* folder: NULL for XDG_STATE_HOME/limn.  Reads what is there on a thread and goes on with it, unless it was paused. */
LimnQueue *limn_queue_new (LimnSession *session, const char *folder);
/* Saves; ends nothing by itself: limn_session_close () does, and the item that ran goes on next time. */
void limn_queue_close (LimnQueue *self);
gboolean limn_queue_is_loaded (LimnQueue *self);
gboolean limn_queue_is_saved (LimnQueue *self);

/* Copies settings, count times with the seeds seed, seed + 1 ..., choices and wildcards in the prompts drawn for each.
 * record and step: as in limn_session_run_async (), or NULL and 0.  Returns the first new item.  (transfer none) */
LimnQueueItem *limn_queue_append (LimnQueue *self, LimnSettings *settings, LimnRecord *record, int step);
/* As limn_queue_append (), before everything that waits. */
LimnQueueItem *limn_queue_prepend (LimnQueue *self, LimnSettings *settings, LimnRecord *record, int step);
/* cells: (element-type LimnSettings), one item each, count left aside, with a group of their own.  Returns it.  order:
 * NULL, or the cell number of each.  (transfer full) */
char *limn_queue_append_group (LimnQueue *self, GPtrArray *cells, const int *order);

/* An item that runs is cancelled. */
void limn_queue_remove (LimnQueue *self, LimnQueueItem *item);
/* To a place among all items, 0 first.  Finished ones have places too. */
void limn_queue_move (LimnQueue *self, LimnQueueItem *item, guint position);
/* Puts a cancelled, failed or finished item in line again; one with kept steps goes on after the last of them. */
void limn_queue_retry (LimnQueue *self, LimnQueueItem *item);
void limn_queue_set_item_paused (LimnQueue *self, LimnQueueItem *item, gboolean paused);
/* Ends the run of an item, where it has one, keeping its latents; limn_queue_cancel_current (): of the current one. */
void limn_queue_cancel (LimnQueue *self, LimnQueueItem *item);
void limn_queue_cancel_current (LimnQueue *self);
/* Takes out what is done, failed or cancelled. */
void limn_queue_clear_finished (LimnQueue *self);

/* What runs finishes; no other begins. */
void limn_queue_set_paused (LimnQueue *self, gboolean paused);
gboolean limn_queue_get_paused (LimnQueue *self);
LimnQueueItem *limn_queue_get_current (LimnQueue *self);
/* Items that wait or run. */
guint limn_queue_get_n_pending (LimnQueue *self);
guint limn_queue_get_n_running (LimnQueue *self);
/* Of a group: how many items it has, how many of these are done, and the share of the work, 0..1.  Pointers may be
 * NULL. */
double limn_queue_get_group_progress (LimnQueue *self, const char *group, guint *items_out, guint *done_out);
/* (element-type LimnQueueItem) by cell.  (transfer full) */
GPtrArray *limn_queue_get_group_items (LimnQueue *self, const char *group);

G_END_DECLS
