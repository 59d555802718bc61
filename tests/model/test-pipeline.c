/* test-pipeline.c - the golden pipelines through limn.h: prompt in, latents after each step and the picture out.
 *
 * Guidance and few, large steps carry an error of every U-Net output into the result: what is allowed is 3 times the
 * case's amplification times the error that the U-Net shows on a golden of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include <math.h>
#include <string.h>

#include "common/golden-model.h"
#include "engine/model.h"
#include "engine/probe.h"
#include "model/cases.h"
#include "model/listing.h"

typedef struct {
  LimnPrecision precision;
  double latents; /* rms, of t2i_main */
  int levels;     /* of 255: most difference of a pixel in t2i_main */
} Suite;

static const Suite suites[] = {
  { LIMN_PRECISION_FP32, 1e-3, 1 },
  { LIMN_PRECISION_FP16, 0.05, 24 },
};

static PipelineCases *cases;
static LimnEngine *engine;
static LimnModel *base, *refiner;

/* ---- The U-Net's own error: rms over case0 of its goldens ---- */

/* prefix: of the case in unet/values.safetensors. */
static double
unet_error_of (LimnModel *model, const char *values, const char *prefix, LimnPrecision precision)
{
  g_autofree char *name = g_strdup_printf ("unet/%s.safetensors", values);
  g_autofree char *ids = g_strconcat (prefix, "case0/time_ids", NULL);
  g_autoptr (LimnTensors) file = golden_open (name);
  g_autoptr (GError) error = NULL;
  const LimnTensor *tensor = golden_tensor (file, "%scase0/sample", prefix);
  LimnNetworkShape shape = { (int) tensor->shape[0], (int) tensor->shape[2], (int) tensor->shape[3],
                             (int) golden_tensor (file, "%scase0/encoder_hidden_states", prefix)->shape[1], 1 };
  gsize n;
  g_autofree float *sample = golden_floats (file, NULL, "%scase0/sample", prefix);
  g_autofree float *context = golden_floats (file, NULL, "%scase0/encoder_hidden_states", prefix);
  gboolean sized = golden_has (file, ids);
  g_autofree float *pooled = sized ? golden_floats (file, NULL, "%scase0/text_embeds", prefix) : NULL;
  g_autofree float *time_ids = sized ? golden_floats (file, NULL, "%s", ids) : NULL;
  g_autofree float *timestep = golden_floats (file, NULL, "%scase0/timestep", prefix);
  g_autofree float *expected = golden_floats (file, &n, "%scase0/out", prefix);
  g_autofree float *out = g_new (float, n);

  g_autoptr (LimnUnet) unet =
      limn_unet_new (networks_gpu (), limn_model_checkpoint (model), precision, &shape, NULL, &error);
  g_assert_no_error (error);
  limn_unet_prepare (unet, context, pooled, time_ids, timestep, 1, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 0, sample, out, NULL, &error);
  g_assert_no_error (error);
  double rms = golden_compare (out, expected, n).rms;
  g_test_message ("the U-Net of %s has an error of rms %.3g", limn_model_name (model), rms);
  return rms;
}

static double
unet_error (const char *model_name, LimnPrecision precision)
{
  g_autoptr (LimnModel) model = golden_model (model_name);

  return unet_error_of (model, model_name, "", precision);
}

/* ---- Runs ---- */

typedef struct {
  const PipelineCase *parts[2]; /* what latents_per_step to expect: base, then refiner */
  int previews;
  double worst_step; /* rms */
} Watch;

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Watch *watch = data;
  const PipelineCase *one = watch->parts[0];
  int step = watch->previews++;

  if (step >= one->calls && watch->parts[1] != NULL) {
    step -= one->calls;
    one = watch->parts[1];
  }
  g_assert_cmpint (step, <, one->calls);
  gsize n = (gsize) 4 * preview->width * preview->height;
  g_autofree float *expected = golden_floats (one->file, NULL, "%s/latents_per_step", one->name);
  GoldenDiff diff = golden_compare (preview->latents, expected + step * n, n);
  g_test_message ("%s after step %d: rms %.3g, rel %.3g", one->name, step + 1, diff.rms, diff.rel);
  /* fmax would let a NaN pass. */
  if (!(diff.rms <= watch->worst_step))
    watch->worst_step = diff.rms;
}

