/* test-finish.c - what is done to a picture once its steps are taken: by what is set, told, kept, and done anew without
 * the steps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "common/finalize.h"
#include "queue-fixture.h"
#include "record-fixture.h"
#include "session/settings/settings-json.h"

#define STEPS 8

static char *
make_upscaler (const char *name)
{
  char *path = g_build_filename (g_get_user_data_dir (), name, NULL);

  g_mkdir_with_parents (g_get_user_data_dir (), 0700);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  return path;
}

static void
enlarge (SessionFixture *fixture, const char *path)
{
  g_object_set (fixture->settings, "upscaler", path != NULL ? path : "", "use-upscaler", path != NULL, NULL);
}

/* Each pixel of small is a square of large. */
static void
assert_enlarged (LimnPicture *small, LimnPicture *large, int scale)
{
  const LimnImage *a = limn_picture_get_image (small), *b = limn_picture_get_image (large);

  g_assert_cmpint (b->width, ==, a->width * scale);
  g_assert_cmpint (b->height, ==, a->height * scale);
  for (int y = 0; y < b->height; y++)
    for (int x = 0; x < b->width; x++)
      g_assert_true (memcmp (b->rgb + 3 * (y * b->width + x), a->rgb + 3 * (y / scale * a->width + x / scale), 3) == 0);
}

/* the picture is as large as said on disk, too, and says by what */
static void
test_enlarged (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_upscaler ("upscaler.safetensors"), *told = NULL;
  g_autoptr (LimnPicture) plain = record_fresh (fixture), large = NULL;
  g_autoptr (LimnImage) saved = NULL;
  g_autoptr (LimnJson) json = NULL;

  enlarge (fixture, path);
  large = record_fresh (fixture);
  assert_enlarged (plain, large, 2);
  saved = limn_image_load_png (limn_picture_get_path (large), NULL, NULL);
  g_assert_nonnull (saved);
  g_assert_true (limn_image_is_same (saved, limn_picture_get_image (large)));
  told = record_metadata (large);
  json = limn_json_parse ("told", told, -1, NULL);
  g_assert_cmpstr (limn_json_member_string (json, "upscaler"), ==, path);
}

static LimnPicture *
go_on (SessionFixture *fixture, LimnPicture *from)
{
  g_autoptr (GError) error = NULL;
  LimnPicture *picture;

  record_set_fake (fixture);
  picture = record_run (fixture, record_of (fixture, from), -1, LIMN_RUN_NORMAL, &error);
  g_assert_no_error (error);
  return picture;
}

/* done anew, in another way and not at all: one step is taken again, and what comes is what all of it would give */
static void
test_anew (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *two = make_upscaler ("upscaler.safetensors");
  g_autofree char *three = make_upscaler ("upscaler-3.safetensors");
  g_autoptr (LimnPicture) plain = record_fresh (fixture), large = NULL, larger = NULL, back = NULL;

  enlarge (fixture, two);
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, plain), fixture->settings), ==, STEPS);
  large = go_on (fixture, plain);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  assert_enlarged (plain, large, 2);
  enlarge (fixture, three);
  larger = go_on (fixture, large);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  assert_enlarged (plain, larger, 3);
  enlarge (fixture, NULL);
  back = go_on (fixture, larger);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_true (record_same_pixels (plain, back));
}

static void
paint_twice (SessionFixture *fixture, double hires)
{
  g_object_set (fixture->settings, "hires", hires, "hires-method", "lanczos", "hires-strength", 0.4, NULL);
}

/* The picture is of the second pass's size, its steps are those of the first: only the last of them is taken again
 * where the second pass is another one, or none. */
static void
test_second (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) plain = record_fresh (fixture), large = NULL, other = NULL, back = NULL, fresh = NULL;
  int width = limn_picture_get_image (plain)->width;
  g_autofree char *told = NULL;
  g_autoptr (LimnJson) json = NULL;

  paint_twice (fixture, 2);
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, plain), fixture->settings), ==, STEPS);
  large = go_on (fixture, plain);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_cmpint (limn_picture_get_image (large)->width, ==, 2 * width);
  g_assert_cmpint (limn_record_get_last_step (record_of (fixture, large)), ==, STEPS);
  told = record_metadata (large);
  json = limn_json_parse ("told", told, -1, NULL);
  g_assert_cmpfloat (limn_json_number (limn_json_member (json, "hires"), 1), ==, 2);
  fresh = record_fresh (fixture);
  g_assert_true (record_same_pixels (large, fresh));
  g_object_set (fixture->settings, "hires-strength", 0.7, NULL);
  other = go_on (fixture, large);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_false (record_same_pixels (large, other));
  paint_twice (fixture, 1);
  back = go_on (fixture, other);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_true (record_same_pixels (plain, back));
}

