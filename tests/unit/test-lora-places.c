/* test-lora-places.c - where the files of LoRAs are looked for, and in which order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "engine/limn.h"

static char *world;

/* An empty file, with its folders.  (transfer full) */
static char *
make (const char *relative)
{
  char *path = g_build_filename (world, relative, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  return path;
}

static void
assert_found (const char *name, const char *const *folders, const char *model, const char *relative)
{
  g_autofree char *expected = g_build_filename (world, relative, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = limn_lora_find (name, folders, model, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, expected);
}

/* Each place where there is one gives way to the place before it. */
static void
test_order (void)
{
  static const char *const files[] = {
    "data/limn/loras/ink.safetensors",    "models/Lora/deep/er/ink.safetensors", "models/checkpoints/loras/ink.sft",
    "models/checkpoints/ink.safetensors", "given/style/ink.safetensors",         "given/ink.safetensors",
  };
  g_autofree char *model = make ("models/checkpoints/base.safetensors"),
                  *given = g_build_filename (world, "given", NULL);
  const char *const folders[] = { given, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = make (files[i]);

    /* of two in one place, which one is not said */
    if (i < G_N_ELEMENTS (files) - 1)
      assert_found ("ink", folders, model, files[i]);
  }
  assert_found ("style/ink", folders, model, "given/style/ink.safetensors");
  assert_found ("ink.safetensors", folders, model, "given/ink.safetensors");
  assert_found ("ink", NULL, model, "models/checkpoints/ink.safetensors");
}

/* As it is written before any other case, with its folders before its last part alone; never above its place. */
static void
test_names (void)
{
  static const char *const found[][2] = {
    { "Moss", "given/names/Moss.safetensors" },         { "moss", "given/names/Moss.safetensors" },
    { "names/moss", "given/names/Moss.safetensors" },   { "elsewhere/Moss", "given/names/Moss.safetensors" },
    { "names\\Moss", "given/names/Moss.safetensors" },  { "\xc3\x84pfel", "given/names/\xc3\xa4pfel.sft" },
    { "v1.5 (x)", "given/names/v1.5 (x).safetensors" },
  };
  static const char *const missing[] = { "dew", "", "..", "../given/names/Moss/x", "/", "names", "Mos", "*" };
  g_autofree char *given = g_build_filename (world, "given", NULL);
  const char *const folders[] = { given, NULL };

  g_free (make ("given/names/Moss.safetensors"));
  g_free (make ("given/names/\xc3\xa4pfel.sft"));
  g_free (make ("given/names/v1.5 (x).safetensors"));
  g_free (make ("given/names/dew.txt"));
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    assert_found (found[i][0], folders, NULL, found[i][1]);
  for (guint i = 0; i < G_N_ELEMENTS (missing); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (limn_lora_find (missing[i], folders, NULL, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
    g_assert_nonnull (strstr (error->message, given));
  }
}

/* A folder that is added is known from then on, once. */
static void
test_added (void)
{
  g_autofree char *path = make ("downloads/wash.safetensors"), *folder = g_path_get_dirname (path);
  g_autofree char *list = g_build_filename (g_get_user_config_dir (), "limn", "lora-folders", NULL), *text = NULL;
  g_autofree char *line = g_strconcat (folder, "\n", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_lora_find ("wash", NULL, NULL, NULL));
  for (int i = 0; i < 2; i++) {
    limn_lora_add_folder (folder, &error);
    g_assert_no_error (error);
  }
  assert_found ("wash", NULL, NULL, "downloads/wash.safetensors");
  g_assert_true (g_file_get_contents (list, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, line);
}

int
main (int argc, char **argv)
{
  world = g_dir_make_tmp ("limn-places-XXXXXX", NULL);
  g_autofree char *data = g_build_filename (world, "data", NULL), *config = g_build_filename (world, "config", NULL);

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lora-places/order", test_order);
  g_test_add_func ("/lora-places/names", test_names);
  g_test_add_func ("/lora-places/added", test_added);
  int status = g_test_run ();
  tests_remove_folder (world);
  g_free (world);
  return status;
}
