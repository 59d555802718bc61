/* test-checkpoint-names.c - the naming rules against the complete tensor listings of the official checkpoints.
 *
 * The files are of full size but hold only a header: their data is a hole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint.h"

#include <string.h>

#include "base/error.h"
#include "model/arch.h"
#include "model/config-form.h"
#include "model/listing.h"

typedef struct {
  const char *keys;
  LimnFamily family;
  guint64 parameters[LIMN_N_PARTS];
  guint tensors[LIMN_N_PARTS];
  int side;
  const char *types;
} Official;

static const Official base = { "sd_xl_base_1.0.tsv",
                               LIMN_FAMILY_SDXL_BASE,
                               { 2567463684, 83653863, 123060480, 694659840 },
                               { 1680, 248, 196, 517 },
                               1024,
                               "F16" };
static const Official refiner = { "sd_xl_refiner_1.0.tsv",
                                  LIMN_FAMILY_SDXL_REFINER,
                                  { 2259526660, 83653863, 0, 694659840 },
                                  { 1220, 248, 0, 517 },
                                  1024,
                                  "F16" };

/* SDXL's encoders and VAE beside a U-Net whose depth differs from place to place, with one resblock in the middle. */
static const Official ssd = {
  "ssd-1b.tsv", LIMN_FAMILY_SDXL_BASE, { 1331334404, 83653863, 123060480, 694659840 }, { 944, 248, 196, 517 }, 1024,
  "F16"
};
static const Official sd15 = {
  "v1-5-pruned-emaonly.tsv", LIMN_FAMILY_SD15, { 859520964, 83653863, 123060480, 0 }, { 686, 248, 196, 0 }, 512, "F32"
};

/* A hole for weights: the norm by which training to velocity is told is none, so it is the model for 512 pixels. */
static const Official sd21 = {
  "v2-1_768-ema-pruned.tsv", LIMN_FAMILY_SD21, { 865910724, 83653863, 352984064, 0 }, { 686, 248, 388, 0 }, 512, "F32"
};

static LimnPartId
part_from_name (const char *name)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    if (g_str_equal (limn_part_name (part), name))
      return part;
  g_error ("no part %s", name);
}

static char *
write_sparse (const char *dir, Listing *listing)
{
  char *path = g_build_filename (dir, "model.safetensors", NULL);

  listing_write_sparse (listing, path);
  return path;
}

/* One row of the listing: each of its diffusers names gives a view of the right bytes. */
static guint
check_row (LimnCheckpoint *checkpoint, LimnTensors *file, const Listed *row, const guint8 *first)
{
  LimnPartId part = part_from_name (row->part);
  g_auto (GStrv) names = g_strsplit (row->targets, "+", -1);
  guint n = g_strv_length (names);
  const guint8 *file_first = limn_tensors_nth (file, 0)->data;
  const LimnTensor *stored = limn_tensors_find (file, row->name);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GError) error = NULL;
    LimnTensorView view;
    limn_checkpoint_find (checkpoint, part, names[i], &view, &error);
    g_assert_no_error (error);
    g_autofree char *shape = limn_arch_shape_text (view.rank, view.shape);
    g_assert_cmpstr (shape, ==, row->target_shape);
    g_assert_cmpstr (view.stored_name, ==, row->name);
    g_assert_cmpint (view.transposed, ==, g_str_equal (row->transform, "transpose"));
    g_assert_cmpuint (n, ==, g_str_equal (row->transform, "concat rows") ? 3 : 1);
    guint64 offset = stored->data - file_first + stored->count / n * i * limn_type_size (stored->type);
    g_assert_cmpuint (view.data - first, ==, offset);
  }
  return n;
}

static void
test_rule (gconstpointer data)
{
  const Official *official = data;
  g_autofree char *dir = make_folder ();
  g_autoptr (Listing) listing = listing_load_keys (official->keys);
  g_autofree char *path = write_sparse (dir, listing);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);
  g_assert_no_error (error);

  /* The first tensor of both files, ordered by name, is an encoder's; its data is where the data begins. */
  const Listed *first = g_ptr_array_index (listing, 0);
  LimnTensorView view;
  g_assert_true (limn_checkpoint_find (checkpoint, part_from_name (first->part), first->targets, &view, &error));
  g_assert_cmpstr (view.stored_name, ==, limn_tensors_nth (file, 0)->name);

  guint checked[LIMN_N_PARTS] = { 0 }, rows = 0;
  for (guint i = 0; i < listing->len; i++) {
    const Listed *row = g_ptr_array_index (listing, i);
    if (g_str_equal (row->part, "-"))
      continue;
    checked[part_from_name (row->part)] += check_row (checkpoint, file, row, view.data);
    rows++;
  }
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    g_assert_cmpuint (checked[part], ==, official->tensors[part]);
  g_test_message ("%s: %u stored tensors, %u names", official->keys, rows,
                  checked[0] + checked[1] + checked[2] + checked[3]);
  tests_remove_folder (dir);
}

