/* test-quantized.c - U-Nets from GGUF files: what they compute, and that blocks stay blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "model/gguf-model.h"
#include "model/networks.h"
#include "model/unet.h"
#include "model/weights.h"

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  networks_gpu ();
  fixture->folder = g_dir_make_tmp ("limn-quantized-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

#define TOKENS 77
#define SIDE 16

/* What the U-Net of the file at path makes of the golden case.  (transfer full) */
static float *
run (const char *path, LimnPrecision precision, gsize *count)
{
  const LimnNetworkShape shape = { .batch = 1, .height = SIDE, .width = SIDE, .tokens = TOKENS, .steps = 1 };
  g_autoptr (LimnTensors) golden = golden_open ("unet/mini-sdxl.safetensors");
  g_autofree float *sample = golden_floats (golden, count, "case0/sample");
  g_autofree float *context = golden_floats (golden, NULL, "case0/encoder_hidden_states");
  g_autofree float *pooled = golden_floats (golden, NULL, "case0/text_embeds");
  g_autofree float *ids = golden_floats (golden, NULL, "case0/time_ids");
  g_autofree float *time = golden_floats (golden, NULL, "case0/timestep");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), checkpoint, precision, &shape, NULL, &error);
  float *out = g_new (float, *count);

  g_assert_no_error (error);
  g_assert_cmpuint (*count, ==, 4 * SIDE * SIDE);
  limn_unet_prepare (unet, context, pooled, ids, time, 1, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 0, sample, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

/* F16 is F16, whatever file it is in. */
static void
test_f16 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gguf = gguf_model_make (fixture->folder, FALSE),
                  *plain = golden_path ("mini-sdxl-single-file.safetensors");
  gsize count;

  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    g_autofree float *out = run (gguf, precision, &count), *expected = run (plain, precision, &count);
    g_assert_cmpmem (out, count * sizeof (float), expected, count * sizeof (float));
  }
}

/* Q8_0 in a file computes what its values as floats do, to the bit where these are kept as floats. */
static void
test_q8_0 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gguf = gguf_model_make (fixture->folder, TRUE),
                  *twin = g_build_filename (fixture->folder, "twin.safetensors", NULL),
                  *plain = golden_path ("mini-sdxl-single-file.safetensors");
  gsize count;

  gguf_model_write_twin (gguf, twin);
  g_autofree float *out = run (gguf, LIMN_PRECISION_FP32, &count), *expected = run (twin, LIMN_PRECISION_FP32, &count);
  g_autofree float *whole = run (plain, LIMN_PRECISION_FP32, &count), *half = run (gguf, LIMN_PRECISION_FP16, &count);
  golden_check_rel ("fp32", out, expected, count, 1e-6);
  golden_check_rel ("fp16", half, expected, count, 8e-3);
  golden_check_rel ("beside what was quantized", out, whole, count, 3e-2);
}

