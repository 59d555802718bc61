/* test-foreign-like.c - pictures of other programs restored: the settings, whom they are painted as, and what remains
 * that a new one will have otherwise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "fake-engine.h"
#include "foreign-fixture.h"

/* As each program documents its text; MODEL is one that is known by its name. */
#define MODEL "sd_xl_base_1.0"
#define WEBUI(settings)                                                                                                \
  "a lighthouse\nNegative prompt: fog\nSteps: 28, " settings ", CFG scale: 6, Seed: 42, Size: 832x1216, Model: " MODEL
#define COMFY(sampler, schedule, more)                                                                                 \
  "{\"4\":{\"class_type\":\"CheckpointLoaderSimple\",\"inputs\":{\"ckpt_name\":\"" MODEL ".safetensors\"}},"           \
  "\"5\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":832,\"height\":1216,\"batch_size\":1}},"           \
  "\"6\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"a lighthouse\",\"clip\":[\"4\",1]}},"               \
  "\"7\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"fog\",\"clip\":[\"4\",1]}},"                        \
  "\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":42,\"steps\":28,\"cfg\":6,\"sampler_name\":\"" sampler      \
  "\",\"scheduler\":\"" schedule "\",\"denoise\":" more ",\"model\":[\"4\",0],\"positive\":[\"6\",0],"                 \
  "\"negative\":[\"7\",0],\"latent_image\":[\"5\",0]}},"                                                               \
  "\"8\":{\"class_type\":\"VAEDecode\",\"inputs\":{\"samples\":[\"3\",0],\"vae\":[\"4\",2]}},"                         \
  "\"9\":{\"class_type\":\"SaveImage\",\"inputs\":{\"filename_prefix\":\"x\",\"images\":[\"8\",0]}}}"
#define SWARM(sampler, schedule)                                                                                       \
  "{\"sui_image_params\": {\"prompt\": \"a lighthouse\", \"negativeprompt\": \"fog\", \"model\": \"" MODEL             \
  "\", \"seed\": 42, \"steps\": 28, \"cfgscale\": 6, \"width\": 832, \"height\": 1216, \"sampler\": \"" sampler        \
  "\", \"scheduler\": \"" schedule "\"}}"
#define INVOKE(scheduler, device)                                                                                      \
  "{\"app_version\": \"6.0.2\", \"generation_mode\": \"sdxl_txt2img\", \"positive_prompt\": \"a lighthouse\", "        \
  "\"negative_prompt\": \"fog\", \"width\": 832, \"height\": 1216, \"seed\": 42, \"rand_device\": \"" device           \
  "\", \"cfg_scale\": 6, \"steps\": 28, \"scheduler\": \"" scheduler "\", \"model\": {\"name\": \"" MODEL "\"}}"
#define FOOOCUS(sampler)                                                                                               \
  "{\"prompt\": \"a lighthouse\", \"negative_prompt\": \"fog\", \"steps\": 28, \"guidance_scale\": 6, \"seed\": 42, "  \
  "\"resolution\": \"(832, 1216)\", \"sampler\": \"" sampler "\", \"scheduler\": \"karras\", \"base_model\": \"" MODEL \
  "\"}"
#define DRAW_THINGS(sampler)                                                                                           \
  "{\"c\": \"a lighthouse\", \"uc\": \"fog\", \"steps\": 28, \"scale\": 6, \"seed\": 42, \"size\": \"832x1216\", "     \
  "\"sampler\": \"" sampler "\", \"model\": \"" MODEL ".ckpt\"}"

typedef struct {
  const char *program, *text;
  const char *like;
  LimnNoise noise;
  const char *sampler, *schedule;
  const char *gaps; /* the names of what remains, in their order */
} Case;

