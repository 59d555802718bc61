/* test-checkpoint.c - the miniature models in every layout: every tensor through its canonical name, equal bytes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/arch.h"
#include "model/config-form.h"
#include "model/listing.h"

static char *
golden (const char *relative)
{
  return g_build_filename (LIMN_GOLDEN_DIR, relative, NULL);
}

static LimnCheckpoint *
open_or_fail (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static LimnCheckpoint *
open_golden (const char *relative)
{
  g_autofree char *path = golden (relative);

  return open_or_fail (path);
}

static LimnTensors *
open_part (const char *folder, LimnPartId part)
{
  gboolean text = part >= LIMN_PART_TEXT_ENCODER;
  g_autofree char *path = g_build_filename (LIMN_GOLDEN_DIR, folder, limn_part_name (part),
                                            text ? "model.safetensors" : "diffusion_pytorch_model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  LimnTensors *file = limn_tensors_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static guint16
element (const guint8 *data, gsize index)
{
  guint16 half;

  memcpy (&half, data + 2 * index, 2);
  return half;
}

static void
assert_equal_bytes (const LimnTensorView *view, const LimnTensor *tensor)
{
  gsize rows = tensor->shape[0], columns = tensor->count / rows;

  g_assert_cmpint (view->type, ==, LIMN_TYPE_F16);
  g_assert_cmpint (tensor->type, ==, LIMN_TYPE_F16);
  if (!view->transposed) {
    g_assert_cmpint (memcmp (view->data, tensor->data, tensor->count * 2), ==, 0);
    return;
  }
  g_assert_cmpint (view->rank, ==, 2);
  for (gsize i = 0; i < rows; i++)
    for (gsize j = 0; j < columns; j++)
      g_assert_cmpuint (element (view->data, j * rows + i), ==, element (tensor->data, i * columns + j));
}

/* Every tensor of the folder's files, by its own name, in checkpoint. */
static void
assert_holds_folder (LimnCheckpoint *checkpoint, const char *folder)
{
  const GPtrArray *parts = limn_checkpoint_info (checkpoint)->parts;
  guint at = 0;

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    if (!limn_checkpoint_has (checkpoint, part))
      continue;
    g_autoptr (LimnTensors) file = open_part (folder, part);
    guint n = limn_tensors_count (file);
    for (guint i = 0; i < n; i++) {
      const LimnTensor *tensor = limn_tensors_nth (file, i);
      g_autoptr (GError) error = NULL;
      LimnTensorView view;
      limn_checkpoint_find (checkpoint, part, tensor->name, &view, &error);
      g_assert_no_error (error);
      g_assert_true (limn_checkpoint_contains (checkpoint, part, tensor->name));
      g_assert_cmpint (view.rank, ==, tensor->rank);
      g_assert_cmpmem (view.shape, view.rank * sizeof (guint64), tensor->shape, tensor->rank * sizeof (guint64));
      assert_equal_bytes (&view, tensor);
    }
    g_assert_cmpuint (at, <, parts->len);
    const LimnPart *description = parts->pdata[at++];
    g_assert_cmpstr (description->name, ==, limn_part_name (part));
    g_assert_cmpuint (description->tensors, ==, n);
    g_test_message ("%s %s: %u tensors", folder, description->name, n);
  }
  g_assert_cmpuint (at, ==, parts->len);
  g_assert_cmpuint (g_strv_length (limn_checkpoint_info (checkpoint)->missing), ==, 0);
  g_assert_cmpuint (g_strv_length (limn_checkpoint_info (checkpoint)->leftover), ==, 0);
}

