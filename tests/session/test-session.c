/* test-session.c - the session over the fake engine: answers, cancels, failures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "common/patience.h"
#include "session-fixture.h"

/* ---- Painting ---- */

static void
test_generate (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) saved = NULL;
  g_autofree char *name = NULL;
  const LimnImage *image;
  const char *path;
  GError *error = NULL;

  session_begin (fixture, &answer);
  g_assert_true (limn_session_is_busy (fixture->session));
  session_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  g_assert_false (limn_session_is_busy (fixture->session));

  path = limn_picture_get_path (answer.picture);
  g_assert_nonnull (path);
  name = g_path_get_basename (path);
  g_assert_true (
      g_regex_match_simple ("^\\d{4}-\\d\\d-\\d\\d-\\d{6}-42-a-red-circle-above-a-blue-square\\.png$", name, 0, 0));
  saved = limn_image_load_png (path, &text, &error);
  g_assert_no_error (error);
  image = limn_picture_get_image (answer.picture);
  g_assert_cmpmem (saved->rgb, saved->width * saved->height * 3, image->rgb, image->width * image->height * 3);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "limn"), "\"seed\":42"));
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Seed: 42"));
  g_assert_cmpint (fixture->progresses, >, 0);
  g_assert_cmpint (fixture->last_step, ==, 8);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 1);
  g_assert_cmpint (limn_picture_get_enlarged (answer.picture)->width, >=, 512);
  session_answer_clear (&answer);
}

/* ---- Preparing ---- */

typedef struct {
  int reports, others; /* of preparing; of other stages before the last of these */
  double fraction;
} Prepared;

static void
prepared_cb (LimnSession *session, const LimnProgress *progress, Prepared *prepared)
{
  if (progress->stage != LIMN_STAGE_PREPARE) {
    prepared->others++;
    return;
  }
  g_assert_cmpint (prepared->others, ==, 0);
  g_assert_cmpfloat (progress->stage_fraction, >=, prepared->fraction);
  prepared->fraction = progress->stage_fraction;
  prepared->reports++;
}

/* the first run says how far it is, the next one has nothing to prepare */
static void
test_prepare (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };
  Prepared prepared = { 0 };

  /* what the session prepares unasked has found nothing to do */
  while (fake_engine_counts ().prepares_begun == 0)
    session_wait_ms (5);
  fixture->fake.prepare_us = 50000;
  fixture->fake.lockstep = TRUE;
  fake_engine_set (&fixture->fake);
  for (int i = 0; i < 2; i++) {
    prepared = (Prepared){ 0 };
    g_signal_connect (fixture->session, "progress", G_CALLBACK (prepared_cb), &prepared);
    session_begin (fixture, &answer);
    session_wait_for (&answer.done);
    g_assert_no_error (answer.error);
    g_signal_handlers_disconnect_by_data (fixture->session, &prepared);
    if (i == 0) {
      g_assert_cmpint (prepared.reports, >, 1);
      g_assert_cmpfloat (prepared.fraction, >, 0.5);
    } else {
      g_assert_cmpint (prepared.reports, ==, 0);
    }
    g_assert_cmpint (prepared.others, >, 0);
    session_answer_clear (&answer);
  }
  g_assert_cmpint (fake_engine_counts ().prepares, ==, 1);
}

/* without a run, in between what else there is to do */
static void
test_prepare_unasked (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };
  Prepared prepared = { 0 };

  tests_finalize (g_steal_pointer (&fixture->session));
  fixture->fake.prepare_us = 50000;
  fake_engine_set (&fixture->fake);
  fixture->session = limn_session_new (-1, fixture->folder);
  session_watch (fixture);
  while (fake_engine_counts ().prepares == 0)
    session_wait_ms (10);
  g_signal_connect (fixture->session, "progress", G_CALLBACK (prepared_cb), &prepared);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  g_assert_cmpint (prepared.reports, ==, 0);
  g_assert_cmpint (prepared.others, >, 0);
  g_signal_handlers_disconnect_by_data (fixture->session, &prepared);
  session_answer_clear (&answer);
}

/* the main loop is never busy: every step's preview has to arrive */
static void
test_every_step (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };

  fixture->fake.lockstep = TRUE;
  fake_engine_set (&fixture->fake);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_cmpint (fixture->previews, ==, 8);
  session_answer_clear (&answer);
}

