/* test-lora-run.c - networks with LoRAs merged, on a device: what they compute, what they weigh, and that nothing of it
 * is left when they go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "common/folder.h"
#include "common/golden-model.h"
#include "engine/job.h"
#include "model/gguf-model.h"
#include "model/listing.h"
#include "model/lora.h"
#include "model/loaded-unet.h"
#include "model/networks.h"
#include "model/survey.h"
#include "model/unet.h"

#define TOKENS 77
#define SIDE 16
#define VALUES (4 * SIDE * SIDE)

static const LimnNetworkShape one_step = { .batch = 1, .height = SIDE, .width = SIDE, .tokens = TOKENS, .steps = 1 };

static LimnCheckpoint *
open_checkpoint (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

/* base with a file of tests/golden/lora. */
static LimnCheckpoint *
merge (LimnCheckpoint *base, const char *file, double strength)
{
  g_autofree char *name = g_strdup_printf ("lora/%s.safetensors", file), *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnLora) lora = limn_lora_open (path, base, &error);
  const LimnLoraUse use = { .lora = lora, .strengths = { strength, 0, strength, strength } };

  g_assert_no_error (error);
  return limn_checkpoint_merge (base, &use, 1);
}

/* ---- What a U-Net computes ---- */

static void
run_unet (LimnUnet *unet, float *out)
{
  g_autoptr (LimnTensors) golden = golden_open ("lora/expected.safetensors");
  g_autofree float *sample = golden_floats (golden, NULL, "initial_noise");
  g_autofree float *contexts = golden_floats (golden, NULL, "no_lora/encoder_hidden_states");
  g_autofree float *pooled = golden_floats (golden, NULL, "no_lora/text_embeds");
  g_autofree float *ids = golden_floats (golden, NULL, "no_lora/time_ids");
  const float time = 500;
  g_autoptr (GError) error = NULL;

  /* row 1 is the prompt's */
  limn_unet_prepare (unet, contexts + TOKENS * 96, pooled + 64, ids + 6, &time, 1, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 0, sample, out, NULL, &error);
  g_assert_no_error (error);
}

static LimnUnet *
make_unet (LimnCheckpoint *checkpoint, LimnPrecision precision)
{
  g_autoptr (GError) error = NULL;
  LimnUnet *unet = limn_unet_new (networks_gpu (), checkpoint, precision, &one_step, NULL, &error);

  g_assert_no_error (error);
  return unet;
}

typedef struct {
  const char *file;
  double strength;
} Case;

static const Case cases[] = {
  { "kohya_sgm", 1 }, { "kohya_sgm", 0.6 }, { "kohya_diffusers_names", 1 }, { "kohya_unet_only_conv", 1 },
  { "peft", 1 },      { "peft", 0.6 },      { "diffusers_old", 1 },         { "peft_dora", 1 },
};

static void
test_unet (gconstpointer data)
{
  const Case *one = data;
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path), merged = merge (base, one->file, one->strength);
  g_autoptr (LimnTensors) golden = golden_open ("lora/expected.safetensors");
  g_autofree float *expected = golden_floats (golden, NULL, "%s/%.1f/first_unet_out", one->file, one->strength);

  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    g_autoptr (LimnUnet) unet = make_unet (merged, precision), plain = make_unet (base, precision);
    float out[VALUES], without[VALUES];

    run_unet (unet, out);
    run_unet (plain, without);
    golden_check_rel (one->file, out, expected, VALUES, precision == LIMN_PRECISION_FP32 ? 5e-6 : 4e-3);
    g_assert_cmpfloat (golden_compare (without, expected, VALUES).rel, >, 2e-2);
  }
}

/* A LoRA that comes to a U-Net that is there makes it what it would be, and leaves it as it was. */
static void
test_exchange (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path), merged = merge (base, "kohya_unet_only_conv", 0.8);
  g_autoptr (LimnUnet) unet = make_unet (base, LIMN_PRECISION_FP16), made = make_unet (merged, LIMN_PRECISION_FP16);
  float before[VALUES], with[VALUES], expected[VALUES], after[VALUES];
  g_autoptr (GError) error = NULL;

  run_unet (unet, before);
  run_unet (made, expected);
  g_assert_true (limn_unet_kind.exchange (unet, merged, NULL, &error));
  run_unet (unet, with);
  g_assert_true (limn_unet_kind.exchange (unet, base, NULL, &error));
  run_unet (unet, after);
  g_assert_cmpmem (with, sizeof with, expected, sizeof expected);
  g_assert_cmpmem (after, sizeof after, before, sizeof before);
  g_assert_true (memcmp (with, before, sizeof before) != 0);
}

