/* test-old-files.c - what earlier versions of Limn left on a disk is read: settings, a queue, journals that go on to
 * the picture of their own time.
 *
 *   test-old-files --make FOLDER    writes such files with this version, over the real engine and small models
 *
 * Each folder of tests/session/old is what one version left: the state folder, the pictures that it went on to, and the
 * settings as GSettings keep them.  Models have relative names, so that the files can lie anywhere.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/folder.h"
#include "common/patience.h"
#include "session/queue/queue.h"

#define STEPS 10
#define BRANCH_STEP 6
#define STARTER_REFINER "../../data/starter/refiner"

/* In the order in which they were painted. */
typedef enum { FINISHED, BRANCHED, CANCELLED, INTERRUPTED, MASKED, N_SCENES } Scene;

typedef struct {
  gboolean done;
  LimnPicture *picture;
  GError *error;
} Answer;

static void
answer_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->picture = limn_session_run_finish (LIMN_SESSION (object), result, &answer->error);
  answer->done = TRUE;
}

static LimnPicture *
run (LimnSession *session, LimnSettings *settings, LimnRecord *record, int step, LimnRunFlags flags)
{
  Answer answer = { 0 };

  limn_session_run_async (session, settings, record, step, flags, NULL, answer_cb, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (answer.error);
  return answer.picture;
}

static LimnRecord *
record_of (LimnSession *session, LimnPicture *picture)
{
  return limn_records_lookup (limn_session_get_records (session), limn_picture_get_record_id (picture));
}

/* Drops the last reference but for what threads hold for a moment. */
static void
finalize (gpointer object)
{
  g_object_add_weak_pointer (object, &object);
  g_object_unref (object);
  while (object != NULL)
    g_main_context_iteration (NULL, FALSE);
}

static void
end_session (LimnSession *session)
{
  limn_session_close (session);
  finalize (session);
}

static void
end_queue (LimnQueue *queue)
{
  limn_queue_close (queue);
  finalize (queue);
}

static LimnSettings *
scene_settings (gboolean starter)
{
  LimnSettings *settings = limn_settings_new ();

  g_object_set (settings, "prompt", "a red cube on a blue sphere", "negative", "blurry", "model",
                starter ? "" : "mini-sdxl", "refiner", starter ? STARTER_REFINER : "mini-sdxl-refiner", "use-refiner",
                TRUE, "width", 64, "height", 64, "steps", STEPS, "seed", G_GUINT64_CONSTANT (5), "guidance", 4.0,
                "handoff", 0.8, "crop-left", 8, "original-width", 96, "original-height", 80, NULL);
  return settings;
}

static void
add_mask (LimnSettings *settings)
{
  LimnImage *image = limn_image_new (96, 64);
  guint8 *pixels = g_malloc0 (64 * 64);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnMask) mask = NULL;

  for (int i = 0; i < 96 * 64 * 3; i++)
    image->rgb[i] = (guint8) (i / 13);
  memset (pixels + 64 * 20, 255, 64 * 30);
  source = limn_source_new (image, "a photo");
  mask = limn_mask_new (64, 64, pixels);
  g_object_set (settings, "source", source, "mask", mask, "strength", 0.8, NULL);
}

/* ---- Going on with a record, as the version that made it did and as this one has to ---- */

typedef enum { RESUMED, TAIL, BRANCH, N_WAYS } Way;
static const char *const way_names[] = { "resumed", "tail", "branch" };

static gboolean
scene_has (Scene scene, Way way)
{
  return (way == RESUMED) == (scene == CANCELLED || scene == INTERRUPTED);
}

static LimnPicture *
go_on (LimnSession *session, LimnRecord *record, Way way)
{
  g_autoptr (LimnSettings) settings = limn_settings_copy (limn_record_get_settings (record));

  if (way == RESUMED)
    return run (session, settings, record, 0, LIMN_RUN_RESUME);
  if (way == TAIL) {
    g_object_set (settings, "handoff", 0.9, NULL);
    return run (session, settings, record, -1, LIMN_RUN_NORMAL);
  }
  g_object_set (settings, "prompt", "a green cup", "steps", STEPS + 2, NULL);
  return run (session, settings, record, BRANCH_STEP, LIMN_RUN_NORMAL);
}