static const LimnPart *
find_part (const LimnModelInfo *info, const char *name)
{
  for (guint i = 0; i < info->parts->len; i++) {
    const LimnPart *part = g_ptr_array_index (info->parts, i);
    if (g_str_equal (part->name, name))
      return part;
  }
  return NULL;
}

static void
check_parts (const LimnModelInfo *info, const Official *official, guint64 type_size, const char *types)
{
  guint64 total = 0;

  for (LimnPartId id = 0; id < LIMN_N_PARTS; id++) {
    const LimnPart *part = find_part (info, limn_part_name (id));
    if (official->tensors[id] == 0) {
      g_assert_null (part);
      continue;
    }
    g_assert_nonnull (part);
    g_test_message ("%s %s: %u tensors, %" G_GUINT64_FORMAT " parameters, %s", official->keys, part->name,
                    part->tensors, part->parameters, part->types);
    g_assert_cmpuint (part->tensors, ==, official->tensors[id]);
    g_assert_cmpuint (part->parameters, ==, official->parameters[id]);
    g_assert_cmpuint (part->bytes, ==, official->parameters[id] * type_size);
    g_assert_cmpstr (part->types, ==, types);
    total += part->parameters;
  }
  g_assert_cmpuint (info->memory_fp16, ==, 2 * total);
  g_assert_cmpuint (info->memory_fp32, ==, 4 * total);
}

static void
test_inspect (gconstpointer data)
{
  const Official *official = data;
  g_autofree char *dir = make_folder ();
  g_autoptr (Listing) listing = listing_load_keys (official->keys);
  g_autofree char *path = write_sparse (dir, listing);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModelInfo) info = limn_checkpoint_inspect (path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (info->family, ==, official->family);
  g_assert_cmpstr (info->layout, ==, "single file");
  g_assert_cmpint (info->default_width, ==, official->side);
  g_assert_cmpint (info->default_height, ==, official->side);
  g_assert_cmpuint (g_strv_length (info->missing), ==, 0);
  g_assert_cmpuint (g_strv_length (info->leftover), ==, 0);
  for (guint i = 0; i < listing->len; i++) {
    const Listed *row = g_ptr_array_index (listing, i);
    g_assert_cmpint (g_strv_contains ((const char *const *) info->ignored, row->name), ==,
                     g_str_equal (row->part, "-"));
  }
  check_parts (info, official, g_str_equal (official->types, "F16") ? 2 : 4, official->types);
  tests_remove_folder (dir);
}

/* Fine-tunes: another type, no position ids, tensors that trainers leave behind. */
static void
test_fine_tune (gconstpointer data)
{
  LimnType type = GPOINTER_TO_INT (data);
  static const char *const extra[] = { "model_ema.decay",     "model_ema.diffusion_modelinput_blocks00weight",
                                       "denoiser.sigmas",     "betas",
                                       "alphas_cumprod_prev", "conditioner.embedders.1.model.text_model.position_ids" };
  g_autofree char *dir = make_folder ();
  g_autoptr (Listing) listing = listing_load_keys (base.keys);
  g_autoptr (GError) error = NULL;

  listing_remove (listing, "conditioner.embedders.0.transformer.text_model.embeddings.position_ids");
  for (guint i = 0; i < listing->len; i++)
    ((Listed *) g_ptr_array_index (listing, i))->type = type;
  for (guint i = 0; i < G_N_ELEMENTS (extra); i++)
    listing_add (listing, extra[i], LIMN_TYPE_F32, 1, (guint64[]){ 4 });
  g_autofree char *path = write_sparse (dir, listing);
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  const LimnModelInfo *info = limn_checkpoint_info (checkpoint);
  g_assert_cmpuint (g_strv_length (info->leftover), ==, 0);
  g_assert_cmpuint (g_strv_length (info->ignored), ==, G_N_ELEMENTS (extra) + 1); /* and logit_scale */
  check_parts (info, &base, limn_type_size (type), limn_type_name (type));

  LimnTensorView view;
  g_assert_true (limn_checkpoint_find (checkpoint, LIMN_PART_UNET, "conv_in.weight", &view, &error));
  g_assert_cmpint (view.type, ==, type);
  tests_remove_folder (dir);
}

