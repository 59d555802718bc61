/* test-foreign-upscaler.c - upscalers of restored pictures come back where their files are here, with the size that
 * pictures had before; what is missing is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "common/folder.h"
#include "session/foreign/foreign.h"

#define WEBUI "a house\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x640, "
#define LIMN                                                                                                           \
  "{\"limn\": \"1\", \"prompt\": \"a house\", \"width\": 512, \"height\": 640, \"guidance\": 5, \"noise\": \"cpu\""

static LimnForeign *
restore (const char *text)
{
  g_autoptr (GError) error = NULL;
  LimnForeign *foreign = limn_foreign_read_string (text, NULL, &error);

  g_assert_no_error (error);
  return foreign;
}

/* How many gaps of that name have the word. */
static int
count_gaps (LimnForeign *foreign, const char *what, const char *word)
{
  int n = 0;

  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *gap = foreign->gaps->pdata[i];

    g_test_message ("%s: %s", gap->what, gap->why);
    n += strcmp (gap->what, what) == 0 && strstr (gap->why, word) != NULL;
  }
  return n;
}

/* text: settings of a picture that the upscaler of that file has made scale times as large. */
static void
assert_found (const char *text, const char *file, int scale)
{
  g_autoptr (LimnForeign) foreign = restore (text);
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autofree char *name = NULL;

  limn_foreign_compare_size (foreign, 512 * scale, 640 * scale);
  g_assert_cmpint (count_gaps (foreign, "Size", ""), ==, 0);
  limn_foreign_apply (foreign, settings);
  name = g_path_get_basename (limn_settings_values (settings)->upscaler);
  g_assert_cmpstr (name, ==, file);
  g_assert_true (limn_settings_values (settings)->use_upscaler);
  g_assert_cmpint (limn_settings_values (settings)->width, ==, 512);
}

static void
test_found (void)
{
  assert_found (LIMN ", \"upscaler\": \"big-upscaler\"}", "big-upscaler.safetensors", 2);
  assert_found (LIMN ", \"upscaler\": \"upscaler-4\"}", "upscaler-4.safetensors", 4);
  assert_found (WEBUI "Postprocess upscale by: 4, Postprocess upscaler: upscaler-4, Version: v1.10.1",
                "upscaler-4.safetensors", 4);
}

/* what the web UI calls otherwise, and what it made less large than its upscaler does */
static void
test_webui (void)
{
  g_autoptr (LimnForeign) same = restore (WEBUI "Postprocess upscale by: 2, Postprocess upscaler: big-upscaler");
  g_autoptr (LimnForeign) less = restore (WEBUI "Postprocess upscale by: 2, Postprocess upscaler: upscaler-4");
  g_autoptr (LimnForeign) more = restore (WEBUI "Postprocess upscaler: upscaler-4, Postprocess upscaler 2: LDSR");
  g_autoptr (LimnForeign) none = restore (WEBUI "Postprocess upscaler: None");

  g_assert_cmpint (count_gaps (same, "Upscaler", ""), ==, 0);
  g_assert_cmpint (count_gaps (less, "Upscaler", "4"), ==, 1);
  g_assert_cmpint (count_gaps (more, "Upscaler", ""), ==, 1);
  g_assert_cmpint (count_gaps (none, "Upscaler", ""), ==, 0);
  g_assert_false (limn_settings_values (none->settings)->use_upscaler);
}

/* One that is not here is named once; the present one, and whether it is on, stay. */
static void
test_missing (void)
{
  static const char *const texts[] = { LIMN ", \"upscaler\": \"no-upscaler\"}",
                                       WEBUI "Postprocess upscale by: 4, Postprocess upscaler: no-upscaler" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LimnForeign) foreign = restore (texts[i]);
    g_autoptr (LimnSettings) settings = limn_settings_new ();

    g_object_set (settings, "upscaler", "/mine.safetensors", "use-upscaler", TRUE, NULL);
    limn_foreign_apply (foreign, settings);
    g_assert_cmpint (count_gaps (foreign, "Upscaler", "no-upscaler"), ==, 1);
    g_assert_cmpstr (limn_settings_values (settings)->upscaler, ==, "/mine.safetensors");
    g_assert_true (limn_settings_values (settings)->use_upscaler);
  }
}

/* a picture that was not enlarged turns it off, and leaves which one it is */
static void
test_without (void)
{
  static const char *const texts[] = { LIMN "}", WEBUI "Version: v1.10.1" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LimnForeign) foreign = restore (texts[i]);
    g_autoptr (LimnSettings) settings = limn_settings_new ();

    g_object_set (settings, "upscaler", "/mine.safetensors", "use-upscaler", TRUE, NULL);
    limn_foreign_apply (foreign, settings);
    g_assert_false (limn_settings_values (settings)->use_upscaler);
    g_assert_cmpstr (limn_settings_values (settings)->upscaler, ==, "/mine.safetensors");
  }
}

/* ---- Second passes ---- */

