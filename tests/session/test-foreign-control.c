/* test-foreign-control.c - ControlNets of pictures by other programs and by Limn: found by name or by what is in them,
 * with all that is set; what is missing is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "common/folder.h"
#include "foreign-fixture.h"

static LimnForeign *
restore (const char *text)
{
  g_autoptr (GError) error = NULL;
  LimnForeign *foreign = limn_foreign_read_string (text, NULL, &error);

  g_assert_no_error (error);
  return foreign;
}

static const LimnFollowedRow *
row_of (LimnForeign *foreign, guint index)
{
  return limn_followed_nth (limn_settings_values (foreign->settings)->controls, index);
}

/* Whether a gap's reason has the word. */
static gboolean
tells (LimnForeign *foreign, const char *word)
{
  for (guint i = 0; i < foreign->gaps->len; i++)
    if (strstr (((LimnForeignGap *) foreign->gaps->pdata[i])->why, word) != NULL)
      return TRUE;
  return FALSE;
}

static void
assert_row (LimnForeign *foreign, guint index, const char *file, const char *map, LimnFit fit, double weight,
            double start, double end)
{
  const LimnFollowedRow *row = row_of (foreign, index);
  g_autofree char *name = NULL;

  g_assert_nonnull (row);
  name = g_path_get_basename (row->file);
  g_assert_cmpstr (name, ==, file);
  g_assert_cmpstr (row->how.map, ==, map);
  g_assert_cmpint (row->how.fit, ==, fit);
  g_assert_cmpfloat_with_epsilon (row->how.weight, weight, 1e-9);
  g_assert_cmpfloat_with_epsilon (row->how.start, start, 1e-9);
  g_assert_cmpfloat_with_epsilon (row->how.end, end, 1e-9);
  g_assert_false (row->off);
}

#define WEBUI "a house\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512, "

static void
test_webui (void)
{
  g_autoptr (LimnForeign) foreign = restore (
      WEBUI "ControlNet 0: \"Module: canny, Model: canny-controlnet [d14c016b], Weight: 0.8, Resize Mode: Resize "
            "and Fill, Low Vram: False, Processor Res: 512, Threshold A: 100.0, Threshold B: 200.0, Guidance "
            "Start: 0.1, Guidance End: 0.75, Pixel Perfect: True, Control Mode: Balanced\", ControlNet 1: "
            "\"preprocessor: depth_midas, model: depth-controlnet [1], weight: 1.25, starting/ending: (0.2, 0.5), "
            "resize mode: Just Resize, control mode: ControlNet is more important\", Version: f1");

  g_assert_cmpuint (limn_followed_get_n (limn_settings_values (foreign->settings)->controls), ==, 2);
  assert_row (foreign, 0, "canny-controlnet.safetensors", "canny", LIMN_FIT_PAD, 0.8, 0.1, 0.75);
  assert_row (foreign, 1, "depth-controlnet.safetensors", NULL, LIMN_FIT_STRETCH, 1.25, 0.2, 0.5);
  g_assert_true (tells (foreign, "depth_midas"));
  g_assert_true (tells (foreign, "ControlNet is more important"));
  g_assert_true (tells (foreign, "drop it on its row"));
  g_assert_false (tells (foreign, "Limn paints without it"));
}

/* one that is not here is named, and one with other edges says so */
static void
test_missing (void)
{
  g_autoptr (LimnForeign) foreign = restore (
      WEBUI "ControlNet 0: \"Module: canny, Model: nobody-has-it [1], Weight: 1, Threshold A: 50, Threshold B: "
            "150\"");

  g_assert_null (limn_settings_values (foreign->settings)->controls);
  g_assert_true (tells (foreign, "nobody-has-it"));
  g_assert_true (tells (foreign, "from 50 to 150"));
}

#define NODE(id, kind, inputs) "\"" id "\":{\"class_type\":\"" kind "\",\"inputs\":{" inputs "}}"