static void
test_base (void)
{
  g_autoptr (LimnCheckpoint) checkpoint = open_golden ("mini-sdxl");
  const LimnUnetConfig unet = {
    .in_channels = 4,
    .out_channels = 4,
    .levels = 3,
    .channels = { 32, 32, 64 },
    .down = { { 0 }, { 2, 2 }, { 3, 3 } },
    .up = { { 0 }, { 2, 2, 2 }, { 3, 3, 3 } },
    .mid_layers = 2,
    .mid_depth = 3,
    .heads = { 2, 2, 4 },
    .layers_per_block = 2,
    .context_channels = 96,
    .time_ids = LIMN_SIZES_TARGET,
    .time_id_channels = 16,
    .pooled_channels = 64,
    .groups = 32,
    .linear_projection = TRUE,
    .sample_size = 16,
  };
  const LimnClipConfig one = { 32, 3, 2, 128, 1258, 77, 0, TRUE, 1, FALSE },
                       two = { 64, 4, 4, 256, 1258, 77, 64, FALSE, 1, FALSE };

  assert_holds_folder (checkpoint, "mini-sdxl");
  assert_same_unet (limn_checkpoint_unet (checkpoint), &unet);
  assert_same_clip (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER), &one);
  assert_same_clip (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER_2), &two);
  const LimnVaeConfig *vae = limn_checkpoint_vae (checkpoint);
  g_assert_cmpint (vae->channels[2], ==, 32);
  g_assert_cmpint (vae->channels[3], ==, 64);
  g_assert_cmpfloat (vae->scaling_factor, ==, 0.13025);
  g_assert_false (vae->has_rgb_factors);
  const LimnScheduleConfig *schedule = limn_checkpoint_schedule (checkpoint);
  g_assert_true (schedule->zeros_for_empty_negative);
  g_assert_null (schedule->spacing);
  g_assert_cmpint (schedule->train_steps, ==, 1000);
  g_assert_cmpfloat (schedule->beta_end, ==, 0.012);
  const LimnModelInfo *info = limn_checkpoint_info (checkpoint);
  g_assert_cmpint (info->family, ==, LIMN_FAMILY_SDXL_BASE);
  g_assert_cmpstr (info->layout, ==, "diffusers folder");
  g_assert_cmpint (info->default_width, ==, 128);
  g_assert_true (g_str_has_suffix (limn_checkpoint_tokenizer_dir (checkpoint, LIMN_PART_TEXT_ENCODER), "/tokenizer"));
  g_assert_true (
      g_str_has_suffix (limn_checkpoint_tokenizer_dir (checkpoint, LIMN_PART_TEXT_ENCODER_2), "/tokenizer_2"));
}

static void
test_refiner (void)
{
  g_autoptr (LimnCheckpoint) checkpoint = open_golden ("mini-sdxl-refiner");
  const LimnUnetConfig unet = {
    .in_channels = 4,
    .out_channels = 4,
    .levels = 4,
    .channels = { 32, 32, 32, 64 },
    .down = { { 0 }, { 4, 4 }, { 4, 4 } },
    .up = { { 0 }, { 4, 4, 4 }, { 4, 4, 4 } },
    .mid_layers = 2,
    .mid_depth = 4,
    .heads = { 2, 2, 2, 4 },
    .layers_per_block = 2,
    .context_channels = 64,
    .time_ids = LIMN_SIZES_AESTHETIC,
    .time_id_channels = 16,
    .pooled_channels = 64,
    .groups = 32,
    .linear_projection = TRUE,
    .sample_size = 16,
  };

  assert_holds_folder (checkpoint, "mini-sdxl-refiner");
  assert_same_unet (limn_checkpoint_unet (checkpoint), &unet);
  g_assert_null (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER));
  g_assert_nonnull (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER_2));
  g_assert_cmpint (limn_family_row (limn_checkpoint_info (checkpoint)->family)->size_ids, ==, LIMN_SIZES_AESTHETIC);
  g_assert_false (limn_checkpoint_schedule (checkpoint)->zeros_for_empty_negative);
  g_assert_cmpint (limn_checkpoint_info (checkpoint)->family, ==, LIMN_FAMILY_SDXL_REFINER);
}

