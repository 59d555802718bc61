/* test-habits.c - what is set for a model comes back with it, from this version's file and from older ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/habits.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/folder.h"

static LimnModelInfo *
make_info (const char *path, const char *fingerprint)
{
  LimnModelInfo *info = limn_model_info_new (path);

  info->family = LIMN_FAMILY_SDXL_BASE;
  info->default_width = info->default_height = 1024;
  info->prediction = "epsilon";
  info->fingerprint = g_strdup (fingerprint);
  return info;
}

static void
assert_same (LimnSettings *a, LimnSettings *b)
{
  for (const char *const *name = limn_model_settings (); *name != NULL; name++) {
    GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (a), *name);
    g_auto (GValue) one = G_VALUE_INIT, other = G_VALUE_INIT;

    g_object_get_property (G_OBJECT (a), *name, &one);
    g_object_get_property (G_OBJECT (b), *name, &other);
    if (g_param_values_cmp (spec, &one, &other) != 0)
      g_error ("%s is another", *name);
  }
}

/* Some of what goes with a model, at random. */
static void
set_some (LimnSettings *settings)
{
  for (const char *const *name = limn_model_settings (); *name != NULL; name++) {
    const LimnField *field = limn_field_find (*name);
    guint n = 0;

    if (g_test_rand_bit ())
      continue;
    while (field->kind == LIMN_FIELD_NAME && field->table (n) != NULL)
      n++;
    if (field->kind == LIMN_FIELD_NAME)
      g_object_set (settings, *name, field->table ((guint) g_test_rand_int_range (0, (int) n))->name, NULL);
    else if (field->kind == LIMN_FIELD_TEXT)
      g_object_set (settings, *name, g_test_rand_bit () ? "14.6 3 0.5" : "", NULL);
    else if (field->kind == LIMN_FIELD_DOUBLE)
      g_object_set (settings, *name, g_test_rand_double_range (MAX (field->least, field->set_least), field->most),
                    NULL);
    else
      g_object_set (settings, *name, g_test_rand_int_range ((int) field->least, (int) field->most), NULL);
  }
}

/* Any number of models, set in turn, saved and read again at any time: each is as it was left. */
static void
test_property (TestsFile *fixture, gconstpointer data)
{
  enum { MODELS = 6 };
  g_autoptr (LimnHabits) habits = limn_habits_load (fixture->path);
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  LimnSettings *left[MODELS] = { NULL };
  LimnModelInfo *infos[MODELS], *before = NULL;

  for (int i = 0; i < MODELS; i++) {
    g_autofree char *path = g_strdup_printf ("/m/%s%d.safetensors", i % 2 == 0 ? "lightning" : "model", i);
    g_autofree char *fingerprint = g_strdup_printf ("1:%032d", i);
    infos[i] = make_info (path, fingerprint);
  }
  for (int turn = 0; turn < 200; turn++) {
    int i = g_test_rand_int_range (0, MODELS);

    limn_habits_adopt (habits, infos[i], before, settings);
    if (left[i] != NULL && !limn_settings_are_suggested (left[i], infos[i]))
      assert_same (settings, left[i]);
    set_some (settings);
    limn_habits_remember (habits, infos[i], settings);
    g_clear_object (&left[i]);
    left[i] = limn_settings_copy (settings);
    before = infos[i];
    if (turn % 10 == 9) {
      g_autoptr (GError) error = NULL;

      limn_habits_save (habits, &error);
      g_assert_no_error (error);
      limn_habits_free (habits);
      habits = limn_habits_load (fixture->path);
    }
  }
  for (int i = 0; i < MODELS; i++) {
    limn_model_info_free (infos[i]);
    g_clear_object (&left[i]);
  }
}

