/* test-queue.c - the queue: order, holding back, trouble, and what the next session finds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/own-time.h"
#include "common/patience.h"
#include "queue-fixture.h"
#include "session/queue/queue-private.h"

/* ---- Help ---- */

typedef struct {
  GString *prompts; /* of the finished ones, in order */
  int finished, failed;
} Heard;

static void
finished_cb (LimnQueue *queue, LimnQueueItem *item, LimnPicture *picture, Heard *heard)
{
  heard->finished++;
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
  g_assert_true (limn_queue_item_get_picture (item) == picture);
  g_string_append_printf (heard->prompts, "%s ", limn_settings_values (limn_queue_item_get_settings (item))->prompt);
}

static void
failed_cb (LimnQueue *queue, LimnQueueItem *item, Heard *heard)
{
  heard->failed++;
}

static LimnQueue *
open_queue (SessionFixture *fixture, Heard *heard)
{
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);

  heard->prompts = g_string_new (NULL);
  g_signal_connect (queue, "finished", G_CALLBACK (finished_cb), heard);
  g_signal_connect (queue, "failed", G_CALLBACK (failed_cb), heard);
  queue_wait_ready (fixture, queue);
  return queue;
}

static void
close_queue (LimnQueue *queue, Heard *heard)
{
  limn_queue_close (queue);
  tests_finalize (queue);
  if (heard->prompts != NULL)
    g_string_free (heard->prompts, TRUE);
}

static LimnQueueItem *
append (SessionFixture *fixture, LimnQueue *queue, const char *prompt)
{
  g_object_set (fixture->settings, "prompt", prompt, NULL);
  return limn_queue_append (queue, fixture->settings, NULL, 0);
}

static void
assert_fresh (SessionFixture *fixture, LimnQueueItem *item)
{
  g_autoptr (LimnPicture) fresh = queue_paint_fresh (fixture, limn_queue_item_get_settings (item));

  g_assert_true (
      limn_image_is_same (limn_picture_get_image (fresh), limn_picture_get_image (limn_queue_item_get_picture (item))));
}

/* ---- Order ---- */

static void
test_batch (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  guint items, done;

  g_object_set (fixture->settings, "count", 5, NULL);
  limn_queue_append (queue, fixture->settings, NULL, 0);
  g_assert_cmpuint (queue_length (queue), ==, 5);
  g_assert_nonnull (limn_queue_get_current (queue));
  queue_wait_idle (queue);
  g_assert_cmpint (heard.finished, ==, 5);
  g_assert_cmpint (fake_engine_counts ().generates, ==, 5);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 5);
  for (guint i = 0; i < 5; i++) {
    LimnQueueItem *item = queue_nth (queue, i);

    g_assert_cmpuint (limn_settings_values (limn_queue_item_get_settings (item))->seed, ==, 42 + i);
    g_assert_cmpfloat (limn_queue_item_get_progress (item), ==, 1);
    g_assert_cmpint (limn_queue_item_get_cell (item), ==, (int) i);
    g_assert_cmpstr (limn_picture_get_record_id (limn_queue_item_get_picture (item)), ==,
                     limn_queue_item_get_record_id (item));
  }
  g_assert_cmpfloat (
      limn_queue_get_group_progress (queue, limn_queue_item_get_group (queue_nth (queue, 0)), &items, &done), ==, 1);
  g_assert_cmpuint (items, ==, 5);
  g_assert_cmpuint (done, ==, 5);

  queue_wait_saved (queue);
  g_string_free (g_steal_pointer (&heard.prompts), TRUE);
  queue = queue_restart (fixture, queue);
  g_assert_cmpuint (queue_length (queue), ==, 5);
  for (guint i = 0; i < 5; i++) {
    g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, i)), ==, LIMN_QUEUE_DONE);
    g_assert_true (g_file_test (limn_queue_item_get_picture_path (queue_nth (queue, i)), G_FILE_TEST_EXISTS));
  }
  limn_queue_clear_finished (queue);
  g_assert_cmpuint (queue_length (queue), ==, 0);
  close_queue (queue, &heard);
}

