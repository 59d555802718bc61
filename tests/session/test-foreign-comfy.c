/* test-foreign-comfy.c - graphs of ComfyUI, as its files have them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "fake-engine.h"
#include "foreign-fixture.h"

static const LimnSettingsValues *
values_of (LimnForeign *foreign)
{
  return limn_settings_values (foreign->settings);
}

/* ---- Beside and around the graph ---- */

static const char without_prompt[] =
    "{\"1\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"2\",0]}},\"2\":{\"class_type\":\"KSampler\","
    "\"inputs\":"
    "{\"seed\":5,\"steps\":20,\"cfg\":7,\"sampler_name\":\"euler\",\"scheduler\":\"karras\",\"denoise\":1}}}";

static void
test_text_beside (void)
{
  g_autoptr (GHashTable) text = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (LimnForeign) graph = NULL;
  g_autoptr (LimnForeign) both = NULL;

  g_hash_table_insert (text, "prompt", (char *) without_prompt);
  graph = limn_foreign_read (text, NULL, NULL);
  g_assert_cmpint (graph->kind, ==, LIMN_FOREIGN_COMFY);
  g_assert_cmpuint (values_of (graph)->seed, ==, 5);
  g_hash_table_insert (text, "parameters", "a boat\nSteps: 30, Sampler: Euler, CFG scale: 3, Seed: 8, Size: 512x512");
  both = limn_foreign_read (text, NULL, NULL);
  g_assert_cmpint (both->kind, ==, LIMN_FOREIGN_PARAMETERS);
  g_assert_cmpstr (values_of (both)->prompt, ==, "a boat");
}

static void
test_own_size (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (without_prompt);

  g_assert_nonnull (limn_test_foreign_gap (foreign, "Size"));
  limn_foreign_compare_size (foreign, 832, 1216);
  g_assert_cmpint (values_of (foreign)->width, ==, 832);
  g_assert_cmpint (values_of (foreign)->height, ==, 1216);
  g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "Size"), "832 × 1216"));
}

/* ---- Prompts of parts ---- */

#define AREA_GRAPH(combined)                                                                                           \
  "{\"1\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"2\",0]}},\"2\":{\"class_type\":\"VAEDecode\","       \
  "\"inputs\":{"                                                                                                       \
  "\"samples\":[\"3\",0]}},\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":5,\"steps\":20,\"cfg\":7,"          \
  "\"sampler_name\":\"euler\",\"scheduler\":\"karras\",\"denoise\":1,\"positive\":[\"4\",0],\"negative\":[\"9\",0],"   \
  "\"latent_image\":[\"10\",0]}},\"4\":{\"class_type\":\"ConditioningCombine\",\"inputs\":{" combined "}},"            \
  "\"5\":{\"class_type\":\"ConditioningSetArea\",\"inputs\":{\"conditioning\":[\"6\",0],\"width\":512,\"height\":256," \
  "\"x\":0,\"y\":256,\"strength\":0.8}},\"6\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"a red "        \
  "cube\"}},"                                                                                                          \
  "\"7\":{\"class_type\":\"ConditioningSetAreaPercentage\",\"inputs\":{\"conditioning\":[\"8\",0],\"width\":0.5,"      \
  "\"height\":1,\"x\":0.5,\"y\":0,\"strength\":1}},\"8\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{"              \
  "\"text\":\"a blue sphere\"}},\"9\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"bad\"}},"              \
  "\"10\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":1024,\"height\":512,\"batch_size\":1}},"          \
  "\"11\":{\"class_type\":\"ConditioningCombine\",\"inputs\":{\"conditioning_1\":[\"5\",0],\"conditioning_2\":[\"7\"," \
  "0]}},"                                                                                                              \
  "\"12\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"on grass\"}}}"

static void
test_areas (void)
{
  g_autoptr (LimnForeign) alone =
      limn_test_foreign_read (AREA_GRAPH ("\"conditioning_1\":[\"5\",0],\"conditioning_2\":[\"7\",0]"));
  g_autoptr (LimnForeign) beside =
      limn_test_foreign_read (AREA_GRAPH ("\"conditioning_1\":[\"12\",0],\"conditioning_2\":[\"11\",0]"));

  for (int i = 0; i < 2; i++) {
    LimnForeign *foreign = i == 0 ? alone : beside;

    g_assert_cmpstr (values_of (foreign)->regions, ==,
                     "0,0.5,0.5,0.5 weight=0.8: a red cube\n0.5,0,0.5,1: a blue sphere");
    g_assert_cmpfloat (values_of (foreign)->regions_base, ==, i == 0 ? 0 : 0.5);
    g_assert_cmpstr (values_of (foreign)->prompt, ==, i == 0 ? "" : "on grass");
    g_assert_cmpstr (values_of (foreign)->negative, ==, "bad");
    g_assert_nonnull (limn_test_foreign_gap (foreign, "Regions"));
  }
}