static void
test_first_sight (TestsFile *fixture, gconstpointer data)
{
  g_autoptr (LimnHabits) habits = limn_habits_load (fixture->path);
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnModelInfo) base = make_info ("/m/base.safetensors", "1:a"), next = make_info ("/m/next.gguf", "1:b");
  g_autoptr (LimnModelInfo) fast = make_info ("/m/sdxl_lightning_4step.safetensors", "1:c");

  limn_habits_adopt (habits, base, NULL, settings);
  g_assert_true (limn_settings_are_suggested (settings, base));
  g_object_set (settings, "steps", 40, "width", 832, "height", 1216, "prediction", "v", NULL);
  limn_habits_remember (habits, base, settings);

  /* of its kind: as the person likes it, but for what is said of the other model alone */
  limn_habits_adopt (habits, next, base, settings);
  g_assert_cmpint (limn_settings_values (settings)->steps, ==, 40);
  g_assert_cmpint (limn_settings_values (settings)->width, ==, 832);
  g_assert_cmpstr (limn_settings_values (settings)->prediction, ==, "model");

  /* of another kind: as that wants it; and back */
  limn_habits_adopt (habits, fast, next, settings);
  g_assert_cmpint (limn_settings_values (settings)->steps, ==, 4);
  g_assert_cmpfloat (limn_settings_values (settings)->guidance, ==, 1);
  g_assert_cmpint (limn_settings_values (settings)->width, ==, 832);
  limn_habits_adopt (habits, base, fast, settings);
  g_assert_cmpint (limn_settings_values (settings)->steps, ==, 40);
  g_assert_cmpstr (limn_settings_values (settings)->prediction, ==, "v");

  limn_settings_suggest (settings, base);
  limn_habits_remember (habits, base, settings);
  g_assert_true (limn_settings_are_suggested (settings, base));
  limn_habits_save (habits, NULL);
}

static void
test_prefix (TestsFile *fixture, gconstpointer data)
{
  g_autoptr (LimnHabits) habits = limn_habits_load (fixture->path);
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnModelInfo) pony = make_info ("/m/pony.safetensors", "1:a"), base = make_info ("/m/base.sft", "1:b");
  const LimnSettingsValues *values = limn_settings_values (settings);

  g_object_set (settings, "prompt", "a fox", NULL);
  limn_settings_set_prefix (settings, "score_9, score_8_up");
  g_assert_cmpstr (values->prompt, ==, "score_9, score_8_up, a fox");
  limn_habits_remember (habits, pony, settings);

  limn_habits_adopt (habits, base, pony, settings);
  g_assert_cmpstr (values->prompt, ==, "a fox");
  limn_habits_adopt (habits, pony, base, settings);
  g_assert_cmpstr (values->prompt, ==, "score_9, score_8_up, a fox");

  /* taken out by hand it is no longer there to be taken out, and what is there already is not said twice */
  g_object_set (settings, "prompt", "a hen", NULL);
  limn_settings_set_prefix (settings, "");
  g_assert_cmpstr (values->prompt, ==, "a hen");
  g_object_set (settings, "prompt", "score_9, a hen", NULL);
  limn_settings_set_prefix (settings, "score_9");
  g_assert_cmpstr (values->prompt, ==, "score_9, a hen");
  limn_settings_set_prefix (settings, "");
  g_object_set (settings, "prompt", "", NULL);
  limn_settings_set_prefix (settings, "x");
  g_assert_cmpstr (values->prompt, ==, "x");
  limn_habits_save (habits, NULL);
}

static void
test_parts (TestsFile *fixture, gconstpointer data)
{
  g_autofree char *mixed = g_build_filename (fixture->folder, "base + vae.limn", NULL);
  g_autoptr (LimnHabits) habits = limn_habits_load (fixture->path);
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnModelInfo) base = make_info ("/m/base.safetensors", "1:a"), parts = make_info (mixed, "1:a");

  g_assert_true (g_file_set_contents (mixed, "[Model]\nversion=1\n", -1, NULL));
  g_assert_null (limn_habits_find_parts (habits, base));
  limn_habits_remember (habits, parts, settings);
  g_autofree char *found = limn_habits_find_parts (habits, base);
  g_assert_cmpstr (found, ==, mixed);
  g_assert_cmpint (g_unlink (mixed), ==, 0);
  g_assert_null (limn_habits_find_parts (habits, base));
  limn_habits_forget (habits, base);
  limn_habits_save (habits, NULL);
}

