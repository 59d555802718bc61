/* test-devices.c - two workers: which paints what, who is followed, and what a person stops.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <unistd.h>

#include "common/patience.h"
#include "devices-fixture.h"
#include "session/run/run.h"

/* ---- Runs ---- */

typedef struct {
  int progresses, previews, last_step, finished;
  gboolean mixed;
} Heard;

static void
progress_cb (LimnRun *run, const LimnProgress *progress, Heard *heard)
{
  heard->progresses++;
  g_assert_true (limn_run_get_progress (run)->step == progress->step);
}

static void
preview_cb (LimnRun *run, int step, int steps, const LimnImage *image, Heard *heard)
{
  int shown, of;

  heard->previews++;
  heard->mixed |= step <= heard->last_step || limn_run_get_preview (run, &shown, &of) != image || shown != step;
  heard->last_step = step;
}

static void
finished_cb (LimnRun *run, Heard *heard)
{
  heard->finished++;
}

static LimnRun *
begin (SessionFixture *fixture, guint64 seed, GCancellable *cancellable, SessionAnswer *answer, Heard *heard)
{
  LimnRun *run;

  g_object_set (fixture->settings, "seed", seed, NULL);
  run = g_object_ref (limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_NORMAL,
                                              cancellable, session_generated_cb, answer));
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), heard);
  g_signal_connect (run, "preview", G_CALLBACK (preview_cb), heard);
  g_signal_connect (run, "finished", G_CALLBACK (finished_cb), heard);
  return run;
}

/* each run speaks for itself; the session for the first, then for the second */
static void
test_two (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answers[2] = { { 0 } };
  Heard heard[2] = { { 0 } };
  const int steps[] = { 10, 12 };
  LimnRun *runs[2];

  devices_use_two (fixture);
  devices_set_step_us (fixture, 2000);
  fake_engine_hold (2);
  for (int i = 0; i < 2; i++) {
    g_object_set (fixture->settings, "steps", steps[i], NULL);
    runs[i] = begin (fixture, (guint64) i, NULL, &answers[i], &heard[i]);
  }
  g_assert_false (limn_run_is_further (runs[0]));
  g_assert_true (limn_run_is_further (runs[1]));
  g_assert_null (limn_run_get_device (runs[1]));
  while (heard[0].last_step < 2 || heard[1].last_step < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (limn_session_get_record (fixture->session) == limn_run_get_record (runs[0]));
  g_assert_cmpstr (limn_run_get_device (runs[1]), ==, "Arc A770 Graphics");
  g_assert_cmpint (fixture->previews, ==, heard[0].previews);
  fake_engine_hold (11); /* the second is still at it when the first has ended */
  for (int i = 0; i < 2; i++) {
    session_wait_for (&answers[i].done);
    fake_engine_hold (FAKE_NEVER);
    g_assert_no_error (answers[i].error);
    g_assert_cmpint (heard[i].last_step, ==, steps[i]);
    g_assert_cmpint (heard[i].finished, ==, 1);
    g_assert_false (heard[i].mixed);
    g_assert_cmpstr (limn_picture_get_record_id (answers[i].picture), ==,
                     limn_record_get_id (limn_run_get_record (runs[i])));
    g_assert_cmpint (limn_record_get_n_steps (limn_run_get_record (runs[i])), ==, steps[i]);
  }
  g_assert_true (limn_session_get_record (fixture->session) == limn_run_get_record (runs[1]));
  g_assert_cmpint (fake_engine_counts ().most_painting, ==, 2);
  for (int i = 0; i < 2; i++) {
    g_assert_cmpint (fake_engine_counts ().steps_on[i], ==, steps[i]);
    g_object_unref (runs[i]);
    session_answer_clear (&answers[i]);
  }
}

/* the followed one is cancelled: the other one goes on, and is followed */
static void
test_cancel_one (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  SessionAnswer answers[2] = { { 0 } };
  Heard heard[2] = { { 0 } };
  LimnRun *runs[2];

  devices_use_two (fixture);
  fake_engine_hold (2);
  for (int i = 0; i < 2; i++)
    runs[i] = begin (fixture, (guint64) i, i == 0 ? cancellable : NULL, &answers[i], &heard[i]);
  while (heard[0].last_step < 2 || heard[1].last_step < 2)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  session_wait_for (&answers[0].done);
  g_assert_error (answers[0].error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_false (answers[1].done);
  g_assert_true (limn_session_is_busy (fixture->session));
  while (limn_session_get_record (fixture->session) != limn_run_get_record (runs[1]))
    g_main_context_iteration (NULL, TRUE);
  fake_engine_hold (FAKE_NEVER);
  session_wait_for (&answers[1].done);
  g_assert_no_error (answers[1].error);
  g_assert_cmpint (heard[1].last_step, ==, 8);
  g_assert_cmpint (limn_record_get_state (limn_run_get_record (runs[0])), ==, LIMN_RECORD_CANCELLED);
  for (int i = 0; i < 2; i++) {
    g_object_unref (runs[i]);
    session_answer_clear (&answers[i]);
  }
}

static void
test_close (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answers[3] = { { 0 } };
  Heard heard[3] = { { 0 } };
  LimnRun *runs[3];

  devices_use_two (fixture);
  fake_engine_hold (1);
  for (int i = 0; i < 3; i++)
    runs[i] = begin (fixture, (guint64) i, NULL, &answers[i], &heard[i]);
  while (heard[0].last_step < 1 || heard[1].last_step < 1)
    g_main_context_iteration (NULL, TRUE);
  limn_session_close (fixture->session);
  g_assert_cmpint (fake_engine_counts ().engines_alive, ==, 0);
  for (int i = 0; i < 3; i++) {
    session_wait_for (&answers[i].done);
    g_assert_error (answers[i].error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    if (i < 2)
      g_assert_cmpint (limn_record_get_state (limn_run_get_record (runs[i])), ==, LIMN_RECORD_INTERRUPTED);
    else
      g_assert_null (limn_run_get_record (runs[i]));
    g_object_unref (runs[i]);
    session_answer_clear (&answers[i]);
  }
}

/* ---- The queue ---- */

static void
test_in_line (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);

  devices_use_two (fixture);
  devices_set_step_us (fixture, 0);
  fake_engine_hold (4);
  limn_queue_set_paused (queue, TRUE);
  for (guint64 seed = 0; seed < 7; seed++)
    devices_append (fixture, queue, seed);
  limn_queue_set_paused (queue, FALSE);
  g_assert_cmpuint (limn_queue_get_n_running (queue), ==, 2);
  g_assert_true (limn_queue_get_current (queue) == queue_nth (queue, 0));
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 1)), ==, LIMN_QUEUE_RUNNING);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 2)), ==, LIMN_QUEUE_WAITING);
  devices_wait_progress (queue_nth (queue, 0), 0.5);
  devices_wait_progress (queue_nth (queue, 1), 0.5);
  limn_queue_set_paused (queue, TRUE);
  fake_engine_hold (FAKE_NEVER);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().generates, ==, 2);
  g_assert_cmpint (fake_engine_counts ().most_painting, ==, 2);
  limn_queue_set_paused (queue, FALSE);
  g_assert_cmpuint (limn_queue_get_n_running (queue), ==, 2);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().generates, ==, 7);
  g_assert_cmpint (fake_engine_counts ().steps_on[1], >=, 2 * 8);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

