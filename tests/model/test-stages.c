/* test-stages.c - the golden pipelines taken apart: what the U-Net is told, and each step from the recorded latents.
 *
 * Teacher forcing: every step starts from the recorded latents, so that an error shows where it is made.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include <math.h>
#include <string.h>

#include "engine/conditioning.h"
#include "engine/denoise.h"
#include "engine/image.h"
#include "engine/like.h"
#include "engine/model.h"
#include "model/cases.h"

static const char *const case_names[] = {
  "t2i_main",
  "t2i_no_negative",
  "t2i_empty_negative",
  "t2i_cfg1",
  "t2i_negative_sizes",
  "t2i_batch2",
  "t2i_trailing",
  "img2img",
  "base_80",
  "refiner_20",
  "refiner_img2img",
};

typedef struct {
  LimnPrecision precision;
  double text, base, refiner; /* how wrong the encoders' and the U-Nets' values may be, rel */
  double latents;             /* 3 times the U-Net's rms error, for a whole run of amplification 1 */
  int levels;                 /* of 255 */
} Suite;

static const Suite suites[] = {
  { LIMN_PRECISION_FP32, 1e-5, 5e-5, 5e-5, 6e-6, 1 },
  { LIMN_PRECISION_FP16, 5e-3, 8e-3, 2.5e-2, 3e-3, 8 },
};

static PipelineCases *cases;

static LimnModel *
open_model (const PipelineCase *one)
{
  g_autofree char *path = golden_path (one->refiner ? "mini-sdxl-refiner" : "mini-sdxl");
  g_autoptr (GError) error = NULL;
  LimnModel *model = limn_model_open (path, &error);

  g_assert_no_error (error);
  return model;
}

/* ---- What the U-Net is told ---- */

typedef struct {
  LimnClip *clips[2];
  LimnModel *model;
  LimnPrecision precision;
} Encoders;

static gboolean
encode_cb (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data, GError **error)
{
  Encoders *encoders = data;
  LimnClip **clip = &encoders->clips[which == LIMN_PART_TEXT_ENCODER ? 0 : 1];

  if (*clip == NULL)
    *clip = limn_clip_new (networks_gpu (), limn_model_checkpoint (encoders->model), which, encoders->precision, 1,
                           NULL, error);
  return *clip != NULL && limn_clip_encode (*clip, ids, NULL, hidden, pooled, NULL, error);
}

static int
captions_of (const PipelineCase *one, LimnCaption captions[4])
{
  int rows = 0;

  for (int i = 0; i < one->pictures && one->guidance > 1; i++)
    captions[rows++] = (LimnCaption){
      .prompts = { one->negatives[i], one->negative_2 != NULL ? one->negative_2 : one->negatives[i] },
      .hints = one->negative_hints,
      .aesthetic = one->negative_aesthetic,
    };
  for (int i = 0; i < one->pictures; i++)
    captions[rows++] =
        (LimnCaption){ .prompts = { one->prompts[i], one->prompt_2 != NULL ? one->prompt_2 : one->prompts[i] },
                       .hints = one->hints,
                       .aesthetic = one->aesthetic };
  return rows;
}

static void
check_values (const PipelineCase *one, const char *key, const float *ours, gsize n, double tolerance)
{
  gsize count;
  g_autofree float *expected = golden_floats (one->file, &count, "%s/%s", one->name, key);
  g_autofree char *label = g_strdup_printf ("%s/%s", one->name, key);

  g_assert_cmpuint (n, ==, count);
  golden_check_rel (label, ours, expected, n, tolerance);
}

static LimnConditioning *
tell (const PipelineCase *one, LimnModel *model, LimnPrecision precision)
{
  g_autoptr (GError) error = NULL;
  LimnConditioner conditioner = limn_conditioner_for_model (model);
  Encoders encoders = { .model = model, .precision = precision };
  LimnCaption captions[4];
  int rows = captions_of (one, captions);

  conditioner.encode = encode_cb;
  conditioner.data = &encoders;
  LimnConditioning *told = limn_conditioning_new (&conditioner, captions, rows, &error);
  g_assert_no_error (error);
  limn_clip_free (encoders.clips[0]);
  limn_clip_free (encoders.clips[1]);
  return told;
}

