/* test-foreign-cases.c - what users reported of other programs' files, each as its file is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "fake-engine.h"
#include "foreign-fixture.h"

#define ASSERT_GAP(foreign, what, words)                                                                               \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_assert_nonnull (limn_test_foreign_gap (foreign, what));                                                          \
    g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, what), words));                                          \
  }                                                                                                                    \
  G_STMT_END

static const LimnSettingsValues *
values_of (LimnForeign *foreign)
{
  return limn_settings_values (foreign->settings);
}

static LimnForeign *
read_picture (const char *name)
{
  g_autofree char *path = g_build_filename (LIMN_CASES_DIR, name, NULL);
  g_autoptr (GHashTable) text = NULL;
  g_autofree char *data = NULL;
  GError *error = NULL;
  LimnForeign *foreign;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  text = limn_foreign_read_chunks ((const guint8 *) data, size);
  foreign = limn_foreign_read (text, limn_test_models, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *gap = foreign->gaps->pdata[i];

    g_test_message ("%s: %s", gap->what, gap->why);
  }
  return foreign;
}

static void
assert_all (LimnForeign *foreign, const char *prompt, const char *negative, int width, int height, int steps,
            double guidance, guint64 seed)
{
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (values->prompt, ==, prompt);
  g_assert_cmpstr (values->negative, ==, negative);
  g_assert_cmpint (values->width, ==, width);
  g_assert_cmpint (values->height, ==, height);
  g_assert_cmpint (values->steps, ==, steps);
  g_assert_cmpfloat (values->guidance, ==, guidance);
  g_assert_cmpuint (values->seed, ==, seed);
  g_assert_false (values->new_seed);
}

/* ---- The web UI and its relatives ---- */

/* Its weights are applied as it was told to, and as it does where nothing is said. */
static void
test_webui_weights (void)
{
  static const struct {
    const char *says, *emphasis;
  } kinds[] = { { "", "a1111" },
                { ", Emphasis: Original", "a1111" },
                { ", Emphasis: No norm", "a1111_no_norm" },
                { ", Emphasis: Ignore", "a1111_ignore" },
                { ", Emphasis: None", "a1111_none" } };
  g_autofree char *text = g_strchomp (limn_test_foreign_load ("webui-weights.txt"));
  g_autofree char *odd = g_strconcat (text, ", Emphasis: Odd", NULL);
  g_autoptr (LimnForeign) unknown = limn_test_foreign_read (odd);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *told = g_strconcat (text, kinds[i].says, NULL);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (told);

    g_assert_cmpstr (values_of (foreign)->prompt, ==, "a (red:1.3) lighthouse, [sea], ((sky))");
    g_assert_cmpstr (values_of (foreign)->emphasis, ==, kinds[i].emphasis);
    g_assert_null (limn_test_foreign_gap (foreign, "Prompt weights"));
    g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
  }
  ASSERT_GAP (unknown, "Prompt weights", "another way");
}

/* What changes its prompts on the way is Limn's, too. */
static void
test_editing (void)
{
  static const char *const prompts[] = { "[red:blue:0.5] hat", "a [cow|horse]", "[(a:1.2):b:0.3]", "a AND b:0.4" };

  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++) {
    g_autofree char *text = g_strdup_printf ("%s\nSteps: 20, Seed: 1, Version: v1.10.1", prompts[i]);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);

    g_assert_cmpstr (values_of (foreign)->prompt, ==, prompts[i]);
    g_assert_cmpstr (values_of (foreign)->editing, ==, "new");
    g_assert_null (limn_test_foreign_gap (foreign, "Prompt"));
  }
  g_autoptr (LimnForeign) old =
      limn_test_foreign_read ("[a:b:1.0]\nSteps: 20, Seed: 1, Old prompt editing timelines: True, Version: v1.10.1");
  g_assert_cmpstr (values_of (old)->editing, ==, "old");
  g_assert_null (limn_test_foreign_gap (old, "Other settings"));
}

