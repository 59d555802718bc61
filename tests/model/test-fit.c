/* test-fit.c - networks and pictures in less memory than they would like: the same bits, in the bytes that were said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "common/golden-model.h"
#include "engine/job.h"
#include "gpu/gpu-private.h"
#include "model/lora.h"
#include "model/networks.h"
#include "model/survey.h"
#include "model/unet.h"
#include "model/vae.h"

/* ---- One network ---- */

typedef struct {
  const char *model;
  LimnPrecision precision;
  LimnNetworkShape shape;
} Network;

static const Network networks[] = {
  { "mini-sdxl", LIMN_PRECISION_FP16, { 2, 10, 13, 77, 2 } },
  { "mini-sdxl", LIMN_PRECISION_FP32, { 1, 8, 9, 154, 3 } },
  { "mini-sdxl-refiner", LIMN_PRECISION_FP16, { 1, 24, 16, 77, 2 } },
  { "mini-sd15", LIMN_PRECISION_FP16, { 2, 16, 8, 77, 2 } },
  { "mini-sd21", LIMN_PRECISION_FP32, { 3, 9, 16, 77, 2 } },
};

static void
draw (GRand *random, float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_rand_double_range (random, -1, 1);
}

/* What unet says of seed's inputs at two steps, one after the other.  (transfer full) */
static float *
answer (LimnUnet *unet, const LimnUnetConfig *config, const LimnNetworkShape *shape, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  gsize n = (gsize) shape->batch * config->in_channels * shape->height * shape->width;
  gsize tokens = (gsize) shape->batch * shape->tokens * config->context_channels;
  gsize others = (gsize) shape->batch * (config->pooled_channels + config->time_ids) + 1;
  g_autofree float *context = g_new (float, tokens), *added = g_new (float, others), *sample = g_new (float, n);
  const float timesteps[] = { 801, 41 };
  float *out = g_new0 (float, 2 * n);
  g_autoptr (GError) error = NULL;

  draw (random, context, tokens);
  draw (random, added, others);
  draw (random, sample, n);
  limn_unet_prepare (unet, context, added, added + shape->batch * config->pooled_channels, timesteps, 2, NULL, &error);
  g_assert_no_error (error);
  for (int step = 0; step < 2; step++) {
    limn_unet_run (unet, step, sample, out + step * n, NULL, &error);
    g_assert_no_error (error);
  }
  return out;
}

/* In room, on a card whose memory is mapped or not.  Returns what is brought for a step. */
static guint64
check_in (LimnCheckpoint *checkpoint, const Network *network, guint64 room, gboolean mapped, guint64 least,
          const float *expected)
{
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  LimnNetworkShape shape = network->shape;
  gsize n = (gsize) 2 * shape.batch * config->in_channels * shape.height * shape.width;
  LimnGpu *gpu = networks_gpu ();
  guint64 before = limn_gpu_allocated (gpu, NULL);
  g_autoptr (GError) error = NULL;

  shape.room = room;
  const LimnSurvey survey = limn_survey_unet (limn_gpu_limits (gpu), config, network->precision, &shape);
  gpu->cap = mapped ? 0 : G_MAXUINT64;
  g_autoptr (LimnUnet) unet = limn_unet_new (gpu, checkpoint, network->precision, &shape, NULL, &error);
  gpu->cap = 0;
  g_assert_no_error (error);
  g_assert_cmpuint (survey.weights + survey.work, ==, limn_gpu_allocated (gpu, NULL) - before);
  g_assert_cmpuint (survey.weights + survey.work, <=, MAX (room, least));
  g_autofree float *got = answer (unet, config, &shape, 7);
  g_assert_cmpmem (got, n * sizeof (float), expected, n * sizeof (float));
  return survey.brought;
}

