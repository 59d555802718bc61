/* test-device-faults.c - two workers, one of which comes, goes or fails, and whatever a person does meanwhile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <unistd.h>

#include "common/patience.h"
#include "devices-fixture.h"
#include "session/queue/grid.h"

/* ---- Devices that come and go ---- */

/* a device that is not wanted any more finishes what it has; one that comes takes the next at once */
static void
test_change (SessionFixture *fixture, gconstpointer data)
{
  const int again[] = { 0, 1 };
  LimnQueue *queue = devices_open_queue (fixture);
  LimnQueueItem *items[6];

  devices_set_step_us (fixture, 0);
  fake_engine_hold (2);
  for (guint64 seed = 0; seed < 6; seed++)
    items[seed] = devices_append (fixture, queue, seed);
  g_assert_cmpuint (limn_queue_get_n_running (queue), ==, 1);
  devices_use_two (fixture);
  devices_wait_running (queue, 2);
  devices_wait_progress (items[1], 0.2);
  limn_session_set_further_devices (fixture->session, NULL, 0);
  g_assert_cmpuint (devices_count (fixture->session), ==, 1);
  limn_queue_set_paused (queue, TRUE);
  fake_engine_hold (FAKE_NEVER);
  devices_wait_state (items[1], LIMN_QUEUE_DONE);
  devices_wait_state (items[0], LIMN_QUEUE_DONE);
  fake_engine_hold (0);
  limn_queue_set_paused (queue, FALSE);
  g_assert_cmpuint (limn_queue_get_n_running (queue), ==, 1);
  while (fake_engine_counts ().engines_alive > 1)
    session_wait_ms (5);
  limn_session_set_further_devices (fixture->session, again, 2);
  devices_wait_running (queue, 3);
  devices_set_step_us (fixture, 0);
  queue_wait_idle (queue);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

/* one that is wanted again before it has left stays: never are two on one device */
static void
test_back (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);

  devices_use_two (fixture);
  devices_set_step_us (fixture, 0);
  fake_engine_hold (2);
  for (guint64 seed = 0; seed < 6; seed++)
    devices_append (fixture, queue, seed);
  devices_wait_running (queue, 2);
  for (int i = 0; i < 4; i++) {
    limn_session_set_further_devices (fixture->session, NULL, 0);
    limn_session_set_further_devices (fixture->session, devices_second, 1);
    g_assert_cmpuint (devices_count (fixture->session), ==, 2);
    g_assert_cmpuint (limn_queue_get_n_running (queue), ==, 2);
  }
  fake_engine_hold (FAKE_NEVER);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().engines_made, ==, 0);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

static void
failed_cb (LimnQueue *queue, LimnQueueItem *item, int *failed)
{
  (*failed)++;
}

/* What is the further device's fault is nobody's business: the lead paints it. */
static void
fail_further (SessionFixture *fixture, int code, int times)
{
  LimnQueue *queue = devices_open_queue (fixture);
  int failed = 0;

  g_signal_connect (queue, "failed", G_CALLBACK (failed_cb), &failed);
  devices_use_two (fixture);
  fixture->fake.fail = code;
  fixture->fake.fail_device = 1;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  fixture->fake.fail_step = 2;
  fixture->fake.fail_times = times;
  devices_set_step_us (fixture, 5000);
  for (guint64 seed = 0; seed < 5; seed++)
    devices_append (fixture, queue, seed);
  queue_wait_idle (queue);
  g_assert_cmpint (failed, ==, 0);
  /* no step is lost, and none is done twice */
  g_assert_cmpint (fake_engine_counts ().steps, ==, 5 * 8);
  g_assert_cmpint (fake_engine_counts ().steps_on[1], >=, 2);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

static void
test_lost (SessionFixture *fixture, gconstpointer data)
{
  fail_further (fixture, LIMN_ERROR_DEVICE_LOST, 1);
}

static void
test_memory (SessionFixture *fixture, gconstpointer data)
{
  fail_further (fixture, LIMN_ERROR_MEMORY, 0);
  g_assert_cmpint (fake_engine_counts ().steps_on[1], <, 5 * 8);
}

/* what is the picture's own fault is told, whoever paints it */
static void
test_own_fault (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);
  LimnQueueItem *items[2];

  devices_use_two (fixture);
  fixture->fake.fail = LIMN_ERROR_NUMERIC;
  fixture->fake.fail_device = 1;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  devices_set_step_us (fixture, 5000);
  for (guint i = 0; i < 2; i++)
    items[i] = devices_append (fixture, queue, i);
  queue_wait_idle (queue);
  devices_assert_done (fixture, items[0]);
  g_assert_cmpint (limn_queue_item_get_state (items[1]), ==, LIMN_QUEUE_FAILED);
  g_assert_error (limn_queue_item_get_error (items[1]), LIMN_ERROR, LIMN_ERROR_NUMERIC);
  devices_close_queue (queue);
}