static const Case cases[] = {
  { "Stable Diffusion web UI", WEBUI ("Sampler: DPM++ 2M Karras, RNG: CPU, Version: v1.8.0"), "webui_cpu",
    LIMN_NOISE_CPU, "dpmpp_2m", "karras_full", "" },
  { "Stable Diffusion web UI", WEBUI ("Sampler: Euler a, RNG: CPU, Version: v1.10.1"), "webui_cpu", LIMN_NOISE_CPU,
    "euler_ancestral", "normal", "" },
  { "Stable Diffusion web UI", WEBUI ("Sampler: Euler a, Schedule type: Automatic, RNG: NV, Version: v1.10.1"), "webui",
    LIMN_NOISE_PHILOX, "euler_ancestral", "normal", "" },
  { "Stable Diffusion web UI", WEBUI ("Sampler: DPM++ 3M SDE, Schedule type: Exponential, RNG: NV, Version: v1.10.1"),
    "webui", LIMN_NOISE_PHILOX, "dpmpp_3m_sde", "exponential", "" },
  { "Stable Diffusion web UI", WEBUI ("Sampler: DPM++ 2M SDE, Schedule type: Automatic, RNG: CPU, Version: v1.10.1"),
    "webui_cpu", LIMN_NOISE_CPU, "dpmpp_2m_sde", "exponential", "" },
  { "Stable Diffusion web UI", WEBUI ("Sampler: DPM++ SDE, Schedule type: Beta, RNG: CPU, Version: v1.10.1"),
    "webui_cpu", LIMN_NOISE_CPU, "dpmpp_sde", "beta_webui", "" },
  { "Stable Diffusion web UI", WEBUI ("Sampler: DPM2 a, Schedule type: KL Optimal, RNG: NV, Version: v1.10.1"), "webui",
    LIMN_NOISE_PHILOX, "dpm_2_ancestral", "kl_optimal_webui", "Schedule" },
  { "Stable Diffusion web UI", WEBUI ("Sampler: Euler, Version: v1.10.1"), "webui", LIMN_NOISE_PHILOX, "euler",
    "normal", "Noise" }, /* whose card? */
  { "Stable Diffusion web UI", WEBUI ("Sampler: UniPC, RNG: CPU, Version: v1.10.1"), "webui_cpu", LIMN_NOISE_CPU,
    "uni_pc", "normal", "Sampler" },
  { "Forge", WEBUI ("Sampler: DPM++ 2M SDE, Schedule type: Karras, RNG: CPU, Version: f2.0.1v1.10.1"), "webui_cpu",
    LIMN_NOISE_CPU, "dpmpp_2m_sde", "karras_full", "" },
  { "Forge", WEBUI ("Sampler: LCM, Schedule type: SGM Uniform, RNG: NV, Version: f2.0.1v1.10.1"), "webui",
    LIMN_NOISE_PHILOX, "lcm", "sgm_uniform", "" },
  { "Forge", WEBUI ("Sampler: Euler a, Schedule type: Align Your Steps, RNG: NV, Version: f2.0.1v1.10.1"), "webui",
    LIMN_NOISE_PHILOX, "euler_ancestral", "ays_webui", "" },
  { "ComfyUI", COMFY ("euler_ancestral", "normal", "1"), "comfyui", LIMN_NOISE_CPU, "euler_ancestral", "normal",
    "Paint as" },
  { "ComfyUI", COMFY ("dpmpp_2m_sde", "karras", "1"), "comfyui", LIMN_NOISE_CPU, "dpmpp_2m_sde", "karras_full", "" },
  { "ComfyUI", COMFY ("dpmpp_2m_sde_heun", "karras", "1"), "comfyui", LIMN_NOISE_CPU, "dpmpp_2m_sde_heun",
    "karras_full", "" },
  { "ComfyUI", COMFY ("dpmpp_2m_sde_gpu", "exponential", "1"), "comfyui_gpu", LIMN_NOISE_CPU, "dpmpp_2m_sde",
    "exponential", "Paint as" },
  { "ComfyUI", COMFY ("lcm", "sgm_uniform", "1"), "comfyui", LIMN_NOISE_CPU, "lcm", "sgm_uniform", "Paint as" },
  { "ComfyUI", COMFY ("uni_pc_bh2", "beta", "1"), "comfyui", LIMN_NOISE_CPU, "uni_pc_bh2", "beta", "" },
  { "ComfyUI", COMFY ("dpm_fast", "karras", "1"), "comfyui", LIMN_NOISE_CPU, "dpm_fast", "karras_full", "Paint as" },
  { "Forge", WEBUI ("Sampler: DPM fast, Schedule type: Automatic, RNG: CPU, Version: f2.0.1v1.10.1"), "webui_cpu",
    LIMN_NOISE_CPU, "dpm_fast", "normal", "" },
  { "ComfyUI", COMFY ("dpm_adaptive", "karras", "1"), "comfyui", LIMN_NOISE_CPU, "euler", "karras_full", "Sampler" },
  { "SwarmUI", SWARM ("dpmpp_3m_sde", "kl_optimal"), "comfyui", LIMN_NOISE_CPU, "dpmpp_3m_sde", "kl_optimal", "" },
  { "SwarmUI", SWARM ("dpmpp_sde_gpu", "karras"), "comfyui_gpu", LIMN_NOISE_CPU, "dpmpp_sde", "karras_full",
    "Paint as" },
  { "InvokeAI", INVOKE ("euler_a", "cpu"), "invokeai", LIMN_NOISE_CPU, "euler_ancestral", "leading", "" },
  { "InvokeAI", INVOKE ("dpmpp_2m_k", "cpu"), "invokeai", LIMN_NOISE_CPU, "dpmpp_2m", "karras", "" },
  { "InvokeAI", INVOKE ("dpmpp_sde_k", "cuda"), "invokeai", LIMN_NOISE_PHILOX, "dpmpp_sde", "karras", "Sampler" },
  { "InvokeAI", INVOKE ("kdpm_2_a_k", "cpu"), "invokeai", LIMN_NOISE_CPU, "dpm_2_ancestral", "karras", "Sampler" },
  { "InvokeAI", INVOKE ("kdpm_2", "cpu"), "invokeai", LIMN_NOISE_CPU, "dpm_2", "leading", "Sampler" },
  { "Fooocus", FOOOCUS ("euler"), "comfyui", LIMN_NOISE_CPU, "euler", "karras_full", "" },
  { "Fooocus", FOOOCUS ("dpmpp_2m_sde_gpu"), "comfyui_gpu", LIMN_NOISE_CPU, "dpmpp_2m_sde", "karras_full", "Sampler" },
  { "Draw Things", DRAW_THINGS ("Euler Ancestral"), "limn", LIMN_NOISE_CPU, "euler_ancestral", "model",
    "Sampler, Schedule, Noise" },
};