/* Which weights stay in blocks: matrices and 1 x 1 convolutions, and none that the file does not have so. */
static void
test_kept (Fixture *fixture, gconstpointer data)
{
  static const char *const kept[] = {
    "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight",
    "down_blocks.1.attentions.0.proj_in.weight",
    "up_blocks.0.resnets.0.conv_shortcut.weight",
    "time_embedding.linear_1.weight",
  };
  static const char *const expanded[] = { "conv_in.weight", "mid_block.resnets.0.conv1.weight",
                                          "mid_block.resnets.0.conv1.bias", "conv_norm_out.weight" };
  g_autofree char *gguf = gguf_model_make (fixture->folder, TRUE), *plain = gguf_model_make (fixture->folder, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (gguf, &error);
  g_assert_no_error (error);
  g_autoptr (LimnCheckpoint) other = limn_checkpoint_open (plain, &error);
  g_assert_no_error (error);
  const LimnKeptBlocks *blocks = &limn_checkpoint_unet (checkpoint)->kept;

  g_assert_nonnull (blocks->kinds);
  g_assert_cmpuint (blocks->id, !=, 0);
  g_assert_cmpuint (blocks->id, !=, limn_checkpoint_vae (checkpoint)->kept.id);
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    g_assert_nonnull (g_hash_table_lookup (blocks->kinds, kept[i]));
  for (guint i = 0; i < G_N_ELEMENTS (expanded); i++)
    g_assert_null (g_hash_table_lookup (blocks->kinds, expanded[i]));
  g_assert_null (limn_checkpoint_unet (other)->kept.kinds);
  g_assert_true (limn_checkpoint_keeps (checkpoint, &limn_weight_kinds[1]));
  g_assert_false (limn_checkpoint_keeps (other, &limn_weight_kinds[1]));
  g_assert_cmpuint (limn_checkpoint_info (checkpoint)->memory_fp16, <, limn_checkpoint_info (other)->memory_fp16);
}

/* A converter's file of several types: each lies in its own kind, rows that begin inside of blocks of 256 too, in less
 * memory than halves take. */
static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  static const char *const weights[][2] = {
    { "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight", "four" },
    { "down_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj.weight", "four" },
    { "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_v.weight", "six" },
    { "down_blocks.1.attentions.0.transformer_blocks.0.ff.net.2.weight", "six" },
  };
  g_autofree char *base = golden_path ("mini-sdxl"), *path = golden_path ("gguf/mini-sdxl-q-Q4_K_M.gguf"),
                  *halves = golden_path ("gguf/mini-sdxl-q-fp8_e4m3fn.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (&(LimnModelParts){ base, { path } }, &error);
  g_assert_no_error (error);
  g_autoptr (LimnCheckpoint) plain = limn_checkpoint_open_parts (&(LimnModelParts){ base, { halves } }, &error);
  g_assert_no_error (error);
  const LimnKeptBlocks *blocks = &limn_checkpoint_unet (checkpoint)->kept;

  for (guint i = 0; i < G_N_ELEMENTS (weights); i++) {
    const LimnWeightKind *kind = g_hash_table_lookup (blocks->kinds, weights[i][0]);

    g_assert_nonnull (kind);
    g_assert_cmpstr (kind->name, ==, weights[i][1]);
  }
  g_assert_cmpuint (limn_checkpoint_info (checkpoint)->memory_fp16, <, limn_checkpoint_info (plain)->memory_fp16);
}

/* A scale that is no number is found while the weight is loaded, and its tensor named. */
static void
test_not_finite (Fixture *fixture, gconstpointer data)
{
  const LimnNetworkShape shape = { .batch = 1, .height = 8, .width = 8, .tokens = TOKENS, .steps = 1 };
  const char *name = "model.diffusion_model.middle_block.1.proj_in.weight";
  g_autofree char *gguf = gguf_model_make (fixture->folder, TRUE), *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (gguf, &bytes, &size, NULL));
  g_autoptr (LimnTensors) file = limn_tensors_open_memory ("bytes", (const guint8 *) bytes, size, NULL);
  const LimnTensor *tensor = limn_tensors_find (file, name);
  g_assert_nonnull (tensor);
  memcpy (bytes + ((const char *) tensor->data - bytes) + 34, "\xff\x7f", 2);
  g_assert_true (g_file_set_contents (gguf, bytes, (gssize) size, NULL));
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (gguf, &error);
  g_assert_no_error (error);
  g_assert_null (limn_unet_new (networks_gpu (), checkpoint, LIMN_PRECISION_FP16, &shape, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, name));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/quantized/f16", Fixture, NULL, set_up, test_f16, tear_down);
  g_test_add ("/quantized/q8_0", Fixture, NULL, set_up, test_q8_0, tear_down);
  g_test_add ("/quantized/kept", Fixture, NULL, set_up, test_kept, tear_down);
  g_test_add ("/quantized/kinds", Fixture, NULL, set_up, test_kinds, tear_down);
  g_test_add ("/quantized/not-finite", Fixture, NULL, set_up, test_not_finite, tear_down);
  return networks_run ();
}