/* stopped in the second pass, it goes on to the same picture */
static void
test_second_stopped (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) whole = NULL, large = NULL;
  g_autoptr (GError) error = NULL, problem = NULL;

  paint_twice (fixture, 1.5);
  whole = record_fresh (fixture);
  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_SECOND;
  fake_engine_set (&fixture->fake);
  g_assert_null (record_run (fixture, NULL, 0, LIMN_RUN_NORMAL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY);
  g_assert_cmpint (limn_record_get_last_step (limn_session_get_record (fixture->session)), ==, STEPS);
  fixture->fake.fail = FAKE_OK;
  record_set_fake (fixture);
  large = record_run (fixture, limn_session_get_record (fixture->session), -1, LIMN_RUN_RESUME, &problem);
  g_assert_no_error (problem);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_true (record_same_pixels (whole, large));
}

static void
detail (SessionFixture *fixture, const char *boxes)
{
  g_object_set (fixture->settings, "details", boxes, NULL);
}

/* Boxes come after all steps: they are painted again, elsewhere and not at all with one step taken again; what comes is
 * what all of it would give, and whoever stops within them goes on to the same. */
static void
test_details (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) plain = record_fresh (fixture), whole = NULL, again = NULL, other = NULL, back = NULL;
  g_autoptr (GError) error = NULL, problem = NULL;

  detail (fixture, "0.1,0.1,0.2,0.2\n0.5,0.5,0.5,0.5: a hand");
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, plain), fixture->settings), ==, STEPS);
  again = go_on (fixture, plain);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_false (record_same_pixels (plain, again));
  whole = record_fresh (fixture);
  g_assert_true (record_same_pixels (whole, again));
  g_object_set (fixture->settings, "detail-strength", 0.5, NULL);
  other = go_on (fixture, again);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_false (record_same_pixels (other, again));

  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_DETAIL;
  fake_engine_set (&fixture->fake);
  g_assert_null (record_run (fixture, NULL, 0, LIMN_RUN_NORMAL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY);
  g_assert_cmpint (limn_record_get_last_step (limn_session_get_record (fixture->session)), ==, STEPS);
  fixture->fake.fail = FAKE_OK;
  record_set_fake (fixture);
  g_clear_object (&again);
  again = record_run (fixture, limn_session_get_record (fixture->session), -1, LIMN_RUN_RESUME, &problem);
  g_assert_no_error (problem);
  g_assert_true (record_same_pixels (other, again));

  detail (fixture, "");
  back = go_on (fixture, again);
  g_assert_true (record_same_pixels (plain, back));
}

/* An upscaler in between has to be there, and enlarges nothing in the end. */
static void
test_second_upscaler (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_upscaler ("upscaler.safetensors");
  g_autoptr (LimnPicture) large = NULL;

  paint_twice (fixture, 2);
  g_object_set (fixture->settings, "hires-method", "upscaler", NULL);
  record_assert_refused (fixture, "no upscaler is chosen");
  g_object_set (fixture->settings, "upscaler", path, NULL);
  large = record_fresh (fixture);
  g_assert_cmpint (limn_picture_get_image (large)->width, ==, 2 * limn_settings_values (fixture->settings)->width);
}

static void
test_refused (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *other = make_upscaler ("lora.safetensors");

  g_object_set (fixture->settings, "use-upscaler", TRUE, NULL);
  record_assert_refused (fixture, "no upscaler is chosen");
  enlarge (fixture, "/no/such-upscaler.safetensors");
  record_assert_refused (fixture, "/no/such-upscaler.safetensors");
  enlarge (fixture, other);
  record_assert_refused (fixture, "lora.safetensors is no upscaler");
}

/* a file that has become another is opened anew */
static void
test_changed (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_upscaler ("upscaler.safetensors");
  g_autoptr (LimnPicture) one = NULL, other = NULL;
  int made;

  enlarge (fixture, path);
  record_set_fake (fixture);
  one = record_fresh (fixture);
  made = fake_engine_counts ().models_made;
  other = record_fresh (fixture);
  g_assert_cmpint (fake_engine_counts ().models_made, ==, made);
  g_assert_true (g_file_set_contents (path, "longer", -1, NULL));
  g_clear_object (&other);
  other = record_fresh (fixture);
  g_assert_cmpint (fake_engine_counts ().models_made, ==, made + 1);
}

