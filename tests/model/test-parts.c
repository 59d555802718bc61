/* test-parts.c - models made of parts: a U-Net from here, a VAE and text encoders from there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/model-file.h"
#include "engine/limn.h"
#include "engine/model.h"
#include "file/safetensors.h"
#include "model/convert.h"
#include "model/gguf-model.h"
#include "model/listing.h"
#include "model/model-files.h"
#include "model/networks.h"
#include "model/unet.h"

#define SINGLE "mini-sdxl-single-file.safetensors"
#define UNET "model.diffusion_model."
#define VAE "first_stage_model."
#define CLIP_L "conditioner.embedders.0.transformer."
#define CLIP_G "conditioner.embedders.1.model."

static LimnEngine *engine;

typedef struct {
  char *folder;
  char *model;  /* mini-sdxl, a diffusers folder */
  char *single; /* the same as one file */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->model = golden_path ("mini-sdxl");
  fixture->single = golden_path (SINGLE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->model);
  g_free (fixture->single);
}

/* The part of the single file whose names begin with prefix, alone in a file, without it.  (transfer full) */
static char *
write_alone (Fixture *fixture, const char *prefix, const char *name)
{
  g_autoptr (LimnTensors) file = golden_open (SINGLE);
  g_autoptr (GArray) outs = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (fixture->folder, name, NULL);

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    LimnTensorOut out = { tensor->name + strlen (prefix), tensor->type, tensor->rank, .data = tensor->data };
    if (!g_str_has_prefix (tensor->name, prefix))
      continue;
    memcpy (out.shape, tensor->shape, sizeof out.shape);
    g_array_append_val (outs, out);
  }
  limn_safetensors_write (path, (const LimnTensorOut *) outs->data, outs->len, &error);
  g_assert_no_error (error);
  return path;
}

/* The U-Net alone as GGUF.  (transfer full) */
static char *
write_unet (Fixture *fixture, gboolean quantized)
{
  g_autoptr (LimnTensors) file = golden_open (SINGLE);
  char *path = g_build_filename (fixture->folder, quantized ? "unet-q8_0.gguf" : "unet-f16.gguf", NULL);

  gguf_model_write (file, UNET, quantized, path);
  return path;
}

static LimnResult *
paint_as (const LimnModelParts *parts, LimnPrecision precision, const char *prediction, char **json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = limn_model_open_parts (parts, &error);
  LimnRequest request;

  g_assert_no_error (error);
  limn_request_init (&request, model);
  request.prompt = "a red cube";
  request.width = 128;
  request.height = 96;
  request.steps = 4;
  request.precision = precision;
  request.prediction = prediction;
  request.seed = 7;
  if (json != NULL)
    *json = limn_request_to_json (&request);
  LimnResult *result = limn_engine_generate (engine, &request, NULL, &error);
  g_assert_no_error (error);
  limn_engine_forget (engine);
  return result;
}

static LimnResult *
paint (const LimnModelParts *parts, LimnPrecision precision, char **json)
{
  return paint_as (parts, precision, LIMN_PREDICTION_MODEL, json);
}

static gsize
values_of (const LimnResult *result)
{
  return (gsize) 4 * result->latent_width * result->latent_height;
}

static void
assert_same (const LimnResult *one, const LimnResult *other)
{
  gsize bytes = (gsize) one->image->width * one->image->height * 3;

  g_assert_cmpmem (one->latents, values_of (one) * sizeof (float), other->latents, values_of (other) * sizeof (float));
  g_assert_cmpmem (one->image->rgb, bytes, other->image->rgb, bytes);
}

/* ---- U-Nets as others write them ---- */

/* GGUF by ComfyUI-GGUF's converter, fp8 plain and with scales; what diffusers computes with the values that gguf-py and
 * torch read there. */