static void
test_sdcpp (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("sdcpp-rng-cuda.txt");

  g_assert_cmpstr (foreign->program, ==, "stable-diffusion.cpp");
  assert_all (foreign, "a lighthouse on a cliff, evening light", "blurry, text", 1024, 1024, 20, 7, 42);
  g_assert_cmpint (values_of (foreign)->noise_source, ==, LIMN_NOISE_PHILOX);
  g_assert_cmpstr (values_of (foreign)->schedule, ==, "karras_full");
  g_assert_cmpstr (values_of (foreign)->model, ==, limn_test_models[0]);
  g_assert_cmpint (foreign->gaps->len, ==, 1);
  g_assert_nonnull (limn_test_foreign_gap (foreign, "VAE"));
}

static void
test_templates (void)
{
  g_autofree char *text = limn_test_foreign_load ("template-on-a-new-line.txt");
  g_autofree char *cut = g_strndup (text, (gsize) (strstr (text, "\nTemplate:") - text));
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);
  g_autoptr (LimnForeign) expected = limn_test_foreign_read (cut);

  assert_all (foreign, "a lighthouse on a cliff, evening light", "blurry, text", 832, 1216, 28, 6.5, 1234567);
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
  g_assert_cmpint (foreign->gaps->len, ==, expected->gaps->len);
}

static void
test_hashes (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("hashes-json.txt");

  assert_all (foreign, "a lighthouse on a cliff, evening light", "blurry, text", 832, 1216, 28, 6.5, 1234567);
  g_assert_cmpstr (foreign->program, ==, "Stable Diffusion web UI");
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
}

static void
test_civitai (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (
      "a cup\nNegative prompt: dust\nSteps: 25, Sampler: Euler, CFG scale: 4, Seed: 9, Size: 832x1216, Clip skip: 2, "
      "Created Date: 2025-01-01T00:00:00Z, Civitai resources: [{\"type\":\"checkpoint\",\"modelVersionId\":1,"
      "\"modelName\":\"sd_xl_base_1.0\"},{\"type\":\"lora\",\"weight\":0.8,\"modelName\":\"Crayon, thick\"}], Civitai "
      "metadata: {\"remixOfId\": 3}");

  assert_all (foreign, "a cup", "dust", 832, 1216, 25, 4, 9);
  g_assert_cmpstr (foreign->program, ==, "Civitai");
  g_assert_cmpstr (values_of (foreign)->model, ==, limn_test_models[0]);
  ASSERT_GAP (foreign, "LoRA", "Crayon, thick");
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
}

/* Nothing else is said, so that all else stays. */
static void
test_no_settings (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("no-settings-line.txt");
  g_autoptr (LimnSettings) settings = limn_settings_new ();

  g_object_set (settings, "steps", 77, "width", 512, "use-refiner", TRUE, "original-width", 2000, NULL);
  limn_foreign_apply (foreign, settings);
  g_assert_cmpint (foreign->matched->len, ==, 2);
  g_assert_cmpstr (limn_settings_values (settings)->prompt, ==, "a lighthouse on a cliff, evening light");
  g_assert_cmpstr (limn_settings_values (settings)->negative, ==, "blurry, text");
  g_assert_cmpint (limn_settings_values (settings)->steps, ==, 77);
  g_assert_cmpint (limn_settings_values (settings)->width, ==, 512);
  g_assert_true (limn_settings_values (settings)->use_refiner);
  g_assert_cmpint (limn_settings_values (settings)->original_width, ==, 2000);
}

/* ---- Files ---- */

static void
test_exif (void)
{
  static const char *const names[] = { "exif-bom.png", "exif-cjk-other-order.png" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (LimnForeign) foreign = read_picture (names[i]);

    assert_all (foreign, "灯台の絵、夕暮れ", "模糊", 64, 64, 20, 6.5, 42);
  }
}