static void
test_reorder (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);

  limn_queue_set_paused (queue, TRUE);
  append (fixture, queue, "a");
  append (fixture, queue, "b");
  append (fixture, queue, "c");
  limn_queue_move (queue, append (fixture, queue, "d"), 0);
  limn_queue_move (queue, queue_nth (queue, 1), 99);
  limn_queue_remove (queue, queue_nth (queue, 1));
  g_object_set (fixture->settings, "prompt", "next", "count", 2, NULL);
  limn_queue_prepend (queue, fixture->settings, NULL, 0);
  g_assert_cmpuint (limn_queue_get_n_pending (queue), ==, 5);
  queue_wait_saved (queue);
  g_assert_cmpint (fake_engine_counts ().generates, ==, 0);
  limn_queue_set_paused (queue, FALSE);
  queue_wait_idle (queue);
  g_assert_cmpstr (heard.prompts->str, ==, "next next d c a ");
  close_queue (queue, &heard);
}

static void
test_pause (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnQueueItem *first;

  fake_engine_hold (2);
  first = append (fixture, queue, "a");
  append (fixture, queue, "b");
  limn_queue_set_item_paused (queue, append (fixture, queue, "c"), TRUE);
  queue_wait_progress (first, 0.2);
  limn_queue_set_paused (queue, TRUE);
  fake_engine_hold (FAKE_NEVER);
  queue_wait_idle (queue);
  g_assert_cmpstr (heard.prompts->str, ==, "a ");
  session_wait_ms (50);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 1)), ==, LIMN_QUEUE_WAITING);

  /* held back over the end of the session, too */
  queue = queue_restart (fixture, queue);
  g_assert_true (limn_queue_get_paused (queue));
  session_wait_ms (50);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 1)), ==, LIMN_QUEUE_WAITING);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 2)), ==, LIMN_QUEUE_PAUSED);
  limn_queue_set_paused (queue, FALSE);
  queue_wait_idle (queue);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 1)), ==, LIMN_QUEUE_DONE);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 2)), ==, LIMN_QUEUE_PAUSED);
  close_queue (queue, &heard);
}

/* ---- Stopping ---- */

static void
test_cancel (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnQueueItem *first;
  double kept;

  fake_engine_hold (4);
  first = append (fixture, queue, "a");
  append (fixture, queue, "b");
  queue_wait_progress (first, 0.4);
  limn_queue_cancel_current (queue);
  while (limn_queue_item_get_state (first) == LIMN_QUEUE_RUNNING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (limn_queue_item_get_state (first), ==, LIMN_QUEUE_CANCELLED);
  kept = limn_queue_item_get_progress (first);
  queue_set_step_us (fixture, 0);
  queue_wait_idle (queue);
  g_assert_cmpstr (heard.prompts->str, ==, "b ");

  queue_set_step_us (fixture, 0);
  limn_queue_retry (queue, first);
  queue_wait_idle (queue);
  g_assert_cmpint (limn_queue_item_get_state (first), ==, LIMN_QUEUE_DONE);
  g_test_message ("%d steps after %g of 8 were kept", fake_engine_counts ().steps, kept * 8);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 8 - (int) (kept * 8));
  assert_fresh (fixture, first);
  g_assert_cmpint (heard.failed, ==, 0);
  close_queue (queue, &heard);
}

/* one item is held back while it runs: the next begins, and it goes on later from where it was */
static void
test_pause_running (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnQueueItem *first;

  fake_engine_hold (4);
  first = append (fixture, queue, "a");
  append (fixture, queue, "b");
  queue_wait_progress (first, 0.4);
  limn_queue_set_item_paused (queue, first, TRUE);
  while (limn_queue_item_get_state (first) == LIMN_QUEUE_RUNNING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (limn_queue_item_get_state (first), ==, LIMN_QUEUE_PAUSED);
  queue_set_step_us (fixture, 0);
  queue_wait_idle (queue);
  queue_set_step_us (fixture, 0);
  limn_queue_set_item_paused (queue, first, FALSE);
  queue_wait_idle (queue);
  g_assert_cmpstr (heard.prompts->str, ==, "b a ");
  g_assert_cmpint (fake_engine_counts ().steps, ==, 4);
  assert_fresh (fixture, first);
  close_queue (queue, &heard);
}

static void
test_remove_running (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnQueueItem *first;

  fake_engine_hold (2);
  first = append (fixture, queue, "a");
  append (fixture, queue, "b");
  queue_wait_progress (first, 0.2);
  limn_queue_remove (queue, first);
  g_assert_cmpuint (queue_length (queue), ==, 1);
  queue_set_step_us (fixture, 0);
  queue_wait_idle (queue);
  g_assert_cmpstr (heard.prompts->str, ==, "b ");
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 1);
  close_queue (queue, &heard);
}