/* what a decoder makes of a step is no larger than is of use; a projection is as large as the latents */
static void
test_decoded_previews (SessionFixture *fixture, gconstpointer data)
{
  for (int decodes = 0; decodes < 2; decodes++) {
    SessionAnswer answer = { 0 };

    fixture->fake.decodes = decodes;
    fake_engine_set (&fixture->fake);
    fixture->last_step = 0;
    g_object_set (fixture->settings, "width", 1024, "height", 768, NULL);
    session_begin (fixture, &answer);
    session_wait_for (&answer.done);
    g_assert_no_error (answer.error);
    g_assert_cmpint (fixture->shown_width, ==, decodes ? 512 : 128);
    g_assert_cmpint (fixture->shown_height, ==, decodes ? 384 : 96);
    session_answer_clear (&answer);
  }
}

/* the main loop is busy all the while: it gets the newest snapshot only */
static void
test_coalesce (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };

  session_begin (fixture, &answer);
  while (fake_engine_counts ().steps < 8)
    g_usleep (1000);
  session_wait_for (&answer.done);
  g_assert_cmpint (fixture->previews, <=, 2);
  g_assert_cmpint (fixture->last_step, ==, 8);
  session_answer_clear (&answer);
}

static void
test_collisions (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answers[3] = { { 0 } };

  fixture->fake.step_us = 0;
  fake_engine_set (&fixture->fake);
  for (int i = 0; i < 3; i++)
    session_begin (fixture, &answers[i]);
  for (int i = 0; i < 3; i++) {
    session_wait_for (&answers[i].done);
    g_assert_no_error (answers[i].error);
    g_assert_true (g_file_test (limn_picture_get_path (answers[i].picture), G_FILE_TEST_EXISTS));
  }
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 3);
  g_assert_cmpint (fake_engine_counts ().models_made, ==, 1);
  g_assert_cmpint (fake_engine_counts ().engines_alive, ==, 1);
  for (int i = 0; i < 3; i++)
    session_answer_clear (&answers[i]);
}

static void
test_snapshot_of_settings (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };
  const LimnSettingsValues *values;

  session_begin (fixture, &answer);
  g_object_set (fixture->settings, "seed", G_GUINT64_CONSTANT (7), "prompt", "something else", NULL);
  session_wait_for (&answer.done);
  values = limn_settings_values (limn_picture_get_settings (answer.picture));
  g_assert_cmpuint (values->seed, ==, 42);
  g_assert_true (g_str_has_prefix (values->prompt, "A red"));
  session_answer_clear (&answer);
}

/* ---- Stopping ---- */

static void
test_cancel (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };
  int previews;
  gint64 start;

  fake_engine_hold (3);
  session_begin (fixture, &answer);
  while (fixture->last_step < 2)
    g_main_context_iteration (NULL, TRUE);
  previews = fixture->previews;
  start = g_get_monotonic_time ();
  limn_session_cancel (fixture->session);
  session_wait_for (&answer.done);
  g_test_message ("cancel answered after %.1f ms", (g_get_monotonic_time () - start) / 1e3);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_null (answer.picture);
  g_assert_cmpint (fixture->previews, ==, previews);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 0);
  session_answer_clear (&answer);
}

/* an engine that does not listen: what it says after the cancel is stale, and its picture is not kept */
static void
test_stale (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer first = { 0 }, second = { 0 };
  int previews;

  fixture->fake.deaf = TRUE;
  fake_engine_set (&fixture->fake);
  fake_engine_hold (2);
  session_begin (fixture, &first);
  while (fixture->last_step < 2)
    g_main_context_iteration (NULL, TRUE);
  limn_session_cancel (fixture->session);
  previews = fixture->previews;
  g_object_set (fixture->settings, "steps", 3, NULL);
  session_begin (fixture, &second);
  fake_engine_hold (FAKE_NEVER);
  session_wait_for (&first.done);
  g_assert_error (first.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpint (fixture->previews, ==, previews);
  session_wait_for (&second.done);
  g_assert_no_error (second.error);
  g_assert_cmpint (fixture->previews, >, previews);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 1);
  session_answer_clear (&first);
  session_answer_clear (&second);
}

/* an engine that does not come back: the answer does not wait for it, and what it brings later is dropped */
static void
test_cancel_deaf (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer first = { 0 }, second = { 0 };

  fixture->fake.deaf = TRUE;
  fake_engine_set (&fixture->fake);
  fake_engine_hold (0);
  session_begin (fixture, &first);
  while (fake_engine_counts ().generates == 0)
    session_wait_ms (5);
  limn_session_cancel (fixture->session);
  session_wait_for (&first.done);
  g_assert_error (first.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 0); /* it has not even begun to paint */
  g_assert_false (limn_session_is_busy (fixture->session));

  fixture->fake.deaf = FALSE;
  fake_engine_set (&fixture->fake);
  session_begin (fixture, &second);
  session_wait_for (&second.done);
  g_assert_no_error (second.error);
  g_assert_cmpint (fixture->previews, <=, 8);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 1);
  session_answer_clear (&first);
  session_answer_clear (&second);
}