/* Made by libheif, and as libjxl writes it. */
static void
test_boxes (void)
{
  static const char *const names[] = { "exif.avif", "exif.heic", "exif.jxl" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (LimnForeign) foreign = read_picture (names[i]);

    assert_all (foreign, "a lighthouse on a cliff, 灯台", "blurry", 64, 64, 20, 6.5, 42);
  }
}

static void
test_seventy (void)
{
  g_autoptr (LimnForeign) foreign = read_picture ("seventy-texts.png");

  assert_all (foreign, "a lighthouse on a cliff", "blurry", 64, 64, 20, 6.5, 42);
}

/* ---- Other programs ---- */

static void
test_novelai (void)
{
  g_autoptr (LimnForeign) foreign = read_picture ("novelai.png");

  g_assert_cmpstr (foreign->program, ==, "NovelAI");
  assert_all (foreign, "(lighthouse:1.05), (cliff:0.907029), (light:1.1025)", "blurry, text", 832, 1216, 28, 5,
              1357911);
  ASSERT_GAP (foreign, "Prompt weights", "NovelAI");
  ASSERT_GAP (foreign, "Noise", "NovelAI");
  ASSERT_GAP (foreign, "Model", "Stable Diffusion XL 00000000");
  ASSERT_GAP (foreign, "Sampler", "noise");
  g_assert_cmpstr (values_of (foreign)->sampler, ==, "euler_ancestral");
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
}

static void
test_novelai_4 (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (
      "{\"Software\": \"NovelAI\", \"Source\": \"NovelAI Diffusion V4 0000\", \"Comment\": \"{\\\"prompt\\\": \\\"a "
      "pier\\\", \\\"steps\\\": 23, \\\"height\\\": 832, \\\"width\\\": 1216, \\\"scale\\\": 6, \\\"seed\\\": 7, "
      "\\\"sampler\\\": \\\"k_euler\\\", \\\"noise_schedule\\\": \\\"karras\\\", \\\"v4_prompt\\\": {\\\"caption\\\": "
      "{\\\"base_caption\\\": \\\"a pier, 1.5::dusk::\\\", \\\"char_captions\\\": [{\\\"char_caption\\\": \\\"a "
      "sailor (old)\\\", \\\"centers\\\": [{\\\"x\\\": 0.5, \\\"y\\\": 0.5}]}]}, \\\"use_coords\\\": false}, "
      "\\\"v4_negative_prompt\\\": {\\\"caption\\\": {\\\"base_caption\\\": \\\"blurry\\\", \\\"char_captions\\\": "
      "[]}}, \\\"uc\\\": \\\"blurry\\\"}\"}");

  assert_all (foreign, "a pier, (dusk:1.5), a sailor \\(old\\)", "blurry", 1216, 832, 23, 6, 7);
  g_assert_cmpstr (values_of (foreign)->schedule, ==, "karras_full");
  ASSERT_GAP (foreign, "Prompt", "character");
  g_assert_null (limn_test_foreign_gap (foreign, "Sampler"));
}

static void
test_swarm (void)
{
  g_autoptr (LimnForeign) foreign = read_picture ("swarm.png");

  g_assert_cmpstr (foreign->program, ==, "SwarmUI");
  assert_all (foreign, "a lighthouse on a cliff", "blurry, text", 832, 1216, 25, 6.5, 1234);
  g_assert_cmpstr (values_of (foreign)->model, ==, limn_test_models[0]);
  g_assert_cmpstr (values_of (foreign)->schedule, ==, "normal");
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
  g_assert_null (limn_test_foreign_gap (foreign, "Model"));
}

