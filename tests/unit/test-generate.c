/* test-generate.c - whole runs over stand-in networks: order, reuse, cancelling, NaN, memory, progress.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "common/golden-model.h"
#include "common/golden.h"
#include "file/safetensors.h"

#include <glib/gstdio.h>
#include <string.h>

static void
assert_log (const char *expected)
{
  g_assert_cmpstr (fake_networks ()->log->str, ==, expected);
  g_string_truncate (fake_networks ()->log, 0);
}

/* Kernels that the device is wrong in are told by name, with the first picture, whoever prepared it. */
static void
test_wrong_kernels (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fake_networks ()->wrong_kernels = "matrix-1x2x3";
  limn_engine_prepare (fixture->engine, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LimnResult) first = engine_generate (fixture, NULL);
  g_assert_cmpuint (g_strv_length (first->notes), ==, 1);
  g_assert_nonnull (strstr (first->notes[0], "matrix-1x2x3"));
  g_assert_nonnull (strstr (first->notes[0], "the fake device"));
  g_autoptr (LimnResult) second = engine_generate (fixture, NULL);
  g_assert_cmpuint (g_strv_length (second->notes), ==, 0);
}

static void
test_order (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnResult) first = engine_generate (fixture, NULL);

  assert_log ("+clip1 +clip2 +unet6 unet6 unet6 unet6 unet6 unet6 +decoder");
  g_assert_cmpint (fake_networks ()->clip_calls, ==, 4);
  g_assert_cmpuint (g_strv_length (first->notes), ==, 0);

  /* The same again: nothing is loaded or encoded, and the bytes are the same. */
  g_autoptr (LimnResult) again = engine_generate (fixture, NULL);
  assert_log ("unet6 unet6 unet6 unet6 unet6");
  g_assert_cmpint (fake_networks ()->clip_calls, ==, 4);
  g_assert_true (engine_same_picture (first, again));

  fixture->request.seed++;
  g_autoptr (LimnResult) other = engine_generate (fixture, NULL);
  g_assert_false (engine_same_picture (first, other));
  g_string_truncate (fake_networks ()->log, 0);

  /* Another size keeps the weights; a new prompt is encoded alone. */
  fixture->request.height = 128;
  fixture->request.prompt = "a blue square";
  limn_result_free (engine_generate (fixture, NULL));
  assert_log ("reshape6 unet6 unet6 unet6 unet6 unet6 -decoder +decoder");
  g_assert_cmpint (fake_networks ()->clip_calls, ==, 6);

  limn_engine_forget (fixture->engine);
  g_assert_cmpint (fake_networks ()->alive, ==, 0);
}

static void
test_guidance_off (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.guidance = 1;
  g_autoptr (LimnResult) one = engine_generate (fixture, NULL);
  g_assert_cmpint (fake_networks ()->clip_calls, ==, 2);
  fixture->request.negative = "something else";
  fixture->request.negative_hints.crop_left = 99;
  g_autoptr (LimnResult) two = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (one, two));
}

/* Every setting that reaches the networks changes the picture. */
static void
test_settings_count (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest plain;

  fixture->request.refiner = fixture->refiner;
  plain = fixture->request;
  g_autoptr (LimnResult) first = engine_generate (fixture, NULL);
  for (int i = 0; i < 17; i++) {
    LimnRequest *request = &fixture->request;
    *request = plain;
    switch (i) {
    case 0:
      request->prompt = "a blue circle";
      break;
    case 1:
      request->negative = NULL;
      break;
    case 2:
      request->guidance = 4;
      break;
    case 3:
      request->schedule = "trailing";
      break;
    case 4:
      request->noise_source = LIMN_NOISE_PHILOX;
      break;
    case 5:
      request->hints.original_width = request->hints.original_height = 31;
      break;
    case 6:
      request->hints.crop_left = 7;
      break;
    case 7:
      request->hints.target_width = request->hints.target_height = 77;
      break;
    case 8:
      request->negative_hints.crop_top = 7;
      break;
    case 9:
      request->handoff = 0.4;
      break;
    case 10:
      request->aesthetic = 7;
      break;
    case 11:
      request->negative_aesthetic = 1;
      break;
    case 12:
      request->steps = 6;
      break;
    case 13:
      request->prompt_2 = "a blue circle";
      break;
    case 14:
      request->negative_2 = "sharp";
      break;
    case 15:
      request->prompt = "a (red:1.2) circle";
      break;
    default:
      request->refiner = NULL;
      break;
    }
    g_autoptr (LimnResult) other = engine_generate (fixture, NULL);
    if (engine_same_picture (first, other))
      g_error ("change %d made no difference", i);
  }
}