static void
test_golden (Fixture *fixture, gconstpointer data)
{
  const char *kind = data;
  const char *ending = g_str_has_prefix (kind, "fp8") ? "safetensors" : "gguf";
  g_autofree char *name = g_strdup_printf ("gguf/mini-sdxl-q-%s.%s", kind, ending), *path = golden_path (name);
  g_autoptr (LimnTensors) golden = golden_open ("gguf/expected.safetensors");
  const LimnModelParts parts = { .model = fixture->model, .parts = { path } };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (&parts, &error);

  g_assert_no_error (error);
  g_assert_cmpint (limn_checkpoint_info (checkpoint)->family, ==, LIMN_FAMILY_SDXL_BASE);
  g_assert_cmpuint (g_strv_length (limn_checkpoint_info (checkpoint)->leftover), ==, 0);
  for (int i = 0; i < 4; i++) {
    LimnPrecision precision = i / 2 == 0 ? LIMN_PRECISION_FP32 : LIMN_PRECISION_FP16;
    const LimnTensor *sample = golden_tensor (golden, "F16/case%d/sample", i % 2);
    const LimnNetworkShape shape = { (int) sample->shape[0], (int) sample->shape[2], (int) sample->shape[3], 77, 1 };
    gsize count;
    g_autofree float *in = golden_floats (golden, NULL, "F16/case%d/sample", i % 2);
    g_autofree float *context = golden_floats (golden, NULL, "F16/case%d/encoder_hidden_states", i % 2);
    g_autofree float *pooled = golden_floats (golden, NULL, "F16/case%d/text_embeds", i % 2);
    g_autofree float *ids = golden_floats (golden, NULL, "F16/case%d/time_ids", i % 2);
    g_autofree float *time = golden_floats (golden, NULL, "F16/case%d/timestep", i % 2);
    g_autofree float *expected = golden_floats (golden, &count, "%s/case%d/out", kind, i % 2);
    g_autofree float *out = g_new (float, count);
    g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), checkpoint, precision, &shape, NULL, &error);
    g_assert_no_error (error);
    limn_unet_prepare (unet, context, pooled, ids, time, 1, NULL, &error);
    g_assert_no_error (error);
    limn_unet_run (unet, 0, in, out, NULL, &error);
    g_assert_no_error (error);
    golden_check_rel (kind, out, expected, count, precision == LIMN_PRECISION_FP32 ? 5e-5 : 8e-3);
  }
}

/* ComfyUI's later form of the same: another name, and a tensor of bytes that says the format. */
static void
test_later_scales (Fixture *fixture, gconstpointer data)
{
  static const char *const from = ".scale_weight", *const to = ".weight_scale";
  g_autofree char *early = golden_path ("gguf/mini-sdxl-q-fp8_scaled.safetensors"),
                  *path = g_build_filename (fixture->folder, "later.safetensors", NULL);
  g_autoptr (LimnTensors) file = golden_open ("gguf/mini-sdxl-q-fp8_scaled.safetensors");
  g_autoptr (GArray) outs = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GStringChunk) names = g_string_chunk_new (4096);
  g_autoptr (GError) error = NULL;
  guint renamed = 0;

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    LimnTensorOut out = { tensor->name, tensor->type, tensor->rank, .data = tensor->data };
    g_autoptr (GString) name = g_string_new (tensor->name);

    memcpy (out.shape, tensor->shape, sizeof out.shape);
    renamed += g_string_replace (name, from, to, 1);
    out.name = g_string_chunk_insert (names, name->str);
    g_array_append_val (outs, out);
  }
  g_assert_cmpuint (renamed, >, 20);
  LimnTensorOut says = { "input_blocks.4.1.proj_in.comfy_quant", LIMN_TYPE_U8, 1, { 4 }, .data = "{}  " };
  g_array_append_val (outs, says);
  limn_safetensors_write (path, (const LimnTensorOut *) outs->data, outs->len, &error);
  g_assert_no_error (error);

  const LimnModelParts one = { .model = fixture->model, .parts = { early } },
                       other = { .model = fixture->model, .parts = { path } };
  g_autoptr (LimnResult) expected = paint (&one, LIMN_PRECISION_FP32, NULL),
                         result = paint (&other, LIMN_PRECISION_FP32, NULL);
  assert_same (result, expected);
}