static void
check_told (const PipelineCase *one, const Suite *suite)
{
  g_autoptr (LimnModel) model = open_model (one);
  g_autoptr (LimnConditioning) told = tell (one, model, suite->precision);
  gsize rows = told->rows;

  check_values (one, "encoder_hidden_states", told->context, rows * told->tokens * told->channels, suite->text);
  check_values (one, "text_embeds", told->pooled, rows * told->pooled_channels, suite->text);
  check_values (one, "time_ids", told->time_ids, rows * told->n_time_ids, 0);
}

/* The second encoder's own prompt, by its pooled vector: the states of this case are of another layer. */
static void
check_second_prompt (const Suite *suite)
{
  PipelineCase one = pipeline_case (cases, "t2i_prompt2_clipskip");
  g_autoptr (LimnModel) model = open_model (&one);
  g_autoptr (LimnConditioning) told = tell (&one, model, suite->precision);

  g_assert_nonnull (one.prompt_2);
  g_assert_nonnull (one.negative_2);
  check_values (&one, "text_embeds", told->pooled, (gsize) told->rows * told->pooled_channels, suite->text);
}

static void
test_told (gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (case_names); i++) {
    PipelineCase one = pipeline_case (cases, case_names[i]);
    check_told (&one, data);
  }
  check_second_prompt (data);
}

/* ---- Each step ---- */

typedef struct {
  LimnUnet *unet;
  const PipelineCase *one;
  int first; /* step of the schedule that the U-Net's first timestep is */
  int call;  /* of the U-Net, with which the loop begins */
  gsize values, rows;
  double tolerance; /* rel, of the U-Net's output */
  double out_rms;   /* the last error seen */
} Forced;

/* Runs the U-Net and compares, where the file has this call. */
static gboolean
predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  Forced *forced = data;
  const PipelineCase *one = forced->one;
  gsize n = forced->rows * forced->values, count;
  int call = forced->call + evaluation;

  if (!limn_unet_run (forced->unet, call, sample, out, tick, error))
    return FALSE;
  g_autofree float *expected = golden_floats (one->file, &count, "%s/unet_out", one->name);
  if ((call + 1) * n <= count) {
    g_autofree char *label = g_strdup_printf ("%s/unet_out[%d]", one->name, call);
    golden_check_rel (label, out, expected + call * n, n, forced->tolerance);
    forced->out_rms = MAX (forced->out_rms, golden_compare (out, expected + call * n, n).rms);
  }
  if (call == 0)
    check_values (one, "unet_in0", sample, n, 1e-6);
  return TRUE;
}

/* The latents before the first step, out of what the U-Net saw. */
static float *
first_latents (const PipelineCase *one, double sigma, gsize n)
{
  float *latents = golden_floats (one->file, NULL, "%s/unet_in0", one->name);

  for (gsize i = 0; i < n; i++)
    latents[i] = (float) (latents[i] * sqrt (sigma * sigma + 1));
  return latents;
}

static void
check_noise (const PipelineCase *one, const LimnSchedule *schedule, const float *latents, gsize n)
{
  g_autofree char *key = g_strdup_printf ("%s/initial_noise", one->name);

  if (!golden_has (one->file, key))
    return;
  g_autofree float *noise = golden_floats (one->file, NULL, "%s", key);
  for (gsize i = 0; i < n; i++)
    noise[i] = (float) (noise[i] * schedule->initial_scale);
  golden_check_rel (key, noise, latents, n, 1e-6);
}

static void
check_sigmas (const PipelineCase *one, const LimnSchedule *schedule)
{
  g_autofree float *sigmas = g_new (float, schedule->steps + 1);

  for (int i = 0; i <= schedule->steps; i++)
    sigmas[i] = (float) schedule->sigmas[i];
  check_values (one, "sigmas", sigmas, schedule->steps + 1, 2e-6);
}