/* Limn's end while an item runs: it is the first thing to go on */
static void
test_restart_running (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnQueueItem *first;

  append (fixture, queue, "a");
  queue_wait_idle (queue);
  fake_engine_hold (4);
  first = append (fixture, queue, "b");
  append (fixture, queue, "c");
  queue_wait_progress (first, 0.4);
  g_string_free (g_steal_pointer (&heard.prompts), TRUE);
  fake_engine_hold (0);
  queue = queue_restart (fixture, queue);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 0)), ==, LIMN_QUEUE_DONE);
  while (!limn_records_is_loaded (limn_session_get_records (fixture->session)))
    g_main_context_iteration (NULL, TRUE);
  queue_set_step_us (fixture, 0); /* until now what has begun again is held before its first step */
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 8 + 4);
  for (guint i = 1; i < 3; i++) {
    g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, i)), ==, LIMN_QUEUE_DONE);
    assert_fresh (fixture, queue_nth (queue, i));
  }
  close_queue (queue, &heard);
}

/* ---- Trouble ---- */

static void
test_failure (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnQueueItem *first;

  fixture->fake.fail = LIMN_ERROR_NUMERIC;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  fixture->fake.fail_step = 5;
  fixture->fake.fail_times = 1;
  queue_set_step_us (fixture, 0);
  first = append (fixture, queue, "a");
  append (fixture, queue, "b");
  queue_wait_idle (queue);
  g_assert_cmpint (limn_queue_item_get_state (first), ==, LIMN_QUEUE_FAILED);
  g_assert_nonnull (strstr (limn_queue_item_get_message (first), "base"));
  g_assert_cmpint (heard.failed, ==, 1);
  g_assert_cmpstr (heard.prompts->str, ==, "b ");

  g_string_free (g_steal_pointer (&heard.prompts), TRUE);
  queue = queue_restart (fixture, queue);
  first = queue_nth (queue, 0);
  g_assert_cmpint (limn_queue_item_get_state (first), ==, LIMN_QUEUE_FAILED);
  g_assert_nonnull (strstr (limn_queue_item_get_message (first), "base"));
  fixture->fake.fail = FAKE_OK;
  queue_set_step_us (fixture, 0);
  while (!limn_records_is_loaded (limn_session_get_records (fixture->session)))
    g_main_context_iteration (NULL, TRUE);
  limn_queue_retry (queue, first);
  queue_wait_idle (queue);
  g_assert_cmpint (limn_queue_item_get_state (first), ==, LIMN_QUEUE_DONE);
  g_assert_cmpstr (limn_queue_item_get_message (first), ==, "");
  g_assert_cmpint (fake_engine_counts ().steps, ==, 3);
  close_queue (queue, &heard);
}

/* once is the device's fault and nobody's business; twice is told */
static void
test_device_lost (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnQueueItem *item;

  fixture->fake.fail = LIMN_ERROR_DEVICE_LOST;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  fixture->fake.fail_step = 3;
  fixture->fake.fail_times = 1;
  queue_set_step_us (fixture, 0);
  item = append (fixture, queue, "a");
  queue_wait_idle (queue);
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
  g_assert_cmpint (fake_engine_counts ().engines_made, ==, 1);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 8);
  g_assert_cmpint (heard.failed, ==, 0);
  assert_fresh (fixture, item);

  fixture->fake.fail_times = 2;
  queue_set_step_us (fixture, 0);
  item = append (fixture, queue, "b");
  queue_wait_idle (queue);
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_FAILED);
  g_assert_nonnull (strstr (limn_queue_item_get_message (item), "lost"));
  g_assert_cmpint (heard.failed, ==, 1);
  close_queue (queue, &heard);
}