/* ---- What lies on the device ---- */

/* Of all bytes of all weights. */
static char *
sum_weights (const LoadedUnet *written)
{
  LimnWeights *weights = limn_net_weights (written->net);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < limn_weights_count (weights); i++) {
    g_autofree char *name = g_strjoinv (" ", (GStrv) limn_weights_nth (weights, i)->names);
    gsize size;
    g_autofree guint8 *bytes = loaded_unet_bytes (written, name, &size);

    g_checksum_update (sum, bytes, (gssize) size);
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* Ten weights one after the other, each as if it were the first; and the last goes to the bit. */
static void
test_bits (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path);
  LimnCheckpoint *now = limn_checkpoint_ref (base);
  LoadedUnet written;

  loaded_unet_bring (&written, base, &one_step);
  g_autofree char *original = sum_weights (&written);
  for (int i = 1; i <= 10; i++) {
    g_autoptr (LimnCheckpoint) next = merge (base, i % 2 == 0 ? "lycoris_loha" : "kohya_sgm", i * 0.1);
    LoadedUnet fresh;

    loaded_unet_exchange (&written, now, next);
    loaded_unet_bring (&fresh, next, &one_step);
    g_autofree char *here = sum_weights (&written), *there = sum_weights (&fresh);
    g_assert_cmpstr (here, ==, there);
    g_assert_cmpstr (here, !=, original);
    loaded_unet_clear (&fresh);
    limn_checkpoint_unref (now);
    now = g_steal_pointer (&next);
  }
  loaded_unet_exchange (&written, now, base);
  g_autofree char *last = sum_weights (&written);
  g_assert_cmpstr (last, ==, original);
  limn_checkpoint_unref (now);
  loaded_unet_clear (&written);
}

/* Over blocks: what changes is no matrix of a low rank, and is expanded; all others stay; what is foretold is what is
 * made. */
static void
test_blocks (void)
{
  g_autofree char *folder = make_folder (), *path = gguf_model_make (folder, TRUE);
  g_autofree char *twin = g_build_filename (folder, "twin.safetensors", NULL);
  gguf_model_write_twin (path, twin);
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path), plain = open_checkpoint (twin);
  g_autoptr (LimnCheckpoint) merged = merge (base, "lycoris_loha", 1), other = merge (base, "lycoris_loha", 0.5);
  g_autoptr (LimnCheckpoint) expected = merge (plain, "lycoris_loha", 1);
  const LimnUnetConfig *config = limn_checkpoint_unet (merged);
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
  float out[VALUES], right[VALUES];

  g_assert_nonnull (config->kept.kinds);
  g_assert_cmpuint (g_hash_table_size (config->kept.kinds), <,
                    g_hash_table_size (limn_checkpoint_unet (base)->kept.kinds));
  g_assert_cmpuint (g_hash_table_size (config->kept.kinds), >, 0);
  g_assert_cmpmem (config, sizeof *config, limn_checkpoint_unet (other), sizeof *config);
  g_autoptr (LimnUnet) unet = make_unet (merged, LIMN_PRECISION_FP32);
  LimnSurvey survey = limn_survey_unet (limn_gpu_limits (networks_gpu ()), config, LIMN_PRECISION_FP32, &one_step);
  g_assert_cmpuint (survey.weights + survey.work, ==, limn_gpu_allocated (networks_gpu (), NULL) - before);
  run_unet (unet, out);
  g_autoptr (LimnUnet) floats = make_unet (expected, LIMN_PRECISION_FP32);
  run_unet (floats, right);
  golden_check_rel ("over blocks", out, right, VALUES, 1e-5);
  tests_remove_folder (folder);
}

/* ---- Whole runs, by tags in the prompt ---- */

static LimnEngine *engine;

static void
set_request (LimnRequest *request, LimnModel *model, const char *prompt)
{
  static char *folder;
  static const char *folders[2];

  if (folder == NULL)
    folders[0] = folder = golden_path ("lora");
  limn_request_init (request, model);
  request->prompt = prompt;
  request->negative = "blurry, low quality, text";
  request->width = 128;
  request->height = 128;
  request->steps = 6;
  request->guidance = 5;
  request->precision = LIMN_PRECISION_FP32;
  request->lora_folders = folders;
}

static LimnResult *
generate (const LimnRequest *request)
{
  g_autoptr (GError) error = NULL;
  LimnResult *result = limn_engine_generate (engine, request, NULL, &error);

  g_assert_no_error (error);
  return result;
}

