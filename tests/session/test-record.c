/* test-record.c - records: every step kept, tails and branches that give what a fresh run gives.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "common/patience.h"
#include "record-fixture.h"
#include "session/record/record-header.h"

/* ---- Help ---- */

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  limn_record_load_finish (LIMN_RECORD (object), result, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

static void
load_record (LimnRecord *record)
{
  gboolean done = FALSE;

  limn_record_load_async (record, NULL, loaded_cb, &done);
  session_wait_for (&done);
  g_assert_true (limn_record_is_loaded (record));
}

/* ---- Steps ---- */

static void
step_cb (LimnRecord *record, guint index, int *steps)
{
  g_assert_cmpuint (index, ==, (guint) *steps);
  (*steps)++;
}

static void
record_cb (LimnSession *session, GParamSpec *spec, int *steps)
{
  g_assert_cmpint (limn_record_get_state (limn_session_get_record (session)), ==, LIMN_RECORD_RUNNING);
  g_signal_connect (limn_session_get_record (session), "step-added", G_CALLBACK (step_cb), steps);
}

/* every step arrives, also where the main loop was busy and previews were skipped */
static void
test_steps (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer answer = { 0 };
  LimnRecord *record;
  LimnRecordStep step;
  int steps = 0;

  g_object_set (fixture->settings, "use-refiner", TRUE, "refiner", "/models/refiner", "handoff", 0.5, NULL);
  g_signal_connect (fixture->session, "notify::record", G_CALLBACK (record_cb), &steps);
  session_begin (fixture, &answer);
  while (fake_engine_counts ().steps < 8)
    g_usleep (1000);
  session_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  g_assert_cmpint (steps, ==, 8);

  record = record_of (fixture, answer.picture);
  g_assert_true (record == limn_session_get_record (fixture->session));
  g_assert_cmpint (limn_record_get_state (record), ==, LIMN_RECORD_DONE);
  g_assert_cmpstr (limn_record_get_picture_path (record), ==, limn_picture_get_path (answer.picture));
  g_assert_cmpuint (limn_record_get_n_steps (record), ==, 8);
  g_assert_cmpint (limn_record_get_begin (record), ==, 0);
  g_assert_null (limn_record_get_parent_id (record));
  for (guint i = 0; i < 8; i++) {
    g_assert_true (limn_record_get_step (record, i, &step));
    g_assert_cmpint (step.schedule_step, ==, (int) i + 1);
    g_assert_cmpint (step.stage, ==, i < 4 ? LIMN_STAGE_BASE : LIMN_STAGE_REFINER);
    g_assert_cmpint (step.thumbnail->width, ==, 16);
  }
  g_assert_false (limn_record_get_step (record, 8, &step));
  session_answer_clear (&answer);
}

/* what a later session finds */
static void
test_reload (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) picture = record_run (fixture, NULL, 0, LIMN_RUN_NORMAL, NULL);
  LimnRecord *record = record_of (fixture, picture), *again;
  g_autoptr (LimnRecords) records = limn_records_new (NULL);
  g_autoptr (GVariant) old = NULL, new = NULL;

  record_wait_loaded (records);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (records)), ==, 1);
  again = limn_records_lookup (records, limn_record_get_id (record));
  g_assert_nonnull (again);
  g_assert_cmpint (limn_record_get_state (again), ==, LIMN_RECORD_DONE);
  g_assert_cmpstr (limn_record_get_picture_path (again), ==, limn_picture_get_path (picture));
  g_assert_cmpuint (limn_record_get_n_steps (again), ==, 8);
  old = g_variant_ref_sink (limn_settings_to_variant (limn_record_get_settings (record)));
  new = g_variant_ref_sink (limn_settings_to_variant (limn_record_get_settings (again)));
  g_assert_true (g_variant_equal (old, new));
  g_assert_false (limn_record_is_loaded (again));
  load_record (again);
  for (guint i = 0; i < 8; i++) {
    LimnRecordStep one, other;

    limn_record_get_step (record, i, &one);
    limn_record_get_step (again, i, &other);
    g_assert_cmpmem (one.thumbnail->rgb, 16 * 16 * 3, other.thumbnail->rgb, 16 * 16 * 3);
    g_assert_cmpint (one.stage, ==, other.stage);
  }
}

/* ---- Tails and branches ---- */

