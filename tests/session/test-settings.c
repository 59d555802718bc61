/* test-settings.c - settings, crops and file names: plain properties of plain functions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "fake-engine.h"
#include "session/settings/settings-json.h"
#include "session/record/store.h"

static void
set_odd_values (LimnSettings *settings)
{
  guint count = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (settings), &count);

  for (guint i = 0; i < count; i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    g_value_init (&value, specs[i]->value_type);
    if (G_VALUE_HOLDS_STRING (&value))
      g_value_set_string (&value, specs[i]->name);
    else if (G_VALUE_HOLDS_INT (&value))
      g_value_set_int (&value, G_PARAM_SPEC_INT (specs[i])->maximum - (i % 2));
    else if (G_VALUE_HOLDS_BOOLEAN (&value))
      g_value_set_boolean (&value, !G_PARAM_SPEC_BOOLEAN (specs[i])->default_value);
    else if (G_VALUE_HOLDS_DOUBLE (&value))
      g_value_set_double (&value, G_PARAM_SPEC_DOUBLE (specs[i])->maximum * 0.3);
    else if (G_VALUE_HOLDS_UINT64 (&value))
      g_value_set_uint64 (&value, G_MAXUINT64 - 5);
    else
      continue;
    if (g_str_equal (specs[i]->name, "guidance"))
      g_value_set_double (&value, 7.25);
    g_object_set_property (G_OBJECT (settings), specs[i]->name, &value);
  }
}

static void
assert_equal (LimnSettings *a, LimnSettings *b)
{
  g_autoptr (GVariant) first = g_variant_ref_sink (limn_settings_to_variant (a));
  g_autoptr (GVariant) second = g_variant_ref_sink (limn_settings_to_variant (b));

  g_assert_true (g_variant_equal (first, second));
}

static void
test_round_trip (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnSettings) copy = NULL;
  g_autoptr (LimnSettings) read = limn_settings_new ();
  g_autoptr (GVariant) variant = NULL;
  guint n;

  set_odd_values (settings);
  copy = limn_settings_copy (settings);
  assert_equal (settings, copy);
  variant = g_variant_ref_sink (limn_settings_to_variant (settings));
  g_free (g_object_class_list_properties (G_OBJECT_GET_CLASS (settings), &n));
  g_assert_cmpuint (g_variant_n_children (variant), ==, n - 2); /* all but the picture and its mask */
  limn_settings_from_variant (read, variant);
  assert_equal (settings, read);
}

/* Any settings, by way of their JSON: every bit of a number, every character of a text. */
static void
test_json (void)
{
  static const char *const texts[] = { "", "a \"quoted\" \\ back", "line\nfeed\ttab\r\x01\x1f\x7f",
                                       "caf\xc3\xa9 \xf0\x9f\x90\xb1 {[,:]}" };
  guint count = 0;
  g_autoptr (LimnSettings) first = limn_settings_new ();
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (first), &count);

  set_odd_values (first);
  for (int trial = 0; trial < 50; trial++) {
    g_autoptr (LimnSettings) settings = trial == 0 ? g_object_ref (first) : limn_settings_new ();
    g_autoptr (LimnSettings) read = limn_settings_new ();
    g_autofree char *json = NULL;
    g_autoptr (LimnJson) root = NULL;
    GError *error = NULL;

    for (guint i = 0; trial > 0 && i < count; i++) {
      if (G_IS_PARAM_SPEC_DOUBLE (specs[i])) {
        GParamSpecDouble *spec = G_PARAM_SPEC_DOUBLE (specs[i]);

        g_object_set (settings, specs[i]->name, g_test_rand_double_range (spec->minimum, spec->maximum), NULL);
      } else if (G_IS_PARAM_SPEC_STRING (specs[i]) && g_test_rand_bit ()) {
        g_object_set (settings, specs[i]->name, texts[g_test_rand_int_range (0, G_N_ELEMENTS (texts))], NULL);
      }
    }
    json = limn_settings_to_json (settings);
    root = limn_json_parse ("settings", json, -1, &error);
    g_assert_no_error (error);
    limn_settings_from_json (read, root);
    assert_equal (settings, read);
  }
}