/* stopped while it is enlarged, it goes on to the same picture */
static void
test_stopped (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_upscaler ("upscaler.safetensors");
  g_autoptr (LimnPicture) plain = record_fresh (fixture), large = NULL;
  g_autoptr (GError) error = NULL, problem = NULL;
  LimnRecord *record;

  enlarge (fixture, path);
  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_ENLARGE;
  fake_engine_set (&fixture->fake);
  g_assert_null (record_run (fixture, NULL, 0, LIMN_RUN_NORMAL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY);
  record = limn_session_get_record (fixture->session);
  g_assert_cmpint (limn_record_get_last_step (record), ==, STEPS);
  fixture->fake.fail = FAKE_OK;
  record_set_fake (fixture);
  large = record_run (fixture, record, -1, LIMN_RUN_RESUME, &problem);
  g_assert_no_error (problem);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  assert_enlarged (plain, large, 2);
}

/* those in line know of it after a restart */
static void
test_queue (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_upscaler ("upscaler \"é\".safetensors");
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);
  const LimnSettingsValues *values;

  queue_wait_loaded (queue);
  limn_queue_set_paused (queue, TRUE);
  enlarge (fixture, path);
  limn_queue_append (queue, fixture->settings, NULL, 0);
  queue_wait_saved (queue);
  queue = queue_restart (fixture, queue);
  queue_wait_loaded (queue);
  values = limn_settings_values (limn_queue_item_get_settings (queue_nth (queue, 0)));
  g_assert_true (values->use_upscaler);
  g_assert_cmpstr (values->upscaler, ==, path);
  limn_queue_close (queue);
  tests_finalize (queue);
}

/* ---- Settings ---- */

static void
set_random (LimnSettings *settings, GRand *rand)
{
  static const char *const paths[] = { "", "/a/upscaler.safetensors", "/b/upscaler.safetensors" };

  static const char *const methods[] = { "latent", "lanczos", "upscaler" };

  g_object_set (settings, "upscaler", paths[g_rand_int_range (rand, 0, G_N_ELEMENTS (paths))], "use-upscaler",
                g_rand_boolean (rand), "steps", g_rand_int_range (rand, 1, 4), "hires",
                g_rand_boolean (rand) ? 1.0 : 2.0, "hires-method",
                methods[g_rand_int_range (rand, 0, G_N_ELEMENTS (methods))], "hires-steps",
                g_rand_int_range (rand, 0, 2), NULL);
}

/* All that the end of a run follows from, as text. */
static char *
describe (const LimnSettingsValues *values)
{
  gboolean second = values->hires > 1;
  gboolean asked = values->use_upscaler || (second && g_str_equal (values->hires_method, "upscaler"));

  return g_strdup_printf ("%s%d %d %s %d", asked ? values->upscaler : "", values->use_upscaler, second,
                          second ? values->hires_method : "", second ? values->hires_steps : 0);
}

/* alike is what comes to the same: a path counts where it is used, and nothing else does */
static void
test_alike (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (47);

  for (int i = 0; i < 500; i++) {
    g_autoptr (LimnSettings) a = limn_settings_new (), b = limn_settings_new ();
    const LimnSettingsValues *one = limn_settings_values (a), *other = limn_settings_values (b);
    gboolean same;
    int steps;

    set_random (a, rand);
    set_random (b, rand);
    g_autofree char *first = describe (one), *second = describe (other);
    same = g_str_equal (first, second);
    g_assert_true (limn_settings_finish_alike (a, b) == same);
    g_assert_true (limn_settings_finish_alike (b, a) == same);
    steps = one->steps;
    limn_settings_finish_as (a, b);
    g_assert_true (limn_settings_finish_alike (a, b));
    g_assert_cmpint (one->steps, ==, steps);
  }
}

static void
test_json (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new (), read = limn_settings_new ();
  g_autofree char *text = NULL;
  g_autoptr (LimnJson) json = NULL;

  g_object_set (settings, "upscaler", "/a \"b\"/ü.safetensors", "use-upscaler", TRUE, NULL);
  text = limn_settings_to_json (settings);
  json = limn_json_parse ("settings", text, -1, NULL);
  limn_settings_from_json (read, json);
  g_assert_cmpstr (limn_settings_values (read)->upscaler, ==, "/a \"b\"/ü.safetensors");
  g_assert_true (limn_settings_values (read)->use_upscaler);
}

int
main (int argc, char **argv)
{
  session_test_init (&argc, &argv);
  g_test_add_func ("/finish/alike", test_alike);
  g_test_add_func ("/finish/json", test_json);
  SESSION_ADD ("finish/enlarged", test_enlarged);
  SESSION_ADD ("finish/anew", test_anew);
  SESSION_ADD ("finish/second", test_second);
  SESSION_ADD ("finish/second-stopped", test_second_stopped);
  SESSION_ADD ("finish/second-upscaler", test_second_upscaler);
  SESSION_ADD ("finish/details", test_details);
  SESSION_ADD ("finish/refused", test_refused);
  SESSION_ADD ("finish/changed", test_changed);
  SESSION_ADD ("finish/stopped", test_stopped);
  SESSION_ADD ("finish/queue", test_queue);
  return g_test_run ();
}
