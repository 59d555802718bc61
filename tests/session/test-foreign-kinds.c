/* test-foreign-kinds.c - more of the kinds that users reported: what is restored of each, and what is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "fake-engine.h"
#include "common/folder.h"
#include "foreign-fixture.h"

/* A file's settings.  Numbers of 0 and texts of NULL were not found, and the present ones stay. */
typedef struct {
  const char *name, *prompt;
  int width, height, steps;
  double guidance, strength;
  const char *told[4][2]; /* gaps, and words in them */
} Case;

static const Case cases[] = {
  /* a picture behind a pipe is painted over */
  { "comfy-easy-picture.json", "a lighthouse", 0, 0, 33, 8, 0.61, { { "Start picture", "drop that one too" } } },
  { "comfy-dual-guider.json", "a lighthouse on a cliff", 832, 1216, 18, 5, 0, { { "Other settings", "cond2" } } },
  /* the size of an empty picture is not that of a later enlargement */
  { "comfy-pipe-size.json", "a lighthouse", 640, 640, 20, 8, 0, { { "LoRA", "“ink” (0.7)" } } },
  { "comfy-size-override.json", "a lighthouse on a cliff", 640, 640, 25, 6.5, 0, { { NULL } } },
  { "comfy-aspect-ratio.json", "a lighthouse on a cliff", 1152, 896, 25, 6.5, 0, { { NULL } } },
  { "comfy-own-sigmas.json",
    "a lighthouse on a cliff",
    832,
    1216,
    18,
    8,
    0,
    { { "Sampler", "SamplerEulerAncestral" } } },
  { "drawthings-refiner.txt",
    "a lighthouse",
    1024,
    1024,
    20,
    7,
    0,
    { { "Conditioning", "by hand" }, { "Upscaler", "enlarged" }, { "Hires fix", "second pass" }, { "LoRA", "" } } },
  { "easydiffusion-task.json",
    "a lighthouse",
    768,
    512,
    25,
    7.5,
    0.6,
    { { "Start picture", "" }, { "Mask", "not inside" } } },
  { "fooocus-2.5.json", "a lighthouse", 896, 1152, 30, 4, 0, { { "LoRA", "“ink” (0.1)" } } },
};

static gboolean
has (LimnForeign *foreign, const char *property)
{
  return g_ptr_array_find_with_equal_func (foreign->matched, property, g_str_equal, NULL);
}

static void
check_numbers (LimnForeign *foreign, const Case *wanted)
{
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);

  g_assert_cmpint (has (foreign, "width"), ==, wanted->width != 0);
  g_assert_cmpint (has (foreign, "strength"), ==, wanted->strength != 0);
  if (wanted->width != 0) {
    g_assert_cmpint (values->width, ==, wanted->width);
    g_assert_cmpint (values->height, ==, wanted->height);
  }
  if (wanted->strength != 0)
    g_assert_cmpfloat (values->strength, ==, wanted->strength);
  g_assert_cmpint (values->steps, ==, wanted->steps);
  g_assert_cmpfloat (values->guidance, ==, wanted->guidance);
}

static void
test_case (gconstpointer data)
{
  const Case *wanted = data;
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case (wanted->name);

  g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, wanted->prompt);
  check_numbers (foreign, wanted);
  for (guint i = 0; i < G_N_ELEMENTS (wanted->told) && wanted->told[i][0] != NULL; i++) {
    const char *why = limn_test_foreign_gap (foreign, wanted->told[i][0]);

    g_assert_nonnull (why);
    g_assert_nonnull (strstr (why, wanted->told[i][1]));
  }
}

/* ---- Size hints ---- */

static void
test_size_factor (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("comfy-size-factor.json");
  g_autoptr (LimnForeign) unused = limn_test_foreign_case ("comfy-parser-sizes.json");
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);

  g_assert_cmpint (values->original_width, ==, 4096);
  g_assert_cmpint (values->target_height, ==, 4096);
  g_assert_false (has (unused, "original-width")); /* "with_SDXL" is off */
}

