/* queue-private.h - an item as the queue and its file know it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/kept.h"
#include "session/queue/queue.h"

G_BEGIN_DECLS

struct _LimnQueueItem {
  GObject parent_instance;
  LimnSettings *settings;
  char *json;    /* of settings, made once */
  LimnKept kept; /* the pictures of these */
  LimnQueueState state;
  double progress;
  char *message;
  GError *error; /* of this session, or NULL */
  LimnPicture *picture;
  char *picture_path;
  char *record_id, *parent_id;
  int parent_step;
  char *group;
  int cell;

  /* of the queue */
  GCancellable *cancellable; /* while it runs */
  LimnRun *run;              /* the same, but for what is over before it began */
  LimnQueueState after;      /* what becomes of it once a cancelled run has answered */
  gboolean retried;          /* after a lost device */
  gboolean lead;             /* a further device could not paint it */
  GPtrArray *pins;           /* ids of records that must stay */
};

/* settings: (transfer full). */
LimnQueueItem *limn_queue_item_new (LimnSettings *settings);
void limn_queue_item_set_state (LimnQueueItem *self, LimnQueueState state, const char *message);
/* Failed: state, message and error. */
void limn_queue_item_set_error (LimnQueueItem *self, const GError *error);
void limn_queue_item_set_progress (LimnQueueItem *self, double progress);
/* path: where picture is NULL. */
void limn_queue_item_set_picture (LimnQueueItem *self, LimnPicture *picture, const char *path);
/* Its progress is that of run, which may be NULL. */
void limn_queue_item_set_run (LimnQueueItem *self, LimnRun *run);
void limn_queue_item_set_record_id (LimnQueueItem *self, const char *id);

/* ---- queue-file.c ---- */

/* (transfer full) */
char *limn_queue_to_text (GPtrArray *items, gboolean paused);
/* (element-type LimnQueueItem) with their pictures, where these can be read: blocks.  NULL with error where text is not
 * a queue. */
GPtrArray *limn_queue_from_text (const char *name, const char *text, LimnKeep *keep, gboolean *paused, GError **error);

/* Writes the newest text only, whatever threads do.  Any thread. */
typedef struct _LimnQueueFile LimnQueueFile;

/* folder's queue.json; where another Limn has that, the first of queue-2.json, queue-3.json ... that nobody has. */
LimnQueueFile *limn_queue_file_new (const char *folder);
LimnQueueFile *limn_queue_file_ref (LimnQueueFile *file);
void limn_queue_file_unref (LimnQueueFile *file);
const char *limn_queue_file_get_path (LimnQueueFile *file);
/* Those of Limns that have ended, from now on file's: whoever has saved what was in them deletes them.  (transfer full)
 */
GStrv limn_queue_file_take_left (LimnQueueFile *file);
/* The next Limn to start may have it, whoever still has file. */
void limn_queue_file_let_go (LimnQueueFile *file);
/* serial: rises with every text.  Blocks. */
gboolean limn_queue_file_write (LimnQueueFile *file, guint64 serial, const char *text, GError **error);

G_END_DECLS