static void
test_handoff (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.refiner = fixture->refiner;
  fixture->request.handoff = 0.6;
  limn_result_free (engine_generate (fixture, NULL));
  assert_log ("+clip1 +clip2 +clip2 +unet6 unet6 unet6 unet6 +unet5 unet5 unet5 +decoder");

  fixture->request.handoff = 1;
  g_autoptr (LimnResult) all = engine_generate (fixture, NULL);
  assert_log ("-unet5 -clip2 unet6 unet6 unet6 unet6 unet6");
  fixture->request.refiner = NULL;
  g_autoptr (LimnResult) none = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (all, none));
}

/* Memory for one network at a time, by plan and by surprise. */
static void
test_memory (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.refiner = fixture->refiner;
  fixture->request.handoff = 0.6;
  g_autoptr (LimnResult) roomy = engine_generate (fixture, NULL);
  limn_engine_forget (fixture->engine);

  fake_networks_reset ();
  fake_networks ()->memory = 12 << 20;
  g_autoptr (LimnResult) planned = engine_generate (fixture, NULL);
  assert_log (
      "+clip1 -clip1 +clip2 -clip2 +clip2 -clip2 +unet6 unet6 unet6 unet6 -unet6 +unet5 unet5 unet5 -unet5 +decoder");
  g_assert_cmpint (fake_networks ()->peak_alive, ==, 1);
  g_assert_true (engine_same_picture (roomy, planned));
  limn_engine_forget (fixture->engine);

  fake_networks_reset ();
  fake_networks ()->most_alive = 1;
  g_autoptr (LimnResult) surprised = engine_generate (fixture, NULL);
  g_assert_cmpint (fake_networks ()->peak_alive, ==, 1);
  g_assert_true (engine_same_picture (roomy, surprised));

  fake_networks ()->memory = 1 << 20;
  engine_refuse (fixture, LIMN_ERROR_MEMORY, "GB");
}

/* The refiner hears the second prompt alone. */
static void
test_prompts (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.refiner = fixture->refiner;
  fixture->request.handoff = 0;
  g_autoptr (LimnResult) one = engine_generate (fixture, NULL);
  fixture->request.prompt_2 = fixture->request.prompt;
  fixture->request.negative_2 = fixture->request.negative;
  fixture->request.prompt = "something else";
  fixture->request.negative = NULL;
  g_autoptr (LimnResult) two = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (one, two));
}

/* A LoRA that is named must be there, and for the model; in a negative prompt it is a mistake, which is told. */
static void
test_loras (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  const char *folders[] = { NULL, NULL };
  g_autofree char *folder = golden_path ("lora");

  request->prompt = "a red circle <lora:chalk:0.7>";
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "chalk.safetensors");
  request->lora_folders = folders;
  folders[0] = folder;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, folder);

  request->prompt = "a red circle";
  request->negative = NULL;
  g_autoptr (LimnResult) plain = engine_generate (fixture, NULL);
  g_assert_cmpuint (g_strv_length (plain->notes), ==, 0);
  request->negative = "<lora:chalk:1> <lora:ink:1>";
  g_autoptr (LimnResult) tagged = engine_generate (fixture, NULL);
  g_assert_cmpuint (g_strv_length (tagged->notes), ==, 2);
  g_assert_nonnull (strstr (tagged->notes[0], "chalk"));
  g_assert_nonnull (strstr (tagged->notes[1], "ink"));
  g_assert_true (engine_same_picture (tagged, plain));

  /* The words are those without the tag; what a tag says besides is told. */
  request->negative = NULL;
  request->prompt = "a red <lora:kohya_diffusers_names:0.7:lbw=MIDD:start=2:x=2>circle";
  g_autoptr (LimnResult) unread = engine_generate (fixture, NULL);
  g_assert_cmpuint (g_strv_length (unread->notes), ==, 1);
  g_assert_nonnull (strstr (unread->notes[0], "“x=2”"));
  g_assert_true (engine_same_picture (unread, plain)); /* stand-ins have no weights to change */

  /* It goes to the model that it is for: the refiner has nothing of it, and a base of another family neither. */
  request->refiner = fixture->refiner;
  limn_result_free (engine_generate (fixture, NULL));
  request->refiner = NULL;
  request->model = golden_model ("mini-sd15");
  engine_refuse (fixture, LIMN_ERROR_MODEL, "96 channels");
  limn_model_unref (request->model);
  request->model = fixture->base;
}