/* ---- Files that people reported ---- */

/* What each of them is about; the rest is the same in all. */
typedef struct {
  const char *file, *prompt;
  int steps;
  double guidance;
  const char *gap, *reason; /* NULL: nothing but the schedule is missed */
} Case;

static const Case cases[] = {
  { "comfy-string-concat.json", "a lighthouse on a cliff, evening light", 25, 6.5, NULL, NULL },
  { "comfy-text-concat.json", "a lighthouse on a cliff, evening light", 25, 6.5, NULL, NULL },
  { "comfy-power-prompt.json", "a lighthouse on a cliff", 25, 6.5, NULL, NULL },
  { "comfy-custom-sampler.json", "a lighthouse on a cliff", 25, 6.5, NULL, NULL },
  { "comfy-control-saved-first.json", "a lighthouse on a cliff", 25, 6.5, NULL, NULL },
  { "comfy-nested-weights.json", "a (red (blue:1.3) cube:1.5) and (word: 1.2)", 25, 6.5, NULL, NULL },
  { "comfy-img2img-denoise.json", "a lighthouse on a cliff", 50, 6.5, "Start picture", "another picture" },
  { "comfy-end-early.json", "a lighthouse on a cliff", 20, 7, "Steps", "ended after 12 of 20" },
  { "comfy-negative-cfg.json", "a lighthouse on a cliff", 25, 1, "Guidance", "-1" },
};

static void
test_case (gconstpointer data)
{
  const Case *wanted = data;
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case (wanted->file);
  const LimnSettingsValues *values = values_of (foreign);
  gboolean over_picture = g_strcmp0 (wanted->gap, "Start picture") == 0;

  g_assert_cmpstr (values->prompt, ==, wanted->prompt);
  g_assert_cmpstr (values->negative, ==, "blurry, text");
  g_assert_cmpint (values->steps, ==, wanted->steps);
  g_assert_cmpfloat (values->guidance, ==, wanted->guidance);
  g_assert_cmpstr (values->model, ==, limn_test_models[0]);
  if (over_picture)
    g_assert_cmpfloat (values->strength, ==, 0.5);
  else
    g_assert_true (values->width == 832 && values->height == 1216);
  if (wanted->gap != NULL)
    g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, wanted->gap), wanted->reason));
  g_assert_cmpint (foreign->gaps->len, ==, (wanted->gap != NULL) + over_picture); /* a picture's size is not known */
}

/* ---- Ways that programs' own nodes go ---- */

typedef struct {
  const char *file, *prompt, *negative;
  guint64 seed;
  int steps, n_gaps;
  const char *gap; /* the only one, or NULL */
} Detour;

static const Detour detours[] = {
  { "comfy-efficient.json", "a cat (x:1.2)", "bad", 5, 20, 0, NULL },
  { "comfy-efficient-refiner.json", "pos", "neg", 11, 30, 0, NULL },
  { "comfy-easy-pipe.json", "easy pos", "easy neg", 77, 20, 0, NULL },
  { "comfy-contexts.json", "ctx", "neg", 4242, 30, 0, NULL },
  { "comfy-conditioning-switch.json", "two", "neg", 1, 20, 0, NULL },
  { "comfy-wildcard-encode.json", "a red dog", "bad", 1, 20, 1, "LoRA" },
  { "comfy-random-words.json", "a {red|blue} (cat: 1.2)", "\\{x|y}", 1, 20, 1, "Prompt" },
  { "comfy-tiled-upscale.json", "hi", "neg", 1, 20, 1, "Upscaler" },
  { "comfy-web-ui-parser.json", "a (b:1.2) [c]", "n", 1, 20, 1, "Prompt weights" }, /* its syntax is Limn's own */
  { "comfy-random-line.json", "one, x\ny", "n", 1, 20, 1, "Prompt" },
  { "comfy-string-function.json", "one two", "n", 1, 20, 1, "Prompt" },
  { "comfy-tagger.json", "masterpiece", "n", 1, 20, 1, "Prompt" },
};

