/* test-first-light.c - the real window over the real engine: a base and a refiner of miniature size paint a picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "common/patience.h"
#include "window-driver.h"

#define STEPS 5

typedef struct {
  int previews, last_step;
  gboolean base, refiner;
} Seen;

static gboolean
answered (WindowDriver *driver, gpointer data)
{
  return limn_session_get_device (driver->session) != NULL || limn_session_get_device_error (driver->session) != NULL;
}

static gboolean
has_model (WindowDriver *driver, gpointer data)
{
  return g_str_has_suffix (limn_settings_values (driver->settings)->model, "mini-sdxl")
         || limn_window_get_notice (driver->window) != NULL;
}

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, Seen *seen)
{
  g_assert_cmpint (steps, ==, STEPS);
  seen->previews++;
  seen->last_step = step;
}

static void
progress_cb (LimnSession *session, const LimnProgress *progress, Seen *seen)
{
  seen->base = seen->base || progress->stage == LIMN_STAGE_BASE;
  seen->refiner = seen->refiner || progress->stage == LIMN_STAGE_REFINER;
}

static void
check_file (WindowDriver *driver)
{
  LimnPicture *picture = limn_window_get_picture (driver->window);
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) saved = NULL;
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  LimnRequest request = { 0 };
  GError *error = NULL;

  g_assert_nonnull (picture);
  g_assert_nonnull (limn_picture_get_path (picture));
  saved = limn_image_load_png (limn_picture_get_path (picture), &text, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (saved->rgb, 128 * 128 * 3, limn_picture_get_image (picture)->rgb, 128 * 128 * 3);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Seed: 99"));
  g_assert_true (limn_request_from_json (&request, g_hash_table_lookup (text, "limn"), strings, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (request.prompt, ==, "a photo of a fox");
  g_assert_cmpuint (request.seed, ==, 99);
  g_assert_cmpint (request.steps, ==, STEPS);
  g_assert_cmpint (request.hints.crop_left, ==, 24);
  g_assert_cmpint (request.negative_hints.crop_left, ==, 8);
}

static void
stop_on_the_way (WindowDriver *driver)
{
  LimnPicture *picture = limn_window_get_picture (driver->window);

  g_object_set (driver->settings, "steps", 1000, NULL);
  window_driver_activate (driver, "generate");
  window_driver_sleep (driver, 300);
  window_driver_activate (driver, "cancel");
  window_driver_wait (driver, "the cancel", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (limn_window_get_notice (driver->window), ==, NULL);
  g_assert_true (limn_window_get_picture (driver->window) == picture);
}

static void
test_first_light (void)
{
  g_autoptr (GFile) model = g_file_new_for_path (LIMN_GOLDEN_DIR "/mini-sdxl");
  WindowDriver driver = { 0 };
  Seen seen = { 0 };

  window_driver_open (&driver);
  window_driver_wait (&driver, "the device", answered, NULL);
  if (limn_session_get_device (driver.session) == NULL && g_getenv ("LIMN_REQUIRE_GPU") == NULL) {
    g_test_skip (limn_session_get_device_error (driver.session)->message);
    window_driver_close (&driver);
    return;
  }
  g_assert_no_error (limn_session_get_device_error (driver.session));

  limn_window_open_file (driver.window, model);
  window_driver_wait (&driver, "the model", has_model, NULL);
  g_assert_cmpstr (limn_window_get_notice (driver.window), ==, NULL);
  g_object_set (driver.settings, "prompt", "a photo of a fox", "steps", STEPS, "new-seed", FALSE, "seed",
                G_GUINT64_CONSTANT (99), "width", 128, "height", 128, "crop-left", 24, "separate-negative", TRUE,
                "negative-crop-left", 8, "use-refiner", TRUE, "refiner", LIMN_GOLDEN_DIR "/mini-sdxl-refiner",
                "handoff", 0.6, NULL);
  g_signal_connect (driver.session, "preview", G_CALLBACK (preview_cb), &seen);
  g_signal_connect (driver.session, "progress", G_CALLBACK (progress_cb), &seen);
  window_driver_activate (&driver, "generate");
  window_driver_wait (&driver, "the picture", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (limn_window_get_notice (driver.window), ==, NULL);
  check_file (&driver);
  g_test_message ("%d previews of %d steps: the main loop may skip some where it is busy", seen.previews, STEPS);
  g_assert_cmpint (seen.last_step, ==, STEPS);
  g_assert_true (seen.base);
  g_assert_true (seen.refiner);

  g_signal_handlers_disconnect_by_data (driver.session, &seen);
  stop_on_the_way (&driver);
  window_driver_close (&driver);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_test_add_func ("/window/first-light", test_first_light);
  return g_test_run ();
}