static void
test_img2img (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.image = fixture->picture;
  fixture->request.strength = 0.4;
  fixture->request.steps = 10;
  limn_result_free (engine_generate (fixture, NULL));
  assert_log ("+clip1 +clip2 +encoder +unet6 unet6 unet6 unet6 unet6 +decoder");

  /* The refiner by itself, over a picture of another shape. */
  g_autoptr (LimnImage) wide = limn_image_new (300, 64);
  fixture->request.model = fixture->refiner;
  fixture->request.image = wide;
  fixture->request.strength = 0.3;
  limn_result_free (engine_generate (fixture, NULL));
  g_assert_true (g_str_has_suffix (fake_networks ()->log->str, "+clip2 +encoder +unet5 unet5 unet5 unet5 +decoder"));

  fixture->request.image = NULL;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "picture");
}

static void
test_nan (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.image = fixture->picture;
  fixture->request.steps = 10;
  g_autoptr (LimnResult) good = engine_generate (fixture, NULL);
  limn_engine_forget (fixture->engine);

  fake_networks_reset ();
  FakeNetworks *fake = fake_networks ();
  fake->nan_clip = fake->nan_encode = fake->nan_decode = TRUE;
  fake->nan_step = 2;
  g_autoptr (LimnResult) redone = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (good, redone));
  g_assert_cmpuint (g_strv_length (redone->notes), ==, 5);
  for (int i = 0; i < 5; i++)
    g_test_message ("%s", redone->notes[i]);

  /* The next picture knows: no second overflow, nothing new is built. */
  int made = fake->made;
  g_autoptr (LimnResult) next = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (good, next));
  g_assert_cmpuint (g_strv_length (next->notes), ==, 0);
  g_assert_cmpint (fake->made, ==, made);
}

static void
test_nan_always (EngineFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "Text encoder 1", "step 3 of 5", "VAE", "VAE" };
  FakeNetworks *fake = fake_networks ();

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    for (int precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
      fake_networks_reset ();
      fake->nan_always = TRUE;
      fake->nan_clip = i == 0;
      fake->nan_step = i == 1 ? 2 : -1;
      fake->nan_decode = i == 2;
      fake->nan_encode = i == 3;
      fixture->request.image = i == 3 ? fixture->picture : NULL;
      fixture->request.precision = precision;
      engine_refuse (fixture, LIMN_ERROR_NUMERIC, words[i]);
    }
}

/* ---- Monitors ---- */

typedef struct {
  int polls, stop_at;
  int previews, last_step, steps;
  int stage_seen[LIMN_N_STAGES];
  double last_seconds;
  gboolean has_speed, finished;
  float *latents;
  gsize n_latents;
} Watch;

static gboolean
cancelled_cb (gpointer data)
{
  Watch *watch = data;

  return ++watch->polls == watch->stop_at;
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  Watch *watch = data;

  g_assert_cmpint (progress->step, >=, watch->last_step);
  g_assert_cmpint (progress->step, <=, progress->steps);
  g_assert_true (progress->stage_fraction >= 0 && progress->stage_fraction <= 1);
  g_assert_true (progress->seconds >= watch->last_seconds);
  g_assert_true (progress->seconds_left >= 0 || progress->seconds_left == -1);
  watch->last_step = progress->step;
  watch->steps = progress->steps;
  watch->last_seconds = progress->seconds;
  watch->stage_seen[progress->stage]++;
  watch->has_speed |= progress->steps_per_second > 0;
  watch->finished = progress->stage == LIMN_STAGE_ENLARGE && progress->stage_fraction == 1;
}

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Watch *watch = data;

  g_assert_cmpint (preview->step, ==, ++watch->previews);
  g_assert_cmpint (preview->steps, ==, 3);
  watch->n_latents = (gsize) 4 * preview->width * preview->height;
  g_free (watch->latents);
  watch->latents = g_memdup2 (preview->latents, watch->n_latents * sizeof (float));
}

static void
test_progress (EngineFixture *fixture, gconstpointer data)
{
  Watch watch = { 0 };
  LimnMonitor monitor = { progress_cb, preview_cb, cancelled_cb, &watch };

  g_autoptr (LimnModel) upscaler = engine_upscaler ();

  fixture->request.image = fixture->picture;
  fixture->request.strength = 0.6;
  fixture->request.refiner = fixture->refiner;
  fixture->request.upscaler = upscaler;
  g_autoptr (LimnResult) result = engine_generate (fixture, &monitor);
  g_assert_cmpint (watch.previews, ==, 3);
  g_assert_cmpint (watch.last_step, ==, 3);
  g_assert_cmpint (watch.steps, ==, 3);
  g_assert_true (watch.has_speed && watch.finished);
  for (int stage = 0; stage < LIMN_STAGE_PREPARE; stage++)
    g_assert_true ((watch.stage_seen[stage] > 0)
                   == (stage != LIMN_STAGE_SECOND && stage != LIMN_STAGE_DETAIL)); /* there is one pass */
  g_assert_cmpint (watch.stage_seen[LIMN_STAGE_PREPARE], ==, 0);                   /* it takes no time here */
  /* What was shown last is what was kept. */
  g_assert_cmpmem (watch.latents, watch.n_latents * sizeof (float), result->latents,
                   (gsize) 4 * result->latent_width * result->latent_height * sizeof (float));
  g_free (watch.latents);
}

