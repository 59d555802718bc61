/* test-quantized.c - U-Nets from GGUF files: what they compute, and that blocks stay blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "base/half.h"
#include "common/folder.h"
#include "model/convert.h"
#include "model/gguf-model.h"
#include "model/lora.h"
#include "model/networks.h"
#include "model/unet.h"
#include "model/arch.h"
#include "model/weights.h"
#include "model/written.h"

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

#define TOKENS NETWORKS_TOKENS
#define SIDE NETWORKS_SIDE

/* F16 is F16, whatever file it is in. */
static void
test_f16 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gguf = gguf_model_make (fixture->folder, FALSE),
                  *plain = golden_path ("mini-sdxl-single-file.safetensors");
  gsize count;

  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    g_autofree float *out = networks_run_file (gguf, precision, &count),
                     *expected = networks_run_file (plain, precision, &count);
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
  g_autofree float *out = networks_run_file (gguf, LIMN_PRECISION_FP32, &count),
                   *expected = networks_run_file (twin, LIMN_PRECISION_FP32, &count);
  g_autofree float *whole = networks_run_file (plain, LIMN_PRECISION_FP32, &count),
                   *half = networks_run_file (gguf, LIMN_PRECISION_FP16, &count);
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
 * memory than fp8 takes. */
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
                  *eighths = golden_path ("gguf/mini-sdxl-q-fp8_e4m3fn.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (&(LimnModelParts){ base, { path } }, &error);
  g_assert_no_error (error);
  g_autoptr (LimnCheckpoint) plain = limn_checkpoint_open_parts (&(LimnModelParts){ base, { eighths } }, &error);
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

static void
check_same_kinds (const LimnKeptBlocks *one, const LimnKeptBlocks *other)
{
  GHashTableIter iter;
  gpointer name, kind;

  g_assert_cmpuint (g_hash_table_size (one->kinds), ==, g_hash_table_size (other->kinds));
  g_hash_table_iter_init (&iter, one->kinds);
  while (g_hash_table_iter_next (&iter, &name, &kind))
    g_assert_true (g_hash_table_lookup (other->kinds, name) == kind);
}

/* ---- Several kinds in one product ---- */

#define N_KINDS 6

/* Each weight of a network that is laid out with kept lies in the kind that its tensors have, none expanded. */
static void
check_kinds (const LimnUnetConfig *config, GHashTable *kinds)
{
  const LimnNetworkShape shape = { .batch = 1, .height = SIDE, .width = SIDE, .tokens = TOKENS, .steps = 1 };
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnUnetConfig mixed = *config;
  LimnUnetPlans plans;
  guint found = 0;

  mixed.kept = (LimnKeptBlocks){ kinds, 1 };
  limn_unet_write (net, &mixed, &shape, &plans);
  for (guint i = 0; i < limn_weights_count (limn_net_weights (net)); i++) {
    const LimnWeightSpec *spec = limn_weights_nth (limn_net_weights (net), i);

    for (const char *const *name = spec->names; *name != NULL; name++) {
      const LimnWeightKind *kind = g_hash_table_lookup (kinds, *name);

      g_assert_true (spec->kind == kind);
      found += kind != NULL;
    }
  }
  g_assert_cmpuint (found, ==, g_hash_table_size (kinds));
  limn_unet_plans_clear (&plans);
}

static void
test_mixed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = golden_path ("mini-sdxl"), *path = golden_path ("gguf/mini-sdxl-q-Q4_K_M.gguf");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (&(LimnModelParts){ base, { path } }, &error);
  g_assert_no_error (error);
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  g_autoptr (LimnArchList) list = limn_arch_unet_list (config);

  g_assert_null (limn_weight_kinds[N_KINDS].name);
  check_kinds (config, config->kept.kinds);
  for (int trial = 0; trial < 20; trial++) {
    g_autoptr (GHashTable) kinds = g_hash_table_new (g_str_hash, g_str_equal);

    for (guint i = 0; i < limn_arch_list_length (list); i++) {
      const LimnArchTensor *tensor = limn_arch_list_nth (list, i);
      int kind = g_test_rand_int_range (0, N_KINDS);

      if (tensor->rank == 2 && kind > 0)
        g_hash_table_insert (kinds, (gpointer) tensor->name, (gpointer) &limn_weight_kinds[kind]);
    }
    check_kinds (config, kinds);
  }
}

