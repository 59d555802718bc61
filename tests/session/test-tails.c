/* test-tails.c - over the real engine and small models: a tail, a branch's tail and a run gone on with give the
 * picture, to the pixel, that painting from the beginning gives.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/finalize.h"
#include "common/folder.h"
#include "common/patience.h"
#include "engine/sampler.h"
#include "session/run/session.h"
#include "session/settings/settings-json.h"

#define STEPS 10

typedef struct {
  char *folder;
  LimnSession *session;
  LimnSettings *settings;
} Fixture;

typedef struct {
  gboolean done;
  LimnPicture *picture;
  GError *error;
} Answer;

static void
painted_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->picture = limn_session_run_finish (LIMN_SESSION (object), result, &answer->error);
  answer->done = TRUE;
}

static LimnPicture *
run (Fixture *fixture, LimnRecord *record, int step, LimnRunFlags flags)
{
  Answer answer = { 0 };

  limn_session_run_async (fixture->session, fixture->settings, record, step, flags, NULL, painted_cb, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (answer.error);
  return answer.picture;
}

static LimnRecord *
record_of (Fixture *fixture, LimnPicture *picture)
{
  return limn_records_lookup (limn_session_get_records (fixture->session), limn_picture_get_record_id (picture));
}

static char *
metadata (LimnPicture *picture)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = limn_image_load_png (limn_picture_get_path (picture), &text, NULL);

  g_assert_nonnull (image);
  return g_strdup (g_hash_table_lookup (text, "limn"));
}

static void
assert_same (LimnPicture *a, LimnPicture *b)
{
  const LimnImage *one = limn_picture_get_image (a), *other = limn_picture_get_image (b);
  g_autofree char *told = metadata (a), *other_told = metadata (b);

  g_assert_cmpmem (one->rgb, (gsize) one->width * one->height * 3, other->rgb,
                   (gsize) other->width * other->height * 3);
  g_assert_cmpstr (told, ==, other_told);
}

/* Edges of a picture, in the first steps. */
static void
follow (LimnSettings *settings, LimnSource *source)
{
  g_autofree char *file = g_build_filename (LIMN_GOLDEN_DIR, "controlnet", "mini-sdxl-controlnet.safetensors", NULL);
  LimnFollowedRow row = { .file = file, .picture = source };
  g_autoptr (LimnFollowed) followed = NULL;

  limn_control_init (&row.how);
  row.how.map = "canny";
  row.how.fit = LIMN_FIT_PAD;
  row.how.end = 0.6;
  followed = limn_followed_with (NULL, 0, &row);
  g_object_set (settings, "controls", followed, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl", NULL);
  g_autofree char *refiner = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl-refiner", NULL);
  LimnImage *image = limn_image_new (96, 64);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnMask) mask = NULL;
  guint8 *pixels = g_malloc0 (64 * 64);

  fixture->folder = g_dir_make_tmp (NULL, NULL);
  fixture->session = limn_session_new (-1, fixture->folder);
  fixture->settings = limn_settings_new ();
  g_object_set (fixture->settings, "prompt", "a photo of a cat", "model", base, "refiner", refiner, "use-refiner", TRUE,
                "width", 64, "height", 64, "steps", STEPS, "seed", G_GUINT64_CONSTANT (5), "handoff", 0.8, NULL);
  for (int i = 0; i < 96 * 64 * 3; i++)
    image->rgb[i] = (guint8) (i / 13);
  memset (pixels + 64 * 20, 255, 64 * 30);
  source = limn_source_new (image, "a photo");
  mask = limn_mask_new (64, 64, pixels);
  if (g_strcmp0 (data, "masked") == 0)
    g_object_set (fixture->settings, "source", source, "mask", mask, "strength", 0.8, NULL);
  if (g_strcmp0 (data, "controlled") == 0)
    follow (fixture->settings, source);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_session_close (fixture->session);
  tests_finalize (fixture->session);
  g_object_unref (fixture->settings);
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

/* every hand-off there is, from one run */
static void
test_handoffs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) first = run (fixture, NULL, 0, LIMN_RUN_NORMAL);
  LimnRecord *record = record_of (fixture, first);
  int begin = limn_record_get_begin (record), old = limn_record_split (record, 0.8);

  for (int tenths = 3; tenths <= 10; tenths++) {
    g_autoptr (LimnPicture) tail = NULL, whole = NULL;
    int split, expected;

    g_object_set (fixture->settings, "handoff", tenths / 10.0, NULL);
    split = limn_record_split (record, tenths / 10.0);
    expected = MIN (old, split) > begin && split != old ? MIN (old, split) : 0;
    tail = run (fixture, record, -1, LIMN_RUN_NORMAL);
    whole = run (fixture, NULL, 0, LIMN_RUN_NORMAL);
    g_test_message ("hand-off %.1f after step %d: %u of %d steps", tenths / 10.0, split,
                    limn_record_get_n_steps (record_of (fixture, tail)), STEPS - begin);
    if (expected > 0) {
      g_assert_cmpint (limn_record_get_parent_step (record_of (fixture, tail)), ==, expected);
      g_assert_cmpuint (limn_record_get_n_steps (record_of (fixture, tail)), ==, (guint) (STEPS - expected));
    }
    assert_same (tail, whole);
  }
}

