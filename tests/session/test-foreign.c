/* test-foreign.c - settings of other programs, as their files have them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "fake-engine.h"
#include "session/foreign/foreign.h"

static const char *const models[] = {
  "/models/photo/SD_XL_base_1.0.safetensors",
  "/models/sd_xl_refiner_1.0.safetensors",
  "/models/diffusers-folder",
  NULL,
};

static LimnForeign *
read_text (const char *text)
{
  GError *error = NULL;
  LimnForeign *foreign = limn_foreign_read_string (text, models, &error);

  g_assert_no_error (error);
  g_assert_nonnull (foreign);
  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *gap = foreign->gaps->pdata[i];

    g_test_message ("%s: %s", gap->what, gap->why);
  }
  return foreign;
}

static const LimnSettingsValues *
values_of (LimnForeign *foreign)
{
  return limn_settings_values (foreign->settings);
}

/* The reason of the first gap of that name, or NULL. */
static const char *
gap (LimnForeign *foreign, const char *what)
{
  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *entry = foreign->gaps->pdata[i];

    if (g_str_equal (entry->what, what))
      return entry->why;
  }
  return NULL;
}

/* ---- "parameters" ---- */

static const char webui[] =
    "a (red:1.3) circle,\nabove a blue square <lora:crayon:0.7>\n"
    "Negative prompt: blurry,\nlow \"contrast\"\n"
    "Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4294967295, Size: 1216x832, "
    "Model hash: 31e35c80fc, Model: sd_xl_base_1.0, VAE hash: 235745af8d, VAE: sdxl_vae.safetensors, "
    "Denoising strength: 0.4, Clip skip: 3, RNG: CPU, ControlNet 0: \"Module: canny, Weight: 1, Resize: Crop\", "
    "Hires upscale: 2, Hires upscaler: 4x-UltraSharp, Lora hashes: \"crayon: abcdef\", Refiner: sd_xl_refiner_1.0 "
    "[7440042bbd], Refiner switch at: 0.7, Unheard of: 1, Version: v1.10.1";

static void
test_webui (void)
{
  g_autoptr (LimnForeign) foreign = read_text (webui);
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (foreign->program, ==, "Stable Diffusion web UI");
  g_assert_cmpstr (values->prompt, ==, "a (red:1.3) circle,\nabove a blue square");
  g_assert_cmpstr (values->negative, ==, "blurry,\nlow \"contrast\"");
  g_assert_cmpint (values->steps, ==, 25);
  g_assert_cmpfloat (values->guidance, ==, 6.5);
  g_assert_cmpuint (values->seed, ==, G_MAXUINT32);
  g_assert_false (values->new_seed);
  g_assert_cmpint (values->width, ==, 1216);
  g_assert_cmpint (values->height, ==, 832);
  g_assert_cmpstr (values->schedule, ==, "karras_full");
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_CPU);
  g_assert_cmpstr (values->model, ==, models[0]); /* whatever the letters' case */
  g_assert_cmpstr (values->refiner, ==, models[1]);
  g_assert_true (values->use_refiner);
  g_assert_cmpfloat (values->handoff, ==, 0.7);

  g_assert_cmpstr (values->sampler, ==, "dpmpp_2m");
  g_assert_null (gap (foreign, "Sampler"));
  g_assert_nonnull (strstr (gap (foreign, "Model"), "31e35c80fc"));
  g_assert_nonnull (strstr (gap (foreign, "Hires fix"), "4x-UltraSharp"));
  g_assert_nonnull (strstr (gap (foreign, "LoRA"), "crayon"));
  g_assert_nonnull (strstr (gap (foreign, "CLIP skip"), "3"));
  g_assert_nonnull (strstr (gap (foreign, "Other settings"), "Unheard of"));
  g_assert_nonnull (gap (foreign, "ControlNet"));
  g_assert_nonnull (gap (foreign, "VAE"));
  g_assert_null (gap (foreign, "Noise"));
  g_assert_null (gap (foreign, "Start picture")); /* the strength is that of the hires fix */
}