static void
test_detour (gconstpointer data)
{
  const Detour *wanted = data;
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case (wanted->file);
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (values->prompt, ==, wanted->prompt);
  g_assert_cmpstr (values->negative, ==, wanted->negative);
  g_assert_cmpuint (values->seed, ==, wanted->seed);
  g_assert_cmpint (values->steps, ==, wanted->steps);
  g_assert_cmpstr (values->model, ==, limn_test_models[0]);
  g_assert_cmpint (foreign->gaps->len, ==, wanted->n_gaps);
  if (wanted->gap != NULL)
    g_assert_nonnull (limn_test_foreign_gap (foreign, wanted->gap));
}

static void
test_own_refiner (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_case ("comfy-efficient-refiner.json");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_true (values->use_refiner);
  g_assert_cmpstr (values->refiner, ==, limn_test_models[1]);
  g_assert_cmpfloat (values->handoff, ==, 0.8);
  g_assert_cmpfloat (values->negative_aesthetic, ==, 2);
}

/* ---- Noise levels of one's own, and attention that is guided ---- */

/* All but the sampler, number 3. */
#define WORDS                                                                                                          \
  "{\"4\":{\"class_type\":\"CheckpointLoaderSimple\",\"inputs\":{\"ckpt_name\":\"sd_xl_base_1.0.safetensors\"}},"      \
  "\"5\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":832,\"height\":1216,\"batch_size\":1}},"           \
  "\"6\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"a lighthouse\",\"clip\":[\"4\",1]}},"               \
  "\"7\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"\",\"clip\":[\"4\",1]}},"                           \
  "\"8\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"fog\",\"clip\":[\"4\",1]}},"                        \
  "\"9\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"3\",0]}},"

static void
test_levels (void)
{
  static const char graph[] =
      WORDS "\"1\":{\"class_type\":\"KSamplerSelect\",\"inputs\":{\"sampler_name\":\"dpmpp_2m\"}},"
            "\"2\":{\"class_type\":\"ManualSigmas\",\"inputs\":{\"sigmas\":\"14.6, 6.3, 2.2, 0.5, 0.0\"}},"
            "\"3\":{\"class_type\":\"SamplerCustom\",\"inputs\":{\"add_noise\":true,\"noise_seed\":5,\"cfg\":8,"
            "\"model\":[\"4\",0],\"positive\":[\"6\",0],\"negative\":[\"8\",0],\"sampler\":[\"1\",0],"
            "\"sigmas\":[\"2\",0],\"latent_image\":[\"5\",0]}}}";
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (graph);
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (values->schedule, ==, "custom");
  g_assert_cmpstr (values->sigmas, ==, "14.6, 6.3, 2.2, 0.5, 0.0");
  g_assert_cmpint (values->steps, ==, 4);
  g_assert_cmpstr (values->sampler, ==, "dpmpp_2m");
  g_assert_cmpstr (values->negative, ==, "fog");
  g_assert_cmpuint (foreign->gaps->len, ==, 0);
}

/* Nodes that make levels by themselves: a schedule of that name where their numbers are the usual ones, else what their
 * formulas come to, in doubles. */
