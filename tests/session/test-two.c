/* test-two.c - two Limns on one state folder: neither writes over what the other has, and whoever comes next has all of
 * it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/any.h"
#include "queue-fixture.h"

static LimnQueue *
open_queue (SessionFixture *fixture)
{
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);

  queue_wait_loaded (queue);
  limn_queue_set_paused (queue, TRUE);
  return queue;
}

static void
append (SessionFixture *fixture, LimnQueue *queue, const char *prompt)
{
  g_object_set (fixture->settings, "prompt", prompt, NULL);
  limn_queue_append (queue, fixture->settings, NULL, 0);
  queue_wait_saved (queue);
}

static void
close_queue (LimnQueue *queue)
{
  limn_queue_close (queue);
  tests_finalize (queue);
}

static void
test_queues (SessionFixture *fixture, gconstpointer data)
{
  static const char *const prompts[] = { "a", "d", "b", "c" };
  LimnSession *session = fixture->session;
  LimnQueue *queue = open_queue (fixture), *other;

  append (fixture, queue, "a");
  fixture->session = limn_session_new (-1, fixture->folder);
  session_watch (fixture);
  other = open_queue (fixture);
  g_assert_cmpuint (queue_length (other), ==, 0);
  append (fixture, other, "b");
  append (fixture, other, "c");
  append (fixture, queue, "d");
  gboolean first = tests_toss (); /* whichever ends first */
  close_queue (first ? queue : other);
  close_queue (first ? other : queue);
  limn_session_close (session);
  tests_finalize (session);
  for (int i = 0; i < 2; i++) {
    queue = open_queue (fixture);
    g_assert_cmpuint (queue_length (queue), ==, G_N_ELEMENTS (prompts));
    for (guint j = 0; j < G_N_ELEMENTS (prompts); j++)
      g_assert_cmpstr (limn_settings_values (limn_queue_item_get_settings (queue_nth (queue, j)))->prompt, ==,
                       prompts[j]);
    queue_wait_saved (queue);
    close_queue (queue);
  }
}

/* Whoever still has a queue that is closed keeps nobody from what is in it. */
static void
test_closed (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = open_queue (fixture), *next;

  append (fixture, queue, "a");
  limn_queue_close (queue);
  next = open_queue (fixture);
  g_assert_cmpuint (queue_length (next), ==, 1);
  close_queue (next);
  tests_finalize (queue);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  SESSION_ADD ("two/queues", test_queues);
  SESSION_ADD ("two/closed", test_closed);
  return g_test_run ();
}