static void
test_sd15 (void)
{
  g_autoptr (LimnCheckpoint) checkpoint = open_golden ("mini-sd15");
  const LimnUnetConfig unet = {
    .in_channels = 4,
    .out_channels = 4,
    .levels = 4,
    .channels = { 32, 32, 64, 64 },
    .down = { { 1, 1 }, { 1, 1 }, { 1, 1 } },
    .up = { { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } },
    .mid_layers = 2,
    .mid_depth = 1,
    .heads = { 4, 4, 4, 4 },
    .layers_per_block = 2,
    .context_channels = 48,
    .groups = 32,
    .sample_size = 16,
  };
  const LimnClipConfig clip = { 48, 3, 3, 192, 1258, 77, 0, TRUE, 0, TRUE };

  assert_holds_folder (checkpoint, "mini-sd15");
  assert_same_unet (limn_checkpoint_unet (checkpoint), &unet);
  assert_same_clip (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER), &clip);
  g_assert_null (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER_2));
  g_assert_cmpfloat (limn_checkpoint_vae (checkpoint)->scaling_factor, ==, 0.18215);
  g_assert_false (limn_checkpoint_schedule (checkpoint)->zeros_for_empty_negative);
  g_assert_cmpint (limn_checkpoint_info (checkpoint)->family, ==, LIMN_FAMILY_SD15);
  g_assert_cmpfloat (limn_checkpoint_info (checkpoint)->default_guidance, ==, 7.5);
}

static void
test_single_file (void)
{
  g_autoptr (LimnCheckpoint) single = open_golden ("mini-sdxl-single-file.safetensors");
  g_autoptr (LimnCheckpoint) folder = open_golden ("mini-sdxl");

  assert_holds_folder (single, "mini-sdxl");
  assert_same_unet (limn_checkpoint_unet (single), limn_checkpoint_unet (folder));
  for (LimnPartId part = LIMN_PART_TEXT_ENCODER; part < LIMN_N_PARTS; part++)
    assert_same_clip (limn_checkpoint_clip (single, part), limn_checkpoint_clip (folder, part));
  const LimnVaeConfig *one = limn_checkpoint_vae (single), *two = limn_checkpoint_vae (folder);
  g_assert_cmpmem (one->channels, sizeof one->channels, two->channels, sizeof two->channels);
  g_assert_cmpint (one->layers_per_block, ==, two->layers_per_block);
  g_assert_false (one->has_rgb_factors);
  g_assert_cmpuint (g_strv_length (limn_checkpoint_info (single)->ignored), ==, 2);
  g_assert_cmpint (limn_checkpoint_info (single)->default_width, ==, 128);

  g_autoptr (GError) error = NULL;
  LimnTensorView view;
  g_assert_false (limn_checkpoint_find (single, LIMN_PART_VAE, "conv_in.weight", &view, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, "mini-sdxl-single-file.safetensors: the VAE has no tensor conv_in.weight"));
  g_assert_false (limn_checkpoint_contains (single, LIMN_PART_VAE, "conv_in.weight"));
}

/* ---- Variants of the folder ---- */

static char *
linked_folder (const char *relative)
{
  g_autofree char *from = golden (relative);
  char *dir = make_folder ();

  link_folder (from, dir);
  return dir;
}

static void
move (const char *dir, const char *from, const char *to)
{
  g_autofree char *source = g_build_filename (dir, from, NULL), *target = g_build_filename (dir, to, NULL);

  g_assert_cmpint (g_rename (source, target), ==, 0);
}