static void
test_level_nodes (void)
{
  static const struct {
    const char *node, *inputs, *schedule;
    double rho; /* of other levels; below 0: they are not known */
    gboolean karras;
  } nodes[] = {
    { "KarrasScheduler", "\"sigma_max\":14.614642,\"sigma_min\":0.0291675,\"rho\":7.0", "karras_full" },
    { "KarrasScheduler", "\"sigma_max\":14.614642,\"sigma_min\":0.0291675,\"rho\":3.0", "custom", 3, TRUE },
    { "ExponentialScheduler", "\"sigma_max\":14.614642,\"sigma_min\":0.0291675", "exponential" },
    { "PolyexponentialScheduler", "\"sigma_max\":14.614642,\"sigma_min\":0.0291675,\"rho\":1.0", "exponential" },
    { "PolyexponentialScheduler", "\"sigma_max\":14.614642,\"sigma_min\":0.0291675,\"rho\":2.5", "custom", 2.5 },
    { "PolyexponentialScheduler", "\"sigma_max\":0.01,\"sigma_min\":0.0291675,\"rho\":2.5", "model", -1 },
    { "BetaSamplingScheduler", "\"model\":[\"4\",0],\"alpha\":0.6,\"beta\":0.6", "beta" },
    { "BetaSamplingScheduler", "\"model\":[\"4\",0],\"alpha\":0.9,\"beta\":0.6", "model", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    g_autofree char *graph = g_strdup_printf (
        WORDS "\"1\":{\"class_type\":\"KSamplerSelect\",\"inputs\":{\"sampler_name\":\"dpmpp_2m\"}},"
              "\"2\":{\"class_type\":\"%s\",\"inputs\":{\"steps\":9,%s}},"
              "\"3\":{\"class_type\":\"SamplerCustom\",\"inputs\":{\"add_noise\":true,\"noise_seed\":5,\"cfg\":8,"
              "\"model\":[\"4\",0],\"positive\":[\"6\",0],\"negative\":[\"8\",0],\"sampler\":[\"1\",0],"
              "\"sigmas\":[\"2\",0],\"latent_image\":[\"5\",0]}}}",
        nodes[i].node, nodes[i].inputs);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (graph);
    const LimnSettingsValues *values = values_of (foreign);
    g_auto (GStrv) levels = g_strsplit (values->sigmas, " ", -1);

    g_assert_cmpstr (values->schedule, ==, nodes[i].schedule);
    g_assert_cmpint (values->steps, ==, 9);
    g_assert_true ((foreign->gaps->len == 0) == (nodes[i].rho >= 0));
    for (int step = 0; nodes[i].rho > 0 && step < 9; step++) {
      const double first = 14.614642, last = 0.0291675, rho = nodes[i].rho, along = step / 8.0;
      const double level = nodes[i].karras ? pow (pow (first, 1 / rho) * (1 - along) + pow (last, 1 / rho) * along, rho)
                                           : exp (log (last) + pow (1 - along, rho) * (log (first) - log (last)));

      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (levels[step], NULL), level, 1e-7 * level);
    }
  }
}

/* Without other guidance the negative prompt is attention's; with it there are two, and steps differ. */
static void
test_nag (void)
{
  static const char *const guidances[] = { "1", "5" };

  for (guint i = 0; i < G_N_ELEMENTS (guidances); i++) {
    g_autofree char *graph = g_strdup_printf (
        WORDS "\"3\":{\"class_type\":\"KSamplerWithNAG\",\"inputs\":{\"seed\":5,\"steps\":8,\"cfg\":%s,\"nag_scale\":5,"
              "\"nag_tau\":2.5,\"nag_alpha\":0.25,\"nag_sigma_end\":0.0,\"sampler_name\":\"euler\","
              "\"scheduler\":\"simple\",\"denoise\":1,\"model\":[\"4\",0],\"positive\":[\"6\",0],"
              "\"negative\":[\"7\",0],\"nag_negative\":[\"8\",0],\"latent_image\":[\"5\",0]}}}",
        guidances[i]);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (graph);
    const LimnSettingsValues *values = values_of (foreign);

    g_assert_cmpfloat (values->nag, ==, 5);
    g_assert_cmpfloat (values->nag_tau, ==, 2.5);
    g_assert_cmpfloat (values->nag_alpha, ==, 0.25);
    g_assert_cmpint (values->steps, ==, 8);
    g_assert_cmpstr (values->negative, ==, i == 0 ? "fog" : "");
    g_assert_cmpuint (foreign->gaps->len, ==, i);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-comfy/text-beside", test_text_beside);
  g_test_add_func ("/foreign-comfy/own-size", test_own_size);
  g_test_add_func ("/foreign-comfy/areas", test_areas);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/foreign-comfy/case/", cases[i].file, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  for (guint i = 0; i < G_N_ELEMENTS (detours); i++) {
    g_autofree char *path = g_strconcat ("/foreign-comfy/detour/", detours[i].file, NULL);

    g_test_add_data_func (path, &detours[i], test_detour);
  }
  g_test_add_func ("/foreign-comfy/own-refiner", test_own_refiner);
  g_test_add_func ("/foreign-comfy/levels", test_levels);
  g_test_add_func ("/foreign-comfy/level-nodes", test_level_nodes);
  g_test_add_func ("/foreign-comfy/nag", test_nag);
  return g_test_run ();
}