static void
test_swarm_refiner (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (
      "{\"sui_image_params\": {\"prompt\": \"a <segment:face> ((blue:1.3):1.5) cup\", \"model\": \"x\", \"seed\": 1, "
      "\"steps\": 20, "
      "\"refinermodel\": \"sd_xl_refiner_1.0\", \"refinercontrolpercentage\": 0.2, \"refinermethod\": \"StepSwap\", "
      "\"loras\": [\"moss\", \"ink\"], \"loraweights\": [\"0.5\", \"1\"], \"variationseedstrength\": 0, "
      "\"newthing\": 3}}");

  g_assert_cmpstr (values_of (foreign)->refiner, ==, limn_test_models[1]);
  g_assert_true (values_of (foreign)->use_refiner);
  g_assert_cmpfloat (values_of (foreign)->handoff, ==, 0.8);
  g_assert_cmpstr (values_of (foreign)->prompt, ==,
                   "a <segment:face> ((blue:1.3):1.5) cup"); /* ComfyUI's inner numbers replace */
  ASSERT_GAP (foreign, "Prompt", "<segment:face>");
  ASSERT_GAP (foreign, "LoRA", "moss");
  ASSERT_GAP (foreign, "Other settings", "newthing");
  g_assert_null (limn_test_foreign_gap (foreign, "Variation seed"));
}

static void
test_fooocus_gaps (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("fooocus-gaps.json");

  g_assert_cmpstr (foreign->program, ==, "Fooocus");
  assert_all (foreign, "a lighthouse on a cliff", "blurry, text", 1152, 896, 30, 4, 8431);
  g_assert_null (limn_test_foreign_gap (foreign, "FreeU"));
  g_assert_cmpstr (values_of (foreign)->freeu, ==, "v2");
  ASSERT_GAP (foreign, "VAE", "");
  ASSERT_GAP (foreign, "CLIP skip", "");
  ASSERT_GAP (foreign, "Sharpness", "");
  ASSERT_GAP (foreign, "Styles", "Fooocus V2");
  ASSERT_GAP (foreign, "LoRA", "pixel");
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
}

static void
test_fooocus_mre (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("fooocus-mre.json");

  g_assert_cmpstr (foreign->program, ==, "Fooocus-MRE");
  assert_all (foreign, "a lighthouse on a cliff", "blurry, text", 512, 768, 30, 7, 693000000000000797);
  g_assert_null (limn_test_foreign_gap (foreign, "Styles"));
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
}

static void
test_easy_diffusion (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("easydiffusion.txt");

  g_assert_cmpstr (foreign->program, ==, "Easy Diffusion");
  assert_all (foreign, "a lighthouse on a cliff, evening light", "blurry, text", 1024, 1024, 25, 7.5, 1234);
  g_assert_cmpstr (values_of (foreign)->model, ==, limn_test_models[0]);
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));
}

static void
test_draw_things (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("drawthings.txt");
  g_autoptr (LimnForeign) json = limn_test_foreign_read (
      "{\"c\": \"a cup\", \"uc\": \"dust\", \"steps\": 20, \"sampler\": \"Euler A Trailing\", \"scale\": 4.5, "
      "\"seed\": "
      "5, \"size\": \"1024x768\", \"model\": \"sd_xl_base_1.0.ckpt\", \"strength\": 0.4, \"seed_mode\": \"Torch CPU "
      "Compatible\", \"lora\": [{\"model\": \"ink.ckpt\", \"weight\": 0.6}], \"v2\": {\"steps\": 20}}");

  g_assert_cmpstr (foreign->program, ==, "Draw Things");
  assert_all (foreign, "a lighthouse on a cliff, evening light", "blurry, text", 1024, 1024, 20, 7, 1234);
  g_assert_null (limn_test_foreign_gap (foreign, "Start picture"));
  ASSERT_GAP (foreign, "Noise", "Draw Things");

  assert_all (json, "a cup", "dust", 1024, 768, 20, 4.5, 5);
  g_assert_cmpfloat (values_of (json)->strength, ==, 0.4);
  g_assert_cmpint (values_of (json)->noise_source, ==, LIMN_NOISE_CPU);
  g_assert_cmpstr (values_of (json)->schedule, ==, "trailing");
  ASSERT_GAP (json, "Start picture", "");
  ASSERT_GAP (json, "LoRA", "ink.ckpt");
  g_assert_null (limn_test_foreign_gap (json, "Noise"));
}

