/* test-resume.c - kill -9 in the third of five, or in two at once: the next session has them all, and what was cut off
 * goes on to the same picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/patience.h"
#include "devices-fixture.h"
#include "session/record/record-file.h"
#include "session/record/records-private.h"

#define STEPS 10
#define PICTURES 5
#define HELD 4 /* steps of those that are being painted when the child is killed */

/* how: as the child is told. */
static void
make_settings (LimnSettings *settings, const char *how)
{
  gboolean area = g_str_equal (how, "--area"), elaborate = area || g_str_equal (how, "--elaborate");
  LimnImage *image = limn_image_new (160, 130);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnMask) mask = NULL;
  guint8 *pixels = g_malloc0 (128 * 128);

  for (int i = 0; i < 160 * 130 * 3; i++)
    image->rgb[i] = (guint8) (i * 5);
  memset (pixels + 128 * 32, 255, 128 * 96);
  source = limn_source_new (image, "a photo");
  mask = limn_mask_new (128, 128, pixels);
  g_object_set (settings, "prompt", "five of them", "width", 128, "height", 128, "steps", STEPS, "seed",
                G_GUINT64_CONSTANT (70), "count", PICTURES, NULL);
  if (elaborate) {
    LimnFollowedRow row = { .file = (char *) "/", .picture = source };
    g_autofree char *upscaler = g_build_filename (g_get_user_data_dir (), "upscaler.safetensors", NULL);
    g_autoptr (LimnFollowed) controls = NULL;

    limn_control_init (&row.how);
    row.how.end = 0.6;
    controls = limn_followed_with (NULL, 0, &row);
    g_mkdir_with_parents (g_get_user_data_dir (), 0700);
    g_assert_true (g_file_set_contents (upscaler, "", 0, NULL));
    g_object_set (settings, "upscaler", upscaler, "use-upscaler", TRUE, NULL);
    g_object_set (settings, "controls", controls, "source", source, "mask", mask, "strength", 0.8, "use-refiner", TRUE,
                  "refiner", "/models/refiner", "handoff", 0.7, NULL);
  }
  if (area)
    g_object_set (settings, "mask-area", "masked", "mask-padding", 5, NULL);
}

/* The next n of the pictures. */
static void
append (LimnQueue *queue, LimnSettings *settings, guint n)
{
  g_object_set (settings, "seed", (guint64) 70 + queue_length (queue), "count", (int) n, NULL);
  limn_queue_append (queue, settings, NULL, 0);
}

/* The child: lines them up, paints the first two, or none where they are painted together, and the next as far as HELD
 * steps, where it waits to be killed.  Before those steps are on disk all is that has to be.  how: one of "--plain",
 * "--elaborate", "--area", "--two", "--several". */
static G_NORETURN void
paint (const char *folder, const char *how)
{
  g_autoptr (LimnSession) session = limn_session_new (-1, folder);
  g_autoptr (LimnQueue) queue = limn_queue_new (session, NULL);
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  FakeEngine fake;

  fake_engine_init (&fake);
  fake_engine_set (&fake);
  make_settings (settings, how);
  if (g_str_equal (how, "--several"))
    g_object_set (settings, "batch-size", 3, NULL);
  queue_wait_loaded (queue);
  if (g_str_equal (how, "--two")) {
    limn_session_set_further_devices (session, devices_second, 1);
    devices_wait (session, 2);
  }
  if (!g_str_equal (how, "--several")) {
    append (queue, settings, 2);
    queue_wait_idle (queue);
  }
  fake_engine_hold (0);
  append (queue, settings, PICTURES - queue_length (queue));
  queue_wait_saved (queue);
  limn_records_wait (limn_session_get_records (session));
  fake_engine_hold (HELD);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
}

/* How many records there are, and the steps of the newest and of all. */
static int
count_records (int *newest, int *all)
{
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "limn", "runs", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *last = NULL;
  const char *name;
  int records = 0;

  *newest = *all = 0;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_suffix (name, ".run"))
      continue;
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (LimnRecordFile) file = limn_record_file_scan (path, NULL);
    int steps = file != NULL ? (int) file->steps->len : 0;

    records++;
    *all += steps;
    if (last == NULL || strcmp (name, last) > 0) {
      g_free (last);
      last = g_strdup (name);
      *newest = steps;
    }
  }
  return records;
}

/* Until there are so many records, and so many steps in all. */
static void
paint_and_kill (SessionFixture *fixture, const char *how, int records, int steps)
{
  g_autofree char *name = g_file_read_link ("/proc/self/exe", NULL);
  char *arguments[] = { name, (char *) how, fixture->folder, NULL };
  GError *error = NULL;
  GPid child;
  int newest, all;

  limn_session_close (fixture->session);
  tests_finalize (fixture->session);
  g_spawn_async (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child, &error);
  g_assert_no_error (error);
  while (count_records (&newest, &all) < records || all < steps)
    g_usleep (2000);
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  waitpid (child, NULL, 0);
}

static char *
metadata (const char *path)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = limn_image_load_png (path, &text, NULL);

  g_assert_nonnull (image);
  return g_strdup (g_hash_table_lookup (text, "limn"));
}