/* Cancelled at every point where it can be: always the same error, and the engine works on. */
static void
test_cancel (EngineFixture *fixture, gconstpointer data)
{
  LimnMonitor monitor = { .cancelled = cancelled_cb };
  Watch watch = { 0 };
  int polls;

  fixture->request.image = fixture->picture;
  fixture->request.refiner = fixture->refiner;
  monitor.data = &watch;
  /* Preparing too, which goes on where it was stopped. */
  for (watch.stop_at = 1; watch.stop_at <= 3; watch.stop_at++) {
    g_autoptr (GError) error = NULL;

    watch.polls = 0;
    g_assert_false (limn_engine_prepare (fixture->engine, &monitor, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  }
  watch = (Watch){ 0 };
  g_assert_true (limn_engine_prepare (fixture->engine, &monitor, NULL));
  watch = (Watch){ 0 };
  g_autoptr (LimnResult) whole = engine_generate (fixture, &monitor);
  polls = watch.polls;
  g_assert_cmpint (polls, >, 40);
  for (int stop_at = 1; stop_at <= polls; stop_at++) {
    g_autoptr (GError) error = NULL;

    limn_engine_forget (fixture->engine);
    watch = (Watch){ .stop_at = stop_at };
    g_assert_null (limn_engine_generate (fixture->engine, &fixture->request, &monitor, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    g_assert_cmpint (watch.polls, ==, stop_at);
    if (stop_at % 7 == 0) {
      g_autoptr (LimnResult) again = engine_generate (fixture, NULL);
      g_assert_true (engine_same_picture (whole, again));
    }
  }
}

static void
test_noise (EngineFixture *fixture, gconstpointer data)
{
  gsize n = 4 * 12 * 8;
  g_autofree float *noise = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    noise[i] = (float) (i % 7) / 3 - 1;
  fixture->request.noise = noise;
  g_autoptr (LimnResult) one = engine_generate (fixture, NULL);
  fixture->request.seed++;
  g_autoptr (LimnResult) two = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (one, two));
}

static void
test_latents_file (EngineFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *path = g_build_filename (folder, "latents.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result = engine_generate (fixture, NULL);

  g_assert_true (limn_latents_save (result, path, &error));
  g_assert_no_error (error);
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);
  gsize n;
  g_autofree float *latents = golden_floats (file, &n, "latents");
  g_assert_cmpmem (latents, n * sizeof (float), result->latents, 4 * 12 * 8 * sizeof (float));

  const LimnLatentShape shape = { 4, 8, 8, 12, n }, turned = { 4, 8, 12, 8, n };

  /* It is no noise file, and a noise file of another size is refused with both sizes. */
  g_assert_null (limn_noise_load (path, &shape, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);
  LimnTensorOut tensor = { "noise", LIMN_TYPE_F32, 4, { 1, 4, 8, 12 }, latents };
  g_assert_true (limn_safetensors_write (path, &tensor, 1, &error));
  g_autofree float *noise = limn_noise_load (path, &shape, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (noise, n * sizeof (float), latents, n * sizeof (float));
  g_assert_null (limn_noise_load (path, &turned, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_test_message ("%s", error->message);
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*func) (EngineFixture *, gconstpointer);
  } tests[] = {
    { "/generate/order", test_order },
    { "/generate/wrong-kernels", test_wrong_kernels },
    { "/generate/guidance-off", test_guidance_off },
    { "/generate/settings-count", test_settings_count },
    { "/generate/handoff", test_handoff },
    { "/generate/memory", test_memory },
    { "/generate/prompts", test_prompts },
    { "/generate/loras", test_loras },
    { "/generate/img2img", test_img2img },
    { "/generate/nan", test_nan },
    { "/generate/nan-always", test_nan_always },
    { "/generate/progress", test_progress },
    { "/generate/cancel", test_cancel },
    { "/generate/noise", test_noise },
    { "/generate/latents-file", test_latents_file },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, EngineFixture, NULL, engine_set_up, tests[i].func, engine_tear_down);
  return g_test_run ();
}
