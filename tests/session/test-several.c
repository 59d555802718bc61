/* test-several.c - a queue whose pictures are painted several a step: each an item, a record and a picture of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <unistd.h>

#include "common/patience.h"
#include "queue-fixture.h"

#define PICTURES 5

static void
close_queue (LimnQueue *queue)
{
  limn_queue_close (queue);
  tests_finalize (queue);
}

static void
append (SessionFixture *fixture, LimnQueue *queue, int together)
{
  g_object_set (fixture->settings, "count", PICTURES, "batch-size", together, NULL);
  limn_queue_append (queue, fixture->settings, NULL, 0);
}

/* Each has what it would have alone. */
static void
check_items (SessionFixture *fixture, LimnQueue *queue)
{
  for (guint i = 0; i < PICTURES; i++) {
    LimnQueueItem *item = queue_nth (queue, i);
    LimnSettings *settings = limn_queue_item_get_settings (item);
    LimnRecord *record =
        limn_records_lookup (limn_session_get_records (fixture->session), limn_queue_item_get_record_id (item));
    g_autoptr (LimnImage) saved = NULL;
    g_autoptr (LimnPicture) fresh = NULL;

    g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
    g_assert_cmpuint (limn_settings_values (settings)->seed, ==, 42 + i);
    g_assert_nonnull (record);
    g_assert_cmpint (limn_record_get_state (record), ==, LIMN_RECORD_DONE);
    g_assert_cmpuint (limn_record_get_n_steps (record), ==, 8);
    g_assert_cmpstr (limn_record_get_picture_path (record), ==, limn_queue_item_get_picture_path (item));
    saved = limn_image_load_png (limn_queue_item_get_picture_path (item), NULL, NULL);
    fresh = queue_paint_fresh (fixture, settings);
    g_assert_true (limn_image_is_same (saved, limn_picture_get_image (fresh)));
  }
}

static void
test_paint (SessionFixture *fixture, gconstpointer data)
{
  static const int sizes[] = { 3, 0, 1 }, most[] = { 3, PICTURES, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    LimnQueue *queue = queue_open (fixture);

    queue_set_step_us (fixture, 0);
    append (fixture, queue, sizes[i]);
    queue_wait_idle (queue);
    g_assert_cmpint (fake_engine_counts ().most_together, ==, most[i]);
    g_assert_cmpint (fake_engine_counts ().generates, ==, PICTURES);
    check_items (fixture, queue);
    limn_queue_clear_finished (queue);
    queue_wait_saved (queue);
    close_queue (queue);
  }
}

/* Other settings are not of the set, nor is what is held back. */
static void
test_apart (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = queue_open (fixture);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *group = NULL;

  limn_queue_set_paused (queue, TRUE);
  g_object_set (fixture->settings, "batch-size", 4, NULL);
  for (int i = 0; i < 6; i++) {
    LimnSettings *cell = limn_settings_copy (fixture->settings);

    g_object_set (cell, "seed", (guint64) i, "guidance", i % 2 == 0 ? 5.0 : 6.0, NULL);
    g_ptr_array_add (cells, cell);
  }
  group = limn_queue_append_group (queue, cells, NULL);
  limn_queue_set_item_paused (queue, queue_nth (queue, 2), TRUE);
  limn_queue_set_paused (queue, FALSE);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().most_together, ==, 3);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, i)), ==,
                     i == 2 ? LIMN_QUEUE_PAUSED : LIMN_QUEUE_DONE);
  close_queue (queue);
}

/* One of them is cancelled: the others come to their end, and it goes on later from where it was. */
static void
test_cancel (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = queue_open (fixture);
  LimnQueueItem *item;

  queue_set_step_us (fixture, 0);
  fake_engine_hold (4);
  append (fixture, queue, PICTURES);
  item = queue_nth (queue, 1);
  while (fake_engine_counts ().steps < PICTURES * 4)
    session_wait_ms (5);
  g_assert_cmpuint (limn_queue_get_n_running (queue), ==, PICTURES);
  limn_queue_cancel (queue, item);
  while (limn_queue_item_get_state (item) == LIMN_QUEUE_RUNNING)
    g_main_context_iteration (NULL, TRUE);
  fake_engine_hold (FAKE_NEVER);
  queue_wait_idle (queue);
  for (guint i = 0; i < PICTURES; i++)
    g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, i)), ==,
                     i == 1 ? LIMN_QUEUE_CANCELLED : LIMN_QUEUE_DONE);
  queue_set_step_us (fixture, 0);
  limn_queue_retry (queue, item);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 4);
  check_items (fixture, queue);
  close_queue (queue);
}

/* Limn's end while they are painted: all of them go on, together again. */
static void
test_restart (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = queue_open (fixture);

  queue_set_step_us (fixture, 0);
  fake_engine_hold (4);
  append (fixture, queue, 0);
  while (fake_engine_counts ().steps < PICTURES * 4)
    session_wait_ms (5);
  queue_wait_saved (queue);
  limn_queue_set_paused (queue, TRUE);
  queue = queue_restart (fixture, queue);
  queue_set_step_us (fixture, 0);
  limn_queue_set_paused (queue, FALSE);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().most_together, ==, PICTURES);
  g_assert_cmpint (fake_engine_counts ().steps, ==, PICTURES * 4);
  check_items (fixture, queue);
  close_queue (queue);
}

/* A device that is lost takes all of them with it; each is tried once more. */
static void
test_lost (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = queue_open (fixture);

  fixture->fake.fail = LIMN_ERROR_DEVICE_LOST;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  fixture->fake.fail_step = 3;
  fixture->fake.fail_times = 1;
  queue_set_step_us (fixture, 0);
  append (fixture, queue, 0);
  queue_wait_idle (queue);
  check_items (fixture, queue);
  close_queue (queue);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("several/paint", test_paint);
  SESSION_ADD ("several/apart", test_apart);
  SESSION_ADD ("several/cancel", test_cancel);
  SESSION_ADD ("several/restart", test_restart);
  SESSION_ADD ("several/lost", test_lost);
  return g_test_run ();
}