/* A model written as fp8 paints, with both precisions, what its values as floats do. */
static void
test_converted (Fixture *fixture, gconstpointer data)
{
  static const FileNaming naming = { .prefixes = { "model.diffusion_model." } };
  static const double tolerances[] = { [LIMN_PRECISION_FP16] = 2e-2, [LIMN_PRECISION_FP32] = 1e-6 };
  g_autofree char *path = g_build_filename (fixture->folder, "fp8.safetensors", NULL),
                  *twin = g_build_filename (fixture->folder, "twin.safetensors", NULL);
  const LimnModelParts floats = { .model = fixture->model, .parts = { twin } },
                       eighths = { .model = fixture->model, .parts = { path } };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) base = limn_checkpoint_open (fixture->model, &error);
  g_assert_no_error (error);

  limn_conversion_free (limn_checkpoint_convert (base, LIMN_TYPE_F8_E4M3, FALSE, path, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (LimnCheckpoint) written = limn_checkpoint_open_parts (&eighths, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) tensors = file_tensors (written, &naming);
  file_tensors_write (tensors, LIMN_TYPE_F32, FILE_PLAIN, twin);
  g_autoptr (LimnResult) expected = paint (&floats, LIMN_PRECISION_FP32, NULL);
  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    g_autoptr (LimnResult) result = paint (&eighths, precision, NULL);

    g_assert_cmpuint (values_of (result), ==, values_of (expected));
    golden_check_rel ("latents", result->latents, expected->latents, values_of (expected), tolerances[precision]);
  }
}

/* ---- Pictures ---- */

/* A single file's marks are what the request says of one that has none: the same picture, to the bit, and another than
 * without. */
static void
test_markers (Fixture *fixture, gconstpointer data)
{
  static const char *const marks[][3] = { { "v", "v_pred", NULL }, { "v_zsnr", "v_pred", "ztsnr" } };
  static const FileNaming naming = { .prefixes = { UNET } };
  g_autofree char *path = g_build_filename (fixture->folder, "marked.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = limn_model_open (fixture->model, &error);
  const LimnModelParts plain = { .model = fixture->model }, marked = { .model = fixture->model, .parts = { path } };

  g_assert_no_error (error);
  g_autoptr (LimnResult) noise = paint (&plain, LIMN_PRECISION_FP32, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    g_autoptr (GPtrArray) tensors = file_tensors (limn_model_checkpoint (model), &naming);

    for (int mark = 1; mark < 3 && marks[i][mark] != NULL; mark++)
      file_tensors_add (tensors, marks[i][mark], 1, (guint64[]){ 0 }, 0);
    file_tensors_write (tensors, LIMN_TYPE_F16, FILE_PLAIN, path);
    g_autoptr (LimnResult) result = paint (&marked, LIMN_PRECISION_FP32, NULL),
                           expected = paint_as (&plain, LIMN_PRECISION_FP32, marks[i][0], NULL);
    assert_same (result, expected);
    g_assert_cmpint (memcmp (result->latents, noise->latents, values_of (noise) * sizeof (float)), !=, 0);
  }
}

/* A U-Net of halves as GGUF, and each other part alone in a file, paint what the folder paints, to the bit.  The text
 * encoders stay in the folder, which has the miniature's vocabulary. */
static void
test_same (Fixture *fixture, gconstpointer data)
{
  g_autofree char *unet = write_unet (fixture, FALSE), *vae = write_alone (fixture, VAE, "vae.safetensors"),
                  *json = NULL;
  const LimnModelParts plain = { .model = fixture->model }, one = { .model = fixture->model, .parts = { unet } },
                       both = { .model = fixture->model, .parts = { unet, vae } },
                       whole = { .model = fixture->model, .parts = { fixture->single, fixture->single } };

  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    g_autoptr (LimnResult) expected = paint (&plain, precision, NULL), result = paint (&one, precision, NULL),
                           second = paint (&both, precision, NULL), third = paint (&whole, precision, NULL);
    assert_same (result, expected);
    assert_same (second, expected);
    assert_same (third, expected);
  }
  g_autoptr (LimnResult) again = paint (&both, LIMN_PRECISION_FP16, &json);
  g_assert_nonnull (strstr (json, "\"model\": \"mini-sdxl\", \"parts\": {\"unet\": \"unet-f16\", \"vae\": \"vae\"}"));
}