static void
test_case (gconstpointer data)
{
  const Case *wanted = data;
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (wanted->text);
  g_autoptr (LimnSettings) present = limn_settings_new ();
  const LimnSettingsValues *values = limn_settings_values (present);
  g_autoptr (GString) gaps = g_string_new (NULL);

  g_object_set (present, "like", "diffusers", "variation", 0.5, "seed-width", 512, "noise-delta", 3, NULL);
  limn_foreign_apply (foreign, present);
  g_assert_cmpstr (foreign->program, ==, wanted->program);
  g_assert_cmpstr (values->prompt, ==, "a lighthouse");
  g_assert_cmpstr (values->negative, ==, "fog");
  g_assert_cmpint (values->steps, ==, 28);
  g_assert_cmpfloat (values->guidance, ==, 6);
  g_assert_cmpuint (values->seed, ==, 42);
  g_assert_cmpint (values->width, ==, 832);
  g_assert_cmpint (values->height, ==, 1216);
  g_assert_cmpstr (values->model, ==, limn_test_models[0]);
  g_assert_cmpstr (values->sampler, ==, wanted->sampler);
  g_assert_cmpstr (values->schedule, ==, wanted->schedule);
  g_assert_cmpstr (values->like, ==, wanted->like);
  g_assert_cmpint (values->noise_source, ==, wanted->noise);
  g_assert_cmpfloat (values->variation, ==, 0); /* the present ones were none of the picture's */
  g_assert_cmpint (values->seed_width, ==, 0);
  g_assert_cmpint (values->noise_delta, ==, 0);
  for (guint i = 0; i < foreign->gaps->len; i++)
    g_string_append_printf (gaps, "%s%s", i > 0 ? ", " : "", ((LimnForeignGap *) foreign->gaps->pdata[i])->what);
  g_assert_cmpstr (gaps->str, ==, wanted->gaps);
}