static void
test_cancel_waiting (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answers[3] = { { 0 } };

  fake_engine_hold (0);
  for (int i = 0; i < 3; i++)
    session_begin (fixture, &answers[i]);
  limn_session_cancel (fixture->session);
  for (int i = 0; i < 3; i++) {
    session_wait_for (&answers[i].done);
    g_assert_error (answers[i].error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    session_answer_clear (&answers[i]);
  }
  g_assert_cmpint (fake_engine_counts ().steps, ==, 0);
}

static void
test_close (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer running = { 0 }, waiting = { 0 }, late = { 0 };

  fake_engine_hold (1);
  session_begin (fixture, &running);
  session_begin (fixture, &waiting);
  while (fixture->last_step < 1)
    g_main_context_iteration (NULL, TRUE);
  limn_session_close (fixture->session);
  g_assert_cmpint (fake_engine_counts ().engines_alive, ==, 0);
  session_begin (fixture, &late);
  session_wait_for (&running.done);
  session_wait_for (&waiting.done);
  session_wait_for (&late.done);
  g_assert_error (running.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_error (waiting.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_error (late.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  session_answer_clear (&running);
  session_answer_clear (&waiting);
  session_answer_clear (&late);
}

/* the last reference goes while the device is still being connected */
static void
test_dispose_early (SessionFixture *fixture, gconstpointer data)
{
  LimnSession *other = limn_session_new (-1, fixture->folder);

  g_assert_finalize_object (other);
  session_wait_ms (20);
}

/* ---- Failing ---- */

static void
test_errors (SessionFixture *fixture, gconstpointer data)
{
  const LimnStage stages[] = { LIMN_STAGE_LOAD, LIMN_STAGE_ENCODE, LIMN_STAGE_BASE, LIMN_STAGE_DECODE };

  for (int code = LIMN_ERROR_FILE; code <= LIMN_ERROR_CANCELLED; code++) {
    SessionAnswer answer = { 0 };

    fixture->fake.fail = code;
    fixture->fake.fail_stage = stages[code % G_N_ELEMENTS (stages)];
    fake_engine_set (&fixture->fake);
    session_begin (fixture, &answer);
    session_wait_for (&answer.done);
    g_assert_error (answer.error, LIMN_ERROR, code);
    g_assert_cmpuint (strlen (answer.error->message), >, 10);
    session_answer_clear (&answer);
  }
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 0);
}

static void
test_device_lost (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };

  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_cmpstr (limn_picture_get_notes (answer.picture)[0], ==, NULL);
  session_answer_clear (&answer);

  fixture->fake.fail = LIMN_ERROR_DEVICE_LOST;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  fixture->fake.fail_times = 1; /* set once only: setting clears the counts, and an idle worker may connect at once */
  fake_engine_set (&fixture->fake);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_nonnull (strstr (answer.error->message, "anew"));
  session_answer_clear (&answer);

  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  g_assert_cmpint (fake_engine_counts ().engines_made, ==, 1);
  g_assert_nonnull (strstr (limn_picture_get_notes (answer.picture)[0], "anew"));
  session_answer_clear (&answer);
}

static void
test_memory (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };

  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_LOAD;
  fake_engine_set (&fixture->fake);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_MEMORY);
  limn_session_close (fixture->session); /* its thread forgets after the answer, and is over now */
  g_assert_cmpint (fake_engine_counts ().forgets, ==, 1);
  session_answer_clear (&answer);
}

static void
device_changed_cb (LimnSession *session, gboolean *changed)
{
  *changed = TRUE;
}

static void
test_no_device (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };
  gboolean changed = FALSE;
  LimnSession *session;

  fixture->fake.device_fail = LIMN_ERROR_DEVICE;
  fake_engine_set (&fixture->fake);
  session = limn_session_new (-1, fixture->folder);
  g_signal_connect (session, "device-changed", G_CALLBACK (device_changed_cb), &changed);
  session_wait_for (&changed);
  g_assert_null (limn_session_get_device (session));
  g_assert_error (limn_session_get_device_error (session), LIMN_ERROR, LIMN_ERROR_DEVICE);
  limn_session_generate_async (session, fixture->settings, session_generated_cb, &answer);
  session_wait_for (&answer.done);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_DEVICE);
  session_answer_clear (&answer);
  g_object_unref (session);
}