static LimnRequest
request_of (const PipelineCase *one, const Suite *suite)
{
  LimnRequest request;

  g_assert_cmpint (one->pictures, ==, 1);
  limn_request_init (&request, one->refiner ? refiner : base);
  request.prompt = one->prompts[0];
  request.negative = one->negatives[0];
  request.width = one->width;
  request.height = one->height;
  request.steps = one->steps;
  request.guidance = one->guidance;
  request.guidance_rescale = one->rescale;
  request.seed = one->seed;
  request.schedule = one->trailing ? "trailing" : one->karras ? "karras" : "model";
  request.hints = one->hints;
  request.negative_hints = one->negative_hints;
  request.aesthetic = one->aesthetic;
  request.negative_aesthetic = one->negative_aesthetic;
  request.strength = one->strength;
  request.precision = suite->precision;
  return request;
}

/* Levels of 255: the worst pixel, and the mean. */
static void
check_image (const PipelineCase *one, const LimnImage *image, int levels)
{
  const LimnTensor *expected = golden_tensor (one->file, "%s/image_u8", one->name);
  gsize n = (gsize) image->width * image->height * 3;
  int worst = 0;
  double sum = 0;

  g_assert_cmpuint (expected->count, ==, n);
  for (gsize i = 0; i < n; i++) {
    int difference = ABS (image->rgb[i] - expected->data[i]);
    worst = MAX (worst, difference);
    sum += difference;
  }
  g_test_message ("%s: pixels differ by at most %d of 255 (allowed %d), %.4f on average", one->name, worst, levels,
                  sum / n);
  if (worst > levels)
    g_test_fail_printf ("%s: a pixel differs by %d levels", one->name, worst);
}

static void
run_case (const PipelineCase *one, const PipelineCase *then, LimnRequest *request, double allowed, int levels)
{
  Watch watch = { .parts = { one, then } };
  LimnMonitor monitor = { .preview = preview_cb, .data = &watch };
  const PipelineCase *last = then != NULL ? then : one;
  g_autofree float *expected = golden_floats (last->file, NULL, "%s/latents", last->name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result = limn_engine_generate (engine, request, &monitor, &error);

  g_assert_no_error (error);
  g_assert_cmpint (watch.previews, ==, one->calls + (then != NULL ? then->calls : 0));
  g_assert_cmpuint (g_strv_length (result->notes), ==, 0);
  golden_check_rms (last->name, result->latents, expected, (gsize) 4 * result->latent_width * result->latent_height,
                    allowed);
  if (!(watch.worst_step <= 2 * allowed))
    g_test_fail_printf ("%s: the latents of a step are off by rms %.3g", last->name, watch.worst_step);
  check_image (last, result->image, levels);
}

static void
test_text (gconstpointer data)
{
  static const char *const names[] = { "t2i_main",     "t2i_no_negative",  "t2i_cfg1",   "t2i_negative_sizes",
                                       "t2i_trailing", "t2i_euler_karras", "t2i_rescale" };
  const Suite *suite = data;
  double e = unet_error ("mini-sdxl", suite->precision);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    PipelineCase one = pipeline_case (cases, names[i]);
    LimnRequest request = request_of (&one, suite);
    g_autofree float *noise = golden_floats (one.file, NULL, "%s/initial_noise", one.name);
    double allowed = 3 * one.amplification * e;

    request.noise = noise;
    run_case (&one, NULL, &request, i == 0 ? MIN (allowed, suite->latents) : allowed, suite->levels);
  }
}

/* One encoder, no size ids, another VAE. */
static void
test_sd15 (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (PipelineCases) older = pipeline_cases_open ("sd");
  g_autoptr (LimnModel) model = golden_model ("mini-sd15");
  PipelineCase one = pipeline_case (older, "mini-sd15/t2i_euler");
  LimnRequest request = request_of (&one, suite);
  g_autofree float *noise = golden_floats (one.file, NULL, "%s/initial_noise", one.name);

  request.model = model;
  request.noise = noise;
  run_case (&one, NULL, &request, 3 * one.amplification * unet_error ("mini-sd15", suite->precision), suite->levels);
}

