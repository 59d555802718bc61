/* test-estimate.c - what a run is said to take, over stand-in networks: memory as the run plans it, time as runs took
 * it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "model/survey.h"

#include <stdio.h>
#include <string.h>

static LimnEstimate *
estimate (EngineFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LimnEstimate *estimate = limn_engine_estimate (fixture->engine, &fixture->request, &error);

  g_assert_no_error (error);
  g_assert_true (estimate->fits == (estimate->peak <= estimate->available));
  for (int i = 0; estimate->advice[i] != NULL; i++)
    g_test_message ("%s", estimate->advice[i]);
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    g_assert_cmpuint (estimate->bytes[stage], <=, estimate->peak);
  return estimate;
}

/* Preparing the device is never foretold. */
static gboolean
is_of_plain_run (int stage)
{
  return stage != LIMN_STAGE_IMAGE && stage != LIMN_STAGE_REFINER && stage != LIMN_STAGE_ENLARGE
         && stage != LIMN_STAGE_SECOND && stage != LIMN_STAGE_DETAIL && stage != LIMN_STAGE_PREPARE;
}

static void
test_stages (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnEstimate) plain = estimate (fixture);
  g_autoptr (LimnModel) upscaler = engine_upscaler ();

  g_assert_true (plain->fits);
  g_assert_null (plain->advice[0]);
  for (int stage = 0; stage < LIMN_N_STAGES; stage++) {
    gboolean used = is_of_plain_run (stage);
    g_assert_cmpfloat (plain->seconds[stage], ==, used ? -1 : 0);
    g_assert_true ((plain->bytes[stage] > 0) == used);
  }
  fixture->request.image = fixture->picture;
  fixture->request.refiner = fixture->refiner;
  fixture->request.hires = 2;
  fixture->request.details = "0,0,0.5,0.5";
  fixture->request.upscaler = upscaler;
  g_autoptr (LimnEstimate) all = estimate (fixture);
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    g_assert_cmpfloat (all->seconds[stage], ==, stage == LIMN_STAGE_PREPARE ? 0 : -1);
  g_assert_cmpuint (all->peak, >, plain->peak);
  /* the picture leaves out the first part of the schedule, and the refiner does its last fifth or a step more */
  g_assert_cmpint (plain->base_steps, ==, fixture->request.steps);
  g_assert_cmpint (plain->refiner_steps, ==, 0);
  g_assert_cmpint (all->base_steps + all->refiner_steps, <, fixture->request.steps);
  g_assert_cmpint (all->refiner_steps, >=, fixture->request.steps / 5);
  g_assert_cmpint (all->refiner_steps, <=, fixture->request.steps / 5 + 1);
  /* Nothing was made, read or run. */
  g_assert_cmpint (fake_networks ()->made, ==, 0);
  fixture->request.steps = 0;
  g_assert_null (limn_engine_estimate (fixture->engine, &fixture->request, NULL));
}

/* A run teaches; what is on the device and encoded takes no time again. */
static void
test_learned (EngineFixture *fixture, gconstpointer data)
{
  static const char *const known = "{\"device\": \"the fake device\", \"rates\": ["
                                   "{\"stage\": \"load\", \"precision\": \"fp16\", \"size\": 10, \"rate\": 1e6}, "
                                   "{\"stage\": \"encode\", \"precision\": \"fp16\", \"size\": 10, \"rate\": 1e7}, "
                                   "{\"stage\": \"base\", \"precision\": \"fp16\", \"size\": 13, \"rate\": 1e8}, "
                                   "{\"stage\": \"decode\", \"precision\": \"fp16\", \"size\": 12, \"rate\": 1e8}]}";

  limn_engine_load_speeds (fixture->engine, known);
  g_autoptr (LimnEstimate) first = estimate (fixture);
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    g_assert_true ((first->seconds[stage] > 0) == is_of_plain_run (stage));

  /* Twice the steps is twice the time of the base, and of nothing else. */
  fixture->request.steps *= 2;
  g_autoptr (LimnEstimate) longer = estimate (fixture);
  g_assert_cmpfloat_with_epsilon (longer->seconds[LIMN_STAGE_BASE], 2 * first->seconds[LIMN_STAGE_BASE], 1e-9);
  g_assert_cmpfloat (longer->seconds[LIMN_STAGE_DECODE], ==, first->seconds[LIMN_STAGE_DECODE]);

  limn_result_free (engine_generate (fixture, NULL));
  g_autoptr (LimnEstimate) again = estimate (fixture);
  g_assert_cmpfloat (again->seconds[LIMN_STAGE_LOAD], ==, 0);
  g_assert_cmpfloat (again->seconds[LIMN_STAGE_ENCODE], ==, 0);
  g_assert_true (again->seconds[LIMN_STAGE_BASE] > 0 && again->seconds[LIMN_STAGE_DECODE] > 0);
  fixture->request.prompt = "a (blue:1.2) square";
  g_autoptr (LimnEstimate) prompt = estimate (fixture);
  g_assert_cmpfloat (prompt->seconds[LIMN_STAGE_LOAD], ==, 0);
  g_assert_true (prompt->seconds[LIMN_STAGE_ENCODE] > 0);
  /* A step less at the end of a run that is gone on from. */
  g_autofree float *latents = g_new0 (float, 4 * 12 * 8);
  fixture->request.start = (LimnStart){ .latents = latents, .step = 5, .steps = 10 };
  g_autoptr (LimnEstimate) tail = estimate (fixture);
  g_assert_cmpfloat_with_epsilon (tail->seconds[LIMN_STAGE_BASE], prompt->seconds[LIMN_STAGE_BASE] / 2, 1e-9);

  g_autofree char *saved = limn_engine_save_speeds (fixture->engine, NULL);
  g_assert_nonnull (strstr (saved, "the fake device"));
}