static void
test_notes (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };

  fixture->fake.nan_note = TRUE;
  fake_engine_set (&fixture->fake);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_nonnull (strstr (limn_picture_get_notes (answer.picture)[0], "fp32"));
  session_answer_clear (&answer);
}

static void
test_refiner (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };

  g_object_set (fixture->settings, "use-refiner", TRUE, NULL);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  session_answer_clear (&answer);

  g_object_set (fixture->settings, "refiner", "/models/refiner.safetensors", NULL);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  g_assert_cmpint (fake_engine_counts ().models_made, ==, 2);
  session_answer_clear (&answer);
}

/* ---- Models and devices ---- */

typedef struct {
  gboolean done;
  LimnModelInfo *info;
  GError *error;
} Opened;

static void
opened_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Opened *opened = data;

  opened->info = limn_session_open_model_finish (LIMN_SESSION (object), result, &opened->error);
  opened->done = TRUE;
}

static void
test_open_model (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Opened good = { 0 }, bad = { 0 }, stale = { 0 };

  limn_session_open_model_async (fixture->session, "/models/sdxl.safetensors", NULL, opened_cb, &good);
  session_wait_for (&good.done);
  g_assert_no_error (good.error);
  g_assert_cmpint (good.info->default_width, ==, 1024);
  limn_model_info_free (good.info);

  fixture->fake.open_us = 100000;
  fake_engine_set (&fixture->fake);
  limn_session_open_model_async (fixture->session, "/models/first.safetensors", cancellable, opened_cb, &stale);
  while (fake_engine_counts ().opens == 0) /* without the main loop, which is not to hear of an end before */
    g_usleep (1000);
  g_cancellable_cancel (cancellable);
  session_wait_for (&stale.done);
  g_assert_error (stale.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&stale.error);
  while (fake_engine_counts ().models_made == 0 || fake_engine_counts ().models_alive > 0)
    session_wait_ms (5);

  fixture->fake.open_fail = LIMN_ERROR_UNSAFE;
  fixture->fake.open_us = 0;
  fake_engine_set (&fixture->fake);
  limn_session_open_model_async (fixture->session, "/models/old.ckpt", NULL, opened_cb, &bad);
  session_wait_for (&bad.done);
  g_assert_error (bad.error, LIMN_ERROR, LIMN_ERROR_UNSAFE);
  g_clear_error (&bad.error);
}

typedef struct {
  gboolean done;
  GPtrArray *devices;
} Listed;

static void
listed_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Listed *listed = data;

  listed->devices = limn_session_list_devices_finish (LIMN_SESSION (object), result, NULL);
  listed->done = TRUE;
}

static void
test_devices (SessionFixture *fixture, gconstpointer data)
{
  Listed listed = { 0 };
  gboolean changed = FALSE;

  g_signal_connect (fixture->session, "device-changed", G_CALLBACK (device_changed_cb), &changed);
  if (limn_session_get_device (fixture->session) == NULL)
    session_wait_for (&changed);
  g_assert_cmpint (limn_session_get_device (fixture->session)->kind, ==, LIMN_DEVICE_SOFTWARE);
  limn_session_list_devices_async (fixture->session, listed_cb, &listed);
  session_wait_for (&listed.done);
  g_assert_cmpuint (listed.devices->len, ==, 2);
  g_ptr_array_unref (listed.devices);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("generate", test_generate);
  SESSION_ADD ("prepare", test_prepare);
  SESSION_ADD ("prepare-unasked", test_prepare_unasked);
  SESSION_ADD ("every-step", test_every_step);
  SESSION_ADD ("decoded-previews", test_decoded_previews);
  SESSION_ADD ("coalesce", test_coalesce);
  SESSION_ADD ("collisions", test_collisions);
  SESSION_ADD ("snapshot-of-settings", test_snapshot_of_settings);
  SESSION_ADD ("cancel", test_cancel);
  SESSION_ADD ("stale", test_stale);
  SESSION_ADD ("cancel-deaf", test_cancel_deaf);
  SESSION_ADD ("cancel-waiting", test_cancel_waiting);
  SESSION_ADD ("close", test_close);
  SESSION_ADD ("dispose-early", test_dispose_early);
  SESSION_ADD ("errors", test_errors);
  SESSION_ADD ("device-lost", test_device_lost);
  SESSION_ADD ("memory", test_memory);
  SESSION_ADD ("no-device", test_no_device);
  SESSION_ADD ("notes", test_notes);
  SESSION_ADD ("refiner", test_refiner);
  SESSION_ADD ("open-model", test_open_model);
  SESSION_ADD ("devices", test_devices);
  return g_test_run ();
}