static void
run_with_noise (LimnModel *model, const PipelineCase *one, const Suite *suite, double e, int levels)
{
  double allowed = 3 * one->amplification * e;
  LimnRequest request = request_of (one, suite);
  g_autofree float *noise = golden_floats (one->file, NULL, "%s/initial_noise", one->name);

  request.model = model;
  request.noise = noise;
  /* Below a sigma of 4096 floats are 2e-4 apart. */
  if (limn_checkpoint_schedule (limn_model_checkpoint (model))->last_abar > 0)
    allowed = MAX (allowed, 1e-3);
  run_case (one, NULL, &request, allowed, levels);
}

/* A velocity, of one encoder in OpenCLIP's way; and with the scheduler that the case has. */
static void
test_sd21 (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (PipelineCases) older = pipeline_cases_open ("sd");
  PipelineCase plain = pipeline_case (older, "mini-sd21/t2i_euler");
  PipelineCase zero = pipeline_case (older, "mini-sd21/t2i_euler_zsnr_trailing");
  g_autofree char *golden = golden_path ("mini-sd21"), *folder = make_folder ();
  g_autofree char *config = pipeline_case_scheduler (&zero);
  g_autoptr (LimnModel) model = golden_model ("mini-sd21");
  g_autoptr (GError) error = NULL;
  double e = unet_error ("mini-sd21", suite->precision);

  run_with_noise (model, &plain, suite, e, suite->levels);
  link_folder (golden, folder);
  put_file (folder, "scheduler/scheduler_config.json", config, -1);
  g_autoptr (LimnModel) rescaled = limn_model_open (folder, &error);
  g_assert_no_error (error);
  zero.trailing = FALSE; /* as the folder says */
  run_with_noise (rescaled, &zero, suite, e, suite->levels);
  tests_remove_folder (folder);
}

/* SDXL read as velocity, with and without zero terminal SNR, on the schedule that its folder names.  Weights that were
 * never trained to it amplify what a half leaves out eighty times: in fp16 the latents are judged alone. */
static void
test_velocity (gconstpointer data)
{
  static const char *const names[] = { "euler_trailing", "euler_trailing_rescale", "euler_leading",
                                       "euler_trailing_without_zsnr" };
  const Suite *suite = data;
  g_autoptr (PipelineCases) velocity = pipeline_cases_open ("vpred");
  g_autofree char *golden = golden_path ("mini-sdxl"), *folder = make_folder ();
  double e = unet_error ("mini-sdxl", suite->precision);

  link_folder (golden, folder);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    PipelineCase one = pipeline_case (velocity, names[i]);
    g_autofree char *config = pipeline_case_scheduler (&one);
    g_autoptr (GError) error = NULL;

    put_file (folder, "scheduler/scheduler_config.json", config, -1);
    g_autoptr (LimnModel) model = limn_model_open (folder, &error);
    g_assert_no_error (error);
    one.trailing = FALSE; /* as the folder says */
    run_with_noise (model, &one, suite, e, suite->precision == LIMN_PRECISION_FP32 ? suite->levels : 255);
  }
  tests_remove_folder (folder);
}

/* The same of a model that says nothing of it, by the request. */
static void
test_override (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (PipelineCases) velocity = pipeline_cases_open ("vpred");
  PipelineCase one = pipeline_case (velocity, "euler_trailing_without_zsnr");
  LimnRequest request = request_of (&one, suite);
  g_autofree float *noise = golden_floats (one.file, NULL, "%s/initial_noise", one.name);
  double allowed = 3 * one.amplification * unet_error ("mini-sdxl", suite->precision);

  request.prediction = "v";
  request.noise = noise;
  run_case (&one, NULL, &request, allowed, suite->precision == LIMN_PRECISION_FP32 ? suite->levels : 255);
}

/* The seed gives the noise that diffusers drew. */
static void
test_seed (gconstpointer data)
{
  const Suite *suite = data;
  PipelineCase one = pipeline_case (cases, "t2i_main");
  LimnRequest request = request_of (&one, suite);

  request.seed = 80001;
  run_case (&one, NULL, &request, suite->latents, suite->levels);
}

static void
test_image (gconstpointer data)
{
  static const char *const names[] = { "img2img", "refiner_img2img" };
  const Suite *suite = data;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    PipelineCase one = pipeline_case (cases, names[i]);
    LimnRequest request = request_of (&one, suite);
    g_autoptr (LimnImage) image = pipeline_case_image (&one);
    double e = unet_error (one.refiner ? "mini-sdxl-refiner" : "mini-sdxl", suite->precision);

    request.image = image;
    run_case (&one, NULL, &request, 3 * one.amplification * e, suite->levels);
  }
}

