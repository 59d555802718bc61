/* server.h - lets other programs paint: the routes of Stable Diffusion web UI's API that its clients use, over a queue.
 *
 * Listens on the loopback alone, so that no other machine can ask; whoever has an account on this one can, unless a
 * token is set.  Refuses what a web page asks for, and what came by a name that is not this computer's (guard.h).
 *
 * Pictures that are asked for are put in line behind all others, as a person's own are.  Those whose client goes away
 * before they are finished leave the line.  Lives in the main context of the thread that made it.
 *
 * Signal: "answered" (const char *line), for a log.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/queue/queue.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SERVER (limn_server_get_type ())
G_DECLARE_FINAL_TYPE (LimnServer, limn_server, LIMN, SERVER, GObject)

#define LIMN_SERVER_PORT 7860 /* the web UI's, where its clients look */

/* FALSE: this Limn was built without libsoup, so that limn_server_start () can only fail. */
gboolean limn_server_is_built (void);

LimnServer *limn_server_new (LimnQueue *queue);
/* What is painted with until a client chooses another; "": the starter.  A model in no folder of models can be chosen
 * by clients from then on. */
void limn_server_set_model (LimnServer *self, const char *path);
/* Of limn_like_choice (). */
void limn_server_set_like (LimnServer *self, const char *like);
/* NULL or "": anybody may ask. */
void limn_server_set_token (LimnServer *self, const char *token);
/* Web pages that may ask, "https://example.org" each; ended by NULL, or NULL. */
void limn_server_set_origins (LimnServer *self, const char *const *origins);
/* Answered items leave the queue, which nobody looks at. */
void limn_server_set_forgets (LimnServer *self, gboolean forgets);

/* port: 0 for any that is free.  Errors: G_IO_ERROR, with what to do about it. */
gboolean limn_server_start (LimnServer *self, guint port, GError **error);
/* Whoever waits is told; what was asked for leaves the line. */
void limn_server_stop (LimnServer *self);
/* "http://127.0.0.1:7860"; NULL while it does not listen. */
const char *limn_server_get_address (LimnServer *self);

G_END_DECLS
