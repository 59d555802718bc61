/* server-private.h - the server as its routes know it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <libsoup/soup.h>

#include "serve/reply.h"
#include "serve/request.h"
#include "serve/server.h"

G_BEGIN_DECLS

struct _LimnServer {
  GObject parent_instance;
  LimnQueue *queue;
  LimnModels *models;
  SoupServer *soup; /* NULL: it does not listen */
  char *address, *token;
  GStrv origins;
  char *own; /* path of a model in no folder of models */
  LimnServeOptions options;
  GPtrArray *paints; /* LimnPaint that has no answer yet, oldest first */
  gboolean forgets;
  guint requests; /* that have no whole answer yet ... */
  gsize bytes;    /* ... and what was read of their bodies */
};

/* What a thread does for an answer; data is what limn_server_work () was given. */
typedef LimnReply *(*LimnServeWork) (gconstpointer data);
/* Has message wait until work has its answer.  data: (transfer full), or NULL. */
void limn_server_work (SoupServerMessage *message, LimnServeWork work, gpointer data, GDestroyNotify destroy);
/* reply: (transfer full). */
void limn_server_answer (SoupServerMessage *message, LimnReply *reply);
void limn_server_refuse (SoupServerMessage *message, guint status, const char *format, ...) G_GNUC_PRINTF (3, 4);
GBytes *limn_server_body (SoupServerMessage *message);
/* (transfer full) */
LimnServeState *limn_server_get_state (LimnServer *self);

/* ---- Routes ---- */

typedef struct {
  const char *method, *path;
  void (*answer) (LimnServer *self, SoupServerMessage *message);
} LimnRoute;

/* NULL where there is none; allowed: set to the other method that the path has, or NULL. */
const LimnRoute *limn_route_find (const char *method, const char *path, const char **allowed);

#define LIMN_ROUTE(name) void limn_route_##name (LimnServer *self, SoupServerMessage *message)
LIMN_ROUTE (txt2img);
LIMN_ROUTE (img2img);
LIMN_ROUTE (progress);
LIMN_ROUTE (interrupt);
LIMN_ROUTE (skip);
LIMN_ROUTE (get_options);
LIMN_ROUTE (set_options);
LIMN_ROUTE (png_info);
LIMN_ROUTE (samplers);
LIMN_ROUTE (schedulers);
LIMN_ROUTE (models);
LIMN_ROUTE (vaes);
LIMN_ROUTE (loras);
LIMN_ROUTE (embeddings);
LIMN_ROUTE (upscalers);
LIMN_ROUTE (latent_modes);
LIMN_ROUTE (styles);
LIMN_ROUTE (flags);
LIMN_ROUTE (memory);
LIMN_ROUTE (scripts);
LIMN_ROUTE (nothing); /* an empty list: there is none of that kind */
LIMN_ROUTE (refresh);

/* ---- What is painted for clients ---- */

typedef struct _LimnPaint LimnPaint;

/* Of the request that is painted, or else is the first in line: the item that runs, or NULL.  FALSE: there is none.
 * done, of: finished items, and all. */
gboolean limn_paint_get_current (LimnServer *self, LimnQueueItem **item, guint *done, guint *of);
/* The picture in the making ends, and the rest of its request where all.  What there is of it is answered. */
void limn_paint_interrupt (LimnServer *self, gboolean all);
/* Everybody is told that nothing comes any more. */
void limn_paint_end_all (LimnServer *self);

G_END_DECLS