static void
test_comfy (void)
{
  g_autoptr (LimnForeign) foreign =
      restore (
          "{" NODE ("4", "CheckpointLoaderSimple",
                    "\"ckpt_name\":\"sd_xl_base_1.0.safetensors\"") "," NODE ("5", "EmptyLatentImage", "\"width\":1024,\"height\":1024,\"batch_size\":1") "," NODE ("6",
                                                                                                                                                                    "CLIPTextEncode",
                                                                                                                                                                    "\"text\":\"a house\",\"clip\":[\"4\",1]") "," NODE ("7", "CLIPTextEncode", "\"text\":\"blurry\",\"clip\":[\"4\",1]") "," NODE ("20", "LoadImage", "\"image\":\"pose.png\",\"upload\":\"image\"") "," NODE ("21", "Canny", "\"low_threshold\":0.4,\"high_threshold\":0.8,\"image\":[\"20\",0]") "," NODE ("22", "ControlNetLoader", "\"control_net_name\":\"sub/canny-controlnet.safetensors\"") "," NODE ("9",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "ControlNetApplyAdvanced",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "\"strength\":0.65,\"start_percent\":"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "0.1,\"end_percent\":0.9,\"positive\":"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "[\"6\",0],\"negative\":[\"7\",0],"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "\"control_net\":[\"22\",0],\"image\":"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "[\"21\",0]") "," NODE ("10",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "ControlNetApp"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "ly",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "\"strength\":"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "1.5,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "\"conditionin"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "g\":[\"9\",0]"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       ",\"control_"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "net\":["
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "\"23\",0],"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "\"image\":["
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "\"20\",0]") "," NODE ("23",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              "SetUnionControlNetType", "\"type\":\"depth\",\"control_net\":[\"24\",0]") "," NODE ("24", "ControlNetLoader", "\"control_net_name\":\"depth-controlnet.safetensors\"") "," NODE ("30",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "KSampler",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "\"seed\":1,\"steps\":20,\"cfg\":7,\"sampler_name\":\"euler\",\"scheduler\":\"normal\",\"denoise\":1,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "\"model\":[\"4\",0],\"positive\":[\"10\",0],\"negative\":[\"9\",1],\"latent_image\":[\"5\",0]") "," NODE ("31", "VAEDecode", "\"samples\":[\"30\",0],\"vae\":[\"4\",2]") "," NODE ("32",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "SaveImage",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "\"filename_prefix\":\"x\",\"images\":[\"31\",0]") "}");

  g_assert_cmpuint (limn_followed_get_n (limn_settings_values (foreign->settings)->controls), ==, 2);
  assert_row (foreign, 0, "depth-controlnet.safetensors", NULL, LIMN_FIT_CROP, 1.5, 0, 1);
  assert_row (foreign, 1, "canny-controlnet.safetensors", "canny", LIMN_FIT_CROP, 0.65, 0.1, 0.9);
  g_assert_true (tells (foreign, "pose.png"));
  g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, "a house");
  g_assert_cmpstr (limn_settings_values (foreign->settings)->negative, ==, "blurry");
}

static void
test_invoke (void)
{
  g_autoptr (LimnForeign) foreign = restore (
      "{\"app_version\": \"5.0.0\", \"generation_mode\": \"sdxl_txt2img\", \"positive_prompt\": \"a house\", "
      "\"negative_prompt\": \"\", \"width\": 1024, \"height\": 1024, \"seed\": 1, \"steps\": 20, \"cfg_scale\": 7, "
      "\"scheduler\": \"euler\", \"rand_device\": \"cpu\", \"model\": {\"name\": \"x\"}, \"controlnets\": "
      "[{\"image\": {\"image_name\": \"a.png\"}, \"processed_image\": {\"image_name\": \"edges.png\"}, "
      "\"control_model\": {\"key\": \"k\", \"hash\": \"blake3:1\", \"name\": \"canny-controlnet\"}, "
      "\"control_weight\": 0.7, \"begin_step_percent\": 0, \"end_step_percent\": 0.4, \"control_mode\": "
      "\"more_prompt\", \"resize_mode\": \"crop_resize\"}], \"t2iAdapters\": [{\"image\": {\"image_name\": "
      "\"sketch.png\"}, \"t2i_adapter_model\": {\"name\": \"depth-controlnet\"}, \"weight\": 0.45, "
      "\"begin_step_percent\": 0.2, \"end_step_percent\": 0.6, \"resize_mode\": \"fill_resize\"}]}");

  assert_row (foreign, 0, "canny-controlnet.safetensors", NULL, LIMN_FIT_CROP, 0.7, 0, 0.4);
  assert_row (foreign, 1, "depth-controlnet.safetensors", NULL, LIMN_FIT_PAD, 0.45, 0.2, 0.6);
  g_assert_true (tells (foreign, "edges.png"));
  g_assert_true (tells (foreign, "sketch.png"));
  g_assert_true (tells (foreign, "more_prompt"));
}