static void
drop (const char *dir, const char *relative)
{
  g_autofree char *path = g_build_filename (dir, relative, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_fp16_names (void)
{
  g_autofree char *dir = linked_folder ("mini-sdxl");
  g_autofree char *index = g_build_filename (dir, "model_index.json", NULL);

  move (dir, "unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors");
  move (dir, "vae/diffusion_pytorch_model.safetensors", "vae/sdxl_vae.safetensors");
  move (dir, "text_encoder/model.safetensors", "text_encoder/model.fp16.safetensors");
  put_file (dir, "text_encoder_2/pytorch_model.bin", "not read", -1);
  drop (dir, "scheduler/scheduler_config.json");
  drop (dir, "tokenizer/merges.txt");
  g_autoptr (LimnCheckpoint) checkpoint = open_or_fail (dir);
  assert_holds_folder (checkpoint, "mini-sdxl");
  g_assert_cmpint (limn_checkpoint_schedule (checkpoint)->steps_offset, ==, 1);
  g_assert_null (limn_checkpoint_tokenizer_dir (checkpoint, LIMN_PART_TEXT_ENCODER));

  /* The index file may be named instead of the folder. */
  g_autoptr (LimnCheckpoint) again = open_or_fail (index);
  g_assert_cmpstr (limn_checkpoint_info (again)->path, ==, dir);
  tests_remove_folder (dir);
}

/* what no model can be painted in is left out */
static void
test_trained_sizes (void)
{
  g_autofree char *dir = linked_folder ("mini-sdxl");
  static const LimnSize wanted[] = { { 128, 128 }, { 160, 96 } };

  put_file (dir, "model_index.json",
            "{\"_class_name\": \"StableDiffusionXLPipeline\", \"unet\": [\"diffusers\", \"UNet2DConditionModel\"], "
            "\"vae\": [\"diffusers\", \"AutoencoderKL\"], \"text_encoder\": [\"transformers\", \"CLIPTextModel\"], "
            "\"text_encoder_2\": [\"transformers\", \"CLIPTextModelWithProjection\"], \"trained_sizes\": "
            "[[128, 128], [160, 96], [100, 96], [-8, 64], [0, 8], [128], 7, \"x\", [1e300, 12]]}",
            -1);
  g_autoptr (LimnCheckpoint) checkpoint = open_or_fail (dir);
  g_assert_cmpmem (limn_checkpoint_info (checkpoint)->sizes->data,
                   limn_checkpoint_info (checkpoint)->sizes->len * sizeof (LimnSize), wanted, sizeof wanted);
  tests_remove_folder (dir);
}

static void
write_tensors (const char *dir, const char *relative, GArray *tensors)
{
  g_autofree char *path = g_build_filename (dir, relative, NULL);
  g_autoptr (GError) error = NULL;

  limn_safetensors_write (path, (const LimnTensorOut *) tensors->data, tensors->len, &error);
  g_assert_no_error (error);
}

static LimnTensorOut
to_out (const LimnTensor *tensor)
{
  LimnTensorOut out = { tensor->name, tensor->type, tensor->rank, { 0 }, tensor->data };

  memcpy (out.shape, tensor->shape, sizeof out.shape);
  return out;
}

static void
test_shards (void)
{
  static const char *const names[] = { "diffusion_pytorch_model-00001-of-00002.safetensors",
                                       "diffusion_pytorch_model-00002-of-00002.safetensors" };
  g_autofree char *dir = linked_folder ("mini-sdxl");
  g_autoptr (LimnTensors) unet = open_part ("mini-sdxl", LIMN_PART_UNET);
  g_autoptr (GString) index = g_string_new ("{\"metadata\":{\"total_size\":1},\"weight_map\":{");

  drop (dir, "unet/diffusion_pytorch_model.safetensors");
  for (guint shard = 0; shard < 2; shard++) {
    g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (LimnTensorOut));
    g_autofree char *relative = g_build_filename ("unet", names[shard], NULL);
    for (guint i = shard; i < limn_tensors_count (unet); i += 2) {
      LimnTensorOut out = to_out (limn_tensors_nth (unet, i));
      g_array_append_val (tensors, out);
      g_string_append_printf (index, "%s\"%s\":\"%s\"", i > 0 ? "," : "", out.name, names[shard]);
    }
    write_tensors (dir, relative, tensors);
  }
  g_string_append (index, "}}");
  put_file (dir, "unet/diffusion_pytorch_model.safetensors.index.json", index->str, -1);
  g_autoptr (LimnCheckpoint) checkpoint = open_or_fail (dir);
  assert_holds_folder (checkpoint, "mini-sdxl");
  limn_checkpoint_release_pages (checkpoint, LIMN_PART_UNET);
  assert_holds_folder (checkpoint, "mini-sdxl"); /* the pages come back */
  tests_remove_folder (dir);
}

/* What diffusers wrote before 0.17: other names in the VAE's attention; 1x1 convolutions there in some tools. */
static void
test_old_vae_names (void)
{
  static const char *const renames[][2] = {
    { "to_q", "query" }, { "to_k", "key" }, { "to_v", "value" }, { "to_out.0", "proj_attn" }
  };
  g_autofree char *dir = linked_folder ("mini-sdxl");
  g_autoptr (LimnTensors) vae = open_part ("mini-sdxl", LIMN_PART_VAE);
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (LimnTensorOut));
  g_autoptr (GStringChunk) strings = g_string_chunk_new (1024);

  for (guint i = 0; i < limn_tensors_count (vae); i++) {
    LimnTensorOut out = to_out (limn_tensors_nth (vae, i));
    for (guint r = 0; r < G_N_ELEMENTS (renames); r++) {
      g_autofree char *from = g_strconcat (".attentions.0.", renames[r][0], ".", NULL);
      g_autofree char *to = g_strconcat (".attentions.0.", renames[r][1], ".", NULL);
      g_autoptr (GString) name = g_string_new (out.name);
      if (g_string_replace (name, from, to, 0) == 0)
        continue;
      out.name = g_string_chunk_insert (strings, name->str);
      if (out.rank == 2 && r == 0) {
        out.rank = 4;
        out.shape[2] = out.shape[3] = 1;
      }
    }
    g_array_append_val (tensors, out);
  }
  drop (dir, "vae/diffusion_pytorch_model.safetensors");
  write_tensors (dir, "vae/diffusion_pytorch_model.safetensors", tensors);
  g_autoptr (LimnCheckpoint) checkpoint = open_or_fail (dir);
  assert_holds_folder (checkpoint, "mini-sdxl");
  g_autoptr (GError) error = NULL;
  LimnTensorView view;
  limn_checkpoint_find (checkpoint, LIMN_PART_VAE, "encoder.mid_block.attentions.0.to_q.weight", &view, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (view.stored_name, ==, "encoder.mid_block.attentions.0.query.weight");
  tests_remove_folder (dir);
}

/* Types mixed within one file; convolutions where diffusers has linear layers. */
static void
test_mixed_types (void)
{
  static const LimnType types[] = { LIMN_TYPE_F16, LIMN_TYPE_BF16, LIMN_TYPE_F32 };
  g_autofree char *dir = linked_folder ("mini-sdxl");
  g_autofree char *path = g_build_filename (dir, "unet", "diffusion_pytorch_model.safetensors", NULL);
  g_autoptr (LimnTensors) unet = open_part ("mini-sdxl", LIMN_PART_UNET);
  g_autoptr (Listing) listing = listing_from_file (unet);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < listing->len; i++) {
    Listed *listed = g_ptr_array_index (listing, i);
    listed->type = types[i % 3];
    if (g_str_has_suffix (listed->name, "proj_in.weight")) {
      listed->rank = 4;
      listed->shape[2] = listed->shape[3] = 1;
    }
  }
  g_unlink (path);
  listing_write_sparse (listing, path);
  g_autoptr (LimnCheckpoint) checkpoint = open_or_fail (dir);
  for (guint i = 0; i < listing->len; i++) {
    const Listed *listed = g_ptr_array_index (listing, i);
    LimnTensorView view;
    limn_checkpoint_find (checkpoint, LIMN_PART_UNET, listed->name, &view, &error);
    g_assert_no_error (error);
    g_assert_cmpint (view.type, ==, types[i % 3]);
    if (g_str_has_suffix (listed->name, "proj_in.weight"))
      g_assert_cmpint (view.rank, ==, 2);
  }
  const LimnPart *part = g_ptr_array_index (limn_checkpoint_info (checkpoint)->parts, 0);
  g_assert_cmpstr (part->types, ==, "F16, BF16, F32");
  tests_remove_folder (dir);
}