/* moving the hand-off runs the tail alone, and gives what a fresh run with that hand-off gives */
static void
test_handoff (SessionFixture *fixture, gconstpointer data)
{
  const struct {
    double handoff;
    int kept;
  } cases[] = { { 0.75, 4 }, { 0.25, 2 }, { 1.0, 4 }, { 0.5, 4 } };
  g_autoptr (LimnPicture) first = NULL;

  g_object_set (fixture->settings, "use-refiner", TRUE, "refiner", "/models/refiner", "handoff", 0.5, NULL);
  first = record_fresh (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnPicture) tail = NULL, whole = NULL;
    g_autofree char *tail_told = NULL, *whole_told = NULL;
    gboolean same = cases[i].handoff == 0.5;

    g_object_set (fixture->settings, "handoff", cases[i].handoff, NULL);
    g_assert_cmpint (limn_record_shared_steps (record_of (fixture, first), fixture->settings), ==,
                     same ? 8 : cases[i].kept);
    record_set_fake (fixture);
    tail = record_run (fixture, record_of (fixture, first), -1, LIMN_RUN_NORMAL, NULL);
    g_assert_cmpint (fake_engine_counts ().steps, ==, same ? 1 : 8 - cases[i].kept);
    g_assert_cmpint (limn_record_get_parent_step (record_of (fixture, tail)), ==, same ? 7 : cases[i].kept);
    record_set_fake (fixture);
    whole = record_fresh (fixture);
    g_assert_cmpint (fake_engine_counts ().steps, ==, 8);
    g_assert_true (record_same_pixels (tail, whole));
    g_assert_true (same == record_same_pixels (tail, first));
    tail_told = record_metadata (tail);
    whole_told = record_metadata (whole);
    g_assert_cmpstr (tail_told, ==, whole_told);
    g_assert_null (strstr (tail_told, "start"));
  }
}

/* the refiner alone reads the scores: its steps run again; a tail's tail may go back to the first run's steps */
static void
test_tail_of_tail (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) first = NULL, second = NULL, third = NULL, whole = NULL;
  g_autoptr (GArray) moments = NULL;
  LimnRecords *records = limn_session_get_records (fixture->session);
  LimnRecordStep step;

  g_object_set (fixture->settings, "use-refiner", TRUE, "refiner", "/models/refiner", "handoff", 0.75, NULL);
  first = record_fresh (fixture);
  g_object_set (fixture->settings, "aesthetic", 7.5, NULL);
  record_set_fake (fixture);
  second = record_run (fixture, record_of (fixture, first), -1, LIMN_RUN_NORMAL, NULL);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 2);
  g_object_set (fixture->settings, "handoff", 0.25, NULL);
  record_set_fake (fixture);
  third = record_run (fixture, record_of (fixture, second), -1, LIMN_RUN_NORMAL, NULL);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 6);
  whole = record_fresh (fixture);
  g_assert_true (record_same_pixels (third, whole));
  g_assert_false (record_same_pixels (third, first));
  g_assert_true (limn_records_get_parent (records, record_of (fixture, third)) == record_of (fixture, first));

  moments = limn_records_get_timeline (records, record_of (fixture, third));
  g_assert_cmpuint (moments->len, ==, 8);
  for (guint i = 0; i < 8; i++) {
    const LimnRecordMoment *moment = &g_array_index (moments, LimnRecordMoment, i);

    g_assert_true (limn_record_get_step (moment->record, moment->index, &step));
    g_assert_cmpint (step.schedule_step, ==, (int) i + 1);
    g_assert_true (moment->record == record_of (fixture, i < 2 ? first : third));
  }
}

