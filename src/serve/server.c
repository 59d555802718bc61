/* server.c - who may ask, for what, and how the answer goes back; see server.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/server-private.h"

#include <string.h>

#include "base/i18n.h"
#include "serve/guard.h"
#include "session/thread/task-thread.h"

#define MOST_BODY ((gsize) 64 << 20)    /* bytes of a request: a picture of 4096² with its mask, in base64 */
#define MOST_BODIES ((gsize) 256 << 20) /* of all that are being read */
#define MOST_REQUESTS 64                /* at the same time */

/* Of a message from its headers on. */
#define READING "limn-reading"
typedef struct {
  LimnServer *server;
  gsize size;    /* of its body so far */
  guint refused; /* the status that its body need not be read for; 0: none */
} Reading;

G_DEFINE_FINAL_TYPE (LimnServer, limn_server, G_TYPE_OBJECT)

static guint answered_signal;

/* ---- Answers ---- */

void
limn_server_answer (SoupServerMessage *message, LimnReply *reply)
{
  gsize length = strlen (reply->json);

  soup_server_message_set_status (message, reply->status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, g_steal_pointer (&reply->json),
                                    length);
  limn_reply_free (reply);
}

void
limn_server_refuse (SoupServerMessage *message, guint status, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  va_list arguments;

  va_start (arguments, format);
  error = g_error_new_valist (LIMN_HTTP_ERROR, (int) status, format, arguments);
  va_end (arguments);
  limn_server_answer (message, limn_reply_new_fault (error, NULL));
}

GBytes *
limn_server_body (SoupServerMessage *message)
{
  return soup_message_body_flatten (soup_server_message_get_request_body (message));
}

LimnServeState *
limn_server_get_state (LimnServer *self)
{
  LimnServeState *state = g_new0 (LimnServeState, 1);

  limn_serve_options_copy (&state->options, &self->options);
  state->served = limn_served_list (self->models, self->own);
  return state;
}

/* ---- Work ---- */

typedef struct {
  LimnServeWork work;
  gpointer data;
  GDestroyNotify destroy;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  if (work->destroy != NULL)
    work->destroy (work->data);
  g_free (work);
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Work *work = data;

  g_task_return_pointer (task, work->work (work->data), (GDestroyNotify) limn_reply_free);
}

static void
worked_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  SoupServerMessage *message = SOUP_SERVER_MESSAGE (object);

  limn_server_answer (message, g_task_propagate_pointer (G_TASK (result), NULL));
  soup_server_message_unpause (message);
}

void
limn_server_work (SoupServerMessage *message, LimnServeWork work, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GTask) task = g_task_new (message, NULL, worked_cb, NULL);
  Work *job = g_new (Work, 1);

  *job = (Work){ work, data, destroy };
  g_task_set_task_data (task, job, work_free);
  soup_server_message_pause (message);
  limn_task_run_in_thread (task, work_thread);
}

/* ---- Who may ask ---- */

static guint
check_headers (LimnServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  if (!limn_guard_host (soup_message_headers_get_one (headers, "Host")))
    return SOUP_STATUS_FORBIDDEN;
  if (!limn_guard_origin (soup_message_headers_get_one (headers, "Origin"), (const char *const *) self->origins))
    return SOUP_STATUS_FORBIDDEN;
  /* a browser asks what it may without any token */
  if (soup_server_message_get_method (message) != SOUP_METHOD_OPTIONS
      && !limn_guard_token (soup_message_headers_get_one (headers, "Authorization"), self->token))
    return SOUP_STATUS_UNAUTHORIZED;
  if (soup_message_headers_get_content_length (headers) > (goffset) MOST_BODY)
    return SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
  return 0;
}

/* What is refused is read no further than it has to be. */
static void
refuse_later (SoupServerMessage *message, Reading *reading, guint status)
{
  reading->refused = status;
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  reading->server->requests--;
  reading->server->bytes -= reading->size;
  g_object_unref (reading->server);
  g_free (reading);
}

static void
got_headers_cb (SoupServerMessage *message, LimnServer *self)
{
  Reading *reading = g_new0 (Reading, 1);
  guint status = check_headers (self, message);

  reading->server = g_object_ref (self);
  if (++self->requests > MOST_REQUESTS && status == 0)
    status = SOUP_STATUS_SERVICE_UNAVAILABLE;
  g_object_set_data_full (G_OBJECT (message), READING, reading, reading_free);
  if (status != 0)
    refuse_later (message, reading, status);
}

