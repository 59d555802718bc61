/* test-convert.c - models written as GGUF and fp8: what is in the files, and how near it is to what it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "common/golden.h"
#include "model/convert.h"
#include "model/model-files.h"
#include "model/quantized.h"

/* What a type leaves, as a share of the values, of weights that lie around zero as those of models do. */
static const struct {
  LimnType type;
  double error;
} types[] = {
  { LIMN_TYPE_Q8_0, 0.008 },    { LIMN_TYPE_Q6_K, 0.025 },   { LIMN_TYPE_Q5_K, 0.05 },  { LIMN_TYPE_Q4_K, 0.09 },
  { LIMN_TYPE_Q5_1, 0.05 },     { LIMN_TYPE_Q5_0, 0.06 },    { LIMN_TYPE_Q4_1, 0.1 },   { LIMN_TYPE_Q4_0, 0.12 },
  { LIMN_TYPE_F8_E4M3, 0.035 }, { LIMN_TYPE_F8_E5M2, 0.07 }, { LIMN_TYPE_F16, 0.0005 },
};

static const struct {
  const char *model, *unet; /* unet: NULL where it is in the model */
} models[] = {
  { "mini-sdxl" },
  { "mini-sdxl-single-file.safetensors" },
  { "mini-sdxl-refiner" },
  { "mini-sd15" },
  { "mini-sd21" },
  { "mini-sdxl", "mini-sdxl-q-inpaint/unet" },
  { "mini-sdxl", "mini-ssd/unet" },
  { "mini-sdxl", "mini-vega-single-file.safetensors" },
  { "mini-sdxl", "gguf/mini-sdxl-q-Q4_K_M.gguf" },
  { "mini-sdxl", "gguf/mini-sdxl-q-fp8_scaled.safetensors" },
};

typedef struct {
  guint model, type;
} Case;

static gboolean
is_gguf (LimnType type)
{
  return type != LIMN_TYPE_F8_E4M3 && type != LIMN_TYPE_F8_E5M2;
}