static void
step_cb (LimnRecord *record, guint index, GCancellable *cancellable)
{
  if (index == 3)
    g_cancellable_cancel (cancellable);
}

static void
begun_cb (LimnSession *session, GParamSpec *spec, GCancellable *cancellable)
{
  g_signal_connect (limn_session_get_record (session), "step-added", G_CALLBACK (step_cb), cancellable);
}

/* FALSE where the machine was quicker than the cancel: then there is nothing to go on with. */
static gboolean
cancel_and_resume (Fixture *fixture)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (LimnPicture) whole = run (fixture, NULL, 0, LIMN_RUN_NORMAL), resumed = NULL;
  LimnRecord *record;
  Answer answer = { 0 };
  gulong handler = g_signal_connect (fixture->session, "notify::record", G_CALLBACK (begun_cb), cancellable);

  limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_NORMAL, cancellable, painted_cb,
                          &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (fixture->session, handler);
  record = limn_session_get_record (fixture->session);
  if (answer.picture != NULL) {
    g_object_unref (answer.picture);
    return FALSE;
  }
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_clear_error (&answer.error);
  g_test_message ("cancelled after step %d", limn_record_get_last_step (record));
  resumed = run (fixture, record, 0, LIMN_RUN_RESUME);
  assert_same (resumed, whole);
  return TRUE;
}

static void
test_resume (Fixture *fixture, gconstpointer data)
{
  if (!cancel_and_resume (fixture))
    g_test_skip ("the run ended before it could be cancelled");
}

/* Another family: its picture is the same again, and its run can be gone on with. */
static void
test_sd15 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *model = g_build_filename (LIMN_GOLDEN_DIR, "mini-sd15", NULL);

  g_object_set (fixture->settings, "model", model, "refiner", "", "use-refiner", FALSE, NULL);
  if (!cancel_and_resume (fixture))
    g_test_skip ("the run ended before it could be cancelled");
}

/* ---- kill -9 ---- */

static void
kill_cb (LimnRecord *record, guint index, gpointer data)
{
  if (index == 3)
    kill (getpid (), SIGKILL);
}

static void
watch_cb (LimnSession *session, GParamSpec *spec, gpointer data)
{
  g_signal_connect (limn_session_get_record (session), "step-added", G_CALLBACK (kill_cb), NULL);
}

/* The child: paints until it kills itself, or fails to. */
static int
paint_and_die (const char *folder, const char *json)
{
  Fixture fixture = { .session = limn_session_new (-1, folder), .settings = limn_settings_new () };
  g_autoptr (LimnJson) read = limn_json_parse ("settings", json, -1, NULL);

  limn_settings_from_json (fixture.settings, read);
  g_signal_connect (fixture.session, "notify::record", G_CALLBACK (watch_cb), NULL);
  run (&fixture, NULL, 0, LIMN_RUN_NORMAL);
  return 0;
}

static LimnRecord *
newest_record (LimnSession *session)
{
  LimnRecords *records = limn_session_get_records (session);

  while (!limn_records_is_loaded (records))
    g_main_context_iteration (NULL, TRUE);
  g_autoptr (GPtrArray) roots = limn_records_get_children (records, NULL);
  return roots->pdata[roots->len - 1];
}