static char *
expected_name (Scene scene, Way way)
{
  return g_strdup_printf ("%d-%s.png", (int) scene, way_names[way]);
}

/* ---- Making ---- */

typedef struct {
  LimnSession *session;
  GCancellable *cancellable; /* NULL: the session is closed instead */
  gboolean reached;
} Stop;

static void
step_cb (LimnRecord *record, guint index, Stop *stop)
{
  if (index != 2)
    return;
  stop->reached = TRUE;
  if (stop->cancellable != NULL)
    g_cancellable_cancel (stop->cancellable);
}

static void
begun_cb (LimnSession *session, GParamSpec *spec, Stop *stop)
{
  g_signal_connect (limn_session_get_record (session), "step-added", G_CALLBACK (step_cb), stop);
}

static void
make_broken_off (const char *pictures, LimnSettings *settings, gboolean cancel)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  LimnSession *session = limn_session_new (-1, pictures);
  Stop stop = { session, cancel ? cancellable : NULL, FALSE };
  Answer answer = { 0 };

  g_object_set (settings, "steps", 100, NULL);
  g_signal_connect (session, "notify::record", G_CALLBACK (begun_cb), &stop);
  limn_session_run_async (session, settings, NULL, 0, LIMN_RUN_NORMAL, cancellable, answer_cb, &answer);
  while (!(cancel ? answer.done : stop.reached))
    g_main_context_iteration (NULL, TRUE);
  limn_session_close (session);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_clear_error (&answer.error);
  end_session (session);
}

static void
make_runs (const char *pictures, gboolean starter)
{
  for (Scene scene = FINISHED; scene < N_SCENES; scene++) {
    g_autoptr (LimnSettings) settings = scene_settings (starter);

    if (scene == CANCELLED || scene == INTERRUPTED) {
      make_broken_off (pictures, settings, scene == CANCELLED);
      continue;
    }
    LimnSession *session = limn_session_new (-1, pictures);
    if (scene == MASKED)
      add_mask (settings);
    g_autoptr (LimnPicture) first = run (session, settings, NULL, 0, LIMN_RUN_NORMAL), branch = NULL;
    if (scene == BRANCHED) {
      g_object_set (settings, "prompt", "a drawing of a dog", NULL);
      branch = run (session, settings, record_of (session, first), 4, LIMN_RUN_NORMAL);
    }
    end_session (session);
  }
}

static void
wait_saved (LimnQueue *queue)
{
  while (!limn_queue_is_loaded (queue) || !limn_queue_is_saved (queue))
    g_main_context_iteration (NULL, TRUE);
}

/* Five entries: one done, one failed, one held back, two that wait, of which one has a picture and a mask. */
static void
make_queue (const char *pictures)
{
  LimnSession *session = limn_session_new (-1, pictures);
  LimnQueue *queue = limn_queue_new (session, NULL);

  wait_saved (queue);
  for (int i = 0; i < 5; i++) {
    g_autoptr (LimnSettings) settings = scene_settings (i == 3);

    g_object_set (settings, "seed", (guint64) 70 + i, NULL);
    if (i == 1)
      g_object_set (settings, "model", "no-such-model", NULL);
    if (i == 4)
      add_mask (settings);
    limn_queue_append (queue, settings, NULL, 0);
    if (i == 1) {
      while (limn_queue_get_n_pending (queue) > 0)
        g_main_context_iteration (NULL, TRUE);
      limn_queue_set_paused (queue, TRUE);
    }
  }
  g_autoptr (LimnQueueItem) held = g_list_model_get_item (G_LIST_MODEL (queue), 2);
  limn_queue_set_item_paused (queue, held, TRUE);
  wait_saved (queue);
  limn_session_close (session);
  end_queue (queue);
  end_session (session);
}