static LimnUnet *
told_unet (const PipelineCase *one, LimnModel *model, LimnPrecision precision, const LimnSchedule *schedule, int first)
{
  const LimnTensor *context = golden_tensor (one->file, "%s/encoder_hidden_states", one->name);
  LimnNetworkShape shape = { (int) context->shape[0], one->height / 8, one->width / 8, (int) context->shape[1],
                             one->calls };
  g_autofree float *states = golden_floats (one->file, NULL, "%s/encoder_hidden_states", one->name);
  g_autofree float *pooled = golden_floats (one->file, NULL, "%s/text_embeds", one->name);
  g_autofree float *time_ids = golden_floats (one->file, NULL, "%s/time_ids", one->name);
  g_autofree float *timesteps = golden_floats (one->file, NULL, "%s/unet_timesteps", one->name);
  g_autoptr (GError) error = NULL;
  LimnUnet *unet = limn_unet_new (networks_gpu (), limn_model_checkpoint (model), precision, &shape, NULL, &error);

  g_assert_no_error (error);
  for (int i = 0; i < one->calls; i++)
    g_assert_cmpfloat (timesteps[i], ==, (float) schedule->timesteps[first + i]);
  limn_unet_prepare (unet, states, pooled, time_ids, timesteps, one->calls, NULL, &error);
  g_assert_no_error (error);
  return unet;
}

static void
set_pictures (LimnDenoise *loop, float *latents)
{
  for (int i = 0; i < loop->n_pictures; i++)
    loop->pictures[i] = (LimnDenoisePicture){ .latents = latents + (gsize) i * loop->values };
}

static void
force_steps (const LimnDenoise *loop, const PipelineCase *one, Forced *forced)
{
  const LimnSchedule *schedule = loop->schedule;
  gsize n = loop->values * (gsize) one->pictures;
  double g = one->guidance, spread = g > 1 ? sqrt (g * g + (g - 1) * (g - 1)) : 1;
  g_autofree float *recorded = golden_floats (one->file, NULL, "%s/latents_per_step", one->name);
  g_autofree float *latents = first_latents (one, schedule->sigmas[forced->first], n);

  check_noise (one, schedule, latents, n);
  for (int call = 0; call < one->calls; call++) {
    g_autofree char *label = g_strdup_printf ("%s/latents_per_step[%d]", one->name, call);
    g_autoptr (GError) error = NULL;
    LimnDenoise step = *loop;

    forced->call = call;
    step.first = forced->first + call;
    step.last = step.first + 1;
    set_pictures (&step, latents);
    limn_denoise (&step, NULL, &error);
    g_assert_no_error (error);
    /* An error e of both halves reaches the latents as spread * (sigma - next) * e. */
    double moved = schedule->sigmas[step.first] - schedule->sigmas[step.last];
    golden_check_rms (label, latents, recorded + call * n, n,
                      1e-6 * schedule->sigmas[step.first] + 3 * spread * moved * forced->out_rms);
    memcpy (latents, recorded + call * n, n * sizeof (float));
  }
  check_values (one, "latents", latents, n, 0);
}

static void
check_steps (const PipelineCase *one, const Suite *suite)
{
  g_autoptr (LimnModel) model = open_model (one);
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (limn_checkpoint_schedule (limn_model_checkpoint (model)),
                                                         one->trailing ? "trailing" : "leading", one->steps);
  int first = one->strength > 0
                  ? one->steps - limn_like_picture_steps (limn_like_find (NULL), one->steps, one->strength)
              : one->start > 0 ? limn_schedule_split (schedule, one->start)
                               : 0;
  g_autoptr (LimnUnet) unet = told_unet (one, model, suite->precision, schedule, first);
  Forced forced = {
    .unet = unet,
    .one = one,
    .first = first,
    .values = (gsize) 4 * (one->height / 8) * (one->width / 8),
    .rows = limn_unet_shape (unet)->batch,
    .tolerance = one->refiner ? suite->refiner : suite->base,
  };
  LimnFields fields;
  g_autofree LimnDenoisePicture *pictures = g_new (LimnDenoisePicture, one->pictures);
  LimnDenoise loop = {
    .sampler = limn_sampler_find (NULL),
    .schedule = schedule,
    .pictures = pictures,
    .n_pictures = one->pictures,
    .values = forced.values,
    .planes = 4,
    .fields = &fields,
    .guided = one->guidance > 1,
    .predict = predict_cb,
    .data = &forced,
  };
  limn_fields_init (&fields);
  fields.guidance = one->guidance;
  int last = one->end < 1 ? limn_schedule_split (schedule, one->end) : schedule->steps;

  g_assert_cmpint (one->calls, ==, last - first);
  check_sigmas (one, schedule);
  force_steps (&loop, one, &forced);
}

static void
test_steps (gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (case_names); i++) {
    PipelineCase one = pipeline_case (cases, case_names[i]);
    check_steps (&one, data);
  }
}

/* ---- What limn.h does not ask for: several pictures at once, and an encoded empty negative ---- */