static void
test_webui_plain (void)
{
  g_autoptr (LimnForeign) foreign =
      read_text ("Steps: words\nof a prompt\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 1000x1001, "
                 "Model: nobodys-model, Denoising strength: 0.55");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (values->prompt, ==, "Steps: words\nof a prompt");
  g_assert_cmpstr (values->negative, ==, "");
  g_assert_cmpint (values->width, ==, 1000);
  g_assert_cmpint (values->height, ==, 1000);
  g_assert_cmpstr (values->schedule, ==, "model");               /* nothing says that it was the web UI */
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_PHILOX); /* what the web UI does unless told otherwise */
  g_assert_cmpfloat (values->strength, ==, 0.55);
  g_assert_cmpstr (values->model, ==, "");
  g_assert_nonnull (gap (foreign, "Noise"));
  g_assert_nonnull (gap (foreign, "Size"));
  g_assert_nonnull (gap (foreign, "Start picture"));
  g_assert_nonnull (strstr (gap (foreign, "Model"), "nobodys-model"));
  g_assert_null (gap (foreign, "Sampler"));
}

/* words of a negative prompt that look like settings are none */
static void
test_webui_negative (void)
{
  g_autoptr (LimnForeign) foreign = read_text ("a cup\nNegative prompt: fog, Steps: 3, Seed: 4\nSteps: 20, Seed: 5");
  g_autoptr (LimnForeign) alone = read_text ("a cup\nNegative prompt: fog, Steps: 3, Seed: 4, Size: 64x64");

  g_assert_cmpstr (values_of (foreign)->negative, ==, "fog, Steps: 3, Seed: 4");
  g_assert_cmpint (values_of (foreign)->steps, ==, 20);
  g_assert_cmpstr (values_of (alone)->negative, ==, "fog, Steps: 3, Seed: 4, Size: 64x64");
  g_assert_cmpint (alone->matched->len, ==, 2);
}

static void
test_own_parameters (void)
{
  g_autoptr (LimnForeign) foreign =
      read_text ("a cup\nSteps: 30, Sampler: Euler, Schedule type: Trailing, CFG scale: 5, Seed: 18446744073709551615, "
                 "Size: 64x64, "
                 "SDXL original size: 512x640, SDXL crop: 16/24, SDXL target size: 1024x768, SDXL negative original "
                 "size: 256x256, "
                 "SDXL negative crop: 0/0, SDXL negative target size: 1024x768, RNG: NV, Version: Limn 0.1.0");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (foreign->program, ==, "Limn");
  g_assert_cmpint (foreign->gaps->len, ==, 0);
  g_assert_cmpuint (values->seed, ==, G_MAXUINT64);
  g_assert_cmpstr (values->schedule, ==, "trailing");
  g_assert_cmpint (values->original_height, ==, 640);
  g_assert_cmpint (values->crop_left, ==, 16);
  g_assert_cmpint (values->crop_top, ==, 24);
  g_assert_true (values->separate_negative);
  g_assert_cmpint (values->negative_original_width, ==, 256);
}

static void
test_own_second_prompt (void)
{
  g_autoptr (LimnForeign) foreign = read_text (
      "a cup\nNegative prompt: dust\nSteps: 30, Sampler: Euler, CFG scale: 5, Seed: 1, Size: 64x64, Mask: yes, "
      "Prompt 2: \"oil, thick\", Branched at: 12, RNG: CPU, Version: Limn 0.1.0");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_true (values->separate_prompts);
  g_assert_cmpstr (values->prompt_2, ==, "oil, thick");
  g_assert_cmpstr (values->negative_2, ==, "dust");
  g_assert_nonnull (gap (foreign, "Mask"));
  g_assert_nonnull (gap (foreign, "Branch"));
}

/* ---- ComfyUI ---- */