static void
test_network (gconstpointer data)
{
  const Network *network = data;
  g_autofree char *folder = golden_path (network->model);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (folder, &error);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  g_assert_no_error (error);
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  LimnNetworkShape tight = network->shape;
  LimnUnet *unet = limn_unet_new (networks_gpu (), checkpoint, network->precision, &network->shape, NULL, &error);

  g_assert_no_error (error);
  g_autofree float *expected = answer (unet, config, &network->shape, 7);
  limn_unet_free (unet);
  tight.room = 1;
  const LimnSurvey plain = limn_survey_unet (limits, config, network->precision, &network->shape);
  const LimnSurvey thrifty = limn_survey_unet (limits, config, network->precision, &tight);
  guint64 all = plain.weights + plain.work, least = thrifty.weights + thrifty.work;

  g_assert_cmpuint (least, <, all);
  g_assert_cmpuint (check_in (checkpoint, network, all, TRUE, least, expected), ==, 0);
  g_assert_cmpuint (thrifty.brought, >, 0);
  g_assert_cmpuint (check_in (checkpoint, network, all - 1, TRUE, least, expected), <, thrifty.brought);
  g_assert_cmpuint (check_in (checkpoint, network, 1, TRUE, least, expected), ==, thrifty.brought);
  for (int i = 0; i < 4; i++) {
    guint64 room = least + (guint64) (g_rand_double (random) * (double) (all - least));

    g_assert_cmpuint (check_in (checkpoint, network, room, i % 2, least, expected), <=, thrifty.brought);
  }
}

static void
assert_answers (LimnUnet *unet, LimnCheckpoint *checkpoint, const Network *network)
{
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  const LimnNetworkShape *shape = &network->shape;
  gsize n = (gsize) 2 * shape->batch * config->in_channels * shape->height * shape->width;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnUnet) plain = limn_unet_new (networks_gpu (), checkpoint, network->precision, shape, NULL, &error);

  g_assert_no_error (error);
  g_autofree float *expected = answer (plain, config, shape, 7), *got = answer (unet, config, shape, 7);
  g_assert_cmpmem (got, n * sizeof (float), expected, n * sizeof (float));
}

/* A LoRA is merged into what comes as into what stays, and gone when it is taken off; or lies beside what comes in
 * blocks that are made of the original, and comes itself. */
static void
test_lora (gconstpointer data)
{
  LimnType fit = (LimnType) GPOINTER_TO_INT (data);
  const Network *network = &networks[0];
  g_autofree char *folder = golden_path (network->model), *path = golden_path ("lora/kohya_sgm.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) plain_base = limn_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  g_autoptr (LimnLora) lora = limn_lora_open (path, plain_base, &error);
  g_assert_no_error (error);
  const LimnLoraUse use = { .lora = lora, .strengths = { 0.8, 0, 0.8, 0.8 } };
  const LimnLoraUse more = { .lora = lora, .strengths = { 1.1, 0, 1.1, 1.1 } };
  g_autoptr (LimnCheckpoint) base =
      fit == LIMN_TYPE_F16 ? limn_checkpoint_ref (plain_base) : limn_checkpoint_merge_fit (plain_base, &more, 1, fit);
  g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge_fit (plain_base, &use, 1, fit);
  LimnNetworkShape shape = network->shape;

  LimnSurvey plain =
      limn_survey_unet (limn_gpu_limits (networks_gpu ()), limn_checkpoint_unet (base), network->precision, &shape);
  shape.room = (plain.weights + plain.work) / 3 * 2;
  g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), base, network->precision, &shape, NULL, &error);
  g_assert_no_error (error);
  assert_answers (unet, base, network);
  g_assert_true (limn_unet_kind.exchange (unet, merged, NULL, &error));
  assert_answers (unet, merged, network);
  g_assert_true (limn_unet_kind.exchange (unet, base, NULL, &error));
  assert_answers (unet, base, network);
}

/* ---- One weight ---- */

typedef struct {
  float values[2 * 256];
  int asked;
} Counted;

static gboolean
find_counted (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  Counted *counted = data;

  counted->asked++;
  *view = (LimnTensorView){ .type = LIMN_TYPE_F32,
                            .shape = { 2, 256 },
                            .rank = 2,
                            .data = (const guint8 *) counted->values,
                            .file = "counted",
                            .stored_name = name };
  return TRUE;
}

static gboolean
counted_is_whole (gpointer data, GError **error)
{
  return TRUE;
}

static void
release_nothing (gpointer data)
{
}

static gboolean
stream_it (const char *name, LimnLayout layout, guint64 bytes, gpointer data)
{
  return TRUE;
}

static gboolean
is_other (const char *name, gpointer data)
{
  return GPOINTER_TO_INT (data);
}

