/* session-fixture.c - a session over the fake engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session-fixture.h"

#include "common/folder.h"

void
session_test_init (int *argc, char ***argv)
{
  tests_own_homes ();
  g_test_init (argc, argv, NULL);
}

void
session_answer_clear (SessionAnswer *answer)
{
  g_clear_object (&answer->picture);
  g_clear_error (&answer->error);
  answer->done = FALSE;
}

void
session_generated_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  SessionAnswer *answer = data;

  g_assert_false (answer->done);
  answer->picture = limn_session_generate_finish (LIMN_SESSION (object), result, &answer->error);
  answer->done = TRUE;
}

static void
progress_cb (LimnSession *session, const LimnProgress *progress, SessionFixture *fixture)
{
  fixture->progresses++;
  if (g_thread_self () != fixture->main_thread)
    fixture->wrong_thread = TRUE;
}

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, SessionFixture *fixture)
{
  fixture->previews++;
  if (g_thread_self () != fixture->main_thread)
    fixture->wrong_thread = TRUE;
  if (step <= fixture->last_step)
    fixture->in_order = FALSE;
  fixture->last_step = step;
  fixture->shown_width = image->width;
  fixture->shown_height = image->height;
  g_assert_cmpint (image->width, >=, 8);
}

static void
begun_cb (LimnSession *session, GParamSpec *spec, SessionFixture *fixture)
{
  fixture->last_step = 0;
}

void
session_watch (SessionFixture *fixture)
{
  g_signal_connect (fixture->session, "progress", G_CALLBACK (progress_cb), fixture);
  g_signal_connect (fixture->session, "preview", G_CALLBACK (preview_cb), fixture);
  g_signal_connect (fixture->session, "notify::record", G_CALLBACK (begun_cb), fixture);
}

void
session_wait_for (const gboolean *flag)
{
  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
raise_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

void
session_wait_ms (guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, raise_cb, &over);
  session_wait_for (&over);
}

void
session_begin (SessionFixture *fixture, SessionAnswer *answer)
{
  limn_session_generate_async (fixture->session, fixture->settings, session_generated_cb, answer);
}

void
session_set_up (SessionFixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  tests_remove_folder (g_get_user_state_dir ());
  tests_remove_folder (g_get_user_cache_dir ());
  fixture->folder = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  fixture->main_thread = g_thread_self ();
  fixture->in_order = TRUE;
  fake_engine_init (&fixture->fake);
  fake_engine_set (&fixture->fake);
  fixture->settings = limn_settings_new ();
  g_object_set (fixture->settings, "prompt", "A red circle, above a blue square!", "width", 128, "height", 128, "steps",
                8, "seed", G_GUINT64_CONSTANT (42), NULL);
  fixture->session = limn_session_new (-1, fixture->folder);
  session_watch (fixture);
}

guint
session_count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint files = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    files++;
  return files;
}

void
session_tear_down (SessionFixture *fixture, gconstpointer data)
{
  FakeCounts counts;

  limn_session_close (fixture->session);
  tests_finalize (g_steal_pointer (&fixture->session));
  counts = fake_engine_counts ();
  g_assert_cmpint (counts.engines_alive, ==, 0);
  g_assert_cmpint (counts.models_alive, ==, 0);
  g_assert_false (counts.wrong_thread);
  g_assert_false (fixture->wrong_thread);
  g_assert_true (fixture->in_order);
  g_object_unref (fixture->settings);
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}