static void
test_official_sizes (void)
{
  g_autofree char *dir = make_folder ();
  g_autoptr (Listing) base_listing = listing_load_keys (base.keys);
  g_autoptr (Listing) refiner_listing = listing_load_keys (refiner.keys);
  g_autofree char *path = write_sparse (dir, base_listing);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) one = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  const LimnUnetConfig *unet = limn_checkpoint_unet (one);
  const LimnUnetConfig expected = {
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
    .time_ids = LIMN_SIZES_TARGET,
    .time_id_channels = 256,
    .pooled_channels = 1280,
    .groups = 32,
    .linear_projection = TRUE,
    .sample_size = 128,
  };
  assert_same_unet (unet, &expected);
  const LimnVaeConfig *vae = limn_checkpoint_vae (one);
  const int vae_channels[4] = { 128, 256, 512, 512 };
  g_assert_cmpmem (vae->channels, sizeof vae->channels, vae_channels, sizeof vae_channels);
  g_assert_cmpint (vae->latent_channels, ==, 4);
  g_assert_cmpint (vae->layers_per_block, ==, 2);
  g_assert_cmpfloat (vae->scaling_factor, ==, 0.13025);
  g_assert_true (vae->has_rgb_factors);
  g_assert_cmpfloat_with_epsilon (vae->rgb_factors[1][2], 0.1068, 1e-6);
  g_assert_cmpfloat_with_epsilon (vae->rgb_bias[0], 0.1084, 1e-6);
  const LimnClipConfig large = { 768, 12, 12, 3072, 49408, 77, 0, TRUE, 1, FALSE };
  const LimnClipConfig big = { 1280, 32, 20, 5120, 49408, 77, 1280, FALSE, 1, FALSE };
  assert_same_clip (limn_checkpoint_clip (one, LIMN_PART_TEXT_ENCODER), &large);
  assert_same_clip (limn_checkpoint_clip (one, LIMN_PART_TEXT_ENCODER_2), &big);
  const LimnScheduleConfig *schedule = limn_checkpoint_schedule (one);
  g_assert_true (schedule->zeros_for_empty_negative);
  g_assert_null (schedule->spacing);
  g_assert_cmpint (schedule->steps_offset, ==, 1);
  g_assert_null (limn_checkpoint_tokenizer_dir (one, LIMN_PART_TEXT_ENCODER));

  g_autofree char *second_path = g_build_filename (dir, "refiner.safetensors", NULL);
  listing_write_sparse (refiner_listing, second_path);
  g_autoptr (LimnCheckpoint) two = limn_checkpoint_open (second_path, &error);
  g_assert_no_error (error);
  const LimnUnetConfig expected_two = {
    .in_channels = 4,
    .out_channels = 4,
    .levels = 4,
    .channels = { 384, 768, 1536, 1536 },
    .down = { { 0 }, { 4, 4 }, { 4, 4 } },
    .up = { { 0 }, { 4, 4, 4 }, { 4, 4, 4 } },
    .mid_layers = 2,
    .mid_depth = 4,
    .heads = { 6, 12, 24, 24 },
    .layers_per_block = 2,
    .context_channels = 1280,
    .time_ids = LIMN_SIZES_AESTHETIC,
    .time_id_channels = 256,
    .pooled_channels = 1280,
    .groups = 32,
    .linear_projection = TRUE,
    .sample_size = 128,
  };
  assert_same_unet (limn_checkpoint_unet (two), &expected_two);
  g_assert_null (limn_checkpoint_clip (two, LIMN_PART_TEXT_ENCODER));
  g_assert_false (limn_checkpoint_has (two, LIMN_PART_TEXT_ENCODER));
  assert_same_clip (limn_checkpoint_clip (two, LIMN_PART_TEXT_ENCODER_2), &big);
  g_assert_false (limn_checkpoint_schedule (two)->zeros_for_empty_negative);
  tests_remove_folder (dir);
}

/* ---- Distilled models: depths of their own; KOALA has one resblock a level, and the smaller one no middle ---- */

