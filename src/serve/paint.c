/* paint.c - txt2img and img2img: from a request to items of the queue, and from their pictures to an answer.
 *
 * A message waits while its request is read on a thread, stands in line, is painted, and is put into words on a thread
 * again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/server-private.h"

#include <sys/socket.h>

#include "base/i18n.h"
#include "serve/told.h"
#include "session/thread/task-thread.h"

#define MOST_IN_LINE 500 /* pictures of all clients */

struct _LimnPaint {
  LimnServer *server;
  SoupServerMessage *message;
  LimnPaintRequest *request;
  GPtrArray *items;    /* LimnQueueItem */
  GPtrArray *pictures; /* LimnToldPicture of each item, or NULL */
  GSource *gone;       /* hears of the client's end */
  gboolean interrupted;
};

static void
unwatch_client (LimnPaint *self)
{
  if (self->gone != NULL)
    g_source_destroy (self->gone);
  g_clear_pointer (&self->gone, g_source_unref);
}

/* Nothing is heard of its items from here on. */
static void
paint_free (LimnPaint *self)
{
  unwatch_client (self);
  g_ptr_array_remove (self->server->paints, self);
  g_signal_handlers_disconnect_by_data (self->server->queue, self);
  for (guint i = 0; i < self->items->len; i++) {
    g_signal_handlers_disconnect_by_data (self->items->pdata[i], self);
    if (self->server->forgets)
      limn_queue_remove (self->server->queue, self->items->pdata[i]);
  }
  g_clear_pointer (&self->request, limn_paint_request_free);
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->pictures);
  g_object_unref (self->message);
  g_object_unref (self->server);
  g_free (self);
}

/* ---- The answer ---- */

/* reply: (transfer full). */
static void
answer (LimnPaint *self, LimnReply *reply)
{
  g_autoptr (SoupServerMessage) message = g_object_ref (self->message);

  paint_free (self);
  limn_server_answer (message, reply);
  soup_server_message_unpause (message);
}

static void
tell_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnPaint *self = data;

  answer (self, g_task_propagate_pointer (G_TASK (result), NULL));
}

static LimnTold *
begin_told (LimnPaint *self)
{
  LimnTold *told = g_new0 (LimnTold, 1);

  told->request = g_steal_pointer (&self->request);
  told->pictures = g_ptr_array_ref (self->pictures);
  told->interrupted = self->interrupted;
  return told;
}

static void
tell_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, limn_told_to_reply (data), (GDestroyNotify) limn_reply_free);
}

static void
tell (LimnPaint *self)
{
  g_autoptr (GTask) task = g_task_new (self->message, NULL, tell_cb, self);

  unwatch_client (self);
  g_task_set_task_data (task, begin_told (self), (GDestroyNotify) limn_told_free);
  limn_task_run_in_thread (task, tell_thread);
}

/* ---- Items ---- */

/* Its pictures are a thread's by now: what comes of a run that was thrown out of the line is not added. */
static gboolean
is_told (LimnPaint *self)
{
  return self->request == NULL;
}

static gboolean
is_over (LimnQueueItem *item)
{
  LimnQueueState state = limn_queue_item_get_state (item);

  return state == LIMN_QUEUE_DONE || state == LIMN_QUEUE_FAILED || state == LIMN_QUEUE_CANCELLED;
}

static gboolean
is_in_line (LimnPaint *self, LimnQueueItem *item)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->server->queue));

  for (guint i = 0; i < n; i++) {
    g_autoptr (LimnQueueItem) other = g_list_model_get_item (G_LIST_MODEL (self->server->queue), i);

    if (other == item)
      return TRUE;
  }
  return FALSE;
}

/* Why one of them failed; NULL where none did.  (transfer full) */
static GError *
find_error (LimnPaint *self)
{
  for (guint i = 0; i < self->items->len; i++) {
    const GError *error = limn_queue_item_get_error (self->items->pdata[i]);

    if (limn_queue_item_get_state (self->items->pdata[i]) != LIMN_QUEUE_FAILED)
      continue;
    return error != NULL ? g_error_copy (error)
                         : g_error_new_literal (LIMN_ERROR, LIMN_ERROR_REQUEST,
                                                limn_queue_item_get_message (self->items->pdata[i]));
  }
  return NULL;
}

/* Whoever waits is told that nothing comes, and what is not finished leaves the line.  reply: (transfer full). */
static void
end (LimnPaint *self, LimnReply *reply)
{
  g_clear_pointer (&self->request, limn_paint_request_free); /* nothing is checked from here on */
  for (guint i = 0; i < self->items->len; i++)
    if (!is_over (self->items->pdata[i]))
      limn_queue_remove (self->server->queue, self->items->pdata[i]);
  answer (self, reply);
}