/* Q8_0 paints nearly the same picture, and exactly, in fp32, what its values as floats paint. */
static void
test_q8_0 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *unet = write_unet (fixture, TRUE),
                  *twin = g_build_filename (fixture->folder, "twin.safetensors", NULL);
  const LimnModelParts plain = { .model = fixture->model }, blocks = { .model = fixture->model, .parts = { unet } },
                       floats = { .model = fixture->model, .parts = { twin } };

  gguf_model_write_twin (unet, twin);
  g_autoptr (LimnResult) expected = paint (&floats, LIMN_PRECISION_FP32, NULL),
                         result = paint (&blocks, LIMN_PRECISION_FP32, NULL);
  assert_same (result, expected);
  g_autoptr (LimnResult) half = paint (&blocks, LIMN_PRECISION_FP16, NULL),
                         whole = paint (&plain, LIMN_PRECISION_FP16, NULL);
  golden_check_rel ("latents beside those of fp16 weights", half->latents, whole->latents, values_of (half), 0.05);
}

/* ---- What is told ---- */

static const char *
from_of (const LimnModelInfo *info, const char *name)
{
  for (guint i = 0; i < info->parts->len; i++) {
    const LimnPart *part = g_ptr_array_index (info->parts, i);
    if (g_str_equal (part->name, name))
      return part->from;
  }
  g_assert_not_reached ();
}

/* Parts alone in files by the names that such files have, from folders of components, and without a model at all. */
static void
test_places (Fixture *fixture, gconstpointer data)
{
  g_autofree char *unet = write_unet (fixture, TRUE), *vae = write_alone (fixture, VAE, "vae.safetensors"),
                  *l = write_alone (fixture, CLIP_L, "clip_l.safetensors"),
                  *g = write_alone (fixture, CLIP_G, "open_clip_g.safetensors"),
                  *folder = g_build_filename (fixture->model, "vae", NULL),
                  *g_folder = g_build_filename (fixture->model, "text_encoder_2", NULL),
                  *g_file = g_build_filename (g_folder, "model.safetensors", NULL),
                  *vae_file = g_build_filename (folder, "diffusion_pytorch_model.safetensors", NULL);
  const LimnModelParts cases[] = {
    { .parts = { unet, vae, l, g } },
    { .parts = { unet, vae_file, l, g_folder } },
    { .parts = { unet, fixture->model, fixture->single, g_file } },
    { .model = fixture->single, .parts = { unet, folder, fixture->model, g } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (&cases[i], &error);
    g_assert_no_error (error);
    const LimnModelInfo *info = limn_checkpoint_info (checkpoint);
    g_assert_cmpint (info->family, ==, LIMN_FAMILY_SDXL_BASE);
    g_assert_cmpstr (info->layout, ==, "parts from several places");
    g_assert_cmpuint (info->parts->len, ==, 4);
    g_assert_cmpuint (g_strv_length (info->missing), ==, 0);
    g_assert_cmpuint (g_strv_length (info->leftover), ==, 0);
    g_assert_false (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER_2)->quick_gelu);
    g_assert_true (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER)->quick_gelu);
    g_assert_cmpstr (from_of (info, "unet"), ==, i < 3 ? NULL : "unet-q8_0");
    g_assert_cmpstr (from_of (info, "text_encoder_2"), ==,
                     i == 1   ? "text_encoder_2"
                     : i == 2 ? "model"
                              : "open_clip_g");
  }
}

/* The same values, whatever a text encoder's tensors are called. */
static void
test_encoders (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "text_model.encoder.layers.1.self_attn.k_proj.weight",
                                       "text_model.embeddings.token_embedding.weight", "text_projection.weight" };
  g_autofree char *alone = g_build_filename (fixture->model, "text_encoder_2", "model.safetensors", NULL);
  const LimnModelParts parts = { .model = fixture->single, .parts = { NULL, NULL, NULL, alone } };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) one = limn_checkpoint_open (fixture->single, &error),
                             other = limn_checkpoint_open_parts (&parts, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    LimnTensorView a, b;
    g_assert_true (limn_checkpoint_find (one, LIMN_PART_TEXT_ENCODER_2, names[i], &a, NULL));
    g_assert_true (limn_checkpoint_find (other, LIMN_PART_TEXT_ENCODER_2, names[i], &b, NULL));
    for (guint64 row = 0; row < a.shape[0]; row++) {
      guint64 at = row * a.shape[1] + 3, turned = 3 * a.shape[0] + row;
      g_assert_cmpfloat (limn_tensor_view_value (&a, a.transposed ? turned : at), ==, limn_tensor_view_value (&b, at));
    }
  }
}