static void
assert_uninterrupted (SessionFixture *fixture, LimnQueueItem *item, guint i)
{
  LimnSettings *settings = limn_queue_item_get_settings (item);
  SessionAnswer answer = { 0 };
  g_autoptr (LimnImage) image = NULL;
  g_autofree char *told = NULL, *expected = NULL;

  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
  g_assert_cmpuint (limn_settings_values (settings)->seed, ==, 70 + i);
  image = limn_image_load_png (limn_queue_item_get_picture_path (item), NULL, NULL);
  limn_session_generate_async (fixture->session, settings, session_generated_cb, &answer);
  session_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  g_assert_true (limn_image_is_same (image, limn_picture_get_image (answer.picture)));
  told = metadata (limn_queue_item_get_picture_path (item));
  expected = metadata (limn_picture_get_path (answer.picture));
  g_assert_cmpstr (told, ==, expected);
  session_answer_clear (&answer);
}

static void
kill_and_resume (SessionFixture *fixture, const char *how)
{
  int kept, all, per_picture = g_str_equal (how, "--plain") ? STEPS : STEPS * 8 / 10;
  LimnQueue *queue;

  paint_and_kill (fixture, how, 3, 2 * per_picture + HELD);
  g_assert_cmpint (count_records (&kept, &all), ==, 3);
  g_assert_cmpint (kept, ==, HELD);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 2);

  fixture->fake.step_us = 0;
  fake_engine_set (&fixture->fake);
  fixture->session = limn_session_new (-1, fixture->folder);
  queue = limn_queue_new (fixture->session, NULL);
  queue_wait_loaded (queue);
  g_assert_cmpuint (queue_length (queue), ==, PICTURES);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 1)), ==, LIMN_QUEUE_DONE);
  queue_wait_idle (queue);
  g_test_message ("%d of %d steps of the third were kept; %d were painted after that", kept, per_picture,
                  fake_engine_counts ().steps);
  g_assert_cmpint (fake_engine_counts ().steps, ==, per_picture - kept + 2 * per_picture);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, PICTURES);
  for (guint i = 0; i < PICTURES; i++)
    assert_uninterrupted (fixture, queue_nth (queue, i), i);
  limn_queue_close (queue);
  tests_finalize (queue);
}

static void
test_plain (SessionFixture *fixture, gconstpointer data)
{
  kill_and_resume (fixture, "--plain");
}

static void
test_elaborate (SessionFixture *fixture, gconstpointer data)
{
  kill_and_resume (fixture, "--elaborate");
}

/* a part of the picture, which the next start knows from the kept picture and mask */
static void
test_area (SessionFixture *fixture, gconstpointer data)
{
  kill_and_resume (fixture, "--area");
}

/* both that were being painted go on, on two devices again */
static void
test_two (SessionFixture *fixture, gconstpointer data)
{
  int newest, kept;
  LimnQueue *queue;

  paint_and_kill (fixture, "--two", 4, 2 * STEPS + 2 * HELD);
  g_assert_cmpint (count_records (&newest, &kept), ==, 4);
  g_assert_cmpint (newest, ==, HELD);
  devices_set_step_us (fixture, 0);
  fake_engine_hold (1); /* so that one cannot be done before the other begins */
  fixture->session = limn_session_new (-1, fixture->folder);
  devices_use_two (fixture);
  queue = limn_queue_new (fixture->session, NULL);
  while (fake_engine_counts ().most_painting < 2)
    session_wait_ms (5);
  fake_engine_hold (FAKE_NEVER);
  queue_wait_idle (queue);
  g_test_message ("%d steps were kept; %d were painted after that", kept, fake_engine_counts ().steps);
  g_assert_cmpint (fake_engine_counts ().most_painting, ==, 2);
  g_assert_cmpint (fake_engine_counts ().steps, ==, PICTURES * STEPS - kept);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, PICTURES);
  for (guint i = 0; i < PICTURES; i++)
    assert_uninterrupted (fixture, queue_nth (queue, i), i);
  devices_close_queue (queue);
}

/* the three of a step go on together, each from its own last one */
static void
test_several (SessionFixture *fixture, gconstpointer data)
{
  int newest, kept;
  LimnQueue *queue;

  paint_and_kill (fixture, "--several", 3, 3 * HELD);
  g_assert_cmpint (count_records (&newest, &kept), ==, 3);
  g_assert_cmpint (newest, ==, HELD);
  fixture->fake.step_us = 0;
  fake_engine_set (&fixture->fake);
  fixture->session = limn_session_new (-1, fixture->folder);
  queue = limn_queue_new (fixture->session, NULL);
  queue_wait_loaded (queue);
  queue_wait_idle (queue);
  g_test_message ("%d steps were kept; %d were painted after that", kept, fake_engine_counts ().steps);
  g_assert_cmpint (kept, ==, 3 * HELD);
  g_assert_cmpint (fake_engine_counts ().most_together, ==, 3);
  g_assert_cmpint (fake_engine_counts ().steps, ==, PICTURES * STEPS - kept);
  for (guint i = 0; i < PICTURES; i++)
    assert_uninterrupted (fixture, queue_nth (queue, i), i);
  limn_queue_close (queue);
  tests_finalize (queue);
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_has_prefix (argv[1], "--"))
    paint (argv[2], argv[1]);

  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("resume/plain", test_plain);
  SESSION_ADD ("resume/elaborate", test_elaborate);
  SESSION_ADD ("resume/area", test_area);
  SESSION_ADD ("resume/two", test_two);
  SESSION_ADD ("resume/several", test_several);
  return g_test_run ();
}