/* FALSE where the machine was quicker than the kill. */
static gboolean
kill_and_resume (Fixture *fixture)
{
  g_autoptr (LimnPicture) whole = run (fixture, NULL, 0, LIMN_RUN_NORMAL), resumed = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL),
                  *json = limn_settings_to_json (fixture->settings);
  char *arguments[] = { program, (char *) "--die", fixture->folder, json, NULL };
  g_autoptr (GError) error = NULL;
  LimnRecord *record;

  limn_session_close (fixture->session);
  tests_finalize (fixture->session);
  g_spawn_sync (NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->session = limn_session_new (-1, fixture->folder);
  record = newest_record (fixture->session);
  if (limn_record_get_state (record) != LIMN_RECORD_INTERRUPTED
      || limn_record_get_last_step (record) >= limn_record_get_schedule_steps (record))
    return FALSE;
  g_test_message ("killed after step %d", limn_record_get_last_step (record));
  resumed = run (fixture, record, 0, LIMN_RUN_RESUME);
  assert_same (resumed, whole);
  return TRUE;
}

/* ---- Samplers ---- */

/* What it remembers of steps is more than others do. */
static gboolean
remembers_contrast (const LimnSampler *sampler)
{
  return sampler->contrasts && sampler->choice.history > 0;
}

/* Whether a run treats a sampler before as it does this one: with as many evaluations, draws and remembered steps. */
static gboolean
is_known_kind (guint index)
{
  const LimnSampler *sampler = limn_sampler_find (limn_sampler_choice (index)->name);

  for (guint i = 0; i < index; i++) {
    const LimnSampler *before = limn_sampler_find (limn_sampler_choice (i)->name);

    if (before->evaluations == sampler->evaluations && before->draws == sampler->draws
        && before->choice.history == sampler->choice.history
        && remembers_contrast (before) == remembers_contrast (sampler))
      return TRUE;
  }
  return FALSE;
}

static void
check_sampler (Fixture *fixture, const LimnChoice *sampler, LimnPrecision precision)
{
  g_autoptr (LimnPicture) first = NULL, tail = NULL, whole = NULL, same = NULL;

  g_test_message ("%s, %s", sampler->title, precision == LIMN_PRECISION_FP16 ? "fp16" : "fp32");
  g_object_set (fixture->settings, "sampler", sampler->name, "precision", precision, "handoff", 0.8, NULL);
  first = run (fixture, NULL, 0, LIMN_RUN_NORMAL);
  g_object_set (fixture->settings, "handoff", 0.6, NULL);
  tail = run (fixture, record_of (fixture, first), -1, LIMN_RUN_NORMAL);
  whole = run (fixture, NULL, 0, LIMN_RUN_NORMAL);
  g_assert_cmpint (limn_record_get_begin (record_of (fixture, tail)), >, 0);
  assert_same (tail, whole);
  /* a branch that changes nothing, from within the base's steps and from within the refiner's */
  for (int step = 4; step <= 8; step += 4) {
    g_clear_object (&same);
    same = run (fixture, record_of (fixture, whole), step, LIMN_RUN_NORMAL);
    g_assert_cmpint (limn_record_get_begin (record_of (fixture, same)), ==, step);
    assert_same (same, whole);
  }
  g_assert_true (cancel_and_resume (fixture) || cancel_and_resume (fixture) || cancel_and_resume (fixture));
  g_assert_true (kill_and_resume (fixture) || kill_and_resume (fixture) || kill_and_resume (fixture));
}

/* A moved hand-off, a resumed run and a branch are what a run in one go is: a sampler of each kind, in one of the
 * precisions, with "-m slow" all in both.  tests/unit/test-start.c has all of them, over stand-ins for the networks. */
static void
test_samplers (Fixture *fixture, gconstpointer data)
{
  const LimnChoice *sampler;

  for (guint i = 0; (sampler = limn_sampler_choice (i)) != NULL; i++) {
    gboolean slow = g_test_slow (), fine = g_test_rand_bit ();

    if (is_known_kind (i) && !slow)
      continue;
    if (slow || !fine)
      check_sampler (fixture, sampler, LIMN_PRECISION_FP16);
    if (slow || fine)
      check_sampler (fixture, sampler, LIMN_PRECISION_FP32);
  }
}

/* a branch is painted twice the same, and its own tail is what the branch with that hand-off would have been */
static void
test_branch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) first = run (fixture, NULL, 0, LIMN_RUN_NORMAL), branch = NULL, tail = NULL, whole = NULL;

  g_object_set (fixture->settings, "prompt", "a drawing of a dog", "steps", 14, NULL);
  branch = run (fixture, record_of (fixture, first), 4, LIMN_RUN_NORMAL);
  g_object_set (fixture->settings, "handoff", 0.6, NULL);
  tail = run (fixture, record_of (fixture, branch), -1, LIMN_RUN_NORMAL);
  whole = run (fixture, record_of (fixture, first), 4, LIMN_RUN_NORMAL);
  g_assert_cmpuint (limn_record_get_n_steps (record_of (fixture, tail)), <,
                    limn_record_get_n_steps (record_of (fixture, whole)));
  assert_same (tail, whole);
}