/* Draw Things names a blur of masks in every picture. */
static void
test_no_mask (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("drawthings-refiner.txt");

  g_assert_null (limn_test_foreign_gap (foreign, "Mask"));
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
  g_assert_cmpfloat (limn_settings_values (foreign->settings)->handoff, ==, 0.7);
}

/* ---- Texts ---- */

#define LAST "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 12, Size: 512x768"

static void
test_shapes (void)
{
  static const struct {
    const char *text, *prompt, *negative;
  } shapes[] = {
    { "a cliff\nNegative prompt: blurry, text\n" LAST, "a cliff", "blurry, text" },
    { "a cliff Negative prompt: blurry, text " LAST, "a cliff", "blurry, text" },
    { "a cliff, evening, " LAST, "a cliff, evening,", "" },
    { "a cliff Negative prompt: blurry\n" LAST, "a cliff", "blurry" },
    { "parameters\n\na cliff\n" LAST, "a cliff", "" },
    { "parameters: a cliff\n" LAST, "a cliff", "" },
    { "Prompt: a cliff\nNegative prompt: blurry\n" LAST, "a cliff", "blurry" },
    { "parameters of a cliff\n" LAST, "parameters of a cliff", "" },
    { "a cliff\nSeed: 12, CFG scale: 7, Steps: 20, Size: 512x768", "a cliff", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (shapes[i].text);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);

    g_assert_cmpstr (values->prompt, ==, shapes[i].prompt);
    g_assert_cmpstr (values->negative, ==, shapes[i].negative);
    g_assert_cmpint (values->steps, ==, 20);
    g_assert_cmpuint (values->seed, ==, 12);
    g_assert_cmpint (values->height, ==, 768);
    g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
  }
}

/* What is not there takes nobody's words or seed away. */
static void
test_without_a_prompt (void)
{
  static const char *const texts[] = { "Steps: 20, Seed: -1, Size: 512x768, CFG scale: 7",
                                       "{\"generation_mode\": \"sdxl_txt2img\", \"app_version\": \"4.0\", \"seed\": -1,"
                                       " \"steps\": 20, \"positive_prompt\": null}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (texts[i]);
    g_autoptr (LimnSettings) settings = limn_settings_new ();

    g_object_set (settings, "prompt", "mine", "seed", (guint64) 7, NULL);
    limn_foreign_apply (foreign, settings);
    g_assert_cmpstr (limn_settings_values (settings)->prompt, ==, "mine");
    g_assert_cmpuint (limn_settings_values (settings)->seed, ==, 7);
    g_assert_cmpint (limn_settings_values (settings)->steps, ==, 20);
    g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "Seed"), "at random"));
    g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "Prompt"), "stays"));
  }
}

static void
test_loras (void)
{
  static const char *const prompts[][2] = {
    { "a  <lora:x:1>  b", "a b" },
    { "a <lora:x:1>, b", "a, b" },
    { "a, <lora:x:1>, b", "a, b" },
    { "a, <lora:x:1>", "a" },
    { "<lora:x:1>, a", "a" },
    { "a<lora:x:1> b", "a b" },
    { "a <lora:x:1><lora:y:1> b", "a b" },
    { "a, <lora:x:1>,<lora:y:1>", "a" },
    { "a,  b <lora:x:1>", "a,  b" },
    { "a, <lora:x:1>\nb", "a,\nb" },
    { "a\n<lora:x:1>\nb", "a\n\nb" },
    { "a <lora:x:1", "a <lora:x:1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++) {
    g_autofree char *text = g_strdup_printf ("%s\n" LAST, prompts[i][0]);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);

    g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, prompts[i][1]);
  }
}

static void
test_refiner_alone (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (
      "a cup\n" LAST ", Model: sd_xl_base_1.0, Refiner: sd_xl_refiner_1.0, Version: Fooocus v2.5.5");

  g_assert_true (has (foreign, "use-refiner"));
  g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "Hand-off"), "stays"));
}