/* What was quantized for a step serves the next ones, until the tensor is another one. */
static void
test_made (gconstpointer data)
{
  static const char *const names[] = { "x.weight", NULL };
  const char *type = data;
  Counted counted = { { 0 }, 0 };
  const LimnTensorSource source = { find_counted, counted_is_whole, release_nothing, &counted };
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (networks_gpu ()));
  g_autoptr (LimnWeights) weights = limn_weights_new (LIMN_STORE_F16);
  const LimnWeightKind *kind = type != NULL ? limn_weight_kind_for (type, 256) : NULL;
  const LimnWeightSpec spec = { names, LIMN_LAYOUT_MATRIX, 2, 256, 0, kind };
  gsize bytes = limn_array_bytes (limn_weights_declare (weights, plan, &spec));
  g_autofree guint8 *first = g_malloc0 (bytes), *second = g_malloc0 (bytes);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 2 * 256; i++)
    counted.values[i] = (float) g_test_rand_double_range (-1, 1);
  limn_weights_stream (weights, stream_it, NULL);
  g_assert_true (limn_weights_bring (weights, &source, "x.weight", first, &error));
  g_assert_true (limn_weights_bring (weights, &source, "x.weight", second, &error));
  g_assert_cmpint (counted.asked, ==, kind != NULL ? 1 : 2);
  g_assert_cmpmem (first, bytes, second, bytes);
  g_assert_true (limn_weights_reload (weights, &source, is_other, GINT_TO_POINTER (FALSE), NULL, &error));
  g_assert_true (limn_weights_bring (weights, &source, "x.weight", second, &error));
  g_assert_cmpint (counted.asked, ==, kind != NULL ? 1 : 3);
  for (int i = 0; i < 2 * 256; i++)
    counted.values[i] *= -0.5f;
  g_assert_true (limn_weights_reload (weights, &source, is_other, GINT_TO_POINTER (TRUE), NULL, &error));
  g_assert_true (limn_weights_bring (weights, &source, "x.weight", second, &error));
  g_assert_cmpint (memcmp (first, second, bytes), !=, 0);
}

/* ---- The autoencoder ---- */