#define OURS                                                                                                           \
  "{\"limn\": \"1\", \"prompt\": \"a house\", \"controls\": [{\"model\": \"old-name\", \"hash\": \"1:feed\", "         \
  "\"weight\":"                                                                                                        \
  " 0.333333333333, \"start\": 0.25, \"end\": 1, \"fit\": \"stretch\", \"map\": \"soft\", \"picture\": "               \
  "\"house.png\"%s}, "                                                                                                 \
  "{\"weight\": 3}]}"

/* Limn's own: found by what is in it, whatever it is called now; a picture that is kept is no gap. */
static void
test_limn (void)
{
  g_autofree char *kept = g_strdup_printf (OURS, ", \"kept\": \"6aafcd2f-bf13-49c4-8bd5-1a3c4bd1a0b9\"");
  g_autofree char *gone = g_strdup_printf (OURS, "");
  g_autoptr (LimnForeign) foreign = restore (kept), other = restore (gone);

  assert_row (foreign, 0, "renamed-controlnet.safetensors", "soft", LIMN_FIT_STRETCH, 0.333333333333, 0.25, 1);
  g_assert_cmpuint (foreign->kept->len, ==, 1);
  g_assert_cmpstr (foreign->kept->pdata[0], ==, "6aafcd2f-bf13-49c4-8bd5-1a3c4bd1a0b9");
  g_assert_false (tells (foreign, "house.png"));
  g_assert_true (tells (other, "house.png"));
}

#define GRAPH(type, image)                                                                                             \
  "{\"4\":{\"class_type\":\"CheckpointLoaderSimple\",\"inputs\":{\"ckpt_name\":\"a.safetensors\"}},\"5\":{\"class_"    \
  "type\":"                                                                                                            \
  "\"EmptyLatentImage\",\"inputs\":{\"width\":512,\"height\":512,\"batch_size\":1}},\"6\":{\"class_type\":"            \
  "\"CLIPTextEncode\",\"inputs\":{\"text\":\"a "                                                                       \
  "house\",\"clip\":[\"4\",1]}},\"20\":{\"class_type\":\"LoadImage\",\"inputs\":{"                                     \
  "\"image\":\"pose.png\"}},\"21\":{\"class_type\":\"Canny\",\"inputs\":{\"image\":[\"20\",0]}},\"22\":{\"class_"      \
  "type\":"                                                                                                            \
  "\"ControlNetLoader\",\"inputs\":{\"control_net_name\":\"%s\"}}," type "\"9\":{\"class_type\":\"ControlNetApply\","  \
  "\"inputs\":{\"strength\":1,\"conditioning\":[\"6\",0],\"control_net\":[\"%s\",0],\"image\":[\"" image               \
  "\",0]}},\"30\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":1,\"steps\":20,\"cfg\":7,\"sampler_name\":"        \
  "\"euler\","                                                                                                         \
  "\"scheduler\":\"normal\",\"denoise\":1,\"model\":[\"4\",0],\"positive\":[\"9\",0],\"negative\":[\"6\",0],"          \
  "\"latent_image\":[\"5\",0]}},\"31\":{\"class_type\":\"VAEDecode\",\"inputs\":{\"samples\":[\"30\",0],\"vae\":["     \
  "\"4\",2]}},"                                                                                                        \
  "\"32\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"31\",0]}}}"
#define TYPE(type)                                                                                                     \
  "\"23\":{\"class_type\":\"SetUnionControlNetType\",\"inputs\":{\"type\":\"" type "\",\"control_net\":[\"22\",0]}},"

/* What a network was told that its picture shows comes back where the one that is here knows it; ComfyUI tells none
 * what no node says. */