/* The golden pipelines: six steps, text encoders included where the file changes them. */
static void
test_pipeline (void)
{
  static const Case runs[] = {
    { "no_lora", 0 },      { "kohya_sgm", 1 },    { "kohya_sgm", 0.6 },   { "kohya_diffusers_names", 1 },
    { "peft", 0.6 },       { "peft_dora", 1 },    { "diffusers_old", 1 }, { "kohya_unet_only_conv", 1 },
    { "lycoris_loha", 1 }, { "lycoris_lokr", 1 }, { "lycoris_dora", 1 },  { "no_lora", 0 },
  };
  g_autoptr (LimnTensors) golden = golden_open ("lora/expected.safetensors");
  g_autofree float *noise = golden_floats (golden, NULL, "initial_noise");
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl");

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_autofree char *tag = g_strdup_printf (" <lora:%s:%g>", runs[i].file, runs[i].strength);
    g_autofree char *prompt =
        g_strconcat ("an astronaut riding a horse on mars, highly detailed", runs[i].strength != 0 ? tag : "", NULL);
    g_autofree char *plain = g_strdup_printf ("%s/%.1f", runs[i].file, runs[i].strength);
    gboolean comfy = g_str_has_prefix (runs[i].file, "lycoris");
    g_autofree char *key = runs[i].strength == 0 ? g_strdup ("no_lora")
                           : comfy               ? g_strdup_printf ("%s/comfy_1.0", runs[i].file)
                                                 : g_strdup (plain);
    g_autofree float *expected = golden_floats (golden, NULL, "%s/latents", key);
    g_autofree float *amplification = golden_floats (golden, NULL, "%s/amplification", key);
    LimnRequest request;

    set_request (&request, model, prompt);
    request.noise = noise;
    g_autoptr (LimnResult) result = generate (&request);
    g_assert_cmpuint (g_strv_length (result->notes), ==, 0);
    /* 3e-6: what the U-Net is off by in fp32 */
    golden_check_rms (key, result->latents, expected, VALUES, MAX (1e-4, 3 * (double) *amplification * 3e-6));
  }
}

/* What a run would bring to the device. */
static guint64
missing_bytes (const LimnRequest *request)
{
  LimnJob job = { .engine = engine };

  limn_job_plan (&job, request);
  LimnWork work = limn_job_work (&job, LIMN_RESIDENCY_ALL);
  limn_job_clear (&job);
  return (guint64) work.total[LIMN_STAGE_LOAD];
}

/* A weight changed loads what it changes and no more, in no more memory; without the tag all is as before. */
static void
test_residents (void)
{
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl");
  LimnRequest plain, tagged, changed;

  limn_engine_forget (engine);
  set_request (&plain, model, "a cat");
  set_request (&tagged, model, "a cat <lora:kohya_sgm:0.8>");
  set_request (&changed, model, "a cat <lora:kohya_sgm:0.8:0.4>");
  guint64 all = missing_bytes (&plain);
  g_autoptr (LimnResult) first = generate (&plain);
  guint64 allocated = limn_gpu_allocated (engine->gpu, NULL), part = missing_bytes (&tagged);
  g_assert_cmpuint (missing_bytes (&plain), ==, 0);
  g_assert_cmpuint (part, >, 0);
  g_assert_cmpuint (part, <, all);
  g_autoptr (LimnResult) second = generate (&tagged);
  g_assert_cmpuint (missing_bytes (&tagged), ==, 0);
  g_assert_cmpuint (missing_bytes (&changed), >, 0);
  guint64 unet_part = missing_bytes (&changed);
  g_assert_cmpuint (unet_part, <, part); /* not the text encoders */
  g_autoptr (LimnResult) third = generate (&changed), fourth = generate (&plain);
  /* steps with it between steps without bring it and take it away */
  const char *ranges[] = { "a cat <lora:kohya_sgm:0:0.4>", "a cat <lora:kohya_sgm:0:0.4:start=2>",
                           "a cat <lora:kohya_sgm:0:0.4:start=2:stop=3>" };
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++) {
    LimnRequest ranged;

    set_request (&ranged, model, ranges[i]);
    ranged.steps = 4;
    g_assert_cmpuint (missing_bytes (&ranged), ==, unet_part * (i == 2 ? 2 : 1));
  }
  g_assert_cmpuint (limn_gpu_allocated (engine->gpu, NULL), ==, allocated);
  g_assert_cmpmem (fourth->latents, VALUES * sizeof (float), first->latents, VALUES * sizeof (float));
  g_assert_true (memcmp (second->latents, first->latents, VALUES * sizeof (float)) != 0);
  g_assert_true (memcmp (third->latents, second->latents, VALUES * sizeof (float)) != 0);

  /* as if it were the first that this engine paints */
  limn_engine_forget (engine);
  g_autoptr (LimnResult) anew = generate (&changed);
  g_assert_cmpmem (anew->latents, VALUES * sizeof (float), third->latents, VALUES * sizeof (float));
}