/* a branch is what the engine makes of these latents, and the picture says where they came from */
static void
test_branch (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) first = record_fresh (fixture), branch = NULL, tail = NULL, again = NULL;
  g_autofree char *told = NULL, *tail_told = NULL;
  g_autoptr (GPtrArray) children = NULL;
  LimnRecords *records = limn_session_get_records (fixture->session);

  g_object_set (fixture->settings, "prompt", "a green triangle", "steps", 16, NULL);
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, first), fixture->settings), ==, 0);
  record_set_fake (fixture);
  branch = record_run (fixture, record_of (fixture, first), 5, LIMN_RUN_NORMAL, NULL);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 6); /* half way of 16 is step 10 of its own schedule */
  g_assert_cmpint (limn_record_get_begin (record_of (fixture, branch)), ==, 10);
  told = record_metadata (branch);
  g_assert_nonnull (
      strstr (told, "\"start\":{\"step\":5,\"steps\":8,\"from\":{\"limn\":\"fake\",\"prompt\":\"A red circle"));
  g_assert_false (record_same_pixels (first, branch));
  again = record_run (fixture, record_of (fixture, first), 5, LIMN_RUN_NORMAL, NULL);
  g_assert_true (record_same_pixels (again, branch));
  children = limn_records_get_children (records, record_of (fixture, first));
  g_assert_cmpuint (children->len, ==, 2);

  /* a tail of the branch still says where the branch began */
  g_object_set (fixture->settings, "use-refiner", TRUE, "refiner", "/models/refiner", "handoff", 0.75, NULL);
  record_set_fake (fixture);
  tail = record_run (fixture, record_of (fixture, branch), -1, LIMN_RUN_NORMAL, NULL);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 4);
  tail_told = record_metadata (tail);
  g_assert_nonnull (
      strstr (tail_told, "\"start\":{\"step\":5,\"steps\":8,\"from\":{\"limn\":\"fake\",\"prompt\":\"A red circle"));
}

static void
test_refused (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) first = record_fresh (fixture), none = NULL;
  g_autoptr (GError) size = NULL, step = NULL;

  none = record_run (fixture, record_of (fixture, first), 9, LIMN_RUN_NORMAL, &step);
  g_assert_null (none);
  g_assert_error (step, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_object_set (fixture->settings, "width", 256, NULL);
  none = record_run (fixture, record_of (fixture, first), 5, LIMN_RUN_NORMAL, &size);
  g_assert_null (none);
  g_assert_error (size, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_assert_nonnull (strstr (size->message, "256"));
  g_test_message ("%s; %s", size->message, step->message);
}

/* every setting that the base reads makes the runs differ, a new one too; the others do not */
static void
test_shared_properties (SessionFixture *fixture, gconstpointer data)
{
  static const char *const unread[] = { "new-seed", "count", "batch-size", "prefix", "truthful-crop", "handoff",
                                        "aesthetic", "negative-aesthetic", "refiner", "use-refiner", "upscaler",
                                        "use-upscaler", "hires", "hires-method", "hires-strength", "hires-steps",
                                        "hires-sampler", "hires-guidance", "mask-area", "mask-padding", "details",
                                        "detail-strength", "detail-padding", "detail-feather",
                                        /* without a source, a second prompt or hints of the negative's own */
                                        "strength", "source-x", "source-y", "source-fit", "prompt-2", "negative-2",
                                        "negative-original-width", "negative-original-height", "negative-crop-left",
                                        "negative-crop-top", "negative-target-width", "negative-target-height", NULL };
  g_autoptr (LimnPicture) picture = record_fresh (fixture);
  LimnRecord *record = record_of (fixture, picture);
  guint n;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (fixture->settings), &n);

  for (guint i = 0; i < n; i++) {
    g_autoptr (LimnSettings) other = limn_settings_copy (fixture->settings);
    g_auto (GValue) value = G_VALUE_INIT;

    g_object_get_property (G_OBJECT (other), specs[i]->name, &value);
    if (G_VALUE_HOLDS_STRING (&value))
      g_value_set_static_string (&value, "another");
    else if (G_VALUE_HOLDS_INT (&value))
      g_value_set_int (&value, g_value_get_int (&value)
                                   + (g_value_get_int (&value) == G_PARAM_SPEC_INT (specs[i])->maximum ? -1 : 1));
    else if (G_VALUE_HOLDS_BOOLEAN (&value))
      g_value_set_boolean (&value, !g_value_get_boolean (&value));
    else if (G_VALUE_HOLDS_DOUBLE (&value))
      g_value_set_double (&value,
                          MAX (g_value_get_double (&value) * 0.6 + 0.3, G_PARAM_SPEC_DOUBLE (specs[i])->minimum + 0.1));
    else if (G_VALUE_HOLDS_UINT64 (&value))
      g_value_set_uint64 (&value, 43);
    else
      continue;
    g_object_set_property (G_OBJECT (other), specs[i]->name, &value);
    if (g_str_equal (specs[i]->name, "use-refiner"))
      continue;
    if (limn_record_shared_steps (record, other) != (g_strv_contains (unread, specs[i]->name) ? 8 : 0))
      g_error ("%s: %d steps are shared", specs[i]->name, limn_record_shared_steps (record, other));
  }
}