/* ---- A graph and a text ---- */

/* What the graph guesses is taken from the text; what it knows is not. */
static void
test_doubted (void)
{
  g_autoptr (GHashTable) texts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *graph = limn_test_foreign_load ("comfy-written-prompt.json");
  g_autoptr (LimnForeign) alone = limn_test_foreign_read (graph);
  g_autoptr (LimnForeign) foreign = NULL;
  GError *error = NULL;

  g_assert_cmpstr (limn_settings_values (alone->settings)->prompt, ==, "Describe it");
  g_assert_nonnull (limn_test_foreign_gap (alone, "Prompt"));
  g_hash_table_insert (texts, "prompt", graph);
  g_hash_table_insert (texts, "parameters",
                       "a tower by the sea\nNegative prompt: other\n" LAST ", Model: x, Version: ComfyUI");
  foreign = limn_foreign_read (texts, limn_test_models, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (foreign->program, ==, "ComfyUI");
  g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, "a tower by the sea");
  g_assert_cmpstr (limn_settings_values (foreign->settings)->negative, ==, "blurry, text");
  g_assert_cmpint (limn_settings_values (foreign->settings)->steps, ==, 25);
  g_assert_null (limn_test_foreign_gap (foreign, "Prompt"));
}

/* What an editor keeps is told from what is damaged. */
static void
test_editor (void)
{
  g_autofree char *text = limn_test_foreign_load ("comfy-editor.json");
  g_autoptr (GHashTable) texts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_foreign_read_string (text, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "Export (API)"));
  g_clear_error (&error);
  g_hash_table_insert (texts, "workflow", text);
  g_assert_null (limn_foreign_read (texts, NULL, &error));
  g_assert_nonnull (strstr (error->message, "Export (API)"));
}