static gboolean
free_predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  return limn_unet_run (data, evaluation, sample, out, tick, error);
}

static void
check_pictures (const PipelineCase *one, LimnModel *model, const float *latents, const Suite *suite)
{
  const LimnTensor *expected = golden_tensor (one->file, "%s/image_u8", one->name);
  gsize plane = (gsize) 3 * one->width * one->height;
  g_autofree float *planes = g_new (float, plane * one->pictures);
  g_autoptr (GError) error = NULL;
  int worst = 0;

  g_autoptr (LimnVae) vae =
      limn_vae_new (networks_gpu (), limn_model_checkpoint (model), LIMN_VAE_DECODE, suite->precision, one->pictures,
                    one->height / 8, one->width / 8, NULL, &error);
  g_assert_no_error (error);
  limn_vae_decode (vae, latents, planes, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (expected->count, ==, plane * one->pictures);
  for (int i = 0; i < one->pictures; i++) {
    g_autoptr (LimnImage) image = limn_image_from_planes (planes + i * plane, one->width, one->height);
    for (gsize k = 0; k < plane; k++)
      worst = MAX (worst, ABS (image->rgb[k] - expected->data[i * plane + k]));
  }
  g_test_message ("%s: pixels differ by at most %d of 255 (allowed %d)", one->name, worst, suite->levels);
  g_assert_cmpint (worst, <=, suite->levels);
}

static void
check_whole (const PipelineCase *one, const Suite *suite)
{
  g_autoptr (LimnModel) model = open_model (one);
  g_autoptr (LimnConditioning) told = tell (one, model, suite->precision);
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (limn_checkpoint_schedule (limn_model_checkpoint (model)),
                                                         one->trailing ? "trailing" : "leading", one->steps);
  LimnNetworkShape shape = { told->rows, one->height / 8, one->width / 8, told->tokens, one->steps };
  gsize n;
  g_autofree float *expected = golden_floats (one->file, &n, "%s/latents", one->name);
  g_autofree float *latents = golden_floats (one->file, NULL, "%s/initial_noise", one->name);
  float timesteps[32];
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnUnet) unet =
      limn_unet_new (networks_gpu (), limn_model_checkpoint (model), suite->precision, &shape, NULL, &error);
  LimnFields fields;
  g_autofree LimnDenoisePicture *pictures = g_new (LimnDenoisePicture, one->pictures);
  LimnDenoise loop = {
    .sampler = limn_sampler_find (NULL),
    .schedule = schedule,
    .last = schedule->steps,
    .pictures = pictures,
    .n_pictures = one->pictures,
    .values = n / one->pictures,
    .planes = 4,
    .fields = &fields,
    .guided = one->guidance > 1,
    .predict = free_predict_cb,
    .data = unet,
  };

  limn_fields_init (&fields);
  fields.guidance = one->guidance;
  g_assert_no_error (error);
  for (int i = 0; i < schedule->steps; i++)
    timesteps[i] = (float) schedule->timesteps[i];
  for (gsize i = 0; i < n; i++)
    latents[i] = (float) (latents[i] * schedule->initial_scale);
  limn_unet_prepare (unet, told->context, told->pooled, told->time_ids, timesteps, schedule->steps, NULL, &error);
  g_assert_no_error (error);
  set_pictures (&loop, latents);
  limn_denoise (&loop, NULL, &error);
  g_assert_no_error (error);
  golden_check_rms (one->name, latents, expected, n, suite->latents * one->amplification);
  check_pictures (one, model, latents, suite);
}

static void
test_whole (gconstpointer data)
{
  static const char *const names[] = { "t2i_batch2", "t2i_empty_negative" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    PipelineCase one = pipeline_case (cases, names[i]);
    check_whole (&one, data);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cases = pipeline_cases_open ("sdxl");
  g_test_add_data_func ("/stages/told/fp32", &suites[0], test_told);
  g_test_add_data_func ("/stages/told/fp16", &suites[1], test_told);
  g_test_add_data_func ("/stages/steps/fp32", &suites[0], test_steps);
  g_test_add_data_func ("/stages/steps/fp16", &suites[1], test_steps);
  g_test_add_data_func ("/stages/whole/fp32", &suites[0], test_whole);
  g_test_add_data_func ("/stages/whole/fp16", &suites[1], test_whole);
  int status = networks_run ();
  pipeline_cases_free (cases);
  return status;
}