/* a run from a picture begins within the schedule, and its tail needs the picture again */
static void
test_from_picture (SessionFixture *fixture, gconstpointer data)
{
  LimnImage *image = limn_image_new (200, 150);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnMask) mask = NULL;
  g_autoptr (LimnPicture) first = NULL, tail = NULL, whole = NULL;
  g_autoptr (LimnRecords) records = limn_records_new (NULL);
  guint8 *pixels = g_malloc0 (128 * 128);
  LimnRecord *again;

  for (int i = 0; i < 200 * 150 * 3; i++)
    image->rgb[i] = (guint8) (i * 7);
  memset (pixels, 255, 128 * 64);
  source = limn_source_new (image, "stripes");
  mask = limn_mask_new (128, 128, pixels);
  g_object_set (fixture->settings, "source", source, "mask", mask, "strength", 0.5, "use-refiner", TRUE, "refiner",
                "/models/refiner", "handoff", 0.75, NULL);
  first = record_fresh (fixture);
  g_assert_cmpint (limn_record_get_begin (record_of (fixture, first)), ==, 4);
  g_assert_cmpuint (limn_record_get_n_steps (record_of (fixture, first)), ==, 4);
  g_object_set (fixture->settings, "handoff", 1.0, NULL);
  record_set_fake (fixture);
  tail = record_run (fixture, record_of (fixture, first), -1, LIMN_RUN_NORMAL, NULL);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 2);
  whole = record_fresh (fixture);
  g_assert_true (record_same_pixels (tail, whole));

  /* the record of another session still has both pictures, and they count as the same */
  limn_session_close (fixture->session);
  g_clear_object (&records);
  records = limn_records_new (NULL);
  record_wait_loaded (records);
  again = limn_records_lookup (records, limn_picture_get_record_id (first));
  g_assert_cmpint (limn_record_shared_steps (again, fixture->settings), ==, 0);
  load_record (again);
  g_assert_cmpint (limn_record_shared_steps (again, fixture->settings), ==, 6);
  g_assert_cmpstr (limn_source_get_name (limn_settings_values (limn_record_get_settings (again))->source), ==,
                   "stripes");
}

/* Of a picture of which only what is masked is painted all is shown, and comes; what it began with is read anew for a
 * branch, which shares the steps of the same part alone. */
static void
test_area (SessionFixture *fixture, gconstpointer data)
{
  LimnImage *image = limn_image_new (200, 150);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnMask) mask = NULL;
  g_autoptr (LimnPicture) first = NULL, tail = NULL, whole = NULL;
  guint8 *pixels = g_malloc0 (100 * 75);
  const LimnImage *painted;

  for (int i = 0; i < 200 * 150 * 3; i++)
    image->rgb[i] = (guint8) (i * 7);
  for (int y = 20; y < 40; y++)
    memset (pixels + 100 * y + 50, 255, 30);
  source = limn_source_new (image, "stripes");
  mask = limn_mask_new (100, 75, pixels);
  g_object_set (fixture->settings, "source", source, "mask", mask, "mask-area", "masked", "strength", 0.5, NULL);
  first = record_fresh (fixture);
  painted = limn_picture_get_image (first);
  g_assert_cmpint (painted->width, ==, 200);
  g_assert_cmpint (painted->height, ==, 150);
  g_assert_cmpint (fixture->shown_width, ==, 200);
  g_assert_cmpint (fixture->shown_height, ==, 150);
  g_assert_cmpint (memcmp (painted->rgb, limn_source_get_image (source)->rgb, 200 * 150 * 3), !=, 0);
  for (int i = 0; i < 200 * 150; i++)
    if (i % 200 < 100 || i % 200 >= 160 || i / 200 < 40 || i / 200 >= 80)
      g_assert_cmpmem (painted->rgb + 3 * i, 3, limn_source_get_image (source)->rgb + 3 * i, 3);

  record_set_fake (fixture);
  tail = record_run (fixture, record_of (fixture, first), 6, LIMN_RUN_NORMAL, NULL);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 2);
  g_assert_true (record_same_pixels (tail, first));
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, first), fixture->settings), ==, 8);
  g_object_set (fixture->settings, "mask-padding", 5, NULL);
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, first), fixture->settings), ==, 0);
  g_object_set (fixture->settings, "mask-area", "whole", NULL);
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, first), fixture->settings), ==, 0);
  whole = record_fresh (fixture);
  g_assert_cmpint (limn_picture_get_image (whole)->width, ==, limn_settings_values (fixture->settings)->width);
  /* without a mask it counts for nothing */
  g_object_set (fixture->settings, "mask", NULL, "mask-area", "masked", NULL);
  g_clear_object (&whole);
  whole = record_fresh (fixture);
  g_assert_cmpint (limn_picture_get_image (whole)->width, ==, limn_settings_values (fixture->settings)->width);
}