static void
got_chunk_cb (SoupServerMessage *message, GBytes *chunk, LimnServer *self)
{
  Reading *reading = g_object_get_data (G_OBJECT (message), READING);

  reading->size += g_bytes_get_size (chunk);
  self->bytes += g_bytes_get_size (chunk);
  if (reading->refused == 0 && reading->size > MOST_BODY)
    refuse_later (message, reading, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
  else if (reading->refused == 0 && self->bytes > MOST_BODIES)
    refuse_later (message, reading, SOUP_STATUS_SERVICE_UNAVAILABLE);
  /* nobody has to listen for ever */
  if (reading->size > 2 * MOST_BODY)
    g_socket_shutdown (soup_server_message_get_socket (message), TRUE, TRUE, NULL);
}

static void
started_cb (LimnServer *self, SoupServerMessage *message)
{
  g_signal_connect_object (message, "got-headers", G_CALLBACK (got_headers_cb), self, 0);
  g_signal_connect_object (message, "got-chunk", G_CALLBACK (got_chunk_cb), self, 0);
}

static void
answer_refused (SoupServerMessage *message, guint status)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  switch (status) {
  case SOUP_STATUS_UNAUTHORIZED:
    soup_message_headers_append (headers, "WWW-Authenticate", "Basic realm=\"Limn\"");
    limn_server_refuse (message, status, _ ("A token is needed: as “Bearer”, or as the password of “Basic”"));
    break;
  case SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE:
    limn_server_refuse (message, status, _ ("The request is over %d MiB"), (int) (MOST_BODY >> 20));
    break;
  case SOUP_STATUS_SERVICE_UNAVAILABLE:
    limn_server_refuse (message, status, _ ("Too much is asked for at once: try again later"));
    break;
  default:
    limn_server_refuse (message, status,
                        _ ("Only programs on this computer may ask, by its name localhost, and no web pages"));
  }
}

/* To a page that may ask. */
static void
add_origin (LimnServer *self, SoupServerMessage *message)
{
  const char *origin = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Origin");
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  if (origin == NULL || self->origins == NULL)
    return;
  soup_message_headers_append (headers, "Access-Control-Allow-Origin", origin);
  soup_message_headers_append (headers, "Vary", "Origin");
  soup_message_headers_append (headers, "Access-Control-Allow-Methods", "GET, POST");
  soup_message_headers_append (headers, "Access-Control-Allow-Headers", "Authorization, Content-Type");
}

static void
answer_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  LimnServer *self = data;
  const char *method = soup_server_message_get_method (message), *allowed = NULL;
  const Reading *reading = g_object_get_data (G_OBJECT (message), READING);
  const LimnRoute *route = limn_route_find (method, path, &allowed);

  if (reading->refused != 0) {
    answer_refused (message, reading->refused);
    return;
  }
  add_origin (self, message);
  if (method == SOUP_METHOD_OPTIONS) {
    soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
  } else if (route != NULL) {
    route->answer (self, message);
  } else if (allowed != NULL) {
    soup_message_headers_append (soup_server_message_get_response_headers (message), "Allow", allowed);
    limn_server_refuse (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "Method Not Allowed");
  } else {
    limn_server_refuse (message, SOUP_STATUS_NOT_FOUND, "Not Found");
  }
}

static void
finished_cb (LimnServer *self, SoupServerMessage *message)
{
  g_autofree char *line = g_strdup_printf ("%s %s %u", soup_server_message_get_method (message),
                                           g_uri_get_path (soup_server_message_get_uri (message)),
                                           soup_server_message_get_status (message));

  g_signal_emit (self, answered_signal, 0, line);
}

/* ---- Listening ---- */

static gboolean
listen_local (SoupServer *soup, guint port, GError **error)
{
  g_autoptr (GError) problem = NULL;

  /* where there is no IPv6, IPv4 does */
  if (soup_server_listen_local (soup, port, 0, &problem)
      || (!g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)
          && soup_server_listen_local (soup, port, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL)))
    return TRUE;
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                 _ ("Port %u is taken by another program: choose another port"), port);
  else if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("Port %u is not for everybody: choose one from 1024 on"), port);
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static char *
find_address (SoupServer *soup)
{
  GSList *uris = soup_server_get_uris (soup);
  char *address = NULL;

  for (GSList *link = uris; link != NULL; link = link->next)
    if (address == NULL || g_str_equal (g_uri_get_host (link->data), "127.0.0.1")) {
      g_free (address);
      address = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (link->data));
    }
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return address;
}