/* ---- Blocks that become others ---- */

#define GGUF_IQ4_NL 20

/* Where a GGUF file's bytes have the type of that tensor: behind its name and its shape. */
static char *
find_type (char *bytes, gsize size, const char *name)
{
  guint64 length = GUINT64_TO_LE ((guint64) strlen (name));
  g_autoptr (GByteArray) entry = g_byte_array_new ();
  char *at;

  g_byte_array_append (entry, (const guint8 *) &length, sizeof length);
  g_byte_array_append (entry, (const guint8 *) name, (guint) strlen (name));
  at = memmem (bytes, size, entry->data, entry->len);
  g_assert_nonnull (at);
  at += entry->len;
  return at + 4 + 8 * at[0];
}

/* Makes all Q4_0 tensors of a GGUF file IQ4_NL, whose blocks have the same places for other levels. */
static void
rename_blocks (const char *path)
{
  g_autoptr (LimnTensors) file = limn_tensors_open (path, NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (guint i = 0; i < limn_tensors_count (file); i++)
    if (limn_tensors_nth (file, i)->type == LIMN_TYPE_Q4_0)
      *find_type (bytes, size, limn_tensors_nth (file, i)->name) = GGUF_IQ4_NL;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

/* Types that no kernel reads lie as Q8_0, and compute what their values do: to the bit here, where each block has the
 * level of the largest size, which is Q8_0's. */
static void
test_rare (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gguf = g_build_filename (fixture->folder, "rare.gguf", NULL),
                  *twin = g_build_filename (fixture->folder, "rare.safetensors", NULL),
                  *model = golden_path ("mini-sdxl-single-file.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) base = limn_checkpoint_open (model, &error);
  g_assert_no_error (error);
  gsize count;

  limn_conversion_free (limn_checkpoint_convert (base, LIMN_TYPE_Q4_0, TRUE, gguf, NULL, &error));
  g_assert_no_error (error);
  rename_blocks (gguf);
  gguf_model_write_twin (gguf, twin);
  g_autoptr (LimnCheckpoint) rare = limn_checkpoint_open (gguf, &error);
  g_assert_no_error (error);
  g_autoptr (LimnCheckpoint) fit = limn_checkpoint_merge_fit (base, NULL, 0, LIMN_TYPE_Q8_0);
  check_same_kinds (&limn_checkpoint_unet (rare)->kept, &limn_checkpoint_unet (fit)->kept);
  GHashTable *kinds = limn_checkpoint_unet (rare)->kept.kinds;
  g_assert_true (g_hash_table_lookup (kinds, "down_blocks.1.attentions.0.proj_in.weight") == &limn_weight_kinds[1]);
  g_autofree float *out = networks_run_file (gguf, LIMN_PRECISION_FP32, &count),
                   *expected = networks_run_file (twin, LIMN_PRECISION_FP32, &count);
  golden_check_rel ("as Q8_0", out, expected, count, 1e-6);
}

#define GGUF_Q4_K 12

typedef struct {
  const char *name;
  guint8 gguf;
  int bytes;
  int scales[2]; /* where halves lie that all is multiplied with; -1: none */
  double scale;
} RareBlock;

/* Makes all Q4_K tensors of a GGUF file, whose blocks of 256 values are long enough, random ones of that type. */
static guint
replace_blocks (const char *path, const RareBlock *rare)
{
  g_autofree char *bytes = NULL;
  gsize size;
  guint replaced = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_autoptr (LimnTensors) file = limn_tensors_open_memory ("bytes", (const guint8 *) bytes, size, NULL);
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    gsize values = 1;
    char *type, *block;

    if (tensor->type != LIMN_TYPE_Q4_K)
      continue;
    type = find_type (bytes, size, tensor->name);
    g_assert_cmpint (*type, ==, GGUF_Q4_K);
    *type = (char) rare->gguf;
    for (int d = 0; d < tensor->rank; d++)
      values *= tensor->shape[d];
    block = bytes + ((const char *) tensor->data - bytes);
    for (gsize n = values / 256; n > 0; n--, block += rare->bytes) {
      for (int b = 0; b < rare->bytes; b++)
        block[b] = (char) g_test_rand_int_range (0, 256);
      for (int j = 0; j < 2 && rare->scales[j] >= 0; j++) {
        guint16 half =
            GUINT16_TO_LE (limn_half_from_float ((float) (rare->scale * g_test_rand_double_range (0.5, 1.5))));

        memcpy (block + rare->scales[j], &half, sizeof half);
      }
    }
    replaced++;
  }
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
  return replaced;
}

/* Those of 256 values come as near to theirs as Q8_0 does. */
static void
test_rare_wide (Fixture *fixture, gconstpointer data)
{
  static const RareBlock blocks[] = { { "Q2_K", 10, 84, { 80, 82 }, 4e-3 },
                                      { "Q3_K", 11, 110, { 108, -1 }, 1.5e-3 },
                                      { "IQ4_XS", 23, 136, { 0, -1 }, 4e-5 } };
  g_autofree char *gguf = g_build_filename (fixture->folder, "rare.gguf", NULL),
                  *twin = g_build_filename (fixture->folder, "rare.safetensors", NULL),
                  *model = golden_path ("mini-sdxl-single-file.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) base = limn_checkpoint_open (model, &error);
  g_assert_no_error (error);
  gsize count;

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++) {
    limn_conversion_free (limn_checkpoint_convert (base, LIMN_TYPE_Q4_K, TRUE, gguf, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (replace_blocks (gguf, &blocks[i]), >, 10);
    gguf_model_write_twin (gguf, twin);
    g_autofree float *out = networks_run_file (gguf, LIMN_PRECISION_FP32, &count);
    g_autofree float *expected = networks_run_file (twin, LIMN_PRECISION_FP32, &count);

    golden_check_rms (blocks[i].name, out, expected, count, 0.02);
  }
}

/* ---- Made to fit ---- */

/* A model that is quantized while it is loaded is, bit by bit, the one that was written so; and comes as near to what
 * it was as the type implies. */
static void
test_fit (Fixture *fixture, gconstpointer data)
{
  static const struct {
    LimnType type;
    double tolerance;
  } types[] = {
    { LIMN_TYPE_Q8_0, 0.02 }, { LIMN_TYPE_Q6_K, 0.05 }, { LIMN_TYPE_Q5_K, 0.08 }, { LIMN_TYPE_Q4_K, 0.13 }
  };
  g_autofree char *model = golden_path ("mini-sdxl-single-file.safetensors"),
                  *gguf = g_build_filename (fixture->folder, "fit.gguf", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) base = limn_checkpoint_open (model, &error);
  gsize count;

  g_assert_no_error (error);
  g_autofree float *whole = networks_run_checkpoint (base, LIMN_PRECISION_FP32, &count);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    limn_conversion_free (limn_checkpoint_convert (base, types[i].type, TRUE, gguf, NULL, &error));
    g_assert_no_error (error);
    g_autoptr (LimnCheckpoint) written = limn_checkpoint_open (gguf, &error);
    g_assert_no_error (error);
    g_autoptr (LimnCheckpoint) fit = limn_checkpoint_merge_fit (base, NULL, 0, types[i].type);

    check_same_kinds (&limn_checkpoint_unet (written)->kept, &limn_checkpoint_unet (fit)->kept);
    check_same_kinds (&limn_checkpoint_clip (written, LIMN_PART_TEXT_ENCODER_2)->kept,
                      &limn_checkpoint_clip (fit, LIMN_PART_TEXT_ENCODER_2)->kept);
    g_assert_null (limn_checkpoint_vae (fit)->kept.kinds);
    for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
      g_autofree float *one = networks_run_checkpoint (written, precision, &count);
      g_autofree float *other = networks_run_checkpoint (fit, precision, &count);

      g_assert_cmpmem (one, count * sizeof (float), other, count * sizeof (float));
      golden_check_rms (limn_type_name (types[i].type), other, whole, count, types[i].tolerance);
    }
  }
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
  g_test_add ("/quantized/mixed", Fixture, NULL, set_up, test_mixed, tear_down);
  g_test_add ("/quantized/rare", Fixture, NULL, set_up, test_rare, tear_down);
  g_test_add ("/quantized/rare-wide", Fixture, NULL, set_up, test_rare_wide, tear_down);
  g_test_add ("/quantized/fit", Fixture, NULL, set_up, test_fit, tear_down);
  return networks_run ();
}