/* ---- Model files ---- */

static char *
write_model_file (Fixture *fixture, const char *name, const char *text)
{
  char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

/* A file that names parts is a model by its own path, and paints what they do; further parts go before its. */
static void
test_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *unet = write_unet (fixture, FALSE), *vae = write_alone (fixture, VAE, "vae.safetensors"),
                  *path = g_build_filename (fixture->folder, "made", "portrait.limn", NULL), *json = NULL;
  const LimnModelParts both = { .model = fixture->model, .parts = { unet, vae } }, file = { .model = path },
                       further = { .model = path, .parts = { NULL, fixture->single } };
  g_autoptr (GError) error = NULL;

  limn_model_file_write (path, &both, &error);
  g_assert_no_error (error);
  g_autoptr (LimnResult) expected = paint (&both, LIMN_PRECISION_FP16, NULL),
                         result = paint (&file, LIMN_PRECISION_FP16, &json),
                         second = paint (&further, LIMN_PRECISION_FP16, NULL);
  assert_same (result, expected);
  assert_same (second, expected);
  g_assert_nonnull (strstr (json, "\"model\": \"portrait\", \"parts\": {\"unet\": \"unet-f16\", \"vae\": \"vae\""));
  g_autoptr (LimnModelInfo) info = limn_model_inspect (&further, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->path, ==, path);
  g_assert_cmpstr (from_of (info, "unet"), ==, "unet-f16");
  g_assert_cmpstr (from_of (info, "vae"), ==, "mini-sdxl-single-file");
  g_assert_cmpstr (from_of (info, "text_encoder"), ==, "mini-sdxl");

  g_autofree char *home = limn_model_home (path), *lora = g_build_filename (LIMN_GOLDEN_DIR, "lora", "peft", NULL);
  g_autofree char *found = limn_lora_find ("lora/peft", NULL, path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (home, ==, fixture->model);
  g_assert_true (g_str_has_prefix (found, lora));
}

/* Any set of parts, at any names, is read as it was written; beside the file and below it, by relative paths. */
static void
test_file_round (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "a.safetensors", "mit Leerzeichen .sft", " =;#[]\\n.gguf", "\346\250\241.gguf" };
  g_autofree char *path = g_build_filename (fixture->folder, "round.limn", NULL);

  for (int round = 0; round < 300; round++) {
    g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
    gboolean relative = g_test_rand_bit () != 0;
    LimnModelParts parts = { NULL }, expected = { NULL }, read;
    const char **at = &parts.model, **whole = &expected.model;
    g_autoptr (GError) error = NULL;

    for (int i = 0; i <= LIMN_N_PARTS; i++) {
      const char *name = names[g_test_rand_int_range (0, G_N_ELEMENTS (names))];
      g_autofree char *full = g_build_filename (fixture->folder, "sub", name, NULL);
      g_autofree char *below = g_build_filename ("sub", name, NULL);
      if (i > 0) {
        at = &parts.parts[i - 1];
        whole = &expected.parts[i - 1];
      }
      if (i != 1 && g_test_rand_bit ())
        continue;
      *at = g_string_chunk_insert (strings, relative ? below : full);
      *whole = g_string_chunk_insert (strings, full);
    }
    g_assert_true (limn_model_file_write (path, &parts, &error));
    g_assert_no_error (error);
    g_assert_true (limn_model_file_read (path, strings, &read, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (read.model, ==, expected.model);
    for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
      g_assert_cmpstr (read.parts[part], ==, expected.parts[part]);
  }
}

static void
refuse (const LimnModelParts *parts, const char *one, const char *other, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_checkpoint_open_parts (parts, &error));
  g_assert_true (error->domain == LIMN_ERROR);
  if (strstr (error->message, one) == NULL || strstr (error->message, other) == NULL
      || strstr (error->message, words) == NULL)
    g_error ("expected \"%s\", \"%s\" and \"%s\" in: %s", one, other, words, error->message);
}

static void
test_file_wrong (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *text, *words;
  } cases[] = {
    { "", "not a model made of parts" },
    { "PK\003\004", "not a model made of parts" },
    { "[Model]\nmodel=x\n", "version" },
    { "[Model]\nversion=2\nmodel=x\n", "expected 1" },
    { "[Model]\nversion=1\nvae=x\n", "neither a model nor a U-Net" },
    { "[Model]\nversion=1\nmodel=x\nlora=y\n", "lora" },
    { "[Model]\nversion=1\nmodel=nothing.safetensors\n", "nothing.safetensors" },
    { "[Model]\nversion=1\nmodel=wrong.limn\n", "wrong.limn" },
  };
  g_autofree char *large = g_strnfill (100000, '#'), *folder = g_build_filename (fixture->folder, "f.limn", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = write_model_file (fixture, "wrong.limn", cases[i].text);
    refuse (&(LimnModelParts){ .model = path }, "", "", cases[i].words);
  }
  g_autofree char *path = write_model_file (fixture, "wrong.limn", large);
  refuse (&(LimnModelParts){ .model = path }, path, "", "too large");
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  refuse (&(LimnModelParts){ .model = folder }, folder, "", "a folder");
}