static void
test_broken_file (SessionFixture *fixture, gconstpointer data)
{
  const char *texts[] = { "", "{", "[]", "{\"version\":99,\"items\":[]}", "\xff\xfe", "{\"version\":1,\"items\":7}" };
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "limn", NULL);
  g_autofree char *path = g_build_filename (folder, "queue.json", NULL);
  g_autofree char *aside = g_build_filename (folder, "queue.json.broken", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    Heard heard = { 0 };
    LimnQueue *queue;

    g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
    queue = open_queue (fixture, &heard);
    g_assert_cmpuint (queue_length (queue), ==, 0);
    g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
    g_unlink (aside);
    close_queue (queue, &heard);
  }
  /* odd members are passed over */
  g_assert_true (g_file_set_contents (path,
                                      "{\"version\":1,\"paused\":true,\"items\":[7,{},{\"state\":\"odd\",\"settings\":"
                                      "{\"steps\":\"many\",\"prompt\":\"p\",\"seed\":\"18446744073709551615\"},"
                                      "\"cell\":-4,\"source\":\"../../etc/passwd\"}]}",
                                      -1, NULL));
  {
    Heard heard = { 0 };
    LimnQueue *queue = open_queue (fixture, &heard);

    g_assert_cmpuint (queue_length (queue), ==, 2);
    g_assert_cmpuint (limn_settings_values (limn_queue_item_get_settings (queue_nth (queue, 1)))->seed, ==,
                      G_MAXUINT64);
    g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 1)), ==, LIMN_QUEUE_FAILED);
    close_queue (queue, &heard);
  }
}

/* ---- Pictures, wildcards, branches ---- */

static void
test_source (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnImage *image = limn_image_new (150, 200);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnMask) mask = NULL;
  guint8 *pixels = g_malloc0 (64 * 64); /* half as large as the picture */
  const LimnSettingsValues *values;

  for (int i = 0; i < 150 * 200 * 3; i++)
    image->rgb[i] = (guint8) (i * 11);
  memset (pixels + 64 * 32, 255, 64 * 32);
  source = limn_source_new (image, "dropped");
  mask = limn_mask_new (64, 64, pixels);
  g_object_set (fixture->settings, "source", source, "mask", mask, NULL);
  limn_queue_set_paused (queue, TRUE);
  append (fixture, queue, "a");
  append (fixture, queue, "b");
  queue = queue_restart (fixture, queue);

  values = limn_settings_values (limn_queue_item_get_settings (queue_nth (queue, 1)));
  g_assert_true (limn_image_is_same (limn_source_get_image (values->source), limn_source_get_image (source)));
  g_assert_cmpmem (limn_mask_get_pixels (values->mask), 64 * 64, limn_mask_get_pixels (mask), 64 * 64);
  limn_queue_set_paused (queue, FALSE);
  queue_wait_idle (queue);
  for (guint i = 0; i < 2; i++) {
    LimnQueueItem *item = queue_nth (queue, i);
    g_autoptr (LimnImage) original = limn_source_render (source, 128, 128, 0.5, 0.5, LIMN_SOURCE_CROP);

    g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
    assert_fresh (fixture, item);
    /* what the mask keeps is the original's, to the pixel; the rest is not */
    g_assert_cmpmem (limn_picture_get_image (limn_queue_item_get_picture (item))->rgb, 128 * 64 * 3, original->rgb,
                     128 * 64 * 3);
    g_assert_false (limn_image_is_same (limn_picture_get_image (limn_queue_item_get_picture (item)), original));
  }
  heard.prompts = NULL;
  close_queue (queue, &heard);
}

static void
test_wildcards (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  g_autoptr (GHashTable) prompts = g_hash_table_new (g_str_hash, g_str_equal);

  limn_queue_set_paused (queue, TRUE);
  g_object_set (fixture->settings, "count", 20, NULL);
  append (fixture, queue, "a {red|green|blue} cat");
  for (guint i = 0; i < 20; i++)
    g_hash_table_add (prompts, limn_settings_values (limn_queue_item_get_settings (queue_nth (queue, i)))->prompt);
  g_assert_cmpuint (g_hash_table_size (prompts), ==, 3);
  g_assert_true (g_hash_table_contains (prompts, "a green cat"));
  g_object_set (fixture->settings, "count", 1, NULL);
  g_assert_cmpint (limn_queue_item_get_state (append (fixture, queue, "a __no/such__ cat")), ==, LIMN_QUEUE_FAILED);
  g_test_message ("%s", limn_queue_item_get_message (queue_nth (queue, 20)));
  close_queue (queue, &heard);
}