/* ---- Drafts, cancelling ---- */

static void
test_draft (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) draft = NULL;
  g_autoptr (LimnPicture) first = NULL;
  int previews;

  first = record_fresh (fixture);
  g_assert_nonnull (limn_picture_get_path (first));
  previews = fixture->previews;
  draft = record_run (fixture, NULL, 0, LIMN_RUN_DRAFT, NULL);
  g_assert_nonnull (draft);
  g_assert_null (limn_picture_get_path (draft));
  g_assert_null (limn_picture_get_save_error (draft));
  g_assert_null (limn_picture_get_record_id (draft));
  g_assert_cmpint (fixture->previews, ==, previews);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (limn_session_get_records (fixture->session))), ==, 1);
}

typedef struct {
  SessionAnswer answer;
  const SessionAnswer *before; /* comes first */
} Draft;

static void
draft_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Draft *draft = data;

  g_assert_true (draft->before->done);
  session_generated_cb (object, result, &draft->answer);
}

/* drafts wait for the runs, however late those come */
static void
test_draft_waits (SessionFixture *fixture, gconstpointer data)
{
  SessionAnswer begun = { 0 }, answer = { 0 };
  Draft drafts[2] = { { { 0 }, &answer }, { { 0 }, &answer } };

  fake_engine_hold (0);
  limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_DRAFT, NULL, session_generated_cb,
                          &begun);
  for (int i = 0; i < 2; i++)
    limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_DRAFT, NULL, draft_cb, &drafts[i]);
  g_assert_false (limn_session_is_busy (fixture->session));
  session_begin (fixture, &answer);
  g_assert_true (limn_session_is_busy (fixture->session));
  fake_engine_hold (FAKE_NEVER);
  session_wait_for (&answer.done);
  limn_session_cancel (fixture->session);
  for (int i = 0; i < 2; i++) {
    session_wait_for (&drafts[i].answer.done);
    g_assert_no_error (drafts[i].answer.error);
    session_answer_clear (&drafts[i].answer);
  }
  session_wait_for (&begun.done);
  g_assert_no_error (begun.error);
  session_answer_clear (&begun);
  session_answer_clear (&answer);
}

/* one run of two; the latents of the cancelled one stay, and it goes on to the same picture */
static void
test_cancel_one (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  SessionAnswer first = { 0 }, second = { 0 };
  g_autoptr (LimnPicture) resumed = NULL;
  LimnRecord *record;
  int kept;

  fake_engine_hold (3);
  limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_NORMAL, cancellable,
                          session_generated_cb, &first);
  session_begin (fixture, &second);
  while (fixture->last_step < 3)
    g_main_context_iteration (NULL, TRUE);
  record = limn_session_get_record (fixture->session);
  g_cancellable_cancel (cancellable);
  session_wait_for (&first.done);
  g_assert_error (first.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpint (limn_record_get_state (record), ==, LIMN_RECORD_CANCELLED);
  kept = limn_record_get_last_step (record);
  g_assert_cmpint (kept, ==, 3);
  fixture->last_step = 0;
  fake_engine_hold (FAKE_NEVER);
  session_wait_for (&second.done);
  g_assert_no_error (second.error);

  fixture->fake.step_us = 0;
  record_set_fake (fixture);
  resumed = record_run (fixture, record, 0, LIMN_RUN_RESUME, NULL);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 8 - kept);
  g_assert_true (record_same_pixels (resumed, second.picture));
  g_assert_cmpuint (limn_record_get_n_steps (record), ==, 8);
  g_assert_cmpint (limn_record_get_state (record), ==, LIMN_RECORD_DONE);
  session_answer_clear (&first);
  session_answer_clear (&second);
  fixture->in_order = TRUE; /* two runs' steps came one after the other */
}

/* ---- Estimates ---- */

typedef struct {
  gboolean done;
  LimnEstimate *estimate;
  GError *error;
} Estimated;

static void
estimated_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Estimated *estimated = data;

  estimated->estimate = limn_session_estimate_finish (LIMN_SESSION (object), result, &estimated->error);
  estimated->done = TRUE;
}