static LimnSettings *
restore_second (const char *text, int width, int height)
{
  g_autoptr (LimnForeign) foreign = restore (text);
  LimnSettings *settings = limn_settings_new ();

  g_object_set (settings, "hires", 3.0, "hires-steps", 7, NULL);
  limn_foreign_compare_size (foreign, width, height);
  g_assert_cmpint (count_gaps (foreign, "Size", ""), ==, 0);
  g_assert_cmpint (count_gaps (foreign, "Hires fix", ""), ==, 0);
  g_assert_cmpint (count_gaps (foreign, "Start picture", ""), ==, 0);
  limn_foreign_apply (foreign, settings);
  return settings;
}

/* All that its keys say, whatever makes the picture larger; and none where there was none. */
static void
test_second (void)
{
  static const struct {
    const char *name, *method;
  } methods[] = {
    { "Latent", "latent" },
    { "Latent (antialiased)", "latent_antialiased" },
    { "Latent (bicubic)", "latent_bicubic" },
    { "Latent (bicubic antialiased)", "latent_bicubic_antialiased" },
    { "Latent (nearest)", "latent_nearest" },
    { "Latent (nearest-exact)", "latent_nearest_exact" },
    { "Lanczos", "lanczos" },
    { "None", "lanczos" },
    { "upscaler-4", "upscaler" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_autofree char *text = g_strdup_printf (
        WEBUI "Denoising strength: 0.35, Hires upscale: 1.5, Hires steps: 12, Hires upscaler: %s, Hires sampler: Euler "
              "a, Hires CFG Scale: 4.5, Version: v1.10.1",
        methods[i].name);
    g_autoptr (LimnSettings) settings = restore_second (text, 768, 960);
    const LimnSettingsValues *values = limn_settings_values (settings);

    g_assert_cmpfloat (values->hires, ==, 1.5);
    g_assert_cmpfloat (values->hires_strength, ==, 0.35);
    g_assert_cmpint (values->hires_steps, ==, 12);
    g_assert_cmpfloat (values->hires_guidance, ==, 4.5);
    g_assert_cmpstr (values->hires_sampler, ==, "euler_ancestral");
    g_assert_cmpstr (values->hires_method, ==, methods[i].method);
    g_assert_true (g_str_equal (methods[i].method, "upscaler")
                   == g_str_has_suffix (values->upscaler, "upscaler-4.safetensors"));
    g_assert_false (values->use_upscaler);
  }
  g_autoptr (LimnSettings) resized =
      restore_second (WEBUI "Denoising strength: 0.5, Hires resize: 1024x1280, Hires upscaler: Latent", 1024, 1280);
  g_assert_cmpfloat (limn_settings_values (resized)->hires, ==, 2);
  g_autoptr (LimnSettings) none = restore_second (WEBUI "Version: v1.10.1", 512, 640);
  g_assert_cmpfloat (limn_settings_values (none)->hires, ==, 1);
  g_autoptr (LimnSettings) own = restore_second (
      LIMN ", \"hires\": 2, \"hires_method\": \"upscaler\", \"hires_upscaler\": \"big-upscaler\"}", 1024, 1280);
  g_assert_cmpstr (limn_settings_values (own)->hires_method, ==, "upscaler");
  g_assert_true (g_str_has_suffix (limn_settings_values (own)->upscaler, "big-upscaler.safetensors"));
}

/* What of it cannot be as it was. */
static void
test_second_told (void)
{
  static const struct {
    const char *text, *word;
  } told[] = {
    { "Hires upscaler: 4x-Unheard, Denoising strength: 0.5", "4x-Unheard" },
    { "Hires sampler: Unheard of", "Unheard of" },
    { "Hires prompt: a castle", "a castle" },
    { "Hires negative prompt: blurry", "blurry" },
    { "Hires checkpoint: other.safetensors", "other" },
    { "Hires schedule type: Karras", "Karras" },
    { "Hires something: new", "new" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (told); i++) {
    g_autofree char *text = g_strconcat (WEBUI "Hires upscale: 2, ", told[i].text, NULL);
    g_autoptr (LimnForeign) foreign = restore (text);

    g_assert_cmpint (count_gaps (foreign, "Hires fix", told[i].word), ==, 1);
  }
  g_autoptr (LimnForeign) cut = restore (WEBUI "Hires resize: 1024x1024, Hires upscaler: Latent");
  g_assert_cmpint (count_gaps (cut, "Hires fix", "cut off"), ==, 1);
  g_autoptr (LimnForeign) same = restore (WEBUI "Hires upscale: 2, Hires upscaler: Latent, Hires Module 1: Use same "
                                                "choices, Hires checkpoint: Use same checkpoint");
  g_assert_cmpint (count_gaps (same, "Hires fix", ""), ==, 0);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "big-upscaler", "upscaler-4" };
  g_autofree char *data = g_dir_make_tmp ("limn-upscalers-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (data, "limn", "upscalers", NULL);

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_strdup_printf ("%s/%s.safetensors", folder, names[i]);

    g_assert_true (g_file_set_contents (path, "", 0, NULL));
  }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-upscaler/found", test_found);
  g_test_add_func ("/foreign-upscaler/webui", test_webui);
  g_test_add_func ("/foreign-upscaler/missing", test_missing);
  g_test_add_func ("/foreign-upscaler/without", test_without);
  g_test_add_func ("/foreign-upscaler/second", test_second);
  g_test_add_func ("/foreign-upscaler/second-told", test_second_told);
  int status = g_test_run ();
  tests_remove_folder (data);
  return status;
}
