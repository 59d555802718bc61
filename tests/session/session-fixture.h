/* session-fixture.h - a session over the fake engine in a folder of its own, and waiting for its answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "common/finalize.h"
#include "fake-engine.h"
#include "session/run/session.h"

G_BEGIN_DECLS

typedef struct {
  char *folder;
  LimnSession *session;
  LimnSettings *settings;
  FakeEngine fake;
  GThread *main_thread;
  int previews, progresses, last_step;
  int shown_width, shown_height; /* of the last preview */
  gboolean wrong_thread, in_order;
} SessionFixture;

typedef struct {
  gboolean done;
  LimnPicture *picture;
  GError *error;
} SessionAnswer;

/* g_test_init (), with user folders of the program's own, which its children have too; each set-up finds them empty. */
void session_test_init (int *argc, char ***argv);

void session_set_up (SessionFixture *fixture, gconstpointer data);
/* Also checks that nothing of the engine is left and that everything came on the main thread, in order. */
void session_tear_down (SessionFixture *fixture, gconstpointer data);

/* Checks what the fixture's session says from now on; of the first one, that is done. */
void session_watch (SessionFixture *fixture);
void session_begin (SessionFixture *fixture, SessionAnswer *answer);
/* A GAsyncReadyCallback; data: a SessionAnswer. */
void session_generated_cb (GObject *object, GAsyncResult *result, gpointer data);
void session_answer_clear (SessionAnswer *answer);
/* Runs the main loop until flag is raised. */
void session_wait_for (const gboolean *flag);
void session_wait_ms (guint ms);
guint session_count_files (const char *folder);

#define SESSION_ADD(name, test)                                                                                        \
  g_test_add ("/session/" name, SessionFixture, NULL, session_set_up, test, session_tear_down)

G_END_DECLS