#define NODE(id, kind, inputs) "\"" id "\":{\"class_type\":\"" kind "\",\"inputs\":{" inputs "}}"
#define LOADERS                                                                                                        \
  NODE ("4", "CheckpointLoaderSimple", "\"ckpt_name\":\"SDXL\\\\sd_xl_base_1.0.safetensors\"")                         \
  "," NODE ("5", "EmptyLatentImage", "\"width\":832,\"height\":1216,\"batch_size\":1") ","
#define ENCODERS                                                                                                       \
  NODE ("6", "CLIPTextEncodeSDXL",                                                                                     \
        "\"width\":4096,\"height\":3072,\"crop_w\":128,\"crop_h\":64,\"target_width\":1024,\"target_height\":1152,"    \
        "\"text_g\":\"a castle\",\"text_l\":\"oil, brush\",\"clip\":[\"4\",1]")                                        \
  "," NODE ("7", "CLIPTextEncode", "\"text\":\"grey\",\"clip\":[\"4\",1]") ","

static void
test_comfy_refiner (void)
{
  static const char
      text
          [] =
              "{" LOADERS ENCODERS NODE ("10", "KSamplerAdvanced",
                                         "\"add_noise\":\"enable\",\"noise_seed\":17446744073709551557,\"steps\":30,"
                                         "\"cfg\":7.5,"
                                         "\"sampler_name\":\"euler\",\"scheduler\":\"karras\",\"start_at_step\":0,"
                                         "\"end_at_step\":24,\"return_with_leftover_noise\":\"enable\",\"model\":["
                                         "\"4\",0],"
                                         "\"positive\":[\"6\",0],\"negative\":[\"7\",0],\"latent_image\":[\"5\",0]") "," NODE ("11",
                                                                                                                               "KSamplerAd"
                                                                                                                               "vanced",
                                                                                                                               "\"add_"
                                                                                                                               "noise\":"
                                                                                                                               "\"disable"
                                                                                                                               "\","
                                                                                                                               "\"noise_"
                                                                                                                               "seed\":0,"
                                                                                                                               "\"steps\":"
                                                                                                                               "30,"
                                                                                                                               "\"cfg\":7."
                                                                                                                               "5,"
                                                                                                                               "\"sampler_"
                                                                                                                               "name\":"
                                                                                                                               "\"euler\","
                                                                                                                               "\"schedule"
                                                                                                                               "r\":"
                                                                                                                               "\"karras\""
                                                                                                                               ",\"start_"
                                                                                                                               "at_step\":"
                                                                                                                               "24,\"end_"
                                                                                                                               "at_step\":"
                                                                                                                               "10000,"
                                                                                                                               "\"model\":"
                                                                                                                               "[\"12\",0]"
                                                                                                                               ","
                                                                                                                               "\"positive"
                                                                                                                               "\":["
                                                                                                                               "\"15\",0],"
                                                                                                                               "\"negative"
                                                                                                                               "\":["
                                                                                                                               "\"16\",0],"
                                                                                                                               "\"latent_"
                                                                                                                               "image\":["
                                                                                                                               "\"10\",0]") "," NODE ("12",
                                                                                                                                                      "CheckpointLoaderSimple", "\"ckpt_name\":\"sd_xl_refiner_1.0.safetensors\"") "," NODE ("15",
                                                                                                                                                                                                                                             "CLIPTextEncodeSDXLRefiner", "\"ascore\":6.5,\"text\":\"a castle\",\"clip\":[\"12\",1]") "," NODE ("16", "CLIPTextEncodeSDXLRefiner", "\"ascore\":2,\"text\":\"grey\",\"clip\":[\"12\",1]") "," NODE ("17",
                                                                                                                                                                                                                                                                                                                                                                                                                                                   "VAEDecode",
                                                                                                                                                                                                                                                                                                                                                                                                                                                   "\"samples\":[\"11\",0],\"vae\":[\"4\",2]") "," NODE ("19",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "SaveImage",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "\"filename_prefix\":\"x\",\"is_changed\":[NaN],\"images\":[\"17\",0]") "}";
  g_autoptr (LimnForeign) foreign = read_text (text);
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (foreign->program, ==, "ComfyUI");
  g_assert_cmpstr (values->prompt, ==, "oil, brush");
  g_assert_cmpstr (values->prompt_2, ==, "a castle");
  g_assert_cmpstr (values->negative_2, ==, "grey");
  g_assert_true (values->separate_prompts);
  g_assert_cmpuint (values->seed, ==, G_GUINT64_CONSTANT (17446744073709551557)); /* beyond a double's and gint64's */
  g_assert_cmpint (values->steps, ==, 30);
  g_assert_cmpint (values->width, ==, 832);
  g_assert_cmpint (values->height, ==, 1216);
  g_assert_cmpstr (values->schedule, ==, "karras_full");
  g_assert_cmpint (values->original_width, ==, 4096);
  g_assert_cmpint (values->original_height, ==, 3072);
  g_assert_cmpint (values->crop_left, ==, 128);
  g_assert_cmpint (values->crop_top, ==, 64);
  g_assert_cmpint (values->target_height, ==, 1152);
  g_assert_cmpstr (values->model, ==, models[0]);
  g_assert_cmpstr (values->refiner, ==, models[1]);
  g_assert_true (values->use_refiner);
  g_assert_cmpfloat_with_epsilon (values->handoff, 0.8, 1e-9);
  g_assert_cmpfloat (values->aesthetic, ==, 6.5);
  g_assert_cmpfloat (values->negative_aesthetic, ==, 2);
  g_assert_nonnull (gap (foreign, "Hand-off")); /* the schedule takes the noise away unevenly */
  g_assert_cmpint (foreign->gaps->len, ==, 1);
}