/* What the network of that kind makes of values, in a room.  (transfer full) */
static float *
run_vae (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, LimnPrecision precision, LimnNetworkShape shape,
         guint64 room, const float *values, gsize n)
{
  gsize plane = (gsize) shape.height * shape.width;
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
  g_autoptr (GError) error = NULL;
  float *out = g_new (float, n);

  shape.room = room;
  const LimnSurvey survey =
      limn_survey_vae (limn_gpu_limits (networks_gpu ()), limn_checkpoint_vae (checkpoint),
                       kind == &limn_vae_encoder_kind ? LIMN_VAE_ENCODE : LIMN_VAE_DECODE, precision, &shape);
  LimnVae *vae = kind->build (kind, networks_gpu (), checkpoint, precision, &shape, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (survey.weights + survey.work, ==, limn_gpu_allocated (networks_gpu (), NULL) - before);
  if (kind == &limn_vae_encoder_kind)
    limn_vae_encode (vae, values, out, out + 4 * plane, NULL, &error);
  else
    limn_vae_decode (vae, values, out, NULL, &error);
  g_assert_no_error (error);
  limn_vae_free (vae);
  return out;
}

static guint64
vae_bytes (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, LimnPrecision precision, LimnNetworkShape shape,
           guint64 room)
{
  gsize bytes;

  shape.room = room;
  const LimnSurvey survey = kind->survey (kind, limn_gpu_limits (networks_gpu ()),
                                          kind->config (kind, checkpoint, &bytes), precision, &shape);
  return survey.weights + survey.work;
}

/* Pictures of any size, in bands of any height, are the whole ones to the bit. */
static void
test_vae (gconstpointer data)
{
  const LimnNetworkKind *kind = data;
  gboolean reads = kind == &limn_vae_encoder_kind;
  g_autofree char *folder = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (folder, &error);
  g_autoptr (GRand) random = g_rand_new_with_seed (reads ? 9 : 8);
  double least = 1;

  g_assert_no_error (error);
  for (int i = 0; i < 14; i++) {
    LimnPrecision precision = i % 2 ? LIMN_PRECISION_FP32 : LIMN_PRECISION_FP16;
    LimnNetworkShape shape = { 1, g_rand_int_range (random, 1, 40), g_rand_int_range (random, 1, 20) };
    gsize plane = (gsize) shape.height * shape.width, pixels = 3 * 64 * plane, latents = 4 * plane;
    gsize n_in = reads ? pixels : latents, n_out = reads ? 2 * latents : pixels;
    g_autofree float *values = g_new (float, n_in);
    guint64 all = vae_bytes (kind, checkpoint, precision, shape, 0);
    guint64 tight = vae_bytes (kind, checkpoint, precision, shape, 1);

    draw (random, values, n_in);
    guint64 room = tight + (guint64) (g_rand_double (random) * (double) (all > tight ? all - tight : 0));
    g_autofree float *whole = run_vae (kind, checkpoint, precision, shape, 0, values, n_out);
    g_autofree float *thrifty = run_vae (kind, checkpoint, precision, shape, 1, values, n_out);
    g_autofree float *between = run_vae (kind, checkpoint, precision, shape, room, values, n_out);
    g_assert_cmpmem (thrifty, n_out * sizeof (float), whole, n_out * sizeof (float));
    g_assert_cmpmem (between, n_out * sizeof (float), whole, n_out * sizeof (float));
    least = MIN (least, (double) tight / (double) all);
  }
  g_assert_cmpfloat (least, <, 0.7);
}

/* Two pictures at once, which the engine never asks for, are whole whatever the room. */
static void
test_vae_batch (void)
{
  const LimnNetworkShape shape = { 2, 12, 10 };
  g_autofree char *folder = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (folder, &error);
  g_autoptr (GRand) random = g_rand_new_with_seed (4);
  g_autofree float *values = g_new (float, 2 * 4 * 120);

  g_assert_no_error (error);
  draw (random, values, 2 * 4 * 120);
  g_autofree float *a = run_vae (&limn_vae_decoder_kind, checkpoint, 0, shape, 0, values, 2 * 3 * 64 * 120);
  g_autofree float *b = run_vae (&limn_vae_decoder_kind, checkpoint, 0, shape, 1, values, 2 * 3 * 64 * 120);
  g_assert_cmpmem (a, 2 * 3 * 64 * 120 * sizeof (float), b, 2 * 3 * 64 * 120 * sizeof (float));
}

/* ---- Pictures ---- */

static LimnEngine *engine;

static LimnResult *
paint (const LimnRequest *request, GError **error)
{
  engine->gpu->most_allocated = limn_gpu_allocated (engine->gpu, NULL);
  return limn_engine_generate (engine, request, NULL, error);
}

static void
assert_same (const LimnResult *a, const LimnResult *b, const LimnRequest *request)
{
  gsize n = (gsize) 3 * request->width * request->height;

  g_assert_cmpmem (a->image->rgb, n, b->image->rgb, n);
}

/* Has the engine's device be a card that says it has so much, and gives so much. */
static void
set_card (guint64 said, guint64 given)
{
  LimnDeviceInfo *info = (LimnDeviceInfo *) limn_gpu_info (engine->gpu);

  info->kind = LIMN_DEVICE_DISCRETE;
  info->memory = said;
  engine->gpu->given = given;
}

static void
begin (LimnRequest *request, LimnModel *model, LimnModel *refiner, LimnImage *image)
{
  limn_request_init (request, model);
  request->refiner = refiner;
  request->image = image;
  request->prompt = "a (red:1.2) fox";
  request->width = 136;
  request->height = 72;
  request->steps = 3;
  request->guidance_to = 0.7;
}

/* What is proposed instead of what estimate is of, if anything is, does fit, in no more memory and in no more parts.
 * Returns whether it is. */
static gboolean
check_proposal (const LimnRequest *request, const LimnEstimate *estimate)
{
  LimnRequest other = *request;
  g_autoptr (GError) error = NULL;

  if (estimate->fit == NULL)
    return FALSE;
  other.fit = estimate->fit;
  g_autoptr (LimnEstimate) proposed = limn_engine_estimate (engine, &other, &error);
  g_assert_no_error (error);
  g_assert_true (proposed->fits);
  g_assert_null (proposed->fit);
  return TRUE;
}

/* Cards of all sizes paint the same, within what they have, or say that they cannot. */
static void
test_caps (void)
{
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl"), refiner = golden_model ("mini-sdxl-refiner");
  g_autoptr (LimnImage) image = limn_image_new (90, 70);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  g_autoptr (GError) error = NULL;
  guint seen[LIMN_RESIDENCY_IMPOSSIBLE + 1] = { 0 }, proposals = 0;
  LimnRequest request;

  begin (&request, model, refiner, image);
  set_card (G_GUINT64_CONSTANT (64) << 30, 0);
  g_autoptr (LimnResult) expected = paint (&request, &error);
  g_assert_no_error (error);
  guint64 all = engine->gpu->most_allocated;
  for (int i = 0; i < 24; i++) {
    guint64 memory = (guint64) ((double) all * g_rand_double_range (random, 0.02, 1.3));
    LimnJob job = { .engine = engine };
    guint64 most;

    limn_engine_forget (engine);
    set_card (memory, memory);
    LimnBudget budget = limn_engine_budget (engine);
    limn_job_plan (&job, &request);
    seen[limn_job_choose (&job, &budget)]++;
    limn_job_clear (&job);
    g_autoptr (LimnEstimate) estimate = limn_engine_estimate (engine, &request, &error);
    g_assert_no_error (error);
    proposals += check_proposal (&request, estimate);
    g_autoptr (LimnResult) result = paint (&request, &error);
    limn_gpu_allocated (engine->gpu, &most);
    g_assert_true ((result != NULL) == estimate->fits);
    if (result == NULL) {
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY);
      g_clear_error (&error);
      continue;
    }
    g_assert_cmpuint (most, <=, estimate->peak);
    assert_same (result, expected, &request);
  }
  for (LimnResidency plan = 0; plan < LIMN_RESIDENCY_IMPOSSIBLE; plan++)
    g_test_message ("plan %d: %u", plan, seen[plan]);
  g_assert_cmpuint (seen[LIMN_RESIDENCY_ONE], >, 0);
  g_assert_cmpuint (seen[LIMN_RESIDENCY_STREAMED], >, 3);
  g_assert_cmpuint (proposals, >, 0);
  limn_engine_forget (engine);
}