static gboolean
is_pending (LimnPaint *self)
{
  for (guint i = 0; i < self->items->len; i++)
    if (!is_over (self->items->pdata[i]) && is_in_line (self, self->items->pdata[i]))
      return TRUE;
  return FALSE;
}

/* What a person throws out of the line is as good as stopped. */
static void
check (LimnPaint *self)
{
  g_autoptr (GError) error = self->request != NULL ? find_error (self) : NULL;

  if (error != NULL)
    end (self, limn_reply_new_fault (error, NULL));
  else if (self->request != NULL && !is_pending (self))
    tell (self);
}

static void
keep_picture (LimnPaint *self, LimnQueueItem *item)
{
  LimnPicture *picture = limn_queue_item_get_picture (item);
  guint position;

  if (is_told (self))
    return;
  if (picture != NULL && g_ptr_array_find (self->items, item, &position) && self->pictures->pdata[position] == NULL)
    self->pictures->pdata[position] = limn_told_picture_new (picture);
}

static void
state_cb (LimnPaint *self, GParamSpec *pspec, LimnQueueItem *item)
{
  keep_picture (self, item);
  check (self);
}

static void
line_cb (LimnPaint *self)
{
  check (self);
}

/* What was told last of a picture that does not come to its end. */
static void
keep_preview (LimnPaint *self, LimnQueueItem *item)
{
  LimnRun *run = limn_queue_item_get_run (item);
  int step = 0, steps = 0;
  const LimnImage *preview = run != NULL ? limn_run_get_preview (run, &step, &steps) : NULL;
  guint position;

  if (is_told (self) || preview == NULL || !g_ptr_array_find (self->items, item, &position))
    return;
  limn_told_picture_free (self->pictures->pdata[position]);
  self->pictures->pdata[position] =
      limn_told_picture_new_preview (preview, limn_queue_item_get_settings (item), step, steps);
}

/* ---- The client ---- */

/* What nobody waits for is not painted. */
static gboolean
gone_cb (GSocket *socket, GIOCondition condition, gpointer data)
{
  LimnPaint *self = data;
  char byte;

  if (recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
    unwatch_client (self); /* it has more to say, and so it is there */
    return G_SOURCE_REMOVE;
  }
  end (self, limn_reply_new (g_string_new ("null")));
  return G_SOURCE_REMOVE;
}

static void
watch_client (LimnPaint *self)
{
  GSocket *socket = soup_server_message_get_socket (self->message);

  if (socket == NULL)
    return;
  self->gone = g_socket_create_source (socket, G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
  g_source_set_callback (self->gone, G_SOURCE_FUNC (gone_cb), self, NULL);
  g_source_attach (self->gone, g_main_context_get_thread_default ());
}

/* ---- Putting in line ---- */

/* As one group where there are several. */
static void
append_items (LimnPaint *self)
{
  guint n = limn_paint_request_count (self->request);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *group = NULL;
  g_autoptr (GPtrArray) items = NULL;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (cells, limn_paint_request_nth (self->request, i));
  if (n == 1) {
    g_ptr_array_add (self->items, g_object_ref (limn_queue_append (self->server->queue, cells->pdata[0], NULL, 0)));
  } else {
    group = limn_queue_append_group (self->server->queue, cells, NULL);
    items = limn_queue_get_group_items (self->server->queue, group);
    for (guint i = 0; i < items->len; i++)
      g_ptr_array_add (self->items, g_object_ref (items->pdata[i]));
  }
  g_ptr_array_set_size (self->pictures, (int) n);
  for (guint i = 0; i < self->items->len; i++)
    g_signal_connect_swapped (self->items->pdata[i], "notify::state", G_CALLBACK (state_cb), self);
  g_signal_connect_swapped (self->server->queue, "items-changed", G_CALLBACK (line_cb), self);
}

static guint
count_in_line (LimnServer *self)
{
  guint n = 0;

  for (guint i = 0; i < self->paints->len; i++)
    n += ((LimnPaint *) self->paints->pdata[i])->items->len;
  return n;
}

typedef struct {
  LimnServeState *state;
  GBytes *body;
  gboolean over;
  char *where;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  limn_serve_state_free (reading->state);
  g_bytes_unref (reading->body);
  g_free (reading->where);
  g_free (reading);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnPaint *self = data;
  const Reading *reading = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->request = g_task_propagate_pointer (G_TASK (result), &error);
  if (error == NULL && self->server->soup == NULL)
    g_set_error_literal (&error, LIMN_HTTP_ERROR, SOUP_STATUS_SERVICE_UNAVAILABLE, _ ("Limn does not serve any more"));
  if (error == NULL && count_in_line (self->server) + limn_paint_request_count (self->request) > MOST_IN_LINE)
    g_set_error (&error, LIMN_HTTP_ERROR, SOUP_STATUS_SERVICE_UNAVAILABLE,
                 _ ("%d pictures are the most that wait at the same time: try again later"), MOST_IN_LINE);
  if (error != NULL) {
    answer (self, limn_reply_new_fault (error, reading->where));
    return;
  }
  if (self->request->keeps_options)
    limn_serve_options_copy_into (&self->server->options, &self->request->options);
  append_items (self);
  watch_client (self);
  check (self);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  GError *error = NULL;
  LimnPaintRequest *request =
      limn_paint_request_read (reading->state, reading->body, reading->over, &reading->where, &error);

  if (request != NULL)
    g_task_return_pointer (task, request, (GDestroyNotify) limn_paint_request_free);
  else
    g_task_return_error (task, error);
}

static void
begin (LimnServer *server, SoupServerMessage *message, gboolean over)
{
  g_autoptr (GTask) task = NULL;
  Reading *reading = g_new0 (Reading, 1);
  LimnPaint *self = g_new0 (LimnPaint, 1);

  self->server = g_object_ref (server);
  self->message = g_object_ref (message);
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_told_picture_free);
  g_ptr_array_add (server->paints, self);
  reading->state = limn_server_get_state (server);
  reading->body = limn_server_body (message);
  reading->over = over;
  soup_server_message_pause (message);
  task = g_task_new (message, NULL, read_cb, self);
  g_task_set_task_data (task, reading, reading_free);
  limn_task_run_in_thread (task, read_thread);
}