static void
test_comfy_detours (void)
{
  static const char text[] =
      "{\"prompt\":{" LOADERS NODE ("6", "CLIPTextEncode", "\"text\":[\"60\",0],\"clip\":[\"61\",0]") "," NODE (
          "60",
          "StringConstant", "\"string\":\"from a node\"") "," NODE ("61", "CLIPSetLastLayer",
                                                                    "\"stop_at_clip_layer\":-1,\"clip\":[\"8\",1]") "," NODE ("7",
                                                                                                                              "CLIPTextEncode", "\"text\":\"\",\"clip\":[\"8\",1]") "," NODE ("8",
                                                                                                                                                                                              "LoraLoader",
                                                                                                                                                                                              "\"lora_name\":\"ink.safetensors\",\"strength_model\":0.6,\"strength_clip\":1,"
                                                                                                                                                                                              "\"model\":[\"4\",0],\"clip\":[\"4\",1]") "," NODE ("9", "ControlNetApplyAdvanced", "\"positive\":[\"6\",0],\"negative\":[\"7\",0],\"strength\":1") "," NODE ("30",
                                                                                                                                                                                                                                                                                                                                                            "KSampler",
                                                                                                                                                                                                                                                                                                                                                            "\"seed\":[\"31\",0],\"steps\":12,\"cfg\":4,\"sampler_name\":\"dpm_adaptive\","
                                                                                                                                                                                                                                                                                                                                                            "\"scheduler\":\"laplace\",\"denoise\":1,\"model\":[\"8\",0],\"positive\":[\"9\",0],"
                                                                                                                                                                                                                                                                                                                                                            "\"negative\":[\"9\",1],\"latent_image\":[\"5\",0]") "," NODE ("31",
                                                                                                                                                                                                                                                                                                                                                                                                                           "Seed (rgthree)", "\"seed\":99") "," NODE ("32",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "LatentUpscaleBy",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "\"samples\":[\"30\",0],\"scale_by\":1.5") "," NODE ("33",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "KSampler",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "\"seed\":5,\"steps\":6,\"cfg\":4,\"sampler_name\":\"euler\",\"scheduler\":\"normal\","
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "\"denoise\":0.5,\"model\":[\"8\",0],\"positive\":[\"9\",0],\"negative\":[\"9\",1],"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "\"latent_image\":[\"32\",0]") "," NODE ("34", "VAEDecode", "\"samples\":[\"33\",0],\"vae\":[\"35\",0]") "," NODE ("35", "VAELoader", "\"vae_name\":\"fixed.safetensors\"") "," NODE ("36",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "PreviewImage", "\"images\":[\"34\",0]") "}}";
  g_autoptr (LimnForeign) foreign = read_text (text);
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (values->prompt, ==, "from a node");
  g_assert_cmpuint (values->seed, ==, 99);
  g_assert_cmpint (values->steps, ==, 12);
  g_assert_false (values->use_refiner);
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_CPU);
  g_assert_nonnull (strstr (gap (foreign, "LoRA"), "ink"));
  g_assert_nonnull (strstr (gap (foreign, "VAE"), "fixed"));
  g_assert_nonnull (strstr (gap (foreign, "Sampler"), "dpm_adaptive"));
  g_assert_nonnull (strstr (gap (foreign, "Schedule"), "laplace"));
  g_assert_nonnull (strstr (gap (foreign, "CLIP skip"), "-1"));
  g_assert_nonnull (gap (foreign, "ControlNet"));
  g_assert_nonnull (gap (foreign, "Upscaler"));
  g_assert_nonnull (gap (foreign, "Hires fix"));
}