/* What is planned is what happens: the least memory that is said to fit does, and a byte less is refused with a way
 * out. */
static void
test_advice (EngineFixture *fixture, gconstpointer data)
{
  int width, height;

  fixture->request.refiner = fixture->refiner;
  fixture->request.width = 768;
  fixture->request.height = 1152;
  g_autoptr (LimnEstimate) roomy = estimate (fixture);
  fake_networks ()->memory = 1 << 20;
  g_autoptr (LimnEstimate) cramped = estimate (fixture);
  g_assert_false (cramped->fits);
  g_assert_cmpuint (cramped->peak, <, roomy->peak);

  fake_networks ()->memory = cramped->peak;
  g_autoptr (LimnEstimate) tight = estimate (fixture);
  g_assert_true (tight->fits);
  g_assert_nonnull (strstr (tight->advice[0], "tight"));
  g_assert_nonnull (strstr (tight->advice[1], "parts of it come anew"));

  fake_networks ()->memory = cramped->peak - 1;
  g_autoptr (LimnEstimate) over = estimate (fixture);
  g_assert_false (over->fits);
  engine_refuse (fixture, LIMN_ERROR_MEMORY, "GB");
  /* The size that is proposed does fit, and one grain more does not. */
  g_assert_cmpint (sscanf (over->advice[0], "At %d × %d", &width, &height), ==, 2);
  fixture->request.width = width;
  fixture->request.height = height;
  g_autoptr (LimnEstimate) smaller = estimate (fixture);
  g_assert_true (smaller->fits);

  fixture->request.width = 768;
  fixture->request.height = 1152;
  fixture->request.precision = LIMN_PRECISION_FP32;
  fake_networks ()->memory = cramped->peak;
  g_autoptr (LimnEstimate) wide = estimate (fixture);
  g_assert_false (wide->fits);
  g_assert_nonnull (strstr (wide->advice[0], "In fp16 it would fit"));
  fake_networks ()->memory = 1 << 20;
  g_autoptr (LimnEstimate) hopeless = estimate (fixture);
  g_assert_nonnull (strstr (hopeless->advice[0], "fp16 would need"));
}

/* A residency below "all" says what happens to the weights. */
static void
test_residency (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.refiner = fixture->refiner;
  g_autoptr (LimnEstimate) all = estimate (fixture);
  /* An eighth of a card is left to others. */
  fake_networks ()->memory = (all->peak - 1) / 7 * 8;
  g_autoptr (LimnEstimate) apart = estimate (fixture);
  g_assert_nonnull (strstr (apart->advice[0], "text encoders"));
  g_assert_cmpuint (apart->bytes[LIMN_STAGE_ENCODE], <, all->bytes[LIMN_STAGE_ENCODE]);
  g_assert_cmpuint (apart->bytes[LIMN_STAGE_BASE], ==, apart->bytes[LIMN_STAGE_REFINER]);

  fake_networks ()->memory = 1 << 20;
  g_autoptr (LimnEstimate) none = estimate (fixture);
  fake_networks ()->memory = none->peak / 7 * 8 + 8;
  g_autoptr (LimnEstimate) streamed = estimate (fixture);
  g_assert_true (streamed->fits);
  g_assert_nonnull (strstr (streamed->advice[0], "parts of it come anew"));
  g_assert_cmpuint (streamed->peak, <=, none->peak);
}

static const LimnUnetConfig sdxl = {
  .in_channels = 4,
  .out_channels = 4,
  .levels = 3,
  .channels = { 320, 640, 1280 },
  .down = { { 0 }, { 2, 2 }, { 10, 10 } },
  .up = { { 0 }, { 2, 2, 2 }, { 10, 10, 10 } },
  .mid_layers = 2,
  .mid_depth = 10,
  .heads = { 5, 10, 20 },
  .layers_per_block = 2,
  .context_channels = 2048,
  .time_ids = 6,
  .time_id_channels = 256,
  .pooled_channels = 1280,
  .groups = 32,
};

/* SDXL's U-Net at 1024 x 1024: 5.96 TFLOP a row in its layers, as is widely reported, and 0.75 between queries and
 * keys; 2.57 billion parameters.  The work is the same however a device has it banded. */