/* a draft, of the contact sheet say, is of the words that the run of the same seed paints */
static void
test_drafts_agree (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  SessionAnswer answer = { 0 };

  limn_queue_set_paused (queue, TRUE);
  g_object_set (fixture->settings, "separate-prompts", TRUE, "prompt-2", "{dawn|noon|night}", "negative", "{a|b|c|d}",
                NULL);
  for (guint64 seed = 0; seed < 12; seed++) {
    g_autoptr (LimnPicture) as_written = NULL, as_drawn = NULL;
    LimnQueueItem *item;

    g_object_set (fixture->settings, "seed", seed, NULL);
    item = append (fixture, queue, "a {red|green|blue} {cat|dog}");
    g_assert_null (strchr (limn_settings_values (limn_queue_item_get_settings (item))->prompt, '{'));
    as_written = queue_paint_fresh (fixture, fixture->settings);
    as_drawn = queue_paint_fresh (fixture, limn_queue_item_get_settings (item));
    g_assert_true (limn_image_is_same (limn_picture_get_image (as_written), limn_picture_get_image (as_drawn)));
  }
  g_object_set (fixture->settings, "prompt", "a __no/such__ cat", NULL);
  limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_DRAFT, NULL, session_generated_cb,
                          &answer);
  session_wait_for (&answer.done);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_FILE);
  g_assert_nonnull (strstr (answer.error->message, "no/such"));
  session_answer_clear (&answer);
  heard.prompts = NULL;
  close_queue (queue, &heard);
}

static void
test_branch (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  LimnRecord *record;
  LimnQueueItem *item;

  g_object_set (fixture->settings, "use-refiner", TRUE, "refiner", "/models/refiner", "handoff", 0.5, NULL);
  append (fixture, queue, "a");
  queue_wait_idle (queue);
  record = limn_session_get_record (fixture->session);
  g_object_set (fixture->settings, "handoff", 0.75, NULL);
  queue_set_step_us (fixture, 0);
  item = limn_queue_append (queue, fixture->settings, record, -1);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 4);
  assert_fresh (fixture, item);

  g_object_set (fixture->settings, "width", 256, NULL);
  item = limn_queue_append (queue, fixture->settings, record, 3);
  queue_wait_idle (queue);
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_FAILED);
  g_assert_nonnull (strstr (limn_queue_item_get_message (item), "size"));
  close_queue (queue, &heard);
}

/* a thousand items and one change of them: building the text is the main thread's, writing is not */
static void
test_many (SessionFixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LimnQueue *queue = open_queue (fixture, &heard);
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  g_autofree char *text = NULL;
  gint64 start, longest = 0, building;

  limn_queue_set_paused (queue, TRUE);
  g_object_set (fixture->settings, "count", 999, NULL);
  append (fixture, queue, "many");
  queue_wait_saved (queue);
  limn_queue_move (queue, queue_nth (queue, 998), 0);
  for (guint i = 0; i < 999; i++)
    g_ptr_array_add (items, queue_nth (queue, i));
  start = tests_own_time ();
  text = limn_queue_to_text (items, TRUE);
  building = tests_own_time () - start;
  while (!limn_queue_is_saved (queue)) {
    start = tests_own_time ();
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
    longest = MAX (longest, tests_own_time () - start);
  }
  g_test_message ("saving 999 items held the main loop for %.1f ms, of which %.1f make the text", longest / 1e3,
                  building / 1e3);
  g_assert_cmpint (longest, <, 3 * building);
  close_queue (queue, &heard);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("queue/batch", test_batch);
  SESSION_ADD ("queue/reorder", test_reorder);
  SESSION_ADD ("queue/pause", test_pause);
  SESSION_ADD ("queue/cancel", test_cancel);
  SESSION_ADD ("queue/pause-running", test_pause_running);
  SESSION_ADD ("queue/remove-running", test_remove_running);
  SESSION_ADD ("queue/restart-running", test_restart_running);
  SESSION_ADD ("queue/failure", test_failure);
  SESSION_ADD ("queue/device-lost", test_device_lost);
  SESSION_ADD ("queue/broken-file", test_broken_file);
  SESSION_ADD ("queue/source", test_source);
  SESSION_ADD ("queue/wildcards", test_wildcards);
  SESSION_ADD ("queue/drafts-agree", test_drafts_agree);
  SESSION_ADD ("queue/branch", test_branch);
  SESSION_ADD ("queue/many", test_many);
  return g_test_run ();
}