/* Hints that only repeat the size go with it from here on; others, and Limn's own, are what they were. */
static void
test_hints_follow (void)
{
  static const struct {
    const char *text;
    int original, target, negative_target;
  } hints[] = {
    { "a\nSteps: 9, Seed: 8, Size: 512x640, SDXL original size: 512x640, SDXL crop: 4x0, SDXL target size: 512x640", 0,
      0, 0 },
    { "a\nSteps: 9, Seed: 8, Size: 512x640, SDXL original size: 512x1024, SDXL target size: 512x640", 512, 0, 0 },
    { "a\nSteps: 9, Seed: 8, Size: 512x640, SDXL original size: 640x512, SDXL target size: 1024x640, "
      "SDXL negative original size: 99x99, SDXL negative target size: 512x640",
      640, 1024, 0 },
    { "{\"limn\": \"0.1\", \"prompt\": \"a\", \"width\": 512, \"height\": 640, "
      "\"hints\": {\"original\": [512, 640], \"crop\": [0, 0], \"target\": [512, 640]}, "
      "\"negative_hints\": {\"original\": [99, 99], \"crop\": [0, 0], \"target\": [512, 640]}}",
      512, 512, 512 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (hints); i++) {
    g_autoptr (GHashTable) texts = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (LimnForeign) foreign = NULL;
    g_autoptr (LimnSettings) settings = limn_settings_new ();
    const LimnSettingsValues *values = limn_settings_values (settings);

    g_hash_table_insert (texts, (char *) "parameters", (char *) hints[i].text);
    foreign = limn_foreign_read (texts, NULL, NULL);
    g_assert_nonnull (foreign);
    limn_foreign_apply (foreign, settings);
    g_assert_cmpint (values->width, ==, 512);
    g_assert_cmpint (values->original_width, ==, hints[i].original);
    g_assert_cmpint (values->original_height != 0, ==, hints[i].original != 0);
    g_assert_cmpint (values->target_width, ==, hints[i].target);
    g_assert_cmpint (values->target_height, ==, hints[i].target != 0 ? 640 : 0);
    g_assert_cmpint (values->crop_left, ==, i == 0 ? 4 : 0);
    g_assert_cmpint (values->negative_target_width, ==, hints[i].negative_target);
    g_assert_cmpint (values->negative_original_width, ==, i < 2 ? 0 : 99);
  }
}

/* ---- Guidance ---- */

static void
test_guidance (void)
{
  static const struct {
    const char *text;
    double rescale, from, mimic, share;
    gboolean dynamic, gap;
  } said[] = {
    { "CFG rescale φ: 0.7", 0.7, 0, 7, 1 },
    { "Skip Early CFG: 0.1", 0, 0.15, 7, 1 }, /* the steps 0, 1 and 2 of 20 */
    { "Skip Early CFG: 0.12", 0, 0.15, 7, 1 },
    { "Dynamic thresholding enabled: True, Mimic scale: 9, Separate Feature Channels: True, Scaling Startpoint: MEAN, "
      "Variability Measure: AD, Interpolate Phi: 1, Threshold percentile: 95",
      0, 0, 9, 0.95, TRUE },
    { "dynthres_enabled: True, dynthres_mimic_scale: 5, dynthres_threshold_percentile: 0.9, dynthres_mimic_mode: "
      "Constant, dynthres_mimic_scale_min: 0, dynthres_cfg_mode: Constant, dynthres_cfg_scale_min: 0, "
      "dynthres_sched_val: 4, dynthres_separate_feature_channels: enable, dynthres_scaling_startpoint: MEAN, "
      "dynthres_variability_measure: AD, dynthres_interpolate_phi: 1",
      0, 0, 5, 0.9, TRUE },
    { "dynthres_enabled: True, dynthres_mimic_scale: 5, dynthres_mimic_mode: Cosine Up", 0, 0, 5, 1, TRUE, TRUE },
    { "dynthres_enabled: False, dynthres_mimic_scale: 5, dynthres_mimic_mode: Cosine Up", 0, 0, 7, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (said); i++) {
    g_autofree char *line = g_strconcat ("a cliff\n" LAST ", ", said[i].text, NULL);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (line);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);

    g_assert_cmpfloat (values->guidance_rescale, ==, said[i].rescale);
    g_assert_cmpfloat_with_epsilon (values->guidance_from, said[i].from, 1e-12);
    g_assert_cmpfloat (values->mimic_scale, ==, said[i].mimic);
    g_assert_cmpfloat (values->mimic_share, ==, said[i].share);
    g_assert_cmpstr (values->guidance_kind, ==, said[i].dynamic ? "dynamic" : "cfg");
    g_assert_cmpint (limn_test_foreign_gap (foreign, "Dynamic thresholding") != NULL, ==, said[i].gap);
    g_assert_null (limn_test_foreign_gap (foreign, "Guidance"));
    g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
  }
}

/* Self-attention guidance, as Forge, the web UI's extension and Limn write it. */
static void
test_sag (void)
{
  static const struct {
    const char *text;
    double sag, blur;
    const char *gap;
  } said[] = {
    { "sag_enabled: True, sag_scale: 0.75, sag_blur_sigma: 3, sag_threshold: 1", 0.75, 3 },
    { "sag_enabled: True, sag_scale: 0.75, sag_blur_sigma: 3, sag_threshold: 0.8", 0.75, 3, "Guidance" },
    { "sag_enabled: False, sag_scale: 0.75, sag_blur_sigma: 3, sag_threshold: 0.8", 0, 2 },
    { "SAG scale: 1.5, SAG blur sigma: 4", 1.5, 4 },
    { "SAG Guidance Enabled: True, SAG Guidance Scale: 0.75, SAG Mask Threshold: 1", 0, 2, "Guidance" },
    { "SAG Guidance Enabled: False, SAG Guidance Scale: 0.75", 0, 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (said); i++) {
    g_autofree char *line = g_strconcat ("a cliff\n" LAST ", ", said[i].text, NULL);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (line);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);

    g_assert_cmpfloat (values->sag, ==, said[i].sag);
    g_assert_cmpfloat (values->sag_blur, ==, said[i].blur);
    g_assert_true ((limn_test_foreign_gap (foreign, "Guidance") != NULL) == (said[i].gap != NULL));
  }
}

/* What changes a U-Net's features, as Forge, the web UI's extension, Fooocus and Limn write it. */
static void
test_features (void)
{
  static const struct {
    const char *text, *freeu;
    double b1, s2, shrink, until;
    int after;
    const char *gap;
    double from, to; /* 0: 1 */
  } said[] = {
    { "freeu_enabled: True, freeu_b1: 1.01, freeu_b2: 1.02, freeu_s1: 0.99, freeu_s2: 0.95, freeu_start: 0, freeu_end: "
      "1",
      "v2", 1.01, 0.95, 1, 0.35, 3 },
    { "freeu_enabled: True, freeu_b1: 1.01, freeu_s2: 0.95, freeu_start: 0.2, freeu_end: 0.6", "v2", 1.01, 0.95, 1,
      0.35, 3, .from = 0.2, .to = 0.6 },
    { "freeu_enabled: False, freeu_b1: 1.01, freeu_b2: 1.02, freeu_start: 0.2", "none", 1.3, 0.2, 1, 0.35, 3 },
    { "FreeU Stages: \"[{\\\"backbone_factor\\\": 1.2, \\\"skip_factor\\\": 0.9}, {\\\"backbone_factor\\\": 1.4, "
      "\\\"skip_factor\\\": 0.4}]\", FreeU Schedule: \"0.0, 1.0, 0.0\", FreeU Version: 2",
      "v2", 1.2, 0.4, 1, 0.35, 3 },
    { "FreeU Stages: \"[{\\\"backbone_factor\\\": 1.2}, {\\\"skip_cutoff\\\": 0.4}]\", FreeU Schedule: \"0.0, 1.0, "
      "0.0\"",
      "v1", 1.2, 1, 1, 0.35, 3, "FreeU" },
    { "FreeU: \"(1.2, 1.1, 0.8, 0.5)\"", "v2", 1.2, 0.5, 1, 0.35, 3 },
    { "FreeU: v1, freeu_b1: 1.5", "v1", 1.5, 0.2, 1, 0.35, 3 },
    { "kohya_hrfix_enabled: True, kohya_hrfix_block_number: 4, kohya_hrfix_downscale_factor: 1.5, "
      "kohya_hrfix_start_percent: 0, kohya_hrfix_end_percent: 0.4, kohya_hrfix_downscale_after_skip: True, "
      "kohya_hrfix_downscale_method: bicubic, kohya_hrfix_upscale_method: bicubic",
      "none", 1.3, 0.2, 1.5, 0.4, 4 },
    { "kohya_hrfix_enabled: True, kohya_hrfix_downscale_factor: 1.5, kohya_hrfix_downscale_method: bislerp", "none",
      1.3, 0.2, 1.5, 0.35, 3, "Deep shrink" },
    { "kohya_hrfix_enabled: False, kohya_hrfix_downscale_factor: 1.5, kohya_hrfix_downscale_method: bislerp", "none",
      1.3, 0.2, 1, 0.35, 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (said); i++) {
    g_autofree char *line = g_strconcat ("a cliff\n" LAST ", ", said[i].text, NULL);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (line);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);

    g_assert_cmpstr (values->freeu, ==, said[i].freeu);
    g_assert_cmpfloat (values->freeu_b1, ==, said[i].b1);
    g_assert_cmpfloat (values->freeu_s2, ==, said[i].s2);
    g_assert_cmpfloat (values->freeu_from, ==, said[i].from);
    g_assert_cmpfloat (values->freeu_to, ==, said[i].to > 0 ? said[i].to : 1);
    g_assert_cmpfloat (values->shrink, ==, said[i].shrink);
    g_assert_cmpfloat (values->shrink_until, ==, said[i].until);
    g_assert_cmpint (values->shrink_after, ==, said[i].after);
    g_assert_cmpint (limn_test_foreign_gap (foreign, "FreeU") != NULL, ==, g_strcmp0 (said[i].gap, "FreeU") == 0);
    g_assert_cmpint (limn_test_foreign_gap (foreign, "Deep shrink") != NULL, ==,
                     g_strcmp0 (said[i].gap, "Deep shrink") == 0);
    g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
  }
}

/* Names that mean other numbers there than elsewhere, and what samplers and schedules are called. */
static void
test_sampling (void)
{
  static const struct {
    const char *sampler, *schedule, *ours, *spacing;
    int steps;
  } said[] = {
    { "Euler", "DDIM", "euler", "ddim_uniform", 20 },
    { "Euler", "Beta", "euler", "beta_webui", 20 },
    { "Euler", "Align Your Steps", "euler", "ays_webui", 20 },
    { "Euler", "Align Your Steps GITS", "euler", "gits", 20 },
    { "Euler", "Turbo", "euler", "trailing", 20 },
    { "Restart", "Karras", "restart", "karras_full", 20 },
    { "Euler a CFG++", "Simple", "euler_ancestral_cfg_pp", "simple", 20 },
    { "TCD", "SGM Uniform", "tcd", "sgm_uniform", 20 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (said); i++) {
    g_autofree char *line =
        g_strdup_printf ("a cliff\nSteps: 20, Sampler: %s, Schedule type: %s, CFG scale: 7, Seed: 12, "
                         "Size: 512x768, Sigma churn: 3, Sigma tmin: 0.1, Sigma tmax: 10",
                         said[i].sampler, said[i].schedule);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (line);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);

    g_assert_cmpstr (values->sampler, ==, said[i].ours);
    g_assert_cmpstr (values->schedule, ==, said[i].spacing);
    g_assert_cmpint (values->steps, ==, said[i].steps);
    g_assert_null (limn_test_foreign_gap (foreign, "Schedule"));
    g_assert_cmpfloat (values->churn, ==, 3);
    g_assert_cmpfloat (values->churn_least, ==, 0.1);
    g_assert_cmpfloat (values->churn_most, ==, 10);
  }
}

/* ComfyUI takes 31 steps where 30 are asked for, and 20 where 20 are. */
static void
test_ddim_uniform (void)
{
  static const int steps[][2] = { { 30, 31 }, { 20, 20 }, { 35, 36 }, { 50, 50 } };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autofree char *text = g_strdup_printf (
        "{\"1\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"2\",0]}},\"2\":{\"class_type\":\"KSampler\","
        "\"inputs\":{\"seed\":5,\"steps\":%d,\"cfg\":7,\"sampler_name\":\"euler\",\"scheduler\":\"ddim_uniform\","
        "\"denoise\":1}}}",
        steps[i][0]);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);

    g_assert_cmpstr (values->schedule, ==, "ddim_uniform");
    g_assert_cmpint (values->steps, ==, steps[i][1]);
    g_assert_null (limn_test_foreign_gap (foreign, "Schedule"));
  }
}

