/* test-memory.c - what is said of memory and work before anything is made is what is then made, to the byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <unistd.h>

#include "common/folder.h"
#include "common/golden-model.h"
#include "engine/job.h"
#include "gpu/gpu-private.h"
#include "model/clip.h"
#include "model/gguf-model.h"
#include "model/listing.h"
#include "model/lora.h"
#include "model/networks.h"
#include "model/survey.h"
#include "model/unet.h"

/* ---- One network ---- */

static void
check (const char *what, LimnSurvey survey, guint64 before, double flop)
{
  guint64 made = limn_gpu_allocated (networks_gpu (), NULL) - before;

  g_test_message ("%s: %" G_GUINT64_FORMAT " of weights, %" G_GUINT64_FORMAT " beside", what, survey.weights,
                  survey.work);
  g_assert_cmpuint (survey.weights, >, 0);
  g_assert_cmpuint (survey.work, >, 0);
  g_assert_cmpuint (survey.weights + survey.work, ==, made);
  g_assert_cmpfloat (survey.flop, ==, flop);
}

static void
check_unet (LimnCheckpoint *checkpoint, LimnPrecision precision)
{
  const LimnNetworkShape shapes[] = { { 2, 24, 40, 154, 3 },
                                      { 1, 17, 9, 77, 32 },
                                      { 2, 16, 8, 77, 2, .perturbed = 1, .nag = { 3, 2.5f, 0.5f } },
                                      { 2, 17, 9, 77, 2, .regions = 3, .nag = { 3, 2.5f, 0.5f }, .shrink = { 3, 2 } },
                                      { 4, 16, 24, 77, 2, .watched = 2 },
                                      { 1, 18, 13, 77, 2, .freeu = { 2, { 1.3f, 1.4f }, { 0.9f, 0.2f } },
                                        .shrink = { 3, 2 } } };
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), checkpoint, precision, &shapes[0], NULL, &error);

  g_assert_no_error (error);
  check ("U-Net", limn_survey_unet (limits, limn_checkpoint_unet (checkpoint), precision, &shapes[0]), before,
         limn_plan_flop (limn_unet_plan (unet)));
  for (guint i = 1; i < G_N_ELEMENTS (shapes); i++) {
    limn_unet_reshape (unet, &shapes[i], NULL, &error);
    g_assert_no_error (error);
    check ("reshaped", limn_survey_unet (limits, limn_checkpoint_unet (checkpoint), precision, &shapes[i]), before,
           limn_plan_flop (limn_unet_plan (unet)));
  }
}

static void
check_vae (LimnCheckpoint *checkpoint, LimnPrecision precision, LimnVaeDirection direction)
{
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnVae) vae = limn_vae_new (networks_gpu (), checkpoint, direction, precision, 1, 24, 40, NULL, &error);

  g_assert_no_error (error);
  check (direction == LIMN_VAE_DECODE ? "VAE decoder" : "VAE encoder",
         limn_survey_vae (limn_gpu_limits (networks_gpu ()), limn_checkpoint_vae (checkpoint), direction, precision,
                          &(LimnNetworkShape){ 1, 24, 40 }),
         before, limn_plan_flop (limn_vae_plan (vae)));
}

static void
check_clip (LimnCheckpoint *checkpoint, LimnPrecision precision, LimnPartId which)
{
  const LimnClipConfig *config = limn_checkpoint_clip (checkpoint, which);
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
  g_autoptr (GError) error = NULL;

  if (config == NULL)
    return;
  g_autoptr (LimnClip) clip = limn_clip_new (networks_gpu (), checkpoint, which, precision, 1, NULL, &error);
  g_assert_no_error (error);
  check ("text encoder",
         limn_survey_clip (limn_gpu_limits (networks_gpu ()), config, precision, &(LimnNetworkShape){ 1 }), before,
         limn_plan_flop (limn_clip_plan (clip)));
}

static void
check_networks (LimnCheckpoint *checkpoint)
{
  for (LimnPrecision precision = LIMN_PRECISION_AUTO; precision <= LIMN_PRECISION_FP32; precision++) {
    check_unet (checkpoint, precision);
    check_vae (checkpoint, precision, LIMN_VAE_DECODE);
    check_vae (checkpoint, precision, LIMN_VAE_ENCODE);
    check_clip (checkpoint, precision, LIMN_PART_TEXT_ENCODER);
    check_clip (checkpoint, precision, LIMN_PART_TEXT_ENCODER_2);
  }
}