/* A second seed, another size's noise and a shifted seed of the steps' are settings, not differences. */
static void
test_variation (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (WEBUI (
      "Sampler: Euler a, RNG: NV, Variation seed: 18446744073709551615, Variation seed strength: 0.35, Seed resize "
      "from: 512x768, ENSD: 31337, Version: v1.10.1"));
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);

  g_assert_cmpuint (values->variation_seed, ==, G_MAXUINT64);
  g_assert_cmpfloat (values->variation, ==, 0.35);
  g_assert_cmpint (values->seed_width, ==, 512);
  g_assert_cmpint (values->seed_height, ==, 768);
  g_assert_cmpint (values->noise_delta, ==, 31337);
  g_assert_cmpint (foreign->gaps->len, ==, 0);
}

/* ComfyUI's files say how many pictures one draw was for, and not which of them they are. */
static void
test_batch (void)
{
  g_autofree char *text = g_strdup (COMFY ("euler", "normal", "1"));
  g_autoptr (LimnForeign) foreign = NULL;
  const LimnSettingsValues *values;
  char *size = strstr (text, "\"batch_size\":1");

  size[strlen ("\"batch_size\":")] = '4';
  foreign = limn_test_foreign_read (text);
  values = limn_settings_values (foreign->settings);
  g_assert_cmpint (values->noise_batch, ==, 4);
  g_assert_cmpint (values->noise_index, ==, 0);
  g_assert_cmpint (foreign->gaps->len, ==, 1);
  g_assert_cmpstr (((LimnForeignGap *) foreign->gaps->pdata[0])->what, ==, "Place in the batch");
}

/* A node that repeats latents draws for all of them. */
static void
test_repeated (void)
{
  const char *whole = COMFY ("euler", "normal", "1"), *link = "\"latent_image\":[\"5\",0]";
  const char *at = strstr (whole, link);
  g_autofree char *text = g_strdup_printf (
      "{\"10\":{\"class_type\":\"RepeatLatentBatch\",\"inputs\":{\"amount\":3,\"samples\":[\"5\",0]}},%.*s"
      "\"latent_image\":[\"10\",0]%s",
      (int) (at - whole - 1), whole + 1, at + strlen (link));
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);

  g_assert_cmpint (limn_settings_values (foreign->settings)->noise_batch, ==, 3);
  g_assert_cmpint (limn_settings_values (foreign->settings)->width, ==, 832);
}

/* A node that takes one of a batch says which, before the steps, whose noise is its own then, and after. */
static void
test_picked (void)
{
  static const char *const samplers[] = { COMFY ("euler", "normal", "1"), COMFY ("dpmpp_2m_sde", "karras", "1") };
  static const char *const links[] = { "\"latent_image\":[\"5\",0]", "\"samples\":[\"3\",0]" };
  static const char *const picks[] = { "\"latent_image\":[\"10\",0]", "\"samples\":[\"10\",0]" };

  for (guint noisy = 0; noisy < 2; noisy++)
    for (guint after = 0; after < 2; after++)
      for (int length = 1; length < 3; length++) {
        const char *at = strstr (samplers[noisy], links[after]);
        g_autofree char *whole = g_strdup_printf ("{\"10\":{\"class_type\":\"LatentFromBatch\",\"inputs\":{\"batch_"
                                                  "index\":2,\"length\":%d,\"samples\":[\"%d\",0]}},"
                                                  "%.*s%s%s",
                                                  length, after ? 3 : 5, (int) (at - samplers[noisy] - 1),
                                                  samplers[noisy] + 1, picks[after], at + strlen (links[after]));
        g_autoptr (LimnForeign) foreign = NULL;
        const LimnSettingsValues *values;

        strstr (whole, "\"batch_size\":1")[strlen ("\"batch_size\":")] = '4';
        foreign = limn_test_foreign_read (whole);
        values = limn_settings_values (foreign->settings);
        g_assert_cmpint (values->noise_batch, ==, 4);
        g_assert_cmpint (values->noise_index, ==, length == 1 ? 2 : 0);
        g_assert_true ((limn_test_foreign_gap (foreign, "Place in the batch") == NULL) == (length == 1));
        g_assert_true ((limn_test_foreign_gap (foreign, "Noise") != NULL) == (noisy && !after && length == 1));
      }
}