static void
test_configs (void)
{
  g_autofree char *dir = linked_folder ("mini-sdxl");
  g_autofree char *vae = get_file (dir, "vae/config.json");
  g_autoptr (GString) text = g_string_new (vae);

  g_string_replace (text, "\"act_fn\"",
                    "\"latent_rgb_factors\": [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, -12.5]],"
                    "\"latent_rgb_bias\": [0.5, 0, -0.5], \"act_fn\"",
                    1);
  put_file (dir, "vae/config.json", text->str, -1);
  put_file (dir, "scheduler/scheduler_config.json",
            "{\"_class_name\": \"DDIMScheduler\", \"timestep_spacing\": \"trailing\", \"steps_offset\": 0,"
            " \"prediction_type\": \"v_prediction\", \"beta_start\": 0.001, \"trained_betas\": null}",
            -1);
  g_autoptr (LimnCheckpoint) checkpoint = open_or_fail (dir);
  const LimnVaeConfig *config = limn_checkpoint_vae (checkpoint);
  g_assert_true (config->has_rgb_factors);
  g_assert_cmpfloat (config->rgb_factors[3][2], ==, -12.5f);
  g_assert_cmpfloat (config->rgb_factors[1][0], ==, 4);
  g_assert_cmpfloat (config->rgb_bias[2], ==, -0.5f);
  const LimnScheduleConfig *schedule = limn_checkpoint_schedule (checkpoint);
  g_assert_cmpstr (schedule->spacing, ==, "trailing");
  g_assert_cmpint (schedule->steps_offset, ==, 0);
  g_assert_cmpfloat (schedule->beta_start, ==, 0.001);
  g_assert_cmpfloat (schedule->beta_end, ==, 0.012);
  g_assert_cmpint (schedule->prediction, ==, LIMN_PREDICTS_VELOCITY);
  tests_remove_folder (dir);
}

