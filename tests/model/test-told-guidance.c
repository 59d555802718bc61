/* test-told-guidance.c - U-Nets that are told the guidance, as full LCM checkpoints are.
 *
 * No such miniature has values by others: what it adds is beside what the same network does with that in a bias.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "engine/engine.h"
#include "engine/limn.h"
#include "file/safetensors.h"
#include "model/arch.h"
#include "model/listing.h"
#include "model/model-files.h"
#include "model/networks.h"
#include "model/survey.h"
#include "model/unet.h"

#define WIDTH 64 /* of the embedding */
#define UNET "model.diffusion_model."

static LimnEngine *engine;

/* ---- The embedding ---- */

/* As diffusers' LatentConsistencyModelPipeline.get_guidance_scale_embedding () has it, of w = guidance - 1. */
static double
embedded (double guidance, int channels, int i)
{
  int half = channels / 2;
  double frequency = exp (-log (10000.0) / (half - 1) * (i % half)), angle = (guidance - 1) * 1000 * frequency;

  return i < half ? sin (angle) : cos (angle);
}

static void
test_embedding (void)
{
  static const double guidances[] = { 1, 1.5, 4, 7.5, 8, 13, 0 };
  static const int widths[] = { 4, 64, 256 };
  float out[256];

  for (guint w = 0; w < G_N_ELEMENTS (widths); w++)
    for (guint g = 0; g < G_N_ELEMENTS (guidances); g++) {
      limn_unet_guidance_embedding (guidances[g], widths[w], out);
      for (int i = 0; i < widths[w]; i++) /* fp32 holds an angle of 12000 to within 1e-3 */
        g_assert_cmpfloat (fabs (out[i] - embedded (guidances[g], widths[w], i)), <=, 2e-3);
    }
}

/* ---- Files ---- */

static float *
random_projection (int rows)
{
  float *values = g_new (float, rows *WIDTH);

  for (int i = 0; i < rows * WIDTH; i++)
    values[i] = (float) (0.4 * sin (1.7 * (i + 1) * (i + 1)));
  return values;
}

/* The miniature with projection [rows, WIDTH] beside, or with what that comes to at guidance in the bias of what reads
 * the time. */
static void
write_model (const char *path, const float *projection, gboolean told, double guidance)
{
  g_autoptr (LimnTensors) file = golden_open ("mini-sdxl-single-file.safetensors");
  const LimnTensor *linear = limn_tensors_find (file, UNET "time_embed.0.weight");
  guint64 rows = linear->shape[1];
  g_autoptr (GArray) outs = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autofree float *weight = g_new (float, linear->count), *bias = g_new (float, linear->shape[0]);
  g_autoptr (GError) error = NULL;

  limn_tensor_to_float (linear, weight);
  limn_tensor_to_float (limn_tensors_find (file, UNET "time_embed.0.bias"), bias);
  for (guint64 i = 0; i < linear->shape[0]; i++) {
    double sum = 0;
    for (guint64 k = 0; k < linear->count / linear->shape[0]; k++)
      for (int c = 0; c < WIDTH; c++)
        sum += (double) weight[i * rows + k] * projection[k * WIDTH + (guint64) c] * embedded (guidance, WIDTH, c);
    bias[i] += (float) sum;
  }
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    LimnTensorOut out = { tensor->name, tensor->type, tensor->rank, .data = tensor->data };

    memcpy (out.shape, tensor->shape, sizeof out.shape);
    if (!told && g_str_equal (tensor->name, UNET "time_embed.0.bias")) {
      out.type = LIMN_TYPE_F32;
      out.data = bias;
    }
    g_array_append_val (outs, out);
  }
  LimnTensorOut more = { UNET "time_embedding.cond_proj.weight", LIMN_TYPE_F32, 2, { rows, WIDTH }, projection };
  if (told)
    g_array_append_val (outs, more);
  limn_safetensors_write (path, (const LimnTensorOut *) outs->data, outs->len, &error);
  g_assert_no_error (error);
}