static LimnCheckpoint *
open_model (guint model)
{
  g_autofree char *path = golden_path (models[model].model);
  g_autofree char *unet = models[model].unet != NULL ? golden_path (models[model].unet) : NULL;
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open_parts (&(LimnModelParts){ path, { unet } }, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static LimnCheckpoint *
convert (LimnCheckpoint *checkpoint, LimnType type, const char *path, LimnConversion **conversion)
{
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *written;

  *conversion = limn_checkpoint_convert (checkpoint, type, is_gguf (type), path, NULL, &error);
  g_assert_no_error (error);
  written = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  return written;
}

static const FileNaming naming = { .diffusers = TRUE, .prefixes = { "unet.", "vae.", "te.", "te2." } };

static const FileTensor *
find (GPtrArray *tensors, const char *name)
{
  for (guint i = 0; i < tensors->len; i++)
    if (strcmp (((const FileTensor *) tensors->pdata[i])->name, name) == 0)
      return tensors->pdata[i];
  g_error ("%s was not written", name);
}

/* Root mean square of the difference beside that of what was. */
static double
error_of (const FileTensor *was, const FileTensor *is)
{
  double squares = 0, errors = 0;

  g_assert_cmpuint (was->count, ==, is->count);
  for (guint64 i = 0; i < was->count; i++) {
    squares += (double) was->values[i] * was->values[i];
    errors += ((double) is->values[i] - was->values[i]) * ((double) is->values[i] - was->values[i]);
  }
  return squares > 0 ? sqrt (errors / squares) : sqrt (errors);
}

/* A file that is whole, of the same family and prediction; each tensor, found through the names of its part, no further
 * from what it was than its type implies; and what the report says of them is so. */
static void
test_values (TestsFile *fixture, gconstpointer data)
{
  const Case *item = data;
  LimnType type = types[item->type].type;
  g_autoptr (LimnCheckpoint) model = open_model (item->model);
  g_autoptr (LimnConversion) conversion = NULL;
  g_autoptr (LimnCheckpoint) written = convert (model, type, fixture->path, &conversion);
  g_autoptr (GPtrArray) was = file_tensors (model, &naming), is = file_tensors (written, &naming);
  const LimnModelInfo *info = limn_checkpoint_info (written);
  double worst = 0, reported = 0;

  g_assert_cmpint (info->family, ==, limn_checkpoint_info (model)->family);
  g_assert_cmpstr (info->prediction, ==, limn_checkpoint_info (model)->prediction);
  g_assert_cmpuint (g_strv_length (info->missing), ==, 0);
  g_assert_cmpuint (g_strv_length (info->leftover), ==, 0);
  g_assert_cmpuint (was->len, <=, is->len);
  for (guint i = 0; i < was->len; i++) {
    const FileTensor *before = was->pdata[i], *after = find (is, before->name);

    worst = MAX (worst, error_of (before, after));
  }
  for (guint i = 0; i < conversion->layers->len; i++)
    reported = MAX (reported, ((const LimnConvertedLayer *) conversion->layers->pdata[i])->error);
  g_assert_cmpfloat (worst, <=, types[item->type].error);
  g_assert_cmpfloat (fabs (reported - worst), <=, 0.02 * worst + 1e-6);
  g_assert_cmpfloat (conversion->error, <=, reported + 1e-9);
  g_assert_cmpuint (conversion->bytes, <=, 16 * conversion->bytes_before);
}

/* Which are of the type that was asked for: linear layers, and no convolution, norm, bias or embedding. */
static void
test_types (TestsFile *fixture, gconstpointer data)
{
  static const char *const quantized[] = { "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight",
                                           "down_blocks.1.attentions.0.proj_in.weight",
                                           "up_blocks.0.resnets.0.conv_shortcut.weight",
                                           "up_blocks.0.resnets.0.time_emb_proj.weight" };
  static const char *const kept[] = { "conv_in.weight",
                                      "conv_out.weight",
                                      "mid_block.resnets.0.conv1.weight",
                                      "time_embedding.linear_1.weight",
                                      "add_embedding.linear_2.weight",
                                      "conv_norm_out.weight",
                                      "down_blocks.1.attentions.0.proj_in.bias" };
  g_autoptr (LimnCheckpoint) model = open_model (0);
  g_autoptr (LimnConversion) conversion = NULL;
  g_autoptr (LimnCheckpoint) written = convert (model, LIMN_TYPE_Q4_K, fixture->path, &conversion);
  LimnTensorView view;

  for (guint i = 0; i < G_N_ELEMENTS (quantized); i++) {
    g_assert_true (limn_checkpoint_find (written, LIMN_PART_UNET, quantized[i], &view, NULL));
    g_assert_cmpint (view.type, ==, LIMN_TYPE_Q4_K);
  }
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
    g_assert_true (limn_checkpoint_find (written, LIMN_PART_UNET, kept[i], &view, NULL));
    g_assert_cmpint (view.type, ==, LIMN_TYPE_F16);
  }
  g_assert_true (limn_checkpoint_find (written, LIMN_PART_TEXT_ENCODER_2,
                                       "text_model.encoder.layers.0.self_attn.q_proj.weight", &view, NULL));
  g_assert_cmpint (view.type, ==, LIMN_TYPE_Q4_K);
  g_assert_true (limn_checkpoint_find (written, LIMN_PART_TEXT_ENCODER_2,
                                       "text_model.embeddings.token_embedding.weight", &view, NULL));
  g_assert_cmpint (view.type, ==, LIMN_TYPE_F16);
}

/* What ggml and ComfyUI-GGUF look for: version, architecture, data at multiples of 32, rows that are whole blocks, and
 * the shape of what is stored as rows of 256. */
static void
test_format (TestsFile *fixture, gconstpointer data)
{
  const char *name = "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight";
  g_autoptr (LimnCheckpoint) model = open_model (0);
  g_autoptr (LimnConversion) conversion = NULL;
  g_autoptr (LimnCheckpoint) written = convert (model, LIMN_TYPE_Q4_K, fixture->path, &conversion);
  g_autoptr (LimnTensors) file = limn_tensors_open (fixture->path, NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));
  g_assert_cmpmem (bytes, 8, "GGUF\3\0\0\0", 8);
  g_assert_cmpstr (limn_tensors_metadata (file, "general.architecture"), ==, "sdxl");
  g_autofree char *field = g_strconcat ("comfy.gguf.orig_shape.", name, NULL);
  g_assert_nonnull (memmem (bytes, size, field, strlen (field)));
  const LimnTensor *first = limn_tensors_nth (file, 0);
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);

    g_assert_cmpuint ((gsize) (tensor->data - first->data) % 32, ==, 0);
  }
}