/* ---- What does not go together ---- */

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  g_autofree char *unet = write_unet (fixture, TRUE), *sd15 = golden_path ("mini-sd15"),
                  *refiner = golden_path ("mini-sdxl-refiner"), *rng = golden_path ("rng.safetensors"),
                  *vae15 = g_build_filename (sd15, "vae", NULL), *unet15 = g_build_filename (sd15, "unet", NULL),
                  *none = g_build_filename (fixture->folder, "none", NULL),
                  *l = write_alone (fixture, CLIP_L, "clip_l.safetensors");

  refuse (&(LimnModelParts){ .model = sd15, .parts = { unet } }, unet, sd15, "a U-Net of the same family");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { unet15 } }, unet15, fixture->model, "SDXL base");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { refiner } }, refiner, fixture->model, "SDXL refiner");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { NULL, vae15 } }, vae15, fixture->model, "0.18215");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { NULL, sd15 } }, sd15, fixture->model,
          "a VAE of the same family");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { NULL, NULL, sd15 } }, sd15, fixture->model,
          "expected those of SDXL base");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { NULL, NULL, NULL, l } }, l, "text_projection",
          "missing");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { NULL, rng } }, rng, "VAE", "lacks the VAE");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { rng } }, rng, "", "no model that Limn knows");
  refuse (&(LimnModelParts){ .model = fixture->model, .parts = { NULL, none } }, none, "", "There is no file");
  refuse (&(LimnModelParts){ .parts = { unet, fixture->model } }, unet, "", "lacks the first text encoder");
  refuse (&(LimnModelParts){ .model = unet }, unet, "", "a U-Net alone");
}

int
main (int argc, char **argv)
{
  static const char *const kinds[] = { "Q8_0", "Q4_K_M", "fp8_e4m3fn", "fp8_scaled" };
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *path = g_strdup_printf ("/parts/golden/%s", kinds[i]);
    g_test_add (path, Fixture, kinds[i], set_up, test_golden, tear_down);
  }
  g_test_add ("/parts/golden/fp8_scaled_later", Fixture, NULL, set_up, test_later_scales, tear_down);
  g_test_add ("/parts/same", Fixture, NULL, set_up, test_same, tear_down);
  g_test_add ("/parts/markers", Fixture, NULL, set_up, test_markers, tear_down);
  g_test_add ("/parts/converted-fp8", Fixture, NULL, set_up, test_converted, tear_down);
  g_test_add ("/parts/q8_0", Fixture, NULL, set_up, test_q8_0, tear_down);
  g_test_add ("/parts/places", Fixture, NULL, set_up, test_places, tear_down);
  g_test_add ("/parts/encoders", Fixture, NULL, set_up, test_encoders, tear_down);
  g_test_add ("/parts/file", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/parts/file/round", Fixture, NULL, set_up, test_file_round, tear_down);
  g_test_add ("/parts/file/wrong", Fixture, NULL, set_up, test_file_wrong, tear_down);
  g_test_add ("/parts/wrong", Fixture, NULL, set_up, test_wrong, tear_down);
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