static void
test_guidance_nodes (void)
{
  static const char text[] =
      "{\"1\":{\"class_type\":\"CheckpointLoaderSimple\",\"inputs\":{\"ckpt_name\":\"a.safetensors\"}},"
      "\"2\":{\"class_type\":\"RescaleCFG\",\"inputs\":{\"model\":[\"1\",0],\"multiplier\":0.6}},"
      "\"3\":{\"class_type\":\"APG\",\"inputs\":{\"model\":[\"2\",0],\"eta\":0.5,\"norm_threshold\":5,"
      "\"momentum\":-0.5}},"
      "\"4\":{\"class_type\":\"Epsilon Scaling\",\"inputs\":{\"model\":[\"3\",0],\"scaling_factor\":1.005}},"
      "\"7\":{\"class_type\":\"PerturbedAttentionGuidance\",\"inputs\":{\"model\":[\"4\",0],\"scale\":2.5}},"
      "\"10\":{\"class_type\":\"SelfAttentionGuidance\",\"inputs\":{\"model\":[\"7\",0],\"scale\":0.6,"
      "\"blur_sigma\":1.5}},"
      "\"8\":{\"class_type\":\"FreeU_V2\",\"inputs\":{\"model\":[\"10\",0],\"b1\":1.1,\"b2\":1.2,\"s1\":0.8,\"s2\":0.3}"
      "}"
      ","
      "\"9\":{\"class_type\":\"PatchModelAddDownscale\",\"inputs\":{\"model\":[\"8\",0],\"block_number\":4,"
      "\"downscale_factor\":1.5,\"start_percent\":0,\"end_percent\":0.4,\"downscale_after_skip\":true,"
      "\"downscale_method\":\"bilinear\",\"upscale_method\":\"bilinear\"}},"
      "\"5\":{\"class_type\":\"KSampler\",\"inputs\":{\"model\":[\"9\",0],\"seed\":5,\"steps\":20,\"cfg\":7,"
      "\"sampler_name\":\"euler\",\"scheduler\":\"normal\",\"denoise\":1}},"
      "\"6\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"5\",0]}}}";
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);

  g_assert_cmpfloat (values->guidance_rescale, ==, 0.6);
  g_assert_cmpstr (values->guidance_kind, ==, "apg");
  g_assert_cmpfloat (values->guidance_parallel, ==, 0.5);
  g_assert_cmpfloat (values->guidance_norm, ==, 5);
  g_assert_cmpfloat (values->noise_divisor, ==, 1.005);
  g_assert_cmpfloat (values->perturbation, ==, 2.5);
  g_assert_cmpfloat (values->sag, ==, 0.6);
  g_assert_cmpfloat (values->sag_blur, ==, 1.5);
  g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "Guidance"), "momentum"));
  g_assert_cmpstr (values->freeu, ==, "v2");
  g_assert_cmpfloat (values->freeu_b1, ==, 1.1);
  g_assert_cmpfloat (values->freeu_b2, ==, 1.2);
  g_assert_cmpfloat (values->freeu_s1, ==, 0.8);
  g_assert_cmpfloat (values->freeu_s2, ==, 0.3);
  g_assert_cmpfloat (values->shrink, ==, 1.5);
  g_assert_cmpfloat (values->shrink_until, ==, 0.4);
  g_assert_cmpint (values->shrink_after, ==, 4);
  g_assert_cmpstr (values->shrink_method, ==, "bilinear");
  g_assert_null (limn_test_foreign_gap (foreign, "Deep shrink"));
  g_assert_null (strstr (limn_test_foreign_gap (foreign, "Model"), "changes it"));
}