static void
test_comfy_over_picture (void)
{
  static const char text[] = "{" LOADERS
      NODE ("1", "LoadImage", "\"image\":\"cat.png\"") "," NODE ("2", "VAEEncode", "\"pixels\":[\"1\",0],\"vae\":[\"4\",2]") "," NODE ("6", "CLIPTextEncode", "\"text\":\"a dog\",\"clip\":[\"4\",1]") "," NODE (
          "3", "SamplerCustomAdvanced",
          "\"noise\":[\"20\",0],"
          "\"guider\":[\"21\",0],"
          "\"sampler\":[\"22\",0],"
          "\"sigmas\":[\"23\",0],\"latent_"
          "image\":[\"2\",0]") "," NODE ("20", "RandomNoise",
                                         "\"noise_seed\":7") "," NODE ("21", "CFGGuider",
                                                                       "\"cfg\":3.5,\"model\":[\"4\",0],"
                                                                       "\"positive\":[\"6\",0],\"negative\":["
                                                                       "\"6\",0]") "," NODE ("22", "KSamplerSelect",
                                                                                             "\"sampler_name\":"
                                                                                             "\"euler\"") "," NODE ("2"
                                                                                                                    "3",
                                                                                                                    "Ba"
                                                                                                                    "si"
                                                                                                                    "cS"
                                                                                                                    "ch"
                                                                                                                    "ed"
                                                                                                                    "ul"
                                                                                                                    "e"
                                                                                                                    "r",
                                                                                                                    "\""
                                                                                                                    "sc"
                                                                                                                    "he"
                                                                                                                    "du"
                                                                                                                    "le"
                                                                                                                    "r"
                                                                                                                    "\""
                                                                                                                    ":"
                                                                                                                    "\""
                                                                                                                    "sg"
                                                                                                                    "m_"
                                                                                                                    "un"
                                                                                                                    "if"
                                                                                                                    "or"
                                                                                                                    "m"
                                                                                                                    "\""
                                                                                                                    ","
                                                                                                                    "\""
                                                                                                                    "st"
                                                                                                                    "ep"
                                                                                                                    "s"
                                                                                                                    "\""
                                                                                                                    ":1"
                                                                                                                    "4,"
                                                                                                                    "\""
                                                                                                                    "de"
                                                                                                                    "no"
                                                                                                                    "is"
                                                                                                                    "e"
                                                                                                                    "\""
                                                                                                                    ":0"
                                                                                                                    ".4"
                                                                                                                    "5,"
                                                                                                                    "\""
                                                                                                                    "mo"
                                                                                                                    "de"
                                                                                                                    "l"
                                                                                                                    "\""
                                                                                                                    ":["
                                                                                                                    "\""
                                                                                                                    "4"
                                                                                                                    "\""
                                                                                                                    ",0"
                                                                                                                    "]") "," NODE ("9",
                                                                                                                                   "SaveImage",
                                                                                                                                   "\"images\":[\"8\",0]") "," NODE ("8",
                                                                                                                                                                     "VAEDecode",
                                                                                                                                                                     "\"samples\":[\"3\",0]") "}";
  g_autoptr (LimnForeign) foreign = read_text (text);
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpfloat (values->strength, ==, 0.46); /* of 31 steps, that are the 14 which it did */
  g_assert_cmpint (values->steps, ==, 31);
  g_assert_cmpuint (values->seed, ==, 7);
  g_assert_cmpstr (values->schedule, ==, "sgm_uniform");
  g_assert_nonnull (gap (foreign, "Start picture"));
  g_assert_null (gap (foreign, "Sampler"));
  g_assert_null (gap (foreign, "Schedule"));
}