static void
test_bad_variant (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnSettings) untouched = limn_settings_new ();
  g_autoptr (GVariant) bad = g_variant_ref_sink (
      g_variant_new_parsed ("{'width': <99999>, 'steps': <'many'>, 'guidance': <0.0>, 'no-such': <1>, 'handoff': <2.5>,"
                            " 'height': <-8>, 'prompt': <1>, 'strength': <true>}"));

  limn_settings_from_variant (settings, bad);
  assert_equal (settings, untouched);
}

/* What settings were before schedules had names: a number, on disk as such or in JSON. */
static void
test_numbered_sampler (void)
{
  static const char *const schedules[] = { "model", "trailing", "karras" };

  for (int number = -1; number <= 3; number++) {
    g_autofree char *text = g_strdup_printf ("{'sampler': <%d>}", number);
    g_autofree char *json = g_strdup_printf ("{\"sampler\": %d}", number);
    g_autoptr (GVariant) variant = g_variant_ref_sink (g_variant_new_parsed (text));
    g_autoptr (LimnJson) read = limn_json_parse ("settings", json, -1, NULL);
    gboolean known = number >= 0 && number < (int) G_N_ELEMENTS (schedules);

    for (int from_json = 0; from_json < 2; from_json++) {
      g_autoptr (LimnSettings) settings = limn_settings_new ();

      g_object_set (settings, "sampler", "mine", "schedule", "mine", NULL);
      if (from_json)
        limn_settings_from_json (settings, read);
      else
        limn_settings_from_variant (settings, variant);
      g_assert_cmpstr (limn_settings_values (settings)->sampler, ==, known ? "euler" : "mine");
      g_assert_cmpstr (limn_settings_values (settings)->schedule, ==, known ? schedules[number] : "mine");
    }
  }
}

static void
notify_cb (LimnSettings *settings, GParamSpec *spec, int *count)
{
  (*count)++;
}

static void
test_notify_only_changes (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnSettings) other = limn_settings_new ();
  int count = 0;

  g_signal_connect (settings, "notify", G_CALLBACK (notify_cb), &count);
  limn_settings_assign (settings, other);
  g_assert_cmpint (count, ==, 0);
  g_object_set (other, "steps", 31, "prompt", "new", NULL);
  limn_settings_assign (settings, other);
  g_assert_cmpint (count, ==, 2);
}

static void
test_request (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  LimnRequest request = { 0 };

  g_object_set (settings, "crop-left", 11, "negative-crop-left", 22, NULL);
  limn_settings_fill_request (settings, &request);
  g_assert_null (request.negative);
  g_assert_cmpint (request.hints.crop_left, ==, 11);
  g_assert_cmpint (request.negative_hints.crop_left, ==, 11);
  g_object_set (settings, "separate-negative", TRUE, "negative", "blurry", NULL);
  limn_settings_fill_request (settings, &request);
  g_assert_cmpint (request.negative_hints.crop_left, ==, 22);
  g_assert_cmpstr (request.negative, ==, "blurry");
  g_assert_cmpfloat (request.handoff, ==, 0.8);
}

static void
test_crop (void)
{
  for (int i = 0; i < 2000; i++) {
    int image_width = g_test_rand_int_range (1, 5000), image_height = g_test_rand_int_range (1, 5000);
    int width = g_test_rand_int_range (1, 300) * 8, height = g_test_rand_int_range (1, 300) * 8;
    double x = g_test_rand_double_range (-0.5, 1.5), y = g_test_rand_double_range (0, 1);
    LimnCrop crop = limn_crop_fit (image_width, image_height, width, height, x, y);

    g_assert_cmpint (crop.x, >=, 0);
    g_assert_cmpint (crop.y, >=, 0);
    g_assert_cmpint (crop.width, >, 0);
    g_assert_cmpint (crop.height, >, 0);
    g_assert_cmpint (crop.x + crop.width, <=, image_width);
    g_assert_cmpint (crop.y + crop.height, <=, image_height);
    g_assert_true (crop.width == image_width || crop.height == image_height);
    if (crop.width > 1 && crop.height > 1) /* the ratio within a pixel: nothing is stretched */
      g_assert_true (crop.width <= (double) (crop.height + 1) * width / height + 1
                     && crop.width >= (double) (crop.height - 1) * width / height - 1);
  }
}