/* Two at once, in one tag after the other, are both. */
static void
test_several (void)
{
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl");
  LimnRequest one, both, twice, sum;

  set_request (&one, model, "a cat <lora:peft:0.5>");
  set_request (&both, model, "a <lora:lycoris_loha:0.7> cat <lora:peft:0.5>");
  set_request (&twice, model, "a cat <lora:peft:0.25> <lora:peft:0.25>");
  set_request (&sum, model, "a cat <lora:peft:0.5>");
  g_autoptr (LimnResult) a = generate (&one), b = generate (&both), c = generate (&twice), d = generate (&sum);
  g_assert_true (memcmp (a->latents, b->latents, VALUES * sizeof (float)) != 0);
  golden_check_rms ("twice a half", c->latents, d->latents, VALUES, 1e-3);
  g_assert_cmpmem (a->latents, VALUES * sizeof (float), d->latents, VALUES * sizeof (float));
}

/* ---- Ranges of steps ---- */

#define STEPS 8

typedef struct {
  float latents[STEPS + 1][VALUES];
} Tape;

static void
tape_cb (const LimnPreview *preview, gpointer data)
{
  memcpy (((Tape *) data)->latents[preview->schedule_step], preview->latents, sizeof (float) * VALUES);
}

/* after: steps, after which it goes on from that tape's latents; 0: from noise. */
static void
tape (Tape *out, LimnModel *model, const char *prompt, const Tape *from, int after)
{
  const LimnMonitor monitor = { .preview = tape_cb, .data = out };
  g_autoptr (GError) error = NULL;
  LimnRequest request;

  set_request (&request, model, prompt);
  request.steps = STEPS;
  request.sampler = "euler";
  if (after > 0)
    request.start = (LimnStart){ from->latents[after], after, STEPS };
  g_autoptr (LimnResult) result = limn_engine_generate (engine, &request, &monitor, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (result->notes), ==, 0);
}

static void
assert_step (const Tape *a, const Tape *b, int step)
{
  g_assert_cmpmem (a->latents[step], sizeof a->latents[0], b->latents[step], sizeof b->latents[0]);
}

/* A range is what runs with and without it are, one going on from the other, to the bit; and it goes on from any step
 * to what it was. */
static void
test_range (void)
{
  static const char plain[] = "a cat <lora:peft:0:0>", whole[] = "a cat <lora:peft:0:0.8>";
  static const char range[] = "a cat <lora:peft:0:0.8:start=4:stop=7>";
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl");
  g_autofree Tape *before = g_new0 (Tape, 1), *during = g_new0 (Tape, 1), *after = g_new0 (Tape, 1);
  g_autofree Tape *all = g_new0 (Tape, 1), *resumed = g_new0 (Tape, 1);

  limn_engine_forget (engine);
  tape (all, model, range, NULL, 0);
  tape (before, model, plain, NULL, 0);
  for (int step = 1; step <= 3; step++)
    assert_step (all, before, step);
  tape (during, model, whole, all, 3);
  for (int step = 4; step <= 6; step++)
    assert_step (all, during, step);
  g_assert_cmpint (memcmp (all->latents[4], before->latents[4], sizeof all->latents[4]), !=, 0);
  tape (after, model, plain, all, 6);
  for (int step = 7; step <= STEPS; step++)
    assert_step (all, after, step);
  g_assert_cmpint (memcmp (all->latents[7], during->latents[7], sizeof all->latents[7]), !=, 0);
  for (int step = 1; step < STEPS; step++) {
    tape (resumed, model, range, all, step);
    assert_step (all, resumed, STEPS);
  }
}

/* ---- Stages ---- */

/* Steps by the base, then by the refiner, which begins after the sixth.  (transfer full): what was told */
static GStrv
tape_ensemble (Tape *out, LimnModel *model, LimnModel *refiner, const char *prompt, char **json)
{
  static char *folder;
  static const char *folders[2];
  const LimnMonitor monitor = { .preview = tape_cb, .data = out };
  g_autoptr (GError) error = NULL;
  LimnRequest request;

  if (folder == NULL)
    folders[0] = folder = golden_path ("lora2");
  set_request (&request, model, prompt);
  request.lora_folders = folders;
  request.refiner = refiner;
  request.handoff = 0.75;
  request.steps = STEPS;
  request.sampler = "euler";
  if (json != NULL)
    *json = limn_request_to_json (&request);
  g_autoptr (LimnResult) result = limn_engine_generate (engine, &request, &monitor, &error);
  g_assert_no_error (error);
  return g_strdupv (result->notes);
}