static LimnCheckpoint *
open_checkpoint (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

/* In the original's names, where it has none of its own, and in diffusers'; one of another width is refused. */
static void
test_files (TestsFile *fixture, gconstpointer data)
{
  static const FileNaming naming = { .diffusers = TRUE,
                                     .prefixes = { "unet.", "vae.", "text_encoder.", "text_encoder_2." } };
  g_autofree float *projection = random_projection (32);
  g_autoptr (GError) error = NULL;

  write_model (fixture->path, projection, TRUE, 1);
  g_autoptr (LimnCheckpoint) original = open_checkpoint (fixture->path);
  g_assert_cmpint (limn_checkpoint_unet (original)->guidance_channels, ==, WIDTH);
  g_assert_true (limn_checkpoint_info (original)->told_guidance);
  g_assert_cmpuint (g_strv_length (limn_checkpoint_info (original)->leftover), ==, 0);
  g_autoptr (GPtrArray) tensors = file_tensors (original, &naming);
  g_autofree char *other = g_strconcat (fixture->path, ".2.safetensors", NULL);
  file_tensors_write (tensors, LIMN_TYPE_F32, FILE_PLAIN, other);
  g_autoptr (LimnCheckpoint) renamed = open_checkpoint (other);
  g_assert_cmpint (limn_checkpoint_unet (renamed)->guidance_channels, ==, WIDTH);
  g_assert_cmpuint (g_strv_length (limn_checkpoint_info (renamed)->leftover), ==, 0);

  LimnFields fields;
  limn_model_suggest (limn_checkpoint_info (original), &fields);
  g_assert_cmpstr (fields.sampler, ==, "lcm");
  g_assert_cmpfloat (fields.guidance, ==, 8);
  g_remove (other);
}

/* A folder of diffusers, whose configuration says how wide it is. */
static void
test_folder (TestsFile *fixture, gconstpointer data)
{
  static const FileNaming naming = { .diffusers = TRUE, .prefixes = { "" } };
  g_autofree float *projection = random_projection (32);
  g_autofree char *from = golden_path ("mini-sdxl"), *folder = g_build_filename (fixture->folder, "lcm", NULL),
                  *config = g_build_filename (folder, "unet", "config.json", NULL),
                  *weights = g_build_filename (folder, "unet", "diffusion_pytorch_model.safetensors", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  write_model (fixture->path, projection, TRUE, 1);
  g_autoptr (LimnCheckpoint) original = open_checkpoint (fixture->path);
  g_autoptr (GPtrArray) tensors = file_tensors (original, &naming);
  g_mkdir (folder, 0700);
  link_folder (from, folder);
  g_assert_true (g_file_get_contents (config, &text, NULL, NULL));
  g_autoptr (GString) edited = g_string_new (text);
  g_assert_cmpuint (g_string_replace (edited, "\"time_cond_proj_dim\": null", "\"time_cond_proj_dim\": 64", 0), ==, 1);
  g_remove (config);
  g_remove (weights);
  g_assert_true (g_file_set_contents (config, edited->str, -1, NULL));
  file_tensors_write (tensors, LIMN_TYPE_F32, FILE_PLAIN, weights);
  g_autoptr (LimnCheckpoint) opened = open_checkpoint (folder);
  g_assert_cmpint (limn_checkpoint_unet (opened)->guidance_channels, ==, WIDTH);
  tests_remove_folder (folder);
}

/* ---- The network ---- */

#define SIDE NETWORKS_SIDE

static void
run (LimnUnet *unet, double guidance, float *out)
{
  g_autoptr (LimnTensors) golden = golden_open ("unet/mini-sdxl.safetensors");
  g_autofree float *sample = golden_floats (golden, NULL, "case0/sample");
  g_autofree float *context = golden_floats (golden, NULL, "case0/encoder_hidden_states");
  g_autofree float *pooled = golden_floats (golden, NULL, "case0/text_embeds");
  g_autofree float *ids = golden_floats (golden, NULL, "case0/time_ids");
  g_autofree float *time = golden_floats (golden, NULL, "case0/timestep");
  const float times[] = { 999, time[0] };
  g_autoptr (GError) error = NULL;

  if (guidance != 1)
    limn_unet_set_guidance (unet, guidance);
  limn_unet_prepare (unet, context, pooled, ids, times, 2, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 1, sample, out, NULL, &error);
  g_assert_no_error (error);
}

static void
test_network (TestsFile *fixture, gconstpointer data)
{
  static const double guidances[] = { 1, 8, 2.5 };
  static const double tolerances[] = { [LIMN_PRECISION_FP16] = 8e-3, [LIMN_PRECISION_FP32] = 5e-5 };
  const LimnNetworkShape shape = { .batch = 1, .height = SIDE, .width = SIDE, .tokens = NETWORKS_TOKENS, .steps = 2 };
  LimnPrecision precision = GPOINTER_TO_INT (data);
  g_autofree float *projection = random_projection (32);
  float out[4 * SIDE * SIDE], last[4 * SIDE * SIDE] = { 0 }, expected[4 * SIDE * SIDE];
  g_autoptr (GError) error = NULL;

  write_model (fixture->path, projection, TRUE, 1);
  g_autoptr (LimnCheckpoint) told = open_checkpoint (fixture->path);
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
  g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), told, precision, &shape, NULL, &error);
  g_assert_no_error (error);
  LimnSurvey survey =
      limn_survey_unet (limn_gpu_limits (networks_gpu ()), limn_checkpoint_unet (told), precision, &shape);
  g_assert_cmpuint (survey.weights + survey.work, ==, limn_gpu_allocated (networks_gpu (), NULL) - before);
  for (guint i = 0; i < G_N_ELEMENTS (guidances); i++) {
    g_autofree char *path = g_strdup_printf ("%s.%u.safetensors", fixture->path, i);

    write_model (path, projection, FALSE, guidances[i]);
    g_autoptr (LimnCheckpoint) twin = open_checkpoint (path);
    g_assert_cmpint (limn_checkpoint_unet (twin)->guidance_channels, ==, 0);
    g_autoptr (LimnUnet) plain = limn_unet_new (networks_gpu (), twin, LIMN_PRECISION_FP32, &shape, NULL, &error);
    g_assert_no_error (error);
    run (plain, 1, expected);
    run (unet, guidances[i], out);
    golden_check_rel ("told", out, expected, G_N_ELEMENTS (out), tolerances[precision]);
    g_assert_cmpint (memcmp (out, last, sizeof out), !=, 0);
    memcpy (last, out, sizeof out);
    g_remove (path);
  }
}