static void
test_render (void)
{
  LimnImage *image = limn_image_new (64, 16);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnImage) left = NULL;
  g_autoptr (LimnImage) right = NULL;

  for (int i = 0; i < 64 * 16; i++)
    memset (image->rgb + i * 3, i % 64 < 32 ? 10 : 200, 3);
  source = limn_source_new (image, "two halves");
  left = limn_source_render (source, 32, 32, 0, 0.5, LIMN_SOURCE_CROP);
  right = limn_source_render (source, 32, 32, 1, 0.5, LIMN_SOURCE_CROP);
  for (int i = 0; i < 32 * 32 * 3; i++) {
    g_assert_cmpint (left->rgb[i], ==, 10);
    g_assert_cmpint (right->rgb[i], ==, 200);
  }
}

static void
test_stems (void)
{
  g_autoptr (GDateTime) time = g_date_time_new_local (2026, 11, 23, 10, 15, 30);
  const struct {
    const char *prompt, *stem;
  } cases[] = {
    { "A red circle", "2026-11-23-101530-5-a-red-circle" },
    { "", "2026-11-23-101530-5" },
    { NULL, "2026-11-23-101530-5" },
    { "../../etc/passwd\n\t\"'*?", "2026-11-23-101530-5-etc-passwd" },
    { "Zürich, 東京", "2026-11-23-101530-5-zürich-東京" },
    { "\xff\xfe broken", "2026-11-23-101530-5-broken" },
    { "one two three four five six seven eight nine ten eleven twelve",
      "2026-11-23-101530-5-one-two-three-four-five-six-seven-eight-nine-ten" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *stem = limn_store_stem (time, 5, cases[i].prompt);

    g_assert_cmpstr (stem, ==, cases[i].stem);
  }
}

static void
print_folder (void)
{
  g_autofree char *folder = limn_store_default_folder ();

  g_print ("%s", folder);
}

/* GLib reads where things are once, so that each case is another process. */
static void
test_default_folder (void)
{
  g_autofree char *home = g_dir_make_tmp ("limn-home-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (home, "user-dirs.dirs", NULL);
  g_autofree char *data = g_build_filename (home, "data", NULL);
  const struct {
    const char *flatpak, *pictures, *folder;
  } cases[] = {
    { NULL, NULL, "/Pictures/Limn" },
    { NULL, "$HOME/Bilder", "/Bilder/Limn" },
    { "io.github.limn_art.Limn", NULL, "/data/limn/pictures" },
    { "io.github.limn_art.Limn", "$HOME/Bilder", "/Bilder/Limn" },
  };

  g_setenv ("HOME", home, TRUE);
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_unsetenv ("FLATPAK_ID");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = g_strdup_printf ("XDG_PICTURES_DIR=\"%s\"\n", cases[i].pictures);
    g_autofree char *folder = g_strconcat (home, cases[i].folder, NULL);

    g_assert_true (g_file_set_contents (file, cases[i].pictures != NULL ? text : "", -1, NULL));
    if (cases[i].flatpak != NULL)
      g_setenv ("FLATPAK_ID", cases[i].flatpak, TRUE);
    g_test_trap_subprocess ("/settings/default-folder/subprocess", 0, 0);
    g_test_trap_assert_passed ();
    g_test_trap_assert_stdout (folder);
  }
  g_remove (file);
  g_rmdir (home);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/round-trip", test_round_trip);
  g_test_add_func ("/settings/json", test_json);
  g_test_add_func ("/settings/bad-variant", test_bad_variant);
  g_test_add_func ("/settings/numbered-sampler", test_numbered_sampler);
  g_test_add_func ("/settings/notify-only-changes", test_notify_only_changes);
  g_test_add_func ("/settings/request", test_request);
  g_test_add_func ("/settings/crop", test_crop);
  g_test_add_func ("/settings/render", test_render);
  g_test_add_func ("/settings/stems", test_stems);
  g_test_add_func ("/settings/default-folder", test_default_folder);
  g_test_add_func ("/settings/default-folder/subprocess", print_folder);
  return g_test_run ();
}