/* a graph that bites its tail, and wires to nowhere */
static void
test_comfy_circle (void)
{
  g_autoptr (LimnForeign) foreign = read_text ("{" NODE ("1", "SaveImage", "\"images\":[\"2\",0]") "," NODE (
      "2", "KSampler",
      "\"seed\":[\"3\",0],\"model\":[\"2\",0],\"positive\":[\"4\",0],\"negative\":[\"none\",0],\"latent_image\":[\"2\","
      "0]") "," NODE ("3", "Seed", "\"seed\":[\"3\",0]") "," NODE ("4", "ConditioningCombine",
                                                                   "\"conditioning_1\":[\"4\",0]") "}");

  g_assert_nonnull (gap (foreign, "Seed"));
  g_assert_nonnull (gap (foreign, "Size"));
  g_assert_cmpstr (values_of (foreign)->prompt, ==, "");
}

/* ---- The others ---- */

static void
test_invoke (void)
{
  g_autoptr (LimnForeign) foreign = read_text (
      "{\"app_version\":\"5.4.1\",\"generation_mode\":\"sdxl_txt2img\",\"positive_prompt\":\"an "
      "owl++ [at] (night)0.8\",\"negative_prompt\":"
      "\"day\",\"positive_style_prompt\":\"woodcut\",\"negative_style_prompt\":\"\",\"width\":1152,\"height\":896,"
      "\"seed\":123,\"rand_device\":\"cpu\",\"cfg_scale\":6,\"steps\":28,\"scheduler\":\"euler_k\",\"model\":{\"key\":"
      "\"k\","
      "\"hash\":\"blake3:aa\",\"name\":\"sd_xl_base_1.0\"},\"refiner_model\":{\"name\":\"sd_xl_refiner_1.0\"},"
      "\"refiner_start\":0.75,\"refiner_positive_aesthetic_score\":7,\"loras\":[{\"model\":{\"name\":\"moss\"},"
      "\"weight\":0.5}],\"controlnets\":[]}");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (foreign->program, ==, "InvokeAI");
  g_assert_cmpstr (values->prompt, ==, "an owl++ [at] (night)0.8");
  g_assert_cmpstr (values->emphasis, ==, "compel");
  g_assert_cmpstr (values->like, ==, "invokeai");
  g_assert_null (gap (foreign, "Prompt weights"));
  g_assert_cmpstr (values->prompt_2, ==, "woodcut");
  g_assert_cmpstr (values->negative_2, ==, "day");
  g_assert_cmpstr (values->schedule, ==, "karras");
  g_assert_cmpint (values->original_width, ==, 1024);
  g_assert_cmpint (values->target_height, ==, 1024);
  g_assert_cmpfloat (values->handoff, ==, 0.75);
  g_assert_cmpfloat (values->aesthetic, ==, 7);
  g_assert_nonnull (strstr (gap (foreign, "LoRA"), "moss"));
  g_assert_null (gap (foreign, "ControlNet"));
  g_assert_null (gap (foreign, "Sampler"));
}