static void wait_records (LimnSession *session);
static GPtrArray *scenes_of (LimnSession *session, gboolean starter);

static void
make_expected (const char *pictures, const char *folder)
{
  LimnSession *session = limn_session_new (-1, pictures);
  g_autoptr (GPtrArray) scenes = NULL;

  wait_records (session);
  scenes = scenes_of (session, FALSE);
  for (Scene scene = FINISHED; scene < N_SCENES; scene++)
    for (Way way = RESUMED; way < N_WAYS; way++) {
      g_autofree char *name = expected_name (scene, way), *path = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;

      if (!scene_has (scene, way))
        continue;
      g_autoptr (LimnPicture) picture = go_on (session, scenes->pdata[scene], way);
      limn_image_save_png (limn_picture_get_image (picture), path, NULL, &error);
      g_assert_no_error (error);
    }
  end_session (session);
}

static void copy_folder (const char *from, const char *to);

static int
make (const char *folder)
{
  g_autofree char *pictures = g_build_filename (folder, "pictures", NULL);
  g_autofree char *settings_path = g_build_filename (folder, "settings", NULL);
  g_autofree char *state = g_build_filename (g_get_user_state_dir (), "limn", NULL);
  g_autofree char *kept = g_build_filename (folder, "limn", NULL), *scratch = g_dir_make_tmp (NULL, NULL);
  g_autoptr (LimnSettings) settings = scene_settings (FALSE);
  g_autoptr (GVariant) variant = g_variant_ref_sink (limn_settings_to_variant (settings));
  g_autofree char *text = g_variant_print (variant, TRUE);

  g_assert_cmpint (g_mkdir_with_parents (pictures, 0755), ==, 0);
  g_assert_true (g_file_set_contents (settings_path, text, -1, NULL));
  make_runs (scratch, FALSE);
  make_runs (scratch, TRUE);
  make_queue (scratch);
  copy_folder (state, kept);
  make_expected (scratch, pictures);
  tests_remove_folder (scratch);
  return 0;
}

/* ---- Reading ---- */

typedef struct {
  char *old; /* one version's folder */
  char *pictures;
  LimnSession *session;
} Fixture;

static void
copy_folder (const char *from, const char *to)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  g_assert_cmpint (g_mkdir_with_parents (to, 0755), ==, 0);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *source = g_build_filename (from, name, NULL), *target = g_build_filename (to, name, NULL);
    g_autofree char *data = NULL;
    gsize size;

    if (g_file_test (source, G_FILE_TEST_IS_DIR)) {
      copy_folder (source, target);
      continue;
    }
    g_assert_true (g_file_get_contents (source, &data, &size, NULL));
    g_assert_true (g_file_set_contents (target, data, (gssize) size, NULL));
  }
}

static void
wait_records (LimnSession *session)
{
  while (!limn_records_is_loaded (limn_session_get_records (session)))
    g_main_context_iteration (NULL, TRUE);
}

/* By Scene; a branch's root is left out.  (element-type LimnRecord) */
static GPtrArray *
scenes_of (LimnSession *session, gboolean starter)
{
  LimnRecords *records = limn_session_get_records (session);
  GPtrArray *scenes = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (records)); i++) {
    g_autoptr (LimnRecord) record = g_list_model_get_item (G_LIST_MODEL (records), i);
    const LimnSettingsValues *values = limn_settings_values (limn_record_get_settings (record));
    g_autoptr (GPtrArray) children = limn_records_get_children (records, record);

    if (values->seed == 5 && g_str_equal (values->model, starter ? "" : "mini-sdxl") && children->len == 0)
      g_ptr_array_add (scenes, record);
  }
  g_assert_cmpuint (scenes->len, ==, N_SCENES);
  return scenes;
}