/* ---- A run ---- */

static LimnResult *
paint (LimnModel *model, double guidance, const char *negative)
{
  g_autoptr (GError) error = NULL;
  LimnRequest request;

  limn_request_init (&request, model);
  request.prompt = "a red cube";
  request.negative = negative;
  request.width = request.height = 64;
  request.steps = 3;
  request.guidance = guidance;
  request.sampler = "lcm";
  LimnResult *result = limn_engine_generate (engine, &request, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static gboolean
same (const LimnResult *one, const LimnResult *other)
{
  gsize n = (gsize) 4 * one->latent_width * one->latent_height;

  return memcmp (one->latents, other->latents, n * sizeof (float)) == 0;
}

/* It is asked once a step, whatever the guidance, so that the negative prompt is not read; and the guidance counts. */
static void
test_run (TestsFile *fixture, gconstpointer data)
{
  g_autofree float *projection = random_projection (32);
  g_autofree char *folder = golden_path ("mini-sdxl");
  const LimnModelParts parts = { .model = folder, .parts = { fixture->path } };
  g_autoptr (GError) error = NULL;

  write_model (fixture->path, projection, TRUE, 1);
  g_autoptr (LimnModel) model = limn_model_open_parts (&parts, &error), plain = limn_model_open (folder, &error);
  g_assert_no_error (error);
  g_autoptr (LimnResult) first = paint (model, 8, "blurry"), second = paint (model, 8, "a dog"),
                         third = paint (model, 4, "blurry");
  g_assert_true (same (first, second));
  g_assert_cmpuint (g_strv_length (first->notes), ==, 1);
  g_assert_nonnull (strstr (first->notes[0], "negative prompt"));
  g_assert_false (same (first, third));
  g_autoptr (LimnResult) guided = paint (plain, 8, "blurry"), other = paint (plain, 8, "a dog");
  g_assert_false (same (guided, other));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
#define ADD(name, data, func) g_test_add (name, TestsFile, data, tests_file_set_up, func, tests_file_tear_down)
  g_test_add_func ("/told-guidance/embedding", test_embedding);
  ADD ("/told-guidance/files", NULL, test_files);
  ADD ("/told-guidance/folder", NULL, test_folder);
  ADD ("/told-guidance/network", GINT_TO_POINTER (LIMN_PRECISION_FP32), test_network);
  ADD ("/told-guidance/network-fp16", GINT_TO_POINTER (LIMN_PRECISION_FP16), test_network);
  ADD ("/told-guidance/run", NULL, test_run);
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