/* The golden's pixels are the VAE's, without the original's around: only what is painted compares. */
static void
check_painted (const PipelineCase *one, const LimnImage *image, const LimnImage *original, const guint8 *mask,
               int levels)
{
  const LimnTensor *expected = golden_tensor (one->file, "%s/image_u8", one->name);
  gsize n = (gsize) image->width * image->height;
  int worst = 0;

  for (gsize i = 0; i < 3 * n; i++)
    if (mask[i / 3] == 255)
      worst = MAX (worst, ABS (image->rgb[i] - expected->data[i]));
    else
      g_assert_cmpint (image->rgb[i], ==, original->rgb[i]);
  g_test_message ("%s: painted pixels differ by at most %d of 255 (allowed %d)", one->name, worst, levels);
  g_assert_cmpint (worst, <=, levels);
}

static void
run_masked (LimnModel *model, const PipelineCase *one, const Suite *suite, double e)
{
  LimnRequest request = request_of (one, suite);
  g_autoptr (LimnImage) image = pipeline_case_image (one);
  g_autofree guint8 *mask = pipeline_case_mask (one);
  g_autofree float *expected = golden_floats (one->file, NULL, "%s/latents", one->name);
  Watch watch = { .parts = { one } };
  LimnMonitor monitor = { .preview = preview_cb, .data = &watch };
  double allowed = 3 * one->amplification * e;
  g_autoptr (GError) error = NULL;

  request.model = model;
  request.image = image;
  request.mask = mask;
  g_autoptr (LimnResult) result = limn_engine_generate (engine, &request, &monitor, &error);
  g_assert_no_error (error);
  g_assert_cmpint (watch.previews, ==, one->calls);
  golden_check_rms (one->name, result->latents, expected, (gsize) 4 * result->latent_width * result->latent_height,
                    allowed);
  g_assert_true (watch.worst_step <= 2 * allowed);
  check_painted (one, result->image, image, mask, suite->levels);
}

static void
test_inpaint (gconstpointer data)
{
  const Suite *suite = data;
  PipelineCase one = pipeline_case (cases, "inpaint");

  run_masked (base, &one, suite, unet_error ("mini-sdxl", suite->precision));
}

/* The same with models that are told what to paint, from the picture and from noise alone: with the seed's own draws,
 * in diffusers' order. */
static void
test_inpainting_models (gconstpointer data)
{
  static const char *const models[][2] = { { "mini-sdxl", "mini-sdxl-q-inpaint" },
                                           { "mini-sd15", "mini-sd15-inpaint" } };
  const Suite *suite = data;
  g_autoptr (PipelineCases) own = pipeline_cases_open ("inpaint9");

  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    const char *name = models[i][1];
    g_autofree char *unet = g_strconcat (name, "/unet", NULL), *prefix = g_strconcat (name, "/", NULL);
    g_autofree char *some = g_strconcat (name, "/strength_0.7", NULL), *all = g_strconcat (name, "/strength_1", NULL);
    g_autoptr (LimnModel) model = golden_model_with (models[i][0], unet);
    double e = unet_error_of (model, "inpaint9", prefix, suite->precision);
    PipelineCase part = pipeline_case (own, some), whole = pipeline_case (own, all);

    run_masked (model, &part, suite, e);
    run_masked (model, &whole, suite, e);
  }
}

/* ---- Going on from a step ---- */

#define TAPE_STEPS 10

typedef struct {
  float *latents[TAPE_STEPS + 1];
  int count;
} Tape;

static void
tape_cb (const LimnPreview *preview, gpointer data)
{
  Tape *tape = data;
  float **place = &tape->latents[preview->schedule_step];

  g_free (*place);
  *place = g_memdup2 (preview->latents, sizeof (float) * 4 * preview->width * preview->height);
  tape->count++;
}

static LimnResult *
run_taped (const LimnRequest *request, Tape *tape)
{
  LimnMonitor monitor = { .preview = tape_cb, .data = tape };
  g_autoptr (GError) error = NULL;
  LimnResult *result = limn_engine_generate (engine, request, &monitor, &error);

  g_assert_no_error (error);
  return result;
}

static void
assert_same_bits (const LimnResult *a, const LimnResult *b)
{
  gsize cells = (gsize) a->latent_width * a->latent_height;

  g_assert_cmpmem (a->latents, cells * 4 * sizeof (float), b->latents, cells * 4 * sizeof (float));
  g_assert_cmpmem (a->image->rgb, cells * 64 * 3, b->image->rgb, cells * 64 * 3);
}

