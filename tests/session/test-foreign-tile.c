/* test-foreign-tile.c - pictures that repeat: what each program writes of it comes back, and what Limn writes does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "session/foreign/foreign.h"

#define WEBUI "a wall\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x640"
#define LIMN                                                                                                           \
  "{\"limn\": \"1\", \"prompt\": \"a wall\", \"width\": 512, \"height\": 640, \"guidance\": 5, \"noise\": \"cpu\""
#define INVOKE                                                                                                         \
  "{\"app_version\": \"6.0.2\", \"generation_mode\": \"sdxl_txt2img\", \"positive_prompt\": \"a wall\", \"width\": "   \
  "832, "                                                                                                              \
  "\"height\": 1216, \"seed\": 3, \"cfg_scale\": 7, \"steps\": 30, \"scheduler\": \"euler\""
#define SWARM "{\"sui_image_params\": {\"prompt\": \"a wall\", \"seed\": 1, \"steps\": 20, \"cfgscale\": 7"
#define EASY                                                                                                           \
  "{\"prompt\": \"a wall\", \"seed\": 5, \"num_inference_steps\": 25, \"guidance_scale\": 7.5, \"width\": 768, "       \
  "\"height\": 512, \"use_stable_diffusion_model\": \"x\", \"sampler_name\": \"euler_a\""
#define COMFY(tiling)                                                                                                  \
  "{\"1\": {\"class_type\": \"CheckpointLoaderSimple\", \"inputs\": {\"ckpt_name\": \"x.safetensors\"}}, "             \
  "\"2\": {\"class_type\": \"CLIPTextEncode\", \"inputs\": {\"text\": \"a wall\", \"clip\": [\"1\", 1]}}, "            \
  "\"3\": {\"class_type\": \"CLIPTextEncode\", \"inputs\": {\"text\": \"\", \"clip\": [\"1\", 1]}}, "                  \
  "\"4\": {\"class_type\": \"EmptyLatentImage\", \"inputs\": {\"width\": 512, \"height\": 512, \"batch_size\": 1}}, "  \
  "\"5\": {\"class_type\": \"SeamlessTile\", \"inputs\": {\"model\": [\"1\", 0], \"tiling\": \"" tiling                \
  "\", \"copy_model\": \"Make a copy\"}}, "                                                                            \
  "\"6\": {\"class_type\": \"KSampler\", \"inputs\": {\"seed\": 1, \"steps\": 20, \"cfg\": 7, \"sampler_name\": "      \
  "\"euler\", "                                                                                                        \
  "\"scheduler\": \"normal\", \"denoise\": 1, \"model\": [\"5\", 0], \"positive\": [\"2\", 0], \"negative\": [\"3\", " \
  "0], "                                                                                                               \
  "\"latent_image\": [\"4\", 0]}}}"

static const struct {
  const char *text, *tile;
} cases[] = {
  { WEBUI ", Tiling: True", "both" },
  { WEBUI ", Tiling: False", "none" },
  { WEBUI, "none" },
  { WEBUI ", Tile X: True, Tile Y: False, Start Tiling From Step: 0, Stop Tiling After Step: -1", "x" },
  { WEBUI ", Tile X: False, Tile Y: True", "y" },
  { WEBUI ", Tile X: True, Tile Y: True", "both" },
  { LIMN ", \"tile\": \"y\"}", "y" },
  { LIMN ", \"tile\": \"both\"}", "both" },
  { LIMN "}", "none" },
  { INVOKE ", \"seamless_x\": true, \"seamless_y\": false}", "x" },
  { INVOKE ", \"seamless_x\": false, \"seamless_y\": true}", "y" },
  { INVOKE ", \"seamless_x\": true, \"seamless_y\": true}", "both" },
  { INVOKE ", \"seamless_x\": null}", "none" },
  { SWARM ", \"seamlesstileable\": \"true\"}}", "both" },
  { SWARM ", \"seamlesstileable\": \"X-Only\"}}", "x" },
  { SWARM ", \"seamlesstileable\": \"Y-Only\"}}", "y" },
  { SWARM ", \"seamlesstileable\": \"false\"}}", "none" },
  { EASY ", \"tiling\": \"xy\"}", "both" },
  { EASY ", \"tiling\": \"x\"}", "x" },
  { EASY ", \"tiling\": null}", "none" },
  { COMFY ("enable"), "both" },
  { COMFY ("x_only"), "x" },
  { COMFY ("y_only"), "y" },
  { COMFY ("disable"), "none" },
};

/* Over settings that say something else: what a picture does not name is off. */
static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnSettings) settings = limn_settings_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnForeign) foreign = limn_foreign_read_string (cases[i].text, NULL, &error);

    g_assert_no_error (error);
    g_object_set (settings, "tile", strcmp (cases[i].tile, "x") == 0 ? "y" : "x", NULL);
    limn_foreign_apply (foreign, settings);
    g_test_message ("%s", cases[i].text);
    g_assert_cmpstr (limn_settings_values (settings)->tile, ==, cases[i].tile);
    for (guint n = 0; n < foreign->gaps->len; n++)
      g_assert_cmpstr (((LimnForeignGap *) foreign->gaps->pdata[n])->what, !=, "Seamless");
  }
}

/* What is of another kind is told. */
static void
test_told (void)
{
  static const struct {
    const char *text, *what;
  } odd[] = {
    { WEBUI ", Tiling: sideways", "Other settings" },
    { WEBUI ", Tile X: True, Start Tiling From Step: 5", "Seamless" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    g_autoptr (LimnForeign) foreign = limn_foreign_read_string (odd[i].text, NULL, NULL);
    guint told = 0;

    for (guint n = 0; n < foreign->gaps->len; n++)
      told += strcmp (((LimnForeignGap *) foreign->gaps->pdata[n])->what, odd[i].what) == 0;
    g_assert_cmpuint (told, ==, 1);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-tile/cases", test_cases);
  g_test_add_func ("/foreign-tile/told", test_told);
  return g_test_run ();
}