LIMN_ROUTE (txt2img)
{
  begin (self, message, FALSE);
}

LIMN_ROUTE (img2img)
{
  begin (self, message, TRUE);
}

/* ---- From outside ---- */

static LimnQueueItem *
find_running (LimnPaint *self)
{
  for (guint i = 0; i < self->items->len; i++)
    if (limn_queue_item_get_run (self->items->pdata[i]) != NULL)
      return self->items->pdata[i];
  return NULL;
}

/* That which is painted, or else the first in line. */
static LimnPaint *
find_current (LimnServer *server)
{
  for (guint i = 0; i < server->paints->len; i++)
    if (find_running (server->paints->pdata[i]) != NULL)
      return server->paints->pdata[i];
  for (guint i = 0; i < server->paints->len; i++)
    if (((LimnPaint *) server->paints->pdata[i])->items->len > 0)
      return server->paints->pdata[i];
  return NULL;
}

gboolean
limn_paint_get_current (LimnServer *server, LimnQueueItem **item, guint *done, guint *of)
{
  LimnPaint *self = find_current (server);

  if (self == NULL)
    return FALSE;
  *item = find_running (self);
  *of = self->items->len;
  *done = 0;
  for (guint i = 0; i < self->items->len; i++)
    *done += is_over (self->items->pdata[i]);
  return TRUE;
}

void
limn_paint_interrupt (LimnServer *server, gboolean all)
{
  LimnPaint *self = find_current (server);
  LimnQueueItem *running = self != NULL ? find_running (self) : NULL;
  g_autoptr (GPtrArray) items =
      self != NULL ? g_ptr_array_copy (self->items, (GCopyFunc) (GCallback) g_object_ref, NULL) : g_ptr_array_new ();

  g_ptr_array_set_free_func (items, g_object_unref);
  if (self == NULL || (running == NULL && !all))
    return;
  self->interrupted = self->interrupted || all;
  if (running != NULL)
    keep_preview (self, running);
  /* the last of them may have it answered, and gone */
  for (guint i = 0; i < items->len; i++) {
    if (is_over (items->pdata[i]) || (!all && items->pdata[i] != running))
      continue;
    if (items->pdata[i] == running)
      limn_queue_cancel (server->queue, running);
    else
      limn_queue_remove (server->queue, items->pdata[i]);
  }
}

void
limn_paint_end_all (LimnServer *server)
{
  g_autoptr (GError) error =
      g_error_new_literal (LIMN_HTTP_ERROR, SOUP_STATUS_SERVICE_UNAVAILABLE, _ ("Limn does not serve any more"));

  for (guint i = server->paints->len; i > 0; i--) {
    LimnPaint *self = server->paints->pdata[i - 1];

    if (self->items->len == 0 || self->request == NULL)
      continue; /* its thread comes back, and says so */
    end (self, limn_reply_new_fault (error, NULL));
  }
}