static void
test_estimate (SessionFixture *fixture, gconstpointer data)
{
  Estimated all[5] = { { 0 } };
  SessionAnswer answer = { 0 };
  g_autofree char *file = g_build_filename (g_get_user_cache_dir (), "limn", "speeds.json", NULL);

  fixture->fake.step_us = 10000;
  record_set_fake (fixture);
  fake_engine_hold (0);
  session_begin (fixture, &answer);
  while (fake_engine_counts ().generates == 0)
    session_wait_ms (5);
  for (int i = 0; i < 5; i++) {
    g_object_set (fixture->settings, "steps", 10 * (i + 1), NULL);
    limn_session_estimate_async (fixture->session, fixture->settings, NULL, estimated_cb, &all[i]);
  }
  fake_engine_hold (FAKE_NEVER);
  for (int i = 0; i < 5; i++)
    session_wait_for (&all[i].done);
  for (int i = 0; i < 4; i++) {
    g_assert_error (all[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&all[i].error);
  }
  g_assert_no_error (all[4].error);
  g_assert_cmpfloat_with_epsilon (all[4].estimate->seconds[LIMN_STAGE_BASE], 50 * 0.01, 1e-9);
  g_assert_cmpint (fake_engine_counts ().estimates, ==, 1);
  limn_estimate_free (all[4].estimate);
  session_wait_for (&answer.done);
  session_answer_clear (&answer);
  limn_session_close (fixture->session); /* its thread saves after the answer, and is over now */
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
}

/* The noise levels of what a run leaves follow from whom it was painted as, from its strength over a picture, and from
 * levels that a person wrote. */
static void
check_header (const char *schedule, const char *sigmas, const char *known)
{
  LimnRecordHeader header = { .id = "one", .kept = { "picture.png" }, .begin = 0, .steps = 8 };
  g_autofree char *text = NULL;
  LimnRecordHeader *read;
  LimnRecordStart start;
  g_autoptr (GError) error = NULL;

  header.settings = limn_settings_new ();
  g_object_set (header.settings, "like", "comfyui", "strength", 0.35, "schedule", schedule, "sigmas", sigmas, "sampler",
                "dpm_fast", "eta", 0.25, NULL);
  start = limn_record_header_start (&header, 5);
  limn_record_start_assign (&header.start, &start);
  limn_record_start_assign (&header.entry, &start);
  text = limn_record_header_to_text (&header);
  read = limn_record_header_from_text ("one.run", text, strlen (text), &error);
  g_assert_no_error (error);
  for (int i = 0; i < 2; i++) {
    const LimnRecordStart *again = i == 0 ? &read->start : &read->entry;

    g_assert_cmpint (again->step, ==, 5);
    g_assert_cmpint (again->steps, ==, 8);
    g_assert_cmpstr (again->schedule, ==, known);
    g_assert_cmpstr (again->like, ==, "comfyui");
    g_assert_cmpfloat (again->strength, ==, 0.35);
    g_assert_cmpstr (again->sampler, ==, "dpm_fast");
    g_assert_cmpfloat (again->eta, ==, 0.25);
  }
  header.kept.source = NULL;
  g_assert_cmpfloat (limn_record_header_start (&header, 5).strength, ==, 0);
  g_object_unref (header.settings);
  limn_record_start_clear (&header.start);
  limn_record_start_clear (&header.entry);
  limn_record_header_free (read);
}

static void
test_header (void)
{
  check_header ("normal", "", "normal");
  check_header ("normal", "9 1", "normal");
  check_header ("custom", "9 1", "9 1");
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_test_add_func ("/session/record/header", test_header);
  SESSION_ADD ("record/steps", test_steps);
  SESSION_ADD ("record/reload", test_reload);
  SESSION_ADD ("record/handoff", test_handoff);
  SESSION_ADD ("record/tail-of-tail", test_tail_of_tail);
  SESSION_ADD ("record/branch", test_branch);
  SESSION_ADD ("record/refused", test_refused);
  SESSION_ADD ("record/shared-properties", test_shared_properties);
  SESSION_ADD ("record/from-picture", test_from_picture);
  SESSION_ADD ("record/area", test_area);
  SESSION_ADD ("record/draft", test_draft);
  SESSION_ADD ("record/draft-waits", test_draft_waits);
  SESSION_ADD ("record/cancel-one", test_cancel_one);
  SESSION_ADD ("record/estimate", test_estimate);
  return g_test_run ();
}
