/* daemon.c - see daemon.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/daemon.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>

#include "serve/server.h"

/* The second one ends the program as it always does. */
static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
answered_cb (const LimnDaemon *daemon, const char *line)
{
  daemon->answered (line);
}

static gboolean
serve (const LimnDaemon *daemon, LimnQueue *queue, GError **error)
{
  g_autoptr (LimnServer) server = limn_server_new (queue);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  limn_server_set_forgets (server, TRUE);
  limn_server_set_token (server, daemon->token);
  limn_server_set_origins (server, daemon->origins);
  if (daemon->model != NULL)
    limn_server_set_model (server, daemon->model);
  if (daemon->like != NULL)
    limn_server_set_like (server, daemon->like);
  g_signal_connect_swapped (server, "answered", G_CALLBACK (answered_cb), (gpointer) daemon);
  if (!limn_server_start (server, daemon->port, error))
    return FALSE;
  daemon->listening (limn_server_get_address (server));
  g_unix_signal_add (SIGINT, quit_cb, loop);
  g_unix_signal_add (SIGTERM, quit_cb, loop);
  g_main_loop_run (loop);
  limn_server_stop (server);
  return TRUE;
}

/* Threads that were at work come back and find that nobody waits. */
static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* folder has no folders. */
static void
remove_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_remove (path);
  }
  g_rmdir (folder);
}

gboolean
limn_daemon_run (const LimnDaemon *daemon, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-serve-XXXXXX", error);
  g_autoptr (LimnSession) session = NULL;
  g_autoptr (LimnQueue) queue = NULL;
  gboolean done;

  if (folder == NULL)
    return FALSE;
  session = limn_session_new (daemon->device, daemon->pictures);
  queue = limn_queue_new (session, folder);
  done = serve (daemon, queue, error);
  limn_queue_close (queue);
  limn_session_close (session);
  settle ();
  remove_files (folder);
  return done;
}