static void
set_up (Fixture *fixture, gconstpointer old)
{
  g_autofree char *state = g_build_filename (g_get_user_state_dir (), "limn", NULL);
  g_autofree char *kept = g_build_filename (old, "limn", NULL);

  tests_remove_folder (state);
  copy_folder (kept, state);
  fixture->old = g_strdup (old);
  fixture->pictures = g_dir_make_tmp (NULL, NULL);
  fixture->session = limn_session_new (-1, fixture->pictures);
  wait_records (fixture->session);
}

static void
tear_down (Fixture *fixture, gconstpointer old)
{
  end_session (fixture->session);
  tests_remove_folder (fixture->pictures);
  g_free (fixture->pictures);
  g_free (fixture->old);
}

/* Another device, or another driver's version, rounds otherwise in the last place: a step of a pixel. */
static void
assert_picture (Fixture *fixture, LimnPicture *picture, Scene scene, Way way)
{
  g_autofree char *name = expected_name (scene, way);
  g_autofree char *path = g_build_filename (fixture->old, "pictures", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnImage) expected = limn_image_load_png (path, NULL, &error);
  const LimnImage *image = limn_picture_get_image (picture);
  int worst = 0;

  g_assert_no_error (error);
  g_assert_cmpint (image->width, ==, expected->width);
  g_assert_cmpint (image->height, ==, expected->height);
  for (int i = 0; i < image->width * image->height * 3; i++)
    worst = MAX (worst, ABS (image->rgb[i] - expected->rgb[i]));
  g_test_message ("%s: %d of 255 at most", name, worst);
  g_assert_cmpint (worst, <=, 2);
}

static void
assert_state (LimnRecord *record, Scene scene)
{
  const LimnSettingsValues *values = limn_settings_values (limn_record_get_settings (record));
  gboolean broken_off = scene == CANCELLED || scene == INTERRUPTED;

  g_assert_cmpint (limn_record_get_state (record), ==,
                   scene == CANCELLED     ? LIMN_RECORD_CANCELLED
                   : scene == INTERRUPTED ? LIMN_RECORD_INTERRUPTED
                                          : LIMN_RECORD_DONE);
  g_assert_cmpint (limn_record_get_parent_step (record), ==, scene == BRANCHED ? 4 : 0);
  g_assert_cmpint (limn_record_get_begin (record), ==, scene == BRANCHED ? 4 : scene == MASKED ? 2 : 0);
  g_assert_cmpint (limn_record_get_schedule_steps (record), ==, broken_off ? 100 : STEPS);
  if (!broken_off)
    g_assert_cmpint (limn_record_get_last_step (record), ==, STEPS);
  g_assert_cmpint (limn_record_get_last_step (record), >=, 3);
  g_assert_cmpint (values->crop_left, ==, 8);
  g_assert_cmpstr (values->schedule, ==, "model");
  g_assert_cmpfloat (values->guidance, ==, 4);
}

static void
test_runs (Fixture *fixture, gconstpointer old)
{
  g_autoptr (GPtrArray) scenes = scenes_of (fixture->session, FALSE);

  for (Scene scene = FINISHED; scene < N_SCENES; scene++) {
    assert_state (scenes->pdata[scene], scene);
    for (Way way = RESUMED; way < N_WAYS; way++)
      if (scene_has (scene, way)) {
        g_autoptr (LimnPicture) picture = go_on (fixture->session, scenes->pdata[scene], way);
        assert_picture (fixture, picture, scene, way);
      }
  }
}

/* The starter is trained anew from time to time: its runs open and go on, to another picture. */
static void
test_starter (Fixture *fixture, gconstpointer old)
{
  g_autoptr (GPtrArray) scenes = scenes_of (fixture->session, TRUE);

  for (Scene scene = FINISHED; scene < N_SCENES; scene++) {
    Way way = scene_has (scene, RESUMED) ? RESUMED : BRANCH;

    assert_state (scenes->pdata[scene], scene);
    g_autoptr (LimnPicture) picture = go_on (fixture->session, scenes->pdata[scene], way);
    g_assert_cmpint (limn_record_get_last_step (record_of (fixture->session, picture)), ==,
                     way == RESUMED ? 100 : STEPS + 2);
  }
}