static gboolean
same_step (const Tape *a, const Tape *b, int step)
{
  return memcmp (a->latents[step], b->latents[step], sizeof a->latents[0]) == 0;
}

/* A LoRA of the text encoder that both models have is the base's unless its tag says whose it is: what the base does is
 * changed where it is the base's, and what the refiner makes of the same latents where it is the refiner's. */
static void
test_stages (void)
{
  static const struct {
    const char *prompt;
    gboolean base, refiner;
    const char *json;
  } staged[] = {
    { "a cat <lora:kohya_te:1>", TRUE, FALSE, NULL },
    { "a cat <lora:kohya_te:1:stage=base>", TRUE, FALSE, "\"stage\": \"base\"" },
    { "a cat <lora:kohya_te:1:stage=refiner>", FALSE, TRUE, "\"stage\": \"refiner\"" },
    { "a cat <lora:kohya_te:1:stage=both>", TRUE, TRUE, "\"stage\": \"base\"" },
    { "a cat <lora:kohya_te:1:stage=base> <lora:kohya_te:1:stage=refiner>", TRUE, TRUE, "\"stage\": \"refiner\"" },
  };
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl"), refiner = golden_model ("mini-sdxl-refiner");
  g_autofree Tape *plain = g_new0 (Tape, 1), *based = g_new0 (Tape, 1), *both = g_new0 (Tape, 1);

  g_strfreev (tape_ensemble (plain, model, refiner, "a cat", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (staged); i++) {
    g_autofree Tape *now = g_new0 (Tape, 1);
    g_autofree char *json = NULL;
    g_auto (GStrv) notes = tape_ensemble (now, model, refiner, staged[i].prompt, &json);

    for (int step = 1; step <= 6; step++)
      g_assert_cmpint (same_step (now, plain, step), ==, !staged[i].base);
    if (i == 0)
      memcpy (based, now, sizeof *based);
    if (i == 3)
      memcpy (both, now, sizeof *both);
    g_assert_cmpint (same_step (now, staged[i].base ? based : plain, STEPS), ==, !staged[i].refiner);
    g_assert_true (staged[i].json == NULL ? strstr (json, "stage") == NULL : strstr (json, staged[i].json) != NULL);
    for (char **note = notes; *note != NULL; note++)
      g_assert_null (strstr (*note, "stage="));
    if (i == 4)
      g_assert_true (same_step (now, both, STEPS));
  }
}

/* Whose model a picture has not changes nothing, and is told; what does not go with its model is refused. */
static void
test_other_stage (void)
{
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl"), refiner = golden_model ("mini-sdxl-refiner");
  g_autofree Tape *plain = g_new0 (Tape, 1), *idle = g_new0 (Tape, 1);
  g_autoptr (GError) error = NULL;
  LimnRequest request;

  g_strfreev (tape_ensemble (plain, model, NULL, "a cat", NULL));
  g_auto (GStrv) notes = tape_ensemble (idle, model, NULL, "a cat <lora:kohya_te:1:stage=refiner>", NULL);
  assert_step (plain, idle, STEPS);
  g_assert_cmpuint (g_strv_length (notes), ==, 1);
  g_assert_nonnull (strstr (notes[0], "kohya_te"));

  set_request (&request, model, "a cat <lora:kohya_sgm:1:stage=refiner>");
  request.refiner = refiner;
  g_assert_null (limn_engine_generate (engine, &request, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "kohya_sgm"));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/lora-run/unet/%s-%g", cases[i].file, cases[i].strength);
    g_test_add_data_func (path, &cases[i], test_unet);
  }
  g_test_add_func ("/lora-run/exchange", test_exchange);
  g_test_add_func ("/lora-run/bits", test_bits);
  g_test_add_func ("/lora-run/blocks", test_blocks);
  g_test_add_func ("/lora-run/pipeline", test_pipeline);
  g_test_add_func ("/lora-run/residents", test_residents);
  g_test_add_func ("/lora-run/several", test_several);
  g_test_add_func ("/lora-run/range", test_range);
  g_test_add_func ("/lora-run/stages", test_stages);
  g_test_add_func ("/lora-run/other-stage", test_other_stage);
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