static void
test_networks (gconstpointer data)
{
  g_autofree char *folder = golden_path (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (folder, &error);

  g_assert_no_error (error);
  check_networks (checkpoint);
}

/* Weights that stay in their file's blocks. */
static void
test_q8_0 (void)
{
  g_autofree char *folder = make_folder (), *path = gguf_model_make (folder, TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  check_networks (checkpoint);
  tests_remove_folder (folder);
}

/* The same of eight-bit floats, with scales and without. */
static void
test_fp8 (gconstpointer data)
{
  g_autofree char *base = golden_path ("mini-sdxl"), *path = golden_path (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (&(LimnModelParts){ base, { path } }, &error);

  g_assert_no_error (error);
  g_assert_nonnull (limn_checkpoint_unet (checkpoint)->kept.kinds);
  check_networks (checkpoint);
}

/* What is read as one matrix lies in blocks of several kinds. */
static void
test_mixed (void)
{
  g_autofree char *base = golden_path ("mini-sdxl"), *path = golden_path ("gguf/mini-sdxl-q-Q4_K_M.gguf");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (&(LimnModelParts){ base, { path } }, &error);

  g_assert_no_error (error);
  check_networks (checkpoint);
}

/* Made to fit: in less than it takes as it is. */
static void
test_made_to_fit (void)
{
  static const LimnType types[] = { LIMN_TYPE_Q8_0, LIMN_TYPE_Q4_K };
  const LimnNetworkShape shape = { 1, 16, 16, 77, 2 };
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) base = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  guint64 last = limn_survey_unet (limits, limn_checkpoint_unet (base), LIMN_PRECISION_FP16, &shape).weights;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (LimnCheckpoint) fit = limn_checkpoint_merge_fit (base, NULL, 0, types[i]);
    guint64 weights = limn_survey_unet (limits, limn_checkpoint_unet (fit), LIMN_PRECISION_FP16, &shape).weights;

    g_assert_cmpuint (weights, <, last);
    last = weights;
    check_networks (fit);
  }
}

/* ---- A run ---- */

static LimnEngine *engine;

typedef struct {
  const char *name, *model, *refiner;
  int width, height;
  LimnPrecision precision;
  LimnResidency residency;
  gboolean image; /* starts from a picture */
  const char *prompt;
  double guidance;   /* 0: the model's */
  gboolean previews; /* by a decoder that lies with the model */
} Run;

#define MINI "mini-sdxl"
#define REFINER "mini-sdxl-refiner"
#define STARTER "../../data/starter"
#define STARTER_REFINER "../../data/starter/refiner"
#define FP16 LIMN_PRECISION_FP16
#define FP32 LIMN_PRECISION_FP32
#define ALL LIMN_RESIDENCY_ALL
#define APART LIMN_RESIDENCY_ENCODERS_APART
#define ONE LIMN_RESIDENCY_ONE
#define LONG                                                                                                           \
  "a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, a, b, c, d, e, f, g, h, i, j, k, l, " \
  "m"

static const Run runs[] = {
  { "mini", MINI, NULL, 128, 128, FP16, ALL, FALSE, "a cat" },
  { "mini-fp32", MINI, NULL, 128, 128, FP32, ALL, FALSE, "a cat" },
  { "mini-wide", MINI, NULL, 200, 72, FP16, ONE, FALSE, LONG },
  { "mini-image", MINI, NULL, 64, 128, FP32, APART, TRUE, "a cat" },
  { "mini-refiner", MINI, REFINER, 128, 128, FP16, ALL, FALSE, "a cat" },
  { "mini-refiner-fp32", MINI, REFINER, 128, 96, FP32, APART, TRUE, LONG },
  { "mini-refiner-one", MINI, REFINER, 96, 128, FP16, ONE, TRUE, "a cat" },
  { "sd15", "mini-sd15", NULL, 96, 128, FP16, ALL, FALSE, LONG },
  { "sd15-fp32", "mini-sd15", NULL, 128, 64, FP32, ONE, TRUE, "a cat" },
  { "refiner-alone", REFINER, NULL, 136, 120, FP16, ALL, TRUE, "a cat" },
  { "mini-unguided", MINI, REFINER, 128, 128, FP32, ONE, FALSE, "a cat", 1 },
  { "mini-previews", MINI, NULL, 128, 128, FP16, ALL, FALSE, "a cat", .previews = TRUE },
  { "mini-previews-fp32", MINI, REFINER, 72, 96, FP32, ALL, FALSE, "a cat", .previews = TRUE },
  { "starter", STARTER, NULL, 128, 128, FP16, ALL, FALSE, "a cat" },
  { "starter-fp32", STARTER, NULL, 96, 160, FP32, ONE, FALSE, "a cat" },
  { "starter-refiner", STARTER, STARTER_REFINER, 128, 128, FP16, APART, TRUE, "a cat" },
};

static LimnResidency
residency_of (const LimnRequest *request)
{
  LimnJob job = { .engine = engine };
  LimnBudget budget = limn_engine_budget (engine);

  limn_job_plan (&job, request);
  LimnResidency residency = limn_job_choose (&job, &budget);
  /* for a run with all that it asks for */
  if (job.crowded)
    residency = LIMN_RESIDENCY_IMPOSSIBLE;
  limn_job_clear (&job);
  return residency;
}

/* Makes the engine's device a card with the least memory that still lets so much stay. */
static void
allow (const LimnRequest *request, LimnResidency residency)
{
  LimnDeviceInfo *info = (LimnDeviceInfo *) limn_gpu_info (engine->gpu);
  guint64 low = 1, high = G_GUINT64_CONSTANT (1) << 40;

  info->kind = LIMN_DEVICE_DISCRETE;
  while (low < high) {
    info->memory = low + (high - low) / 2;
    if (residency_of (request) <= residency)
      high = info->memory;
    else
      low = info->memory + 1;
  }
  info->memory = low;
  g_assert_cmpint (residency_of (request), ==, residency);
}

/* A model whose folder has a decoder for previews besides. */
static LimnModel *
model_with_decoder (const char *name)
{
  g_autofree char *from = golden_path (name), *decoder = golden_path ("taesd/taesdxl_decoder.safetensors");
  g_autofree char *folder = make_folder (), *to = g_build_filename (folder, "taesdxl_decoder.safetensors", NULL);
  g_autoptr (GError) error = NULL;

  link_folder (from, folder);
  g_assert_cmpint (symlink (decoder, to), ==, 0);
  LimnModel *model = limn_model_open (folder, &error);
  g_assert_no_error (error);
  tests_remove_folder (folder); /* it stays mapped */
  return model;
}

static void
decoded_cb (const LimnPreview *preview, gpointer data)
{
  g_assert_nonnull (preview->image);
  (*(int *) data)++;
}

/* The same run without previews paints the same, to the bit. */
static void
check_previews (LimnRequest *request, const LimnResult *result, int decoded)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (decoded, ==, request->steps);
  request->decoded_previews = FALSE;
  g_autoptr (LimnResult) plain = limn_engine_generate (engine, request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (result->image->rgb, 3 * request->width * request->height, plain->image->rgb,
                   3 * request->width * request->height);
  g_assert_cmpmem (result->latents, sizeof (float) * 4 * result->latent_width * result->latent_height, plain->latents,
                   sizeof (float) * 4 * plain->latent_width * plain->latent_height);
}

static void
test_run (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = run->previews ? model_with_decoder (run->model) : golden_model (run->model),
                        refiner = run->refiner != NULL ? golden_model (run->refiner) : NULL;
  g_autoptr (LimnImage) image = limn_image_new (90, 70);
  LimnRequest request;
  guint64 most;
  int decoded = 0;
  const LimnMonitor monitor = { .preview = decoded_cb, .data = &decoded };

  limn_request_init (&request, model);
  request.refiner = refiner;
  request.prompt = run->prompt;
  request.width = run->width;
  request.height = run->height;
  request.steps = 5;
  request.precision = run->precision;
  request.decoded_previews = run->previews;
  request.image = run->image ? image : NULL;
  if (run->guidance > 0)
    request.guidance = run->guidance;
  allow (&request, run->residency);
  g_autoptr (LimnEstimate) estimate = limn_engine_estimate (engine, &request, &error);
  g_assert_no_error (error);
  g_assert_true (estimate->fits);
  g_assert_cmpuint (limn_gpu_allocated (engine->gpu, NULL), ==, 0);

  engine->gpu->most_allocated = 0;
  g_autoptr (LimnResult) result = limn_engine_generate (engine, &request, run->previews ? &monitor : NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (result->image);
  guint64 left = limn_gpu_allocated (engine->gpu, &most);
  g_test_message ("%" G_GUINT64_FORMAT " said, %" G_GUINT64_FORMAT " made", estimate->peak, most);
  g_assert_cmpuint (estimate->peak, ==, most);
  if (run->residency == ALL)
    g_assert_cmpuint (left, ==, most);
  if (run->previews)
    check_previews (&request, result, decoded);
  limn_engine_forget (engine);
  g_assert_cmpuint (limn_gpu_allocated (engine->gpu, NULL), ==, 0);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  g_test_add_data_func ("/memory/networks/base", MINI, test_networks);
  g_test_add_data_func ("/memory/networks/refiner", REFINER, test_networks);
  g_test_add_func ("/memory/networks/q8_0", test_q8_0);
  g_test_add_data_func ("/memory/networks/fp8", "gguf/mini-sdxl-q-fp8_e4m3fn.safetensors", test_fp8);
  g_test_add_data_func ("/memory/networks/fp8-scaled", "gguf/mini-sdxl-q-fp8_scaled.safetensors", test_fp8);
  g_test_add_func ("/memory/networks/mixed", test_mixed);
  g_test_add_func ("/memory/networks/made-to-fit", test_made_to_fit);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_autofree char *path = g_strdup_printf ("/memory/run/%s", runs[i].name);
    g_test_add_data_func (path, &runs[i], test_run);
  }
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