static void
test_queue (Fixture *fixture, gconstpointer old)
{
  static const LimnQueueState states[] = { LIMN_QUEUE_DONE, LIMN_QUEUE_FAILED, LIMN_QUEUE_PAUSED, LIMN_QUEUE_WAITING,
                                           LIMN_QUEUE_WAITING };
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);

  wait_saved (queue);
  g_assert_true (limn_queue_get_paused (queue));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, G_N_ELEMENTS (states));
  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (queue), i);
    const LimnSettingsValues *values = limn_settings_values (limn_queue_item_get_settings (item));

    g_assert_cmpint (limn_queue_item_get_state (item), ==, states[i]);
    g_assert_cmpuint (values->seed, ==, 70 + i);
    g_assert_cmpstr (values->negative, ==, "blurry");
    g_assert_cmpstr (values->model, ==, i == 1 ? "no-such-model" : i == 3 ? "" : "mini-sdxl");
    limn_queue_set_item_paused (queue, item, FALSE);
  }
  limn_queue_set_paused (queue, FALSE);
  while (limn_queue_get_n_pending (queue) > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 2; i < G_N_ELEMENTS (states); i++) {
    g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (queue), i);

    g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
    if (i == 4)
      g_assert_nonnull (limn_settings_values (limn_queue_item_get_settings (item))->mask);
  }
  wait_saved (queue);
  limn_session_close (fixture->session);
  end_queue (queue);
}

static void
test_settings (Fixture *fixture, gconstpointer old)
{
  g_autofree char *path = g_build_filename (old, "settings", NULL), *text = NULL;
  g_autoptr (LimnSettings) settings = limn_settings_new (), expected = scene_settings (FALSE);
  g_autoptr (GVariant) variant = NULL, now = NULL, wanted = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  variant = g_variant_parse (NULL, text, NULL, NULL, &error);
  g_assert_no_error (error);
  limn_settings_from_variant (settings, variant);
  now = g_variant_ref_sink (limn_settings_to_variant (settings));
  wanted = g_variant_ref_sink (limn_settings_to_variant (expected));
  g_assert_true (g_variant_equal (now, wanted));
}

static void
remove_world (void)
{
  g_autofree char *world = g_path_get_dirname (g_get_user_state_dir ());

  tests_remove_folder (world);
}

static void
add (const char *version, const char *folder, const char *name, void (*test) (Fixture *fixture, gconstpointer old))
{
  g_autofree char *path = g_strdup_printf ("/old-files/%s/%s", version, name);

  g_test_add (path, Fixture, folder, set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) devices = limn_devices_list (NULL), folders = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *world = g_dir_make_tmp (NULL, NULL), *state = g_build_filename (world, "state", NULL);
  g_autoptr (GDir) dir = g_dir_open (LIMN_OLD_DIR, 0, NULL);
  const char *version;

  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_assert_cmpstr (g_get_user_state_dir (), ==, state);
  atexit (remove_world);
  g_assert_cmpint (g_chdir (LIMN_GOLDEN_DIR), ==, 0);
  if (argc == 3 && g_str_equal (argv[1], "--make"))
    return make (argv[2]);
  g_test_init (&argc, &argv, NULL);
  if (devices == NULL || devices->len == 0) {
    g_print ("1..0 # SKIP no Vulkan device\n");
    return g_getenv ("LIMN_REQUIRE_GPU") != NULL ? 1 : 0;
  }
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  while (dir != NULL && (version = g_dir_read_name (dir)) != NULL) {
    char *folder = g_build_filename (LIMN_OLD_DIR, version, NULL);

    if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
      g_free (folder);
      continue;
    }
    g_ptr_array_add (folders, folder);
    add (version, folder, "settings", test_settings);
    add (version, folder, "queue", test_queue);
    add (version, folder, "runs", test_runs);
    add (version, folder, "starter", test_starter);
  }
  g_assert_cmpuint (folders->len, >, 0);
  return g_test_run ();
}