gboolean
limn_server_is_built (void)
{
  return TRUE;
}

gboolean
limn_server_start (LimnServer *self, guint port, GError **error)
{
  g_autoptr (SoupServer) soup = NULL;

  g_return_val_if_fail (LIMN_IS_SERVER (self), FALSE);

  limn_server_stop (self);
  soup = soup_server_new ("server-header", "Limn/" LIMN_VERSION " ", NULL);
  soup_server_add_handler (soup, NULL, answer_cb, self, NULL);
  g_signal_connect_object (soup, "request-started", G_CALLBACK (started_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (soup, "request-finished", G_CALLBACK (finished_cb), self, G_CONNECT_SWAPPED);
  if (!listen_local (soup, port, error))
    return FALSE;
  self->soup = g_steal_pointer (&soup);
  self->address = find_address (self->soup);
  limn_models_load (self->models);
  return TRUE;
}

void
limn_server_stop (LimnServer *self)
{
  g_return_if_fail (LIMN_IS_SERVER (self));

  if (self->soup == NULL)
    return;
  limn_paint_end_all (self);
  soup_server_disconnect (self->soup);
  g_clear_object (&self->soup);
  g_clear_pointer (&self->address, g_free);
  limn_models_close (self->models);
}

const char *
limn_server_get_address (LimnServer *self)
{
  g_return_val_if_fail (LIMN_IS_SERVER (self), NULL);
  return self->address;
}

/* ---- Object ---- */

static void
limn_server_dispose (GObject *object)
{
  LimnServer *self = LIMN_SERVER (object);

  limn_server_stop (self);
  g_clear_object (&self->queue);
  g_clear_object (&self->models);

  G_OBJECT_CLASS (limn_server_parent_class)->dispose (object);
}

static void
limn_server_finalize (GObject *object)
{
  LimnServer *self = LIMN_SERVER (object);

  g_free (self->token);
  g_strfreev (self->origins);
  g_free (self->own);
  limn_serve_options_clear (&self->options);
  g_ptr_array_unref (self->paints);

  G_OBJECT_CLASS (limn_server_parent_class)->finalize (object);
}

static void
limn_server_class_init (LimnServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_server_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_server_finalize;
  answered_signal = g_signal_new ("answered", LIMN_TYPE_SERVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static void
limn_server_init (LimnServer *self)
{
  self->models = limn_models_new (NULL);
  self->paints = g_ptr_array_new ();
  limn_serve_options_init (&self->options);
}

LimnServer *
limn_server_new (LimnQueue *queue)
{
  LimnServer *self;

  g_return_val_if_fail (LIMN_IS_QUEUE (queue), NULL);

  self = g_object_new (LIMN_TYPE_SERVER, NULL);
  self->queue = g_object_ref (queue);
  return self;
}

void
limn_server_set_model (LimnServer *self, const char *path)
{
  g_return_if_fail (LIMN_IS_SERVER (self));

  g_free (self->own);
  self->own = g_strdup (path);
  g_free (self->options.model);
  self->options.model = g_strdup (path);
}

void
limn_server_set_like (LimnServer *self, const char *like)
{
  const LimnChoice *choice = limn_choice_find (limn_like_choice, like);

  g_return_if_fail (LIMN_IS_SERVER (self));
  g_return_if_fail (choice != NULL);

  self->options.like = choice->name;
}

void
limn_server_set_token (LimnServer *self, const char *token)
{
  g_return_if_fail (LIMN_IS_SERVER (self));

  g_free (self->token);
  self->token = g_strdup (token);
}

void
limn_server_set_origins (LimnServer *self, const char *const *origins)
{
  g_return_if_fail (LIMN_IS_SERVER (self));

  g_strfreev (self->origins);
  self->origins = g_strdupv ((GStrv) origins);
}

void
limn_server_set_forgets (LimnServer *self, gboolean forgets)
{
  g_return_if_fail (LIMN_IS_SERVER (self));
  self->forgets = forgets;
}