/* A device that gives less than it says paints the same all the same, and the picture says so. */
static void
test_refused (void)
{
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  guint told = 0;
  LimnRequest request;

  begin (&request, model, NULL, NULL);
  set_card (G_GUINT64_CONSTANT (64) << 30, 0);
  g_autoptr (LimnResult) expected = paint (&request, &error);
  g_assert_no_error (error);
  g_assert_null (expected->notes[0]);
  guint64 all = engine->gpu->most_allocated;
  for (int part = 9; part > 1; part--) {
    limn_engine_forget (engine);
    set_card (G_GUINT64_CONSTANT (64) << 30, all / 10 * part);
    g_autoptr (LimnResult) result = paint (&request, &error);
    if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_MEMORY)) {
      g_clear_error (&error);
      continue;
    }
    g_assert_no_error (error);
    assert_same (result, expected, &request);
    g_assert_nonnull (result->notes[0]);
    g_assert_nonnull (strstr (result->notes[0], "less memory than it has"));
    /* What it had to be content with serves the next picture. */
    g_autoptr (LimnResult) next = paint (&request, &error);
    g_assert_no_error (error);
    assert_same (next, expected, &request);
    told++;
  }
  g_assert_cmpuint (told, >=, 4);
  limn_engine_forget (engine);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (networks); i++) {
    g_autofree char *path = g_strdup_printf ("/fit/network/%s/%u", networks[i].model, i);
    g_test_add_data_func (path, &networks[i], test_network);
  }
  g_test_add_data_func ("/fit/lora/f16", GINT_TO_POINTER (LIMN_TYPE_F16), test_lora);
  g_test_add_data_func ("/fit/lora/q8_0", GINT_TO_POINTER (LIMN_TYPE_Q8_0), test_lora);
  g_test_add_data_func ("/fit/lora/q4_k", GINT_TO_POINTER (LIMN_TYPE_Q4_K), test_lora);
  g_test_add_data_func ("/fit/made/f16", NULL, test_made);
  g_test_add_data_func ("/fit/made/q8_0", "Q8_0", test_made);
  g_test_add_data_func ("/fit/made/q4_k", "Q4_K", test_made);
  g_test_add_data_func ("/fit/vae/decoder", &limn_vae_decoder_kind, test_vae);
  g_test_add_data_func ("/fit/vae/encoder", &limn_vae_encoder_kind, test_vae);
  g_test_add_func ("/fit/vae/batch", test_vae_batch);
  g_test_add_func ("/fit/caps", test_caps);
  g_test_add_func ("/fit/refused", test_refused);
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