/* From any step the run ends as it did, to the bit; with the hand-off moved, as a fresh run with that one, also where
 * the networks have left in between. */
static void
test_start (gconstpointer data)
{
  const Suite *suite = data;
  PipelineCase one = pipeline_case (cases, "base_80");
  LimnRequest request = request_of (&one, suite);
  Tape tape = { 0 }, tail = { 0 };

  request.refiner = refiner;
  request.handoff = 0.8;
  g_autoptr (LimnResult) whole = run_taped (&request, &tape);
  request.handoff = 0.5;
  g_autoptr (LimnResult) moved = run_taped (&request, &(Tape){ 0 });
  for (int step = 1; step <= TAPE_STEPS; step++) {
    tail.count = 0;
    if (step % 3 == 0)
      limn_engine_forget (engine);
    request.start = (LimnStart){ .latents = tape.latents[step], .step = step, .steps = TAPE_STEPS };
    request.handoff = 0.8;
    g_autoptr (LimnResult) again = run_taped (&request, &tail);
    assert_same_bits (again, whole);
    g_assert_cmpint (tail.count, ==, TAPE_STEPS - step);
    if (step > 5)
      continue;
    request.handoff = 0.5;
    g_autoptr (LimnResult) other = run_taped (&request, &tail);
    assert_same_bits (other, moved);
  }
  for (int step = 0; step <= TAPE_STEPS; step++) {
    g_free (tape.latents[step]);
    g_free (tail.latents[step]);
  }
}

/* base_80, then refiner_20 on the same schedule, in one request. */
static void
test_handoff (gconstpointer data)
{
  const Suite *suite = data;
  PipelineCase first = pipeline_case (cases, "base_80"), then = pipeline_case (cases, "refiner_20");
  LimnRequest request = request_of (&first, suite);
  g_autofree float *noise = golden_floats (first.file, NULL, "base_80/initial_noise");
  double e_base = unet_error ("mini-sdxl", suite->precision),
         e_refiner = unet_error ("mini-sdxl-refiner", suite->precision);

  request.noise = noise;
  request.refiner = refiner;
  request.handoff = first.end;
  request.aesthetic = then.aesthetic;
  request.negative_aesthetic = then.negative_aesthetic;
  run_case (&first, &then, &request, 3 * (first.amplification * e_base + then.amplification * e_refiner),
            suite->levels);
}

/* Networks whose weights mean something: trained, or made to give back their noise.  What the others answer, read as
 * velocity, is nothing. */
static void
test_probe (void)
{
  g_autoptr (LimnModel) older = golden_model ("mini-sd15");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) trained = limn_model_open (LIMN_STARTER, &error);
  LimnModel *const models[] = { base, older, trained };

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    LimnProbe probe;

    limn_engine_probe (engine, models[i], NULL, &probe, &error);
    g_assert_no_error (error);
    g_test_message ("%s: %.3f of the noise, %.3f beside", limn_model_name (models[i]), probe.share, probe.rest);
    g_assert_true (probe.told);
    g_assert_cmpint (probe.prediction, ==, LIMN_PREDICTS_NOISE);
  }
  limn_engine_forget (engine);
}

static void
add (const char *name, GTestDataFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++) {
    g_autofree char *path = g_strdup_printf ("/pipeline/%s/%s", name, i == 0 ? "fp32" : "fp16");
    g_test_add_data_func (path, &suites[i], func);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  cases = pipeline_cases_open ("sdxl");
  base = golden_model ("mini-sdxl");
  refiner = golden_model ("mini-sdxl-refiner");
  add ("text", test_text);
  add ("sd15", test_sd15);
  add ("sd21", test_sd21);
  add ("velocity", test_velocity);
  add ("override", test_override);
  add ("seed", test_seed);
  add ("image", test_image);
  add ("inpaint", test_inpaint);
  add ("inpainting-models", test_inpainting_models);
  add ("handoff", test_handoff);
  add ("start", test_start);
  g_test_add_func ("/pipeline/probe", test_probe);
  int status = networks_run ();
  limn_engine_free (engine);
  limn_model_unref (base);
  limn_model_unref (refiner);
  pipeline_cases_free (cases);
  return status;
}