static void
test_types (void)
{
  static const struct {
    const char *text, *net, *at, *type, *gap;
  } cases[] = {
    { GRAPH (TYPE ("depth"), "20"), "union-controlnet", "23", "depth", NULL },
    { GRAPH (TYPE ("hed/pidi/scribble/ted"), "20"), "union-controlnet", "23", "hed", NULL },
    { GRAPH (TYPE ("canny/lineart/anime_lineart/mlsd"), "20"), "promax-controlnet", "23", "canny", NULL },
    { GRAPH (TYPE ("repaint"), "20"), "promax-controlnet", "23", "repaint", NULL },
    { GRAPH (TYPE ("tile"), "20"), "union-controlnet", "23", NULL, "“tile”" },
    { GRAPH (TYPE ("auto"), "21"), "union-controlnet", "23", "none", NULL },
    { GRAPH ("", "21"), "union-controlnet", "22", "none", NULL },
    { GRAPH (TYPE ("depth"), "20"), "depth-controlnet", "23", NULL, NULL },
    { GRAPH ("", "21"), "canny-controlnet", "22", NULL, NULL },
    { WEBUI "ControlNet 0: \"Module: depth_midas, Model: %s [1], Weight: 1\"", "union-controlnet", "", "depth",
      "depth_midas" },
    { WEBUI "ControlNet 0: \"Module: openpose_full, Model: %s, Weight: 1\"", "depth-controlnet", "", NULL,
      "openpose_full" },
    { WEBUI "ControlNet 0: \"Module: canny, Model: %s, Weight: 1\"", "union-controlnet", "", NULL, NULL },
    { WEBUI "ControlNet 0: \"Module: none, Model: %s, Weight: 1, Union Control Type: segment\"", "union-controlnet", "",
      "segment", NULL },
    { "{\"limn\": \"1\", \"prompt\": \"a\", \"controls\": [{\"model\": \"%s\", \"type\": \"normal\"}]}",
      "promax-controlnet", "", "normal", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) text = g_string_new (cases[i].text);
    g_autoptr (LimnForeign) foreign = NULL;

    g_string_replace (text, "%s", cases[i].net, 1);
    g_string_replace (text, "%s", cases[i].at, 1);
    foreign = restore (text->str);
    g_test_message ("case %u", i);
    g_assert_nonnull (row_of (foreign, 0));
    g_assert_cmpstr (row_of (foreign, 0)->how.type, ==, cases[i].type);
    if (cases[i].gap != NULL)
      g_assert_true (tells (foreign, cases[i].gap));
  }
}

/* what was painted without takes the present rows away; a row that comes back keeps the picture it had */
static void
test_apply (void)
{
  g_autofree char *ours = g_strdup_printf (OURS, "");
  g_autoptr (LimnForeign) foreign = restore (ours), without = restore (WEBUI "Version: f1");
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnSource) picture = limn_source_new (limn_image_new (4, 4), "mine.png");
  g_autoptr (LimnFollowed) mine = NULL;
  LimnFollowedRow row = *row_of (foreign, 0);

  row.picture = picture;
  row.how.weight = 5;
  mine = limn_followed_with (NULL, 0, &row);
  g_object_set (settings, "controls", mine, NULL);
  limn_foreign_apply (foreign, settings);
  g_assert_true (limn_followed_nth (limn_settings_values (settings)->controls, 0)->picture == picture);
  g_assert_cmpfloat_with_epsilon (limn_followed_nth (limn_settings_values (settings)->controls, 0)->how.weight, 1 / 3.0,
                                  1e-9);
  limn_foreign_apply (without, settings);
  g_assert_null (limn_settings_values (settings)->controls);
}

/* as many as a hostile text likes: a few are looked for */
static void
test_many (void)
{
  g_autoptr (GString) text = g_string_new (WEBUI);
  g_autoptr (LimnForeign) foreign = NULL;

  for (int i = 0; i < 5000; i++)
    g_string_append_printf (text, "ControlNet %d: \"Module: none, Model: canny-controlnet, Weight: 1\", ", i);
  foreign = restore (text->str);
  g_assert_cmpuint (limn_followed_get_n (limn_settings_values (foreign->settings)->controls), <=, 16);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "canny-controlnet", "depth-controlnet", "renamed-controlnet", "union-controlnet",
                                       "promax-controlnet" };
  g_autofree char *data = g_dir_make_tmp ("limn-controls-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (data, "limn", "controlnets", NULL);

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_strdup_printf ("%s/%s.safetensors", folder, names[i]);

    g_assert_true (g_file_set_contents (path, "", 0, NULL));
  }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-control/webui", test_webui);
  g_test_add_func ("/foreign-control/missing", test_missing);
  g_test_add_func ("/foreign-control/comfy", test_comfy);
  g_test_add_func ("/foreign-control/invoke", test_invoke);
  g_test_add_func ("/foreign-control/types", test_types);
  g_test_add_func ("/foreign-control/limn", test_limn);
  g_test_add_func ("/foreign-control/apply", test_apply);
  g_test_add_func ("/foreign-control/many", test_many);
  int status = g_test_run ();
  tests_remove_folder (data);
  return status;
}