/* one ends, is held back or is thrown out, whichever of the two it is: the other goes on */
static void
test_stop_one (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);
  LimnQueueItem *items[6];

  devices_use_two (fixture);
  fake_engine_hold (2);
  for (guint64 seed = 0; seed < 6; seed++)
    items[seed] = devices_append (fixture, queue, seed);
  devices_wait_progress (items[0], 0.2);
  devices_wait_progress (items[1], 0.2);
  limn_queue_cancel (queue, items[1]);
  devices_wait_state (items[1], LIMN_QUEUE_CANCELLED);
  g_assert_true (limn_queue_get_current (queue) == items[0]);
  limn_queue_cancel_current (queue);
  devices_wait_state (items[0], LIMN_QUEUE_CANCELLED);
  devices_wait_running (queue, 2);
  g_assert_true (limn_queue_get_current (queue) == items[2]);
  devices_wait_progress (items[2], 0.2);
  limn_queue_set_item_paused (queue, items[2], TRUE);
  devices_wait_state (items[2], LIMN_QUEUE_PAUSED);
  limn_queue_remove (queue, items[3]);
  devices_set_step_us (fixture, 0);
  queue_wait_idle (queue);
  for (guint i = 0; i < 2; i++)
    limn_queue_retry (queue, items[i]);
  limn_queue_set_item_paused (queue, items[2], FALSE);
  g_assert_cmpuint (limn_queue_get_n_running (queue), ==, 2);
  queue_wait_idle (queue);
  g_assert_cmpuint (queue_length (queue), ==, 5);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

/* The queue of the next session, which is held back until it has two devices as well. */
static LimnQueue *
restart (SessionFixture *fixture, LimnQueue *queue)
{
  limn_queue_set_paused (queue, TRUE);
  queue = queue_restart (fixture, queue);
  devices_use_two (fixture);
  return queue;
}

/* two run when Limn ends: both go on next time, after their last steps */
static void
test_restart (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);

  devices_use_two (fixture);
  fake_engine_hold (4);
  for (guint64 seed = 0; seed < 4; seed++)
    devices_append (fixture, queue, seed);
  devices_wait_progress (queue_nth (queue, 0), 0.5);
  devices_wait_progress (queue_nth (queue, 1), 0.5);
  queue = restart (fixture, queue);
  devices_set_step_us (fixture, 0);
  limn_queue_set_paused (queue, FALSE);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 2 * 8 + 2 * 4);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

/* the engine of one does not come back from a cancelled run: trying it again waits for that, for its journal is still
 * being written, and on whichever of the devices that is */
static void
test_deaf (SessionFixture *fixture, gconstpointer data)
{
  for (guint which = 0; which < 2; which++) {
    LimnQueue *queue = devices_open_queue (fixture);
    LimnQueueItem *items[2];

    devices_use_two (fixture);
    fixture->fake.deaf = TRUE;
    devices_set_step_us (fixture, 2000);
    fake_engine_hold (1);
    for (guint i = 0; i < 2; i++)
      items[i] = devices_append (fixture, queue, 10 * which + i);
    devices_wait_progress (items[which], 0.1);
    limn_queue_cancel (queue, items[which]);
    devices_wait_state (items[which], LIMN_QUEUE_CANCELLED);
    limn_queue_retry (queue, items[which]);
    fixture->fake.deaf = FALSE;
    devices_set_step_us (fixture, 0);
    queue_wait_idle (queue);
    for (guint i = 0; i < 2; i++)
      devices_assert_done (fixture, items[i]);
    g_assert_cmpint (fake_engine_counts ().painting, ==, 0);
    limn_queue_clear_finished (queue);
    devices_close_queue (queue);
  }
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("devices/two", test_two);
  SESSION_ADD ("devices/cancel-one", test_cancel_one);
  SESSION_ADD ("devices/close", test_close);
  SESSION_ADD ("devices/in-line", test_in_line);
  SESSION_ADD ("devices/stop-one", test_stop_one);
  SESSION_ADD ("devices/restart", test_restart);
  SESSION_ADD ("devices/deaf", test_deaf);
  return g_test_run ();
}