/* As this version's first file was, whatever is written since. */
static void
test_old (TestsFile *fixture, gconstpointer data)
{
  g_autoptr (LimnHabits) habits = limn_habits_load (LIMN_OLD_DIR "/model-settings-1.ini");
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnModelInfo) info = make_info ("/m/x.safetensors", "1:0123456789abcdef0123456789abcdef");
  const LimnSettingsValues *values = limn_settings_values (settings);

  limn_habits_adopt (habits, info, NULL, settings);
  g_assert_cmpint (values->steps, ==, 12);
  g_assert_cmpfloat (values->guidance, ==, 3.5);
  g_assert_cmpfloat (values->guidance_rescale, ==, 0.25);
  g_assert_cmpstr (values->sampler, ==, "dpmpp_2m");
  g_assert_cmpstr (values->schedule, ==, "karras");
  g_assert_cmpstr (values->prediction, ==, "v_zsnr");
  g_assert_cmpint (values->width, ==, 832);
  g_assert_cmpint (values->height, ==, 1216);
  g_assert_cmpint (values->clip_skip, ==, 1);
  g_assert_cmpstr (values->prompt, ==, "masterpiece, best quality");
  /* what no version knows, or is out of its range, is as the model suggests */
  info->fingerprint[2] = 'f';
  limn_habits_adopt (habits, info, NULL, settings);
  g_assert_true (limn_settings_are_suggested (settings, info));
}

static void
test_foreign_files (TestsFile *fixture, gconstpointer data)
{
  static const char later[] = "[Limn]\nversion=2\n\n[1:a]\nsteps=9\n";
  static const char *const damaged[] = { "no key file", "", "[Limn]\nversion=none\n", "\xff\xfe", "[1:a]\nsteps=9\n" };
  g_autofree char *broken = g_strconcat (fixture->path, ".broken", NULL), *text = NULL;
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnModelInfo) info = make_info ("/m/x.safetensors", "1:a");

  g_assert_true (g_file_set_contents (fixture->path, later, -1, NULL));
  g_autoptr (LimnHabits) habits = limn_habits_load (fixture->path);
  limn_habits_adopt (habits, info, NULL, settings);
  g_assert_cmpint (limn_settings_values (settings)->steps, ==, 30);
  limn_habits_remember (habits, info, settings);
  g_assert_true (limn_habits_save (habits, NULL));
  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, later);

  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++) {
    g_assert_true (g_file_set_contents (fixture->path, damaged[i], -1, NULL));
    g_autoptr (LimnHabits) fresh = limn_habits_load (fixture->path);
    g_object_set (settings, "steps", 17, NULL);
    limn_habits_remember (fresh, info, settings);
    g_assert_true (limn_habits_save (fresh, NULL));
    g_assert_cmpint (g_unlink (broken), ==, 0);
    g_autoptr (LimnHabits) again = limn_habits_load (fixture->path);
    g_object_set (settings, "steps", 5, NULL);
    limn_habits_adopt (again, info, NULL, settings);
    g_assert_cmpint (limn_settings_values (settings)->steps, ==, 17);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (TestsFile *fixture, gconstpointer data);
  } tests[] = {
    { "/habits/property", test_property }, { "/habits/first-sight", test_first_sight },
    { "/habits/prefix", test_prefix },     { "/habits/parts", test_parts },
    { "/habits/old", test_old },           { "/habits/foreign-files", test_foreign_files },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, TestsFile, NULL, tests_file_set_up, tests[i].test, tests_file_tear_down);
  return g_test_run ();
}