static void
test_fooocus (void)
{
  g_autoptr (LimnForeign) foreign = read_text (
      "{\"adm_guidance\":\"(1.5, 0.8, "
      "0.3)\",\"base_model\":\"juggernautXL\",\"base_model_hash\":\"1fe6\",\"guidance_scale\":"
      "4.0,\"lora_combined_1\":\"offset.safetensors : "
      "0.1\",\"negative_prompt\":\"\",\"performance\":\"Speed\",\"prompt\":"
      "\"a boat\",\"prompt_expansion\":\"\",\"refiner_model\":\"None\",\"refiner_switch\":0.5,\"resolution\":\"(896, "
      "1152)\","
      "\"sampler\":\"dpmpp_2m_sde_gpu\",\"scheduler\":\"karras\",\"seed\":\"5512112\",\"sharpness\":2.0,\"steps\":30,"
      "\"styles\":\"['Fooocus V2']\",\"version\":\"Fooocus v2.5.5\"}");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpstr (foreign->program, ==, "Fooocus");
  g_assert_cmpstr (values->sampler, ==, "dpmpp_2m_sde"); /* "gpu" says where its noise is made */
  g_assert_cmpint (values->width, ==, 896);
  g_assert_cmpuint (values->seed, ==, 5512112);
  g_assert_false (values->use_refiner);
  g_assert_nonnull (strstr (gap (foreign, "LoRA"), "offset"));
  g_assert_nonnull (strstr (gap (foreign, "Styles"), "Fooocus V2"));
  g_assert_nonnull (strstr (gap (foreign, "Model"), "juggernautXL"));
}

static void
test_limn (void)
{
  g_autoptr (LimnForeign) foreign = read_text (
      "{\"limn\": \"0.1.0\", \"prompt\": \"a cup <lora:x:1>\", \"negative\": \"\", \"model\": \"diffusers-folder\", "
      "\"width\": 1024, \"height\": 768, \"steps\": 40, \"guidance\": 4.25, \"seed\": \"18446744073709551615\", "
      "\"noise\": "
      "\"philox\", \"sampler\": \"euler\", \"hints\": {\"original\": [3000, 2000], \"crop\": [10, 20], \"target\": "
      "[1024, "
      "768]}, \"negative_hints\": {\"original\": [3000, 2000], \"crop\": [10, 20], \"target\": [1024, 768]}, "
      "\"handoff\": 0.8, \"aesthetic\": 6, \"negative_aesthetic\": 2.5, \"strength\": 0.6, \"from_image\": false, "
      "\"precision\": \"fp32\"}");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpint (foreign->kind, ==, LIMN_FOREIGN_LIMN);
  g_assert_cmpstr (values->prompt, ==, "a cup"); /* without the tag of what is not here, which is told */
  g_assert_cmpstr (values->model, ==, models[2]);
  g_assert_cmpuint (values->seed, ==, G_MAXUINT64);
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_PHILOX);
  g_assert_cmpint (values->precision, ==, LIMN_PRECISION_FP32);
  g_assert_cmpint (values->original_width, ==, 3000);
  g_assert_cmpint (values->crop_top, ==, 20);
  g_assert_false (values->separate_negative);
  g_assert_nonnull (gap (foreign, "LoRA"));
  g_assert_cmpint (foreign->gaps->len, ==, 1);

  g_autoptr (LimnForeign) enlarged = read_text ("{\"upscaler\": \"4x\", \"limn\": \"0.1.0\", \"prompt\": \"a cup\"}");
  g_assert_cmpstr (values_of (enlarged)->prompt, ==, "a cup");
  g_assert_nonnull (gap (enlarged, "Upscaler"));
  g_assert_cmpint (enlarged->gaps->len, ==, 1);
}