/* The same where steps go without the network, which the journal's trail tells; a branch that says something else asks
 * it first. */
static void
test_cache (Fixture *fixture, gconstpointer data)
{
  g_object_set (fixture->settings, "cache", 0.9, NULL);
  g_autoptr (LimnPicture) cached = run (fixture, NULL, 0, LIMN_RUN_NORMAL);

  g_assert_nonnull (limn_picture_get_left_out (cached));
  g_assert_nonnull (strstr (limn_picture_get_text (cached)[1], "Step cache left out: "));
  check_sampler (fixture, limn_choice_find (limn_sampler_choice, "dpmpp_2m"), LIMN_PRECISION_FP32);
  g_object_set (fixture->settings, "handoff", 0.8, NULL);
  test_branch (fixture, data);
  g_object_set (fixture->settings, "cache", 0.0, NULL);
  g_autoptr (LimnPicture) plain = run (fixture, NULL, 0, LIMN_RUN_NORMAL);
  g_assert_null (limn_picture_get_left_out (plain));
}

static void
remove_world (void)
{
  g_autofree char *world = g_path_get_dirname (g_get_user_state_dir ());

  tests_remove_folder (world);
}

static gboolean
has_two (LimnSession *session)
{
  g_autoptr (GPtrArray) devices = limn_session_get_devices (session);

  return devices->len == 2;
}

/* two workers at once, on one device here, give what one gives after the other */
static void
test_beside (Fixture *fixture, gconstpointer data)
{
  const int further[] = { 0 };
  LimnPicture *alone[2];
  Answer answers[2] = { { 0 } };
  LimnRun *runs[2];

  for (int i = 0; i < 2; i++) {
    g_object_set (fixture->settings, "seed", (guint64) (20 + i), NULL);
    alone[i] = run (fixture, NULL, 0, LIMN_RUN_NORMAL);
  }
  limn_session_set_further_devices (fixture->session, further, 1);
  while (!has_two (fixture->session))
    g_main_context_iteration (NULL, TRUE);
  for (int i = 0; i < 2; i++) {
    g_object_set (fixture->settings, "seed", (guint64) (20 + i), NULL);
    runs[i] = limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_NORMAL, NULL, painted_cb,
                                      &answers[i]);
    g_assert_cmpint (limn_run_is_further (runs[i]), ==, i);
  }
  for (int i = 0; i < 2; i++) {
    while (!answers[i].done)
      g_main_context_iteration (NULL, TRUE);
    g_assert_no_error (answers[i].error);
    assert_same (alone[i], answers[i].picture);
    g_object_unref (answers[i].picture);
    g_object_unref (alone[i]);
  }
}

#define ADD(name, data, test) g_test_add ("/tails/" name, Fixture, data, set_up, test, tear_down)

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) devices = limn_devices_list (NULL);
  g_autofree char *world = g_dir_make_tmp (NULL, NULL);
  g_autofree char *state = g_build_filename (world, "state", NULL);

  if (argc == 4 && g_str_equal (argv[1], "--die"))
    return paint_and_die (argv[2], argv[3]);
  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_assert_cmpstr (g_get_user_state_dir (), ==, state);
  atexit (remove_world);
  g_test_init (&argc, &argv, NULL);
  if (devices == NULL || devices->len == 0) {
    g_print ("1..0 # SKIP no Vulkan device\n");
    return g_getenv ("LIMN_REQUIRE_GPU") != NULL ? 1 : 0;
  }
  alarm ((g_test_slow () ? 5 : 2) * TESTS_PATIENCE); /* a hang is a failure */
  ADD ("handoffs", NULL, test_handoffs);
  ADD ("cache", NULL, test_cache);
  ADD ("resume", NULL, test_resume);
  ADD ("sd15", NULL, test_sd15);
  ADD ("branch", NULL, test_branch);
  ADD ("samplers", NULL, test_samplers);
  ADD ("masked/handoffs", "masked", test_handoffs);
  ADD ("masked/resume", "masked", test_resume);
  ADD ("controlled/handoffs", "controlled", test_handoffs);
  ADD ("controlled/resume", "controlled", test_resume);
  ADD ("controlled/branch", "controlled", test_branch);
  ADD ("beside", NULL, test_beside);
  return g_test_run ();
}