int
main (int argc, char *argv[])
{
  g_autofree char *data = g_dir_make_tmp ("limn-kinds-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/foreign-kinds/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/foreign-kinds/sag", test_sag);
  g_test_add_func ("/foreign-kinds/size-factor", test_size_factor);
  g_test_add_func ("/foreign-kinds/no-mask", test_no_mask);
  g_test_add_func ("/foreign-kinds/guidance", test_guidance);
  g_test_add_func ("/foreign-kinds/features", test_features);
  g_test_add_func ("/foreign-kinds/sampling", test_sampling);
  g_test_add_func ("/foreign-kinds/ddim-uniform", test_ddim_uniform);
  g_test_add_func ("/foreign-kinds/guidance-nodes", test_guidance_nodes);
  g_test_add_func ("/foreign-kinds/shapes", test_shapes);
  g_test_add_func ("/foreign-kinds/without-a-prompt", test_without_a_prompt);
  g_test_add_func ("/foreign-kinds/loras", test_loras);
  g_test_add_func ("/foreign-kinds/refiner-alone", test_refiner_alone);
  g_test_add_func ("/foreign-kinds/doubted", test_doubted);
  g_test_add_func ("/foreign-kinds/editor", test_editor);
  g_test_add_func ("/foreign-kinds/hints-follow", test_hints_follow);
  int status = g_test_run ();
  tests_remove_folder (data);
  return status;
}