/* What is of its type already is copied, bit by bit; so a file that is written of one that was is the same file. */
static void
test_again (TestsFile *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autofree char *other = g_strconcat (fixture->path, ".again", NULL), *bytes = NULL, *again = NULL;
    g_autoptr (LimnCheckpoint) model = open_model (1);
    g_autoptr (LimnConversion) first = NULL, second = NULL;
    g_autoptr (LimnCheckpoint) written = convert (model, types[i].type, fixture->path, &first);
    g_autoptr (LimnCheckpoint) twice = convert (written, types[i].type, other, &second);
    gsize size, size_again;

    g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));
    g_assert_true (g_file_get_contents (other, &again, &size_again, NULL));
    g_assert_cmpint (remove (other), ==, 0);
    if (is_gguf (types[i].type))
      g_assert_cmpmem (bytes, size, again, size_again);
    else
      g_assert_cmpfloat (second->error, <=, 1e-6);
  }
}

/* A U-Net alone stays alone, without a prefix, and is one beside the rest of a model. */
static void
test_alone (TestsFile *fixture, gconstpointer data)
{
  const FileNaming alone = { .prefixes = { "model." } };
  g_autofree char *folder = golden_path ("mini-sd15"), *path = g_strconcat (fixture->path, ".safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) model = limn_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) tensors = file_tensors (model, &alone);

  file_tensors_write (tensors, LIMN_TYPE_F16, FILE_PLAIN, path);
  g_assert_null (limn_checkpoint_open (path, NULL));
  g_autoptr (LimnCheckpoint) unet = limn_checkpoint_open_partial (&(LimnModelParts){ path }, &error);
  g_assert_no_error (error);
  g_autoptr (LimnConversion) conversion =
      limn_checkpoint_convert (unet, LIMN_TYPE_Q8_0, TRUE, fixture->path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (remove (path), ==, 0);
  g_autoptr (LimnTensors) file = limn_tensors_open (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_nonnull (limn_tensors_find (file, "input_blocks.0.0.weight"));
  g_autoptr (LimnCheckpoint) whole =
      limn_checkpoint_open_parts (&(LimnModelParts){ folder, { fixture->path } }, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) was = file_tensors (model, &naming), is = file_tensors (whole, &naming);
  for (guint i = 0; i < was->len; i++)
    g_assert_cmpfloat (error_of (was->pdata[i], find (is, ((const FileTensor *) was->pdata[i])->name)), <=, 0.008);
}

/* The prediction that no weight tells goes along. */
static void
test_prediction (TestsFile *fixture, gconstpointer data)
{
  static const LimnPrediction predictions[] = { LIMN_PREDICTS_NOISE, LIMN_PREDICTS_VELOCITY,
                                                LIMN_PREDICTS_VELOCITY_ZSNR, LIMN_PREDICTS_EDM,
                                                LIMN_PREDICTS_EDM_VELOCITY };

  for (guint i = 0; i < G_N_ELEMENTS (predictions); i++)
    for (int gguf = 0; gguf < 2; gguf++) {
      g_autoptr (LimnCheckpoint) model = open_model (0);
      g_autoptr (LimnConversion) conversion = NULL;

      limn_schedule_config_predict ((LimnScheduleConfig *) limn_checkpoint_schedule (model), predictions[i]);
      g_autoptr (LimnCheckpoint) written =
          convert (model, gguf ? LIMN_TYPE_Q8_0 : LIMN_TYPE_F8_E4M3, fixture->path, &conversion);
      g_assert_cmpint (limn_checkpoint_schedule (written)->prediction, ==, predictions[i]);
    }
}

static gboolean
stop_cb (double fraction, gpointer data)
{
  double *last = data;

  g_assert_cmpfloat (fraction, >=, *last);
  g_assert_cmpfloat (fraction, <=, 1);
  *last = fraction;
  return fraction < 0.5;
}

/* Whoever says stop half way leaves what was there before. */
static void
test_cancel (TestsFile *fixture, gconstpointer data)
{
  double last = 0;
  const LimnTick tick = { stop_cb, &last };
  g_autoptr (LimnCheckpoint) model = open_model (0);
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;

  g_assert_true (g_file_set_contents (fixture->path, "before", -1, NULL));
  g_assert_null (limn_checkpoint_convert (model, LIMN_TYPE_Q8_0, TRUE, fixture->path, &tick, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpfloat (last, >=, 0.5);
  g_assert_true (g_file_get_contents (fixture->path, &bytes, NULL, NULL));
  g_assert_cmpstr (bytes, ==, "before");
}

/* A value that is no number, or too large for a type's scale, is told with its tensor, and nothing is written. */
static void
test_not_finite (TestsFile *fixture, gconstpointer data)
{
  static const float values[] = { NAN, INFINITY, 1e9f };
  const char *name = "middle_block.1.proj_in.weight";
  g_autofree char *path = g_strconcat (fixture->path, ".safetensors", NULL);

  for (guint v = 0; v < G_N_ELEMENTS (values); v++) {
    g_autoptr (LimnCheckpoint) model = open_model (1);
    FileNaming official = { .prefixes = { "model.diffusion_model.", "first_stage_model.",
                                          "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model." } };
    g_autoptr (GPtrArray) tensors = file_tensors (model, &official);
    g_autoptr (GError) error = NULL;

    for (guint i = 0; i < tensors->len; i++) {
      FileTensor *tensor = tensors->pdata[i];
      if (g_str_has_suffix (tensor->name, name))
        tensor->values[7] = values[v];
    }
    file_tensors_write (tensors, LIMN_TYPE_F32, FILE_PLAIN, path);
    g_autoptr (LimnCheckpoint) damaged = limn_checkpoint_open (path, &error);
    g_assert_no_error (error);
    g_assert_null (limn_checkpoint_convert (damaged, LIMN_TYPE_Q8_0, TRUE, fixture->path, NULL, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
    g_assert_nonnull (strstr (error->message, name));
    g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
    g_assert_cmpint (remove (path), ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint m = 0; m < G_N_ELEMENTS (models); m++)
    for (guint t = 0; t < G_N_ELEMENTS (types); t++) {
      const Case item = { m, t };
      g_autofree char *path = g_strdup_printf (
          "/convert/values/%s%s%s/%s", models[m].model, models[m].unet != NULL ? " with " : "",
          models[m].unet != NULL ? strrchr (models[m].unet, '-') + 1 : "", limn_type_name (types[t].type));

      if (m < 2 || t % 3 == m % 3) /* of the others a third each, so that each type meets a family that is not SDXL */
        g_test_add_vtable (path, sizeof (TestsFile), g_memdup2 (&item, sizeof item),
                           (GTestFixtureFunc) tests_file_set_up, (GTestFixtureFunc) test_values,
                           (GTestFixtureFunc) tests_file_tear_down);
    }
  g_test_add ("/convert/types", TestsFile, NULL, tests_file_set_up, test_types, tests_file_tear_down);
  g_test_add ("/convert/format", TestsFile, NULL, tests_file_set_up, test_format, tests_file_tear_down);
  g_test_add ("/convert/again", TestsFile, NULL, tests_file_set_up, test_again, tests_file_tear_down);
  g_test_add ("/convert/alone", TestsFile, NULL, tests_file_set_up, test_alone, tests_file_tear_down);
  g_test_add ("/convert/prediction", TestsFile, NULL, tests_file_set_up, test_prediction, tests_file_tear_down);
  g_test_add ("/convert/cancel", TestsFile, NULL, tests_file_set_up, test_cancel, tests_file_tear_down);
  g_test_add ("/convert/not-finite", TestsFile, NULL, tests_file_set_up, test_not_finite, tests_file_tear_down);
  return g_test_run ();
}
