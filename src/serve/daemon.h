/* daemon.h - the server without a window: a session, a queue and a main loop of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *model;    /* NULL: the starter */
  const char *pictures; /* where pictures are saved; NULL: as limn_session_new () has it */
  const char *token;    /* NULL: anybody may ask */
  const char *like;     /* of limn_like_choice (); NULL: the default */
  const char *const *origins;
  guint port; /* 0: any that is free */
  int device; /* as in limn_engine_new () */
  void (*listening) (const char *address);
  void (*answered) (const char *line);
} LimnDaemon;

/* Serves until SIGINT or SIGTERM.  The queue is its own and is not kept; pictures are. */
gboolean limn_daemon_run (const LimnDaemon *daemon, GError **error);

G_END_DECLS