static void
test_invoke_2 (void)
{
  g_autoptr (LimnForeign) foreign = read_picture ("invoke-2.png");
  g_autoptr (GHashTable) dream = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (LimnForeign) line = NULL;
  GError *error = NULL;

  g_assert_cmpstr (foreign->program, ==, "InvokeAI");
  assert_all (foreign, "a lighthouse on a cliff", "blurry, text", 512, 512, 30, 7.5, 123);
  g_assert_cmpstr (values_of (foreign)->schedule, ==, "model");
  g_assert_null (limn_test_foreign_gap (foreign, "Other settings"));

  g_hash_table_insert (dream, "Dream",
                       "\"a lighthouse (tall)1.2 [fog]\" -s 20 -S 42 -W 512 -H 768 -C 7.5 -A plms -z 3");
  line = limn_foreign_read (dream, limn_test_models, &error);
  g_assert_no_error (error);
  assert_all (line, "a lighthouse (tall)1.2", "fog", 512, 768, 20, 7.5, 42);
  g_assert_cmpstr (values_of (line)->emphasis, ==, "compel");
  ASSERT_GAP (line, "Sampler", "plms");
  ASSERT_GAP (line, "Other settings", "-z");
}

static void
test_invoke_graph (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (
      "{\"nodes\": {\"m\": {\"id\": \"m\", \"type\": \"core_metadata\", \"generation_mode\": \"sdxl_txt2img\", "
      "\"width\": 896, \"height\": 1152, \"steps\": 30, \"cfg_scale\": 6, \"scheduler\": \"euler\", \"rand_device\": "
      "\"cpu\", \"model\": {\"name\": \"sd_xl_base_1.0\"}}, \"p\": {\"id\": \"p\", \"type\": \"string\", \"value\": "
      "\"an owl++\"}, \"s\": {\"id\": \"s\", \"type\": \"integer\", \"value\": 12}}, \"edges\": [{\"source\": "
      "{\"node_id\": \"p\", \"field\": \"value\"}, \"destination\": {\"node_id\": \"m\", \"field\": "
      "\"positive_prompt\"}}, {\"source\": {\"node_id\": \"s\", \"field\": \"value\"}, \"destination\": {\"node_id\": "
      "\"m\", \"field\": \"seed\"}}]}");

  g_assert_cmpstr (foreign->program, ==, "InvokeAI");
  assert_all (foreign, "an owl++", "", 896, 1152, 30, 6, 12);
  g_assert_cmpstr (values_of (foreign)->emphasis, ==, "compel");
  g_assert_null (limn_test_foreign_gap (foreign, "Prompt weights"));
}

/* A refiner that is not known: the present one stays on, as the list says. */
static void
test_unknown_refiner (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (
      "a cup\nSteps: 25, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 1024x1024, Refiner: someRefiner [7440042bbd], "
      "Refiner switch at: 0.8, RNG: CPU, Version: v1.10.1");
  g_autoptr (LimnSettings) settings = limn_settings_new ();

  g_object_set (settings, "refiner", "/models/mine.safetensors", "use-refiner", TRUE, "handoff", 0.5, NULL);
  limn_foreign_apply (foreign, settings);
  g_assert_true (limn_settings_values (settings)->use_refiner);
  g_assert_cmpstr (limn_settings_values (settings)->refiner, ==, "/models/mine.safetensors");
  g_assert_cmpfloat (limn_settings_values (settings)->handoff, ==, 0.8);
  ASSERT_GAP (foreign, "Refiner model", "the present one stays");
}