/* DPM fast is without noise on ComfyUI, and with all of it in the web UI. */
static void
test_fast (void)
{
  g_autoptr (LimnForeign) comfy = limn_test_foreign_read (COMFY ("dpm_fast", "karras", "1"));
  g_autoptr (LimnForeign) webui = limn_test_foreign_read (WEBUI ("Sampler: DPM fast, RNG: NV, Version: v1.10.1"));

  g_assert_cmpfloat (limn_settings_values (comfy->settings)->eta, ==, 0);
  g_assert_cmpfloat (limn_settings_values (webui->settings)->eta, ==, 1);
}

/* The web UI's scripts, of which a picture keeps what they were told. */
static void
test_scripts (void)
{
  static const char *const texts[] = {
    WEBUI ("Sampler: Euler, RNG: NV, Script: X/Y/Z plot, X Type: Steps, X Values: \"10,20,30\", Y Type: CFG Scale, Y "
           "Values: \"4-8 [3]\", Fixed Y Values: \"4, 6, 8\", Version: v1.10.1"),
    WEBUI ("Sampler: Euler, RNG: NV, Script: Prompt matrix, Version: v1.10.1"),
    WEBUI ("Sampler: Euler, RNG: NV, Script: Prompts from file or textbox, Version: v1.10.1"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (texts[i]);

    g_assert_cmpint (foreign->gaps->len, ==, 1);
    g_assert_cmpstr (((LimnForeignGap *) foreign->gaps->pdata[0])->what, ==, "Script");
  }
}

/* What Limn writes of all this, it reads, in both of its texts. */
static void
test_own (void)
{
  static const char *const texts[] = {
    "a lighthouse\nSteps: 28, Sampler: Euler a, CFG scale: 6, Seed: 42, Size: 832x1216, Variation seed: 7, Variation "
    "seed "
    "strength: 0.25, Seed resize from: 512x768, Like: webui, ENSD: 31337, RNG: CPU, Version: Limn 0.1.0",
    "{\"limn\": \"0.1.0\", \"prompt\": \"a lighthouse\", \"like\": \"webui\", \"noise\": \"cpu\", \"noise_delta\": "
    "31337, "
    "\"variation_seed\": 7, \"variation\": 0.25, \"seed_width\": 512, \"seed_height\": 768}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (texts[i]);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);

    g_assert_cmpstr (values->like, ==, "webui");
    g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_CPU);
    g_assert_cmpuint (values->variation_seed, ==, 7);
    g_assert_cmpfloat (values->variation, ==, 0.25);
    g_assert_cmpint (values->seed_width, ==, 512);
    g_assert_cmpint (values->seed_height, ==, 768);
    g_assert_cmpint (values->noise_delta, ==, 31337);
    g_assert_cmpint (foreign->gaps->len, ==, 0);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/foreign-like/%02u-%s", i, cases[i].like);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/foreign-like/variation", test_variation);
  g_test_add_func ("/foreign-like/own", test_own);
  g_test_add_func ("/foreign-like/batch", test_batch);
  g_test_add_func ("/foreign-like/repeated", test_repeated);
  g_test_add_func ("/foreign-like/picked", test_picked);
  g_test_add_func ("/foreign-like/fast", test_fast);
  g_test_add_func ("/foreign-like/scripts", test_scripts);
  return g_test_run ();
}