/* it is named and not there: left out, and tried anew when it is named again */
static void
test_no_device (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);

  devices_wait (fixture->session, 1);
  fixture->fake.device_fail = LIMN_ERROR_DEVICE;
  fixture->fake.fail_device = 1;
  devices_set_step_us (fixture, 2000);
  limn_session_set_further_devices (fixture->session, devices_second, 1);
  for (guint64 seed = 0; seed < 5; seed++)
    devices_append (fixture, queue, seed);
  queue_wait_idle (queue);
  g_assert_cmpuint (devices_count (fixture->session), ==, 1);
  g_assert_null (limn_session_get_device_error (fixture->session));
  g_assert_cmpint (fake_engine_counts ().steps_on[1], ==, 0);
  fixture->fake.device_fail = FAKE_OK;
  devices_set_step_us (fixture, 2000);
  devices_use_two (fixture);
  for (guint64 seed = 5; seed < 8; seed++)
    devices_append (fixture, queue, seed);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().steps_on[1], >=, 8);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

/* ---- Grids ---- */

/* of a grid over hand-offs each goes on from what its siblings have by then */
static void
test_grid (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);
  g_autoptr (LimnGridAxis) axis = NULL;
  g_autoptr (LimnGrid) grid = NULL;
  g_autofree char *group = NULL;
  GError *error = NULL;

  devices_use_two (fixture);
  devices_set_step_us (fixture, 4000);
  g_object_set (fixture->settings, "use-refiner", TRUE, "refiner", "/models/refiner", NULL);
  axis = limn_grid_axis_parse ("handoff", "0.25..1 step 0.125", fixture->settings, &error);
  g_assert_no_error (error);
  grid = limn_grid_new (fixture->settings, (LimnGridAxis *[LIMN_GRID_N_SIDES]){ g_steal_pointer (&axis) }, &error);
  g_assert_no_error (error);
  group = limn_grid_enqueue (grid, queue);
  queue_wait_idle (queue);
  g_test_message ("%d steps for %u pictures of 8", fake_engine_counts ().steps, queue_length (queue));
  g_assert_cmpint (fake_engine_counts ().steps, <, 7 * 8);
  g_assert_cmpuint (queue_length (queue), ==, 7);
  devices_assert_all_done (fixture, queue);
  devices_close_queue (queue);
}

/* ---- Whatever a person does ---- */

static LimnQueueItem *
any_item (LimnQueue *queue)
{
  return queue_length (queue) > 0 ? queue_nth (queue, (guint) g_test_rand_int_range (0, (int) queue_length (queue)))
                                  : NULL;
}