/* ---- Memory ---- */

/* Resident pages of mapped files. */
static gsize
resident_file_bytes (void)
{
  g_autofree char *text = NULL;
  gsize size, resident, shared;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%zu %zu %zu", &size, &resident, &shared), ==, 3);
  return shared * (gsize) sysconf (_SC_PAGESIZE);
}

static void
test_release_pages (void)
{
  g_autoptr (LimnCheckpoint) checkpoint = open_golden ("mini-sdxl-single-file.safetensors");
  gsize before = resident_file_bytes ();

  assert_holds_folder (checkpoint, "mini-sdxl"); /* reads every byte */
  gsize full = resident_file_bytes ();
  limn_checkpoint_release_pages (checkpoint, LIMN_PART_UNET);
  gsize after = resident_file_bytes ();
  g_test_message ("mapped pages: %zu bytes at first, %zu with all weights read, %zu without the U-Net's", before, full,
                  after);
  g_assert_cmpuint (full, >, before + 8000000);
  g_assert_cmpuint (after, <, full - 5500000); /* the U-Net is 6.0 MB */
  g_autoptr (LimnCheckpoint) other = limn_checkpoint_ref (checkpoint);
  limn_checkpoint_release_pages (other, LIMN_PART_VAE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/checkpoint/base", test_base);
  g_test_add_func ("/checkpoint/refiner", test_refiner);
  g_test_add_func ("/checkpoint/sd15", test_sd15);
  g_test_add_func ("/checkpoint/single-file", test_single_file);
  g_test_add_func ("/checkpoint/fp16-names", test_fp16_names);
  g_test_add_func ("/checkpoint/trained-sizes", test_trained_sizes);
  g_test_add_func ("/checkpoint/shards", test_shards);
  g_test_add_func ("/checkpoint/old-vae-names", test_old_vae_names);
  g_test_add_func ("/checkpoint/mixed-types", test_mixed_types);
  g_test_add_func ("/checkpoint/configs", test_configs);
  g_test_add_func ("/checkpoint/release-pages", test_release_pages);
  return g_test_run ();
}
