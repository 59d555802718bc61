/* serve-fixture.h - a server over the queue of a session with the fake engine, and a client that asks it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <libsoup/soup.h>

#include "base/json.h"
#include "queue-fixture.h"
#include "serve/server.h"

G_BEGIN_DECLS

typedef struct {
  SessionFixture session; /* first */
  LimnQueue *queue;
  LimnServer *server;
  SoupSession *client;
  guint answered; /* how many requests the server says it answered */
} ServeFixture;

void serve_set_up (ServeFixture *fixture, gconstpointer unused);
void serve_tear_down (ServeFixture *fixture, gconstpointer unused);

/* What was asked, and what came back. */
typedef struct {
  SoupMessage *message;
  GCancellable *cancellable;
  gboolean done;
  guint status; /* 0: nothing came back */
  char *text;
  LimnJson *json; /* NULL: it is none */
} Asked;

void asked_free (Asked *asked);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

/* header: NULL, or name and value, as often as there are some, and NULL.  body: NULL for GET. */
Asked *serve_begin (ServeFixture *fixture, const char *path, const char *body, gssize size, const char *const *headers);
void serve_finish (Asked *asked);
/* Both. */
Asked *serve_ask (ServeFixture *fixture, const char *path, const char *body);
/* That status, and a reason in words that has word in it. */
void serve_assert_fault (const Asked *asked, guint status, const char *word);

/* A PNG of one colour in base64, but for what is right of x and left of x + w, which is white.  (transfer full) */
char *serve_picture (int width, int height, guint8 value, int x, int w);
/* The nth of the pictures that came back.  text: may be NULL.  (transfer full) */
LimnImage *serve_image (const Asked *asked, guint nth, GHashTable **text);

/* A route, and members of a body that is soon painted. */
#define PAINT "/sdapi/v1/txt2img"
#define SMALL "\"width\": 64, \"height\": 64, \"steps\": 4"

#define SERVE_ADD(name, test) g_test_add ("/serve/" name, ServeFixture, NULL, serve_set_up, test, serve_tear_down)

G_END_DECLS