static void
change_item (LimnQueue *queue, LimnQueueItem *item)
{
  switch (g_test_rand_int_range (0, 6)) {
  case 0:
    limn_queue_cancel (queue, item);
    break;
  case 1:
    limn_queue_set_item_paused (queue, item, g_test_rand_bit ());
    break;
  case 2:
    limn_queue_move (queue, item, (guint) g_test_rand_int_range (0, 12));
    break;
  case 3: /* what is done would be painted anew */
    if (limn_queue_item_get_state (item) != LIMN_QUEUE_DONE)
      limn_queue_retry (queue, item);
    break;
  case 4:
    limn_queue_cancel_current (queue);
    break;
  default:
    if (limn_queue_item_get_state (item) != LIMN_QUEUE_DONE)
      limn_queue_remove (queue, item);
  }
}

static void
change_all (SessionFixture *fixture, LimnQueue *queue, guint64 *seed)
{
  switch (g_test_rand_int_range (0, 6)) {
  case 0:
  case 1:
    devices_append (fixture, queue, (*seed)++);
    break;
  case 2:
    g_object_set (fixture->settings, "seed", (*seed)++, NULL);
    limn_queue_prepend (queue, fixture->settings, NULL, 0);
    break;
  case 3:
    limn_queue_set_paused (queue, g_test_rand_bit ());
    break;
  case 4:
    limn_session_set_further_devices (fixture->session, devices_second, (guint) g_test_rand_int_range (0, 2));
    break;
  default:
    session_wait_ms ((guint) g_test_rand_int_range (0, 20));
  }
}

static void
finished_item_cb (LimnQueue *queue, LimnQueueItem *item, LimnPicture *picture, GHashTable *finished)
{
  g_assert_true (g_hash_table_add (finished, item)); /* never twice */
}

static void
go_on_with_all (LimnQueue *queue)
{
  for (guint i = 0; i < queue_length (queue); i++) {
    LimnQueueItem *item = queue_nth (queue, i);

    limn_queue_set_item_paused (queue, item, FALSE);
    if (limn_queue_item_get_state (item) == LIMN_QUEUE_CANCELLED)
      limn_queue_retry (queue, item);
  }
}

/* in the end each that was not taken out is done, once, and is what it would be alone */
static void
test_random (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = devices_open_queue (fixture);
  guint64 seed = 0;

  for (int round = 0; round < 4; round++) {
    g_autoptr (GHashTable) finished = g_hash_table_new (NULL, NULL);

    devices_use_two (fixture);
    fixture->fake.deaf = round == 3;
    devices_set_step_us (fixture, 2000);
    g_signal_connect (queue, "finished", G_CALLBACK (finished_item_cb), finished);
    for (int i = 0; i < 60; i++) {
      LimnQueueItem *item = any_item (queue);

      if (item != NULL && g_test_rand_bit ())
        change_item (queue, item);
      else
        change_all (fixture, queue, &seed);
      g_main_context_iteration (NULL, FALSE);
      g_assert_cmpuint (limn_queue_get_n_running (queue), <=, 3);
      g_assert_true ((limn_queue_get_current (queue) != NULL) == (limn_queue_get_n_running (queue) > 0));
    }
    limn_queue_set_paused (queue, FALSE);
    while (limn_queue_get_n_pending (queue) > 0 || limn_queue_get_n_running (queue) > 0
           || g_hash_table_size (finished) < queue_length (queue)) {
      go_on_with_all (queue);
      session_wait_ms (5);
    }
    for (guint i = 0; i < queue_length (queue); i++)
      devices_assert_done (fixture, queue_nth (queue, i));
    g_assert_false (fake_engine_counts ().wrong_thread);
    g_signal_handlers_disconnect_by_data (queue, finished);
    limn_queue_clear_finished (queue);
  }
  devices_close_queue (queue);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("device-faults/change", test_change);
  SESSION_ADD ("device-faults/back", test_back);
  SESSION_ADD ("device-faults/lost", test_lost);
  SESSION_ADD ("device-faults/memory", test_memory);
  SESSION_ADD ("device-faults/own-fault", test_own_fault);
  SESSION_ADD ("device-faults/no-device", test_no_device);
  SESSION_ADD ("device-faults/grid", test_grid);
  SESSION_ADD ("device-faults/random", test_random);
  return g_test_run ();
}
