/* test-foreign-files.c - the files that a picture names: found here by their names, or by their hashes, or told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "fake-engine.h"
#include "common/folder.h"
#include "foreign-fixture.h"

#define LAST "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 12, Size: 512x768"

/* Those whose files are here come back as tags, with both weights; the others are told, each once. */
static void
test_loras_here (void)
{
  static const char *const texts[][2] = {
    { "a cup <lora:moss:0.5:0.25>, <lora:gone:1>\n" LAST ", Lora hashes: \"moss: 0123456789ab, gone: ba9876543210\"",
      "a cup <lora:moss:0.5:0.25>" },
    { "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":1,\"steps\":20,\"cfg\":7,\"sampler_name\":\"euler\","
      "\"scheduler\":\"normal\",\"denoise\":1,\"model\":[\"5\",0],\"positive\":[\"6\",0],\"negative\":[\"7\",0],"
      "\"latent_image\":[\"8\",0]}},\"4\":{\"class_type\":\"CheckpointLoaderSimple\",\"inputs\":{\"ckpt_name\":"
      "\"sd_xl_base_1.0.safetensors\"}},\"5\":{\"class_type\":\"LoraLoader\",\"inputs\":{\"lora_name\":"
      "\"moss.safetensors\",\"strength_model\":0.25,\"strength_clip\":0.5,\"model\":[\"9\",0],\"clip\":[\"9\",1]}},"
      "\"9\":{\"class_type\":\"LoraLoader\",\"inputs\":{\"lora_name\":\"gone.safetensors\",\"strength_model\":1,"
      "\"strength_clip\":1,\"model\":[\"4\",0],\"clip\":[\"4\",1]}},\"6\":{\"class_type\":\"CLIPTextEncode\","
      "\"inputs\":"
      "{\"text\":\"a cup\",\"clip\":[\"5\",1]}},\"7\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"mist\","
      "\"clip\":[\"5\",1]}},\"8\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":512,\"height\":512,"
      "\"batch_size\":1}}}",
      "a cup <lora:moss:0.5:0.25>" },
  };
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", "loras", NULL);
  g_autofree char *path = g_build_filename (folder, "moss.safetensors", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (texts[i][0]);
    guint told = 0;

    g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, texts[i][1]);
    g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "LoRA"), "gone"));
    for (guint k = 0; k < foreign->gaps->len; k++)
      told += g_str_equal (((LimnForeignGap *) foreign->gaps->pdata[k])->what, "LoRA");
    g_assert_cmpuint (told, ==, 1);
  }
}

/* A model whose file has another name here is found by its hash, which is told; another hash is not. */
static void
test_model_hash (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read ("a cup\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, "
                                                            "Size: 512x512, Model hash: beefbeef01, Model: old_name");
  g_autoptr (LimnForeign) bare = limn_test_foreign_read (
      "a cup\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: beefbeef01");
  g_autoptr (LimnForeign) other = limn_test_foreign_read ("a cup\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, "
                                                          "Size: 512x512, Model hash: 0123456789, Model: old_name");

  g_assert_cmpstr (limn_settings_values (foreign->settings)->model, ==, "/models/its-new-name.safetensors");
  g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "Model"), "“old_name” is “its-new-name” here"));
  g_assert_cmpstr (limn_settings_values (bare->settings)->model, ==, "/models/its-new-name.safetensors");
  g_assert_nonnull (strstr (limn_test_foreign_gap (other, "Model"), "0123456789"));
}

/* Of Limn's own pictures tags stay where they are, but for those whose files are not here: these are told, and the
 * picture can be painted without. */
static void
test_own_loras (void)
{
  static const struct {
    const char *prompt, *restored;
    guint told;
  } cases[] = {
    { "a <lora:moss:0.5:0.25:start=3> cup", "a <lora:moss:0.5:0.25:start=3> cup", 0 },
    { "a <lora:gone:1:lbw=MIDD> cup, <lora:moss:1>", "a cup, <lora:moss:1>", 1 },
    { "<lora:gone:1><lora:moss:1> a cup <lora:lost:1>", "<lora:moss:1> a cup", 2 },
    { "a <lora:ink v2:0.7:stop=5> cup", "a <lora:renamed:0.7:stop=5> cup", 0 },
  };
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", "loras", NULL);
  g_autofree char *moss = g_build_filename (folder, "moss.safetensors", NULL);
  g_autofree char *renamed = g_build_filename (folder, "renamed.safetensors", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (moss, "", 0, NULL));
  g_assert_true (g_file_set_contents (renamed, "", 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text =
        g_strdup_printf ("{\"limn\":\"0.1\",\"prompt\":\"%s\",\"negative\":\"\",\"guidance\":5,\"noise\":\"cpu\","
                         "\"loras\":[{\"name\":\"ink v2\",\"hash\":\"feedfacecafe\"}]}",
                         cases[i].prompt);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);
    guint told = 0;

    g_assert_cmpint (foreign->kind, ==, LIMN_FOREIGN_LIMN);
    g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, cases[i].restored);
    for (guint k = 0; k < foreign->gaps->len; k++)
      told += g_str_equal (((LimnForeignGap *) foreign->gaps->pdata[k])->what, "LoRA");
    g_assert_cmpuint (told, ==, cases[i].told);
  }
}

/* One whose file has another name here is found by its hash, and told. */
static void
test_lora_renamed (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", "loras", NULL);
  g_autofree char *path = g_build_filename (folder, "renamed.safetensors", NULL);
  g_autoptr (LimnForeign) foreign = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  foreign = limn_test_foreign_read ("a cup <lora:ink v2:0.7> <lora:none:1>\n" LAST
                                    ", Lora hashes: \"ink v2: feedfacecafe, none: 000000000000\"");
  g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, "a cup <lora:renamed:0.7>");
  g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "LoRA by another name"), "ink v2"));
  g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "LoRA"), "none"));
}

int
main (int argc, char *argv[])
{
  g_autofree char *data = g_dir_make_tmp ("limn-files-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-files/loras-here", test_loras_here);
  g_test_add_func ("/foreign-files/own-loras", test_own_loras);
  g_test_add_func ("/foreign-files/model-hash", test_model_hash);
  g_test_add_func ("/foreign-files/lora-renamed", test_lora_renamed);
  int status = g_test_run ();
  tests_remove_folder (data);
  return status;
}