static void
test_survey (void)
{
  const LimnGpuLimits gpu = { G_MAXUINT32, G_GUINT64_CONSTANT (4) << 30, 65535,
                              2e11,        .subgroup_min = 32,           .subgroup_max = 32 };
  const LimnGpuLimits cpu = {
    128 << 20, G_GUINT64_CONSTANT (2) << 30, 65535, 2e9, .subgroup_min = 8, .subgroup_max = 8
  };
  LimnNetworkShape one = { 1, 128, 128, 77, 32 }, two = { 2, 128, 128, 77, 32 };
  LimnSurvey survey = limn_survey_unet (&gpu, &sdxl, LIMN_PRECISION_FP16, &one);
  LimnSurvey pair = limn_survey_unet (&gpu, &sdxl, LIMN_PRECISION_FP16, &two);
  LimnSurvey banded = limn_survey_unet (&cpu, &sdxl, LIMN_PRECISION_FP16, &two);

  g_test_message ("%.3f TFLOP, %.0f MB and %.0f MB", survey.flop / 1e12, survey.weights / 1e6, survey.work / 1e6);
  g_assert_true (survey.flop > 6.6e12 && survey.flop < 6.8e12);
  g_assert_true (survey.weights > 2 * 2567 * G_GUINT64_CONSTANT (1000000)
                 && survey.weights < 2.01 * 2567 * G_GUINT64_CONSTANT (1000000));
  g_assert_cmpfloat (pair.flop, ==, 2 * survey.flop);
  g_assert_cmpuint (pair.weights, ==, survey.weights);
  g_assert_cmpuint (pair.work, >, survey.work);
  g_assert_cmpfloat (banded.flop, ==, pair.flop);
  g_assert_cmpuint (banded.work, ==, pair.work);
}

/* Of each network of SDXL's at 1024 x 1024, guided. */
static LimnSurvey
survey_in (int which, const LimnGpuLimits *gpu, guint64 room)
{
  static const LimnVaeConfig vae = { 4, 4, { 128, 256, 512, 512 }, 2, 32 };
  static const LimnClipConfig clip = { 1280, 32, 20, 5120, 49408, 77, 1280, .unread = 1 };
  const LimnNetworkShape picture = { .batch = 1, .height = 128, .width = 128, .room = room };
  const LimnNetworkShape pair = { 2, 128, 128, 77, 32, .room = room };

  switch (which) {
  case 0:
    return limn_survey_unet (gpu, &sdxl, LIMN_PRECISION_FP16, &pair);
  case 1:
    return limn_survey_vae (gpu, &vae, LIMN_VAE_DECODE, LIMN_PRECISION_FP16, &picture);
  case 2:
    return limn_survey_vae (gpu, &vae, LIMN_VAE_ENCODE, LIMN_PRECISION_FP16, &picture);
  default:
    return limn_survey_clip (gpu, &clip, LIMN_PRECISION_FP16, &picture);
  }
}

/* SDXL at 1024 x 1024 on cards of 8 GB as it is, of 4 and of 2 GB, of which an eighth is others', by streaming. */
static void
test_cards (void)
{
  static const char *const names[] = { "U-Net", "decoder", "encoder", "text encoder" };
  const LimnGpuLimits gpu = { G_MAXUINT32, G_GUINT64_CONSTANT (4) << 30, 65535,
                              2e11,        .subgroup_min = 32,           .subgroup_max = 32 };

  for (int gigabytes = 8; gigabytes > 0; gigabytes /= 2)
    for (int which = 0; which < 4; which++) {
      guint64 room = G_GUINT64_CONSTANT (1000000000) * gigabytes / 8 * 7;
      LimnSurvey plain = survey_in (which, &gpu, 0), survey = survey_in (which, &gpu, room);

      g_test_message ("%d GB, %s: %.0f MB of weights, %.0f MB beside, %.0f MB brought each time (%.0f MB as it likes)",
                      gigabytes, names[which], survey.weights / 1e6, survey.work / 1e6, survey.brought / 1e6,
                      (plain.weights + plain.work) / 1e6);
      g_assert_true (survey.weights + survey.work <= room || gigabytes == 1);
      g_assert_true (gigabytes < 8 || survey.brought == 0);
      g_assert_true (gigabytes > 4 || which > 0 || survey.brought > 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/estimate/stages", EngineFixture, NULL, engine_set_up, test_stages, engine_tear_down);
  g_test_add ("/estimate/learned", EngineFixture, NULL, engine_set_up, test_learned, engine_tear_down);
  g_test_add ("/estimate/advice", EngineFixture, NULL, engine_set_up, test_advice, engine_tear_down);
  g_test_add ("/estimate/residency", EngineFixture, NULL, engine_set_up, test_residency, engine_tear_down);
  g_test_add_func ("/estimate/survey", test_survey);
  g_test_add_func ("/estimate/cards", test_cards);
  return g_test_run ();
}