/* ---- Use ---- */

static void
test_apply (void)
{
  g_autoptr (LimnForeign) foreign = read_text ("a cup\nSteps: 9, Sampler: Euler, CFG scale: 3, Seed: 8, Size: 512x512");
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnSource) source = limn_source_new (limn_image_new (8, 8), "x");
  g_autofree char *summary = limn_foreign_summary (foreign);
  const LimnSettingsValues *values = limn_settings_values (settings);

  g_object_set (settings, "source", source, "use-refiner", TRUE, "original-width", 77, "negative", "old", "model", "/m",
                "strength", 0.9, "count", 4, NULL);
  limn_foreign_apply (foreign, settings);
  g_assert_cmpstr (values->prompt, ==, "a cup");
  g_assert_cmpstr (values->negative, ==, "");
  g_assert_null (values->source);
  g_assert_false (values->use_refiner);
  g_assert_cmpint (values->original_width, ==, 0);
  g_assert_cmpint (values->steps, ==, 9);
  g_assert_cmpstr (values->model, ==, "/m"); /* nothing is said of it */
  g_assert_cmpint (values->count, ==, 4);
  g_assert_cmpstr (summary, ==, "a cup · 512 × 512 · 9 steps · seed 8");
  limn_foreign_compare_size (foreign, 512, 512);
  g_assert_null (gap (foreign, "Size"));
  limn_foreign_compare_size (foreign, 1024, 1024);
  g_assert_nonnull (strstr (gap (foreign, "Size"), "1024 × 1024"));
}

static void
test_rubbish (void)
{
  static const char *const texts[] = { "",
                                       "just words",
                                       "{",
                                       "{}",
                                       "[]",
                                       "{\"prompt\":1}",
                                       "Steps: 3",
                                       "Steps:",
                                       "{\"1\":{\"class_type\":\"SaveImage\"}}",
                                       "{\"workflow\":{}}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (limn_foreign_read_string (texts[i], models, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  }
}

/* numbers out of range become near ones, and are named */
static void
test_ranges (void)
{
  g_autoptr (LimnForeign) foreign = read_text (
      "x\nSteps: 99999, Sampler: Euler, CFG scale: -3, Seed: 99999999999999999999999, Size: 99999x1, RNG: CPU");
  const LimnSettingsValues *values = values_of (foreign);

  g_assert_cmpint (values->steps, ==, 1000);
  g_assert_cmpfloat (values->guidance, ==, 1);
  g_assert_cmpuint (values->seed, ==, 0);
  g_assert_cmpint (values->width, ==, 4096);
  g_assert_cmpint (values->height, ==, 64);
  g_assert_nonnull (gap (foreign, "Steps"));
  g_assert_nonnull (gap (foreign, "Guidance"));
  g_assert_nonnull (gap (foreign, "Width"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign/webui", test_webui);
  g_test_add_func ("/foreign/webui-plain", test_webui_plain);
  g_test_add_func ("/foreign/webui-negative", test_webui_negative);
  g_test_add_func ("/foreign/own-parameters", test_own_parameters);
  g_test_add_func ("/foreign/own-second-prompt", test_own_second_prompt);
  g_test_add_func ("/foreign/comfy-refiner", test_comfy_refiner);
  g_test_add_func ("/foreign/comfy-detours", test_comfy_detours);
  g_test_add_func ("/foreign/comfy-over-picture", test_comfy_over_picture);
  g_test_add_func ("/foreign/comfy-circle", test_comfy_circle);
  g_test_add_func ("/foreign/invoke", test_invoke);
  g_test_add_func ("/foreign/fooocus", test_fooocus);
  g_test_add_func ("/foreign/limn", test_limn);
  g_test_add_func ("/foreign/apply", test_apply);
  g_test_add_func ("/foreign/rubbish", test_rubbish);
  g_test_add_func ("/foreign/ranges", test_ranges);
  return g_test_run ();
}