typedef struct {
  int layers, depths[3];
  int mid_layers, mid_depth;
  double millions; /* of parameters, as published */
} Distilled;

static const Distilled koala_1b = { 1, { 0, 2, 6 }, 2, 6, 1161 };
static const Distilled koala_700m = { 1, { 0, 2, 5 }, 0, 0, 782 };
static const Distilled vega = { 2, { 0, 1, 2 }, 1, 0, 745.2 };

/* A single file, which says no size: all are read back. */
static void
test_distilled (gconstpointer data)
{
  const Distilled *distilled = data;
  g_autofree char *dir = make_folder ();
  g_autoptr (Listing) listing = listing_load_keys (base.keys);
  LimnUnetConfig config = {
    .in_channels = 4,
    .out_channels = 4,
    .levels = 3,
    .channels = { 320, 640, 1280 },
    .mid_layers = distilled->mid_layers,
    .mid_depth = distilled->mid_depth,
    .heads = { 5, 10, 20 },
    .layers_per_block = distilled->layers,
    .context_channels = 2048,
    .time_ids = LIMN_SIZES_TARGET,
    .time_id_channels = 256,
    .pooled_channels = 1280,
    .groups = 32,
    .linear_projection = TRUE,
    .sample_size = 128,
  };
  for (int level = 0; level < 3; level++)
    for (int i = 0; i <= distilled->layers; i++) {
      config.up[level][i] = distilled->depths[level];
      config.down[level][i] = i < distilled->layers ? distilled->depths[level] : 0;
    }

  g_autoptr (LimnArchList) unet = limn_arch_unet_list (&config);
  for (guint i = listing->len; i-- > 0;)
    if (g_str_equal (((const Listed *) g_ptr_array_index (listing, i))->part, "unet"))
      g_ptr_array_remove_index (listing, i);
  for (guint i = 0; i < limn_arch_list_length (unet); i++) {
    const LimnArchTensor *tensor = limn_arch_list_nth (unet, i);
    g_autofree char *name = g_strconcat ("model.diffusion_model.", tensor->single, NULL);
    listing_add (listing, name, LIMN_TYPE_F16, tensor->rank, tensor->shape);
  }
  g_autofree char *path = write_sparse (dir, listing);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  const LimnPart *part = find_part (limn_checkpoint_info (checkpoint), "unet");
  g_test_message ("%" G_GUINT64_FORMAT " parameters", part->parameters);
  g_assert_cmpfloat (ABS ((double) part->parameters / 1e6 - distilled->millions), <, 1);
  assert_same_unet (limn_checkpoint_unet (checkpoint), &config);
  g_assert_cmpuint (g_strv_length (limn_checkpoint_info (checkpoint)->leftover), ==, 0);
  tests_remove_folder (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/checkpoint/names/base", &base, test_rule);
  g_test_add_data_func ("/checkpoint/names/refiner", &refiner, test_rule);
  g_test_add_data_func ("/checkpoint/names/ssd-1b", &ssd, test_rule);
  g_test_add_data_func ("/checkpoint/inspect/ssd-1b", &ssd, test_inspect);
  g_test_add_data_func ("/checkpoint/names/sd15", &sd15, test_rule);
  g_test_add_data_func ("/checkpoint/inspect/sd15", &sd15, test_inspect);
  g_test_add_data_func ("/checkpoint/inspect/base", &base, test_inspect);
  g_test_add_data_func ("/checkpoint/inspect/refiner", &refiner, test_inspect);
  g_test_add_data_func ("/checkpoint/fine-tune/f32", GINT_TO_POINTER (LIMN_TYPE_F32), test_fine_tune);
  g_test_add_data_func ("/checkpoint/fine-tune/bf16", GINT_TO_POINTER (LIMN_TYPE_BF16), test_fine_tune);
  g_test_add_data_func ("/checkpoint/distilled/vega", &vega, test_distilled);
  g_test_add_data_func ("/checkpoint/distilled/koala-1b", &koala_1b, test_distilled);
  g_test_add_data_func ("/checkpoint/distilled/koala-700m", &koala_700m, test_distilled);
  g_test_add_func ("/checkpoint/official-sizes", test_official_sizes);
  g_test_add_data_func ("/checkpoint/names/sd21", &sd21, test_rule);
  g_test_add_data_func ("/checkpoint/inspect/sd21", &sd21, test_inspect);
  return g_test_run ();
}