/* What programs write of settings that are off is no reason to look different. */
static void
test_defaults (void)
{
  static const struct {
    const char *name, *program, *gaps; /* gaps: the names that there are, in their order */
  } files[] = {
    { "invoke-6.json", "InvokeAI", "Sampler, Model" },
    { "novelai-4.json", "NovelAI", "Prompt weights, Sampler, Model, Noise" },
    { "civitai.json", "Civitai", "LoRA, Model, Sampler, Schedule, Noise" },
    { "easydiffusion.json", "Easy Diffusion", "Sampler, Noise" },
    { "fooocus-a1111.txt", "Fooocus", "Sampler, Model, LoRA, Guidance, Conditioning, Sharpness, Styles" },
    { "forge.txt", "Forge", "Model, Hires fix, VAE, Schedule" },
    { "sdcpp-slg.txt", "stable-diffusion.cpp", "Sampler, Schedule, Model, Noise" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autoptr (LimnForeign) foreign = limn_test_foreign_case (files[i].name);
    g_autoptr (GString) names = g_string_new (NULL);

    for (guint n = 0; n < foreign->gaps->len; n++)
      g_string_append_printf (names, "%s%s", n > 0 ? ", " : "", ((LimnForeignGap *) foreign->gaps->pdata[n])->what);
    g_assert_cmpstr (foreign->program, ==, files[i].program);
    g_assert_cmpstr (names->str, ==, files[i].gaps);
  }
}

/* Easy Diffusion keeps each setting in a text of its own, and NovelAI the parts of them. */
static void
test_many_texts (void)
{
  g_autoptr (GHashTable) text = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (LimnForeign) foreign = NULL;
  GError *error = NULL;

  g_hash_table_insert (text, "prompt", "a cup");
  g_hash_table_insert (text, "negative_prompt", "dust");
  g_hash_table_insert (text, "seed", "5");
  g_hash_table_insert (text, "num_inference_steps", "25");
  g_hash_table_insert (text, "guidance_scale", "7.5");
  g_hash_table_insert (text, "width", "768");
  g_hash_table_insert (text, "height", "512");
  foreign = limn_foreign_read (text, limn_test_models, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (foreign->program, ==, "Easy Diffusion");
  assert_all (foreign, "a cup", "dust", 768, 512, 25, 7.5, 5);
}

/* Limn chooses between words in braces, which other programs do not. */
static void
test_choices (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read ("a {red|blue} __cup__\nSteps: 20, Seed: 1");

  g_assert_cmpstr (values_of (foreign)->prompt, ==, "a \\{red|blue} \\__cup__");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-cases/webui-weights", test_webui_weights);
  g_test_add_func ("/foreign-cases/editing", test_editing);
  g_test_add_func ("/foreign-cases/sdcpp", test_sdcpp);
  g_test_add_func ("/foreign-cases/templates", test_templates);
  g_test_add_func ("/foreign-cases/hashes", test_hashes);
  g_test_add_func ("/foreign-cases/civitai", test_civitai);
  g_test_add_func ("/foreign-cases/no-settings", test_no_settings);
  g_test_add_func ("/foreign-cases/exif", test_exif);
  g_test_add_func ("/foreign-cases/boxes", test_boxes);
  g_test_add_func ("/foreign-cases/seventy", test_seventy);
  g_test_add_func ("/foreign-cases/novelai", test_novelai);
  g_test_add_func ("/foreign-cases/novelai-4", test_novelai_4);
  g_test_add_func ("/foreign-cases/swarm", test_swarm);
  g_test_add_func ("/foreign-cases/swarm-refiner", test_swarm_refiner);
  g_test_add_func ("/foreign-cases/fooocus-gaps", test_fooocus_gaps);
  g_test_add_func ("/foreign-cases/fooocus-mre", test_fooocus_mre);
  g_test_add_func ("/foreign-cases/easy-diffusion", test_easy_diffusion);
  g_test_add_func ("/foreign-cases/draw-things", test_draw_things);
  g_test_add_func ("/foreign-cases/invoke-2", test_invoke_2);
  g_test_add_func ("/foreign-cases/invoke-graph", test_invoke_graph);
  g_test_add_func ("/foreign-cases/unknown-refiner", test_unknown_refiner);
  g_test_add_func ("/foreign-cases/defaults", test_defaults);
  g_test_add_func ("/foreign-cases/many-texts", test_many_texts);
  g_test_add_func ("/foreign-cases/choices", test_choices);
  return g_test_run ();
}
