/* test-checkpoint-broken.c - models that cannot be used: each ends in a message that a person can act on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "model/listing.h"

typedef struct {
  char *dir;
  char *path;       /* dir/model.safetensors */
  Listing *listing; /* of the miniature single file, to be damaged */
} Single;

static Single *
single_new (void)
{
  Single *single = g_new0 (Single, 1);
  g_autofree char *golden = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl-single-file.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (golden, &error);

  g_assert_no_error (error);
  single->dir = make_folder ();
  single->path = g_build_filename (single->dir, "model.safetensors", NULL);
  single->listing = listing_from_file (file);
  return single;
}

static void
single_free (Single *single)
{
  tests_remove_folder (single->dir);
  g_free (single->dir);
  g_free (single->path);
  g_ptr_array_unref (single->listing);
  g_free (single);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Single, single_free)

/* texts: NULL-terminated; the message must hold each, and the path. */
static void
assert_refused (const char *path, LimnError code, const char *const *texts)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_checkpoint_open (path, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, LIMN_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
  for (guint i = 0; texts[i] != NULL; i++)
    if (strstr (error->message, texts[i]) == NULL)
      g_error ("\"%s\" is not in the message: %s", texts[i], error->message);
}

#define REFUSED(path, code, ...) assert_refused (path, code, (const char *const[]){ __VA_ARGS__, NULL })

static LimnModelInfo *
inspect_or_fail (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnModelInfo *info = limn_checkpoint_inspect (path, &error);

  g_assert_no_error (error);
  return info;
}

static void
refuse_single (Single *single, const char *text)
{
  listing_write_sparse (single->listing, single->path);
  REFUSED (single->path, LIMN_ERROR_MODEL, text);
}

/* ---- Single files of the right family ---- */

static void
test_missing (void)
{
  static const char *const more[] = { "time_embed.0.weight", "time_embed.0.bias", "out.0.weight",
                                      "out.0.bias",          "out.2.bias",        "input_blocks.0.0.bias" };
  g_autoptr (Single) single = single_new ();

  listing_remove (single->listing, "model.diffusion_model.input_blocks.4.1.proj_in.weight");
  listing_write_sparse (single->listing, single->path);
  REFUSED (single->path, LIMN_ERROR_MODEL, "1 of the tensors that SDXL base needs is missing",
           "unet: down_blocks.1.attentions.0.proj_in.weight", "model.diffusion_model.input_blocks.4.1.proj_in.weight");
  g_autoptr (LimnModelInfo) info = inspect_or_fail (single->path);
  g_assert_cmpuint (g_strv_length (info->missing), ==, 1);
  g_assert_true (g_str_has_prefix (info->missing[0], "unet: down_blocks.1.attentions.0.proj_in.weight"));
  const LimnPart *unet = g_ptr_array_index (info->parts, 0);
  g_assert_cmpuint (unet->tensors, ==, 837);

  for (guint i = 0; i < G_N_ELEMENTS (more); i++) {
    g_autofree char *name = g_strconcat ("model.diffusion_model.", more[i], NULL);
    listing_remove (single->listing, name);
  }
  listing_write_sparse (single->listing, single->path);
  REFUSED (single->path, LIMN_ERROR_MODEL, "7 of the tensors", "; and 2 more");
}

static void
test_wrong_shape (void)
{
  g_autoptr (Single) single = single_new ();
  const char *bias = "model.diffusion_model.input_blocks.1.0.in_layers.2.bias";
  const char *qkv = "conditioner.embedders.1.model.transformer.resblocks.1.attn.in_proj_weight";

  listing_find (single->listing, bias)->shape[0] = 31;
  listing_find (single->listing, qkv)->shape[0] = 191;
  listing_write_sparse (single->listing, single->path);
  REFUSED (single->path, LIMN_ERROR_MODEL, bias, "has shape [31]", "expected [32]", qkv, "has shape [191, 64]",
           "expected [192, 64]");
  g_autoptr (LimnModelInfo) info = inspect_or_fail (single->path);
  g_assert_cmpuint (g_strv_length (info->missing), ==, 2);
  g_assert_nonnull (strstr (info->missing[0], "[31]"));
  g_assert_cmpuint (g_strv_length (info->leftover), ==, 0);
}

static void
test_wrong_type (void)
{
  static const LimnType types[] = { LIMN_TYPE_F64, LIMN_TYPE_I8, LIMN_TYPE_U8 };
  const char *name = "first_stage_model.decoder.mid.attn_1.q.weight";

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (Single) single = single_new ();
    g_autofree char *text = g_strdup_printf ("has type %s", limn_type_name (types[i]));
    listing_find (single->listing, name)->type = types[i];
    listing_write_sparse (single->listing, single->path);
    REFUSED (single->path, LIMN_ERROR_MODEL, name, text, "expected F16, BF16, F32 or fp8");
  }
}

static void
remove_prefix (Listing *listing, const char *prefix)
{
  for (guint i = listing->len; i > 0; i--)
    if (g_str_has_prefix (((Listed *) g_ptr_array_index (listing, i - 1))->name, prefix))
      g_ptr_array_remove_index (listing, i - 1);
}

static void
test_missing_part (void)
{
  static const char *const prefixes[][2] = { { "first_stage_model.", "lacks the VAE" },
                                             { "conditioner.embedders.0.transformer.",
                                               "lacks the first text encoder" } };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    g_autoptr (Single) single = single_new ();
    remove_prefix (single->listing, prefixes[i][0]);
    listing_write_sparse (single->listing, single->path);
    REFUSED (single->path, LIMN_ERROR_MODEL, prefixes[i][1], prefixes[i][0]);
    g_autoptr (LimnModelInfo) info = inspect_or_fail (single->path);
    g_assert_cmpint (info->family, ==, LIMN_FAMILY_SDXL_BASE);
    g_assert_cmpuint (g_strv_length (info->missing), ==, 1);
    g_assert_nonnull (strstr (info->missing[0], prefixes[i][1]));
    g_assert_cmpuint (info->parts->len, ==, 3);
  }
}

static void
test_leftover (void)
{
  g_autoptr (Single) single = single_new ();

  listing_add (single->listing, "model.diffusion_model.something_else", LIMN_TYPE_F16, 1, (guint64[]){ 4 });
  listing_write_sparse (single->listing, single->path);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (single->path, &error);
  g_assert_no_error (error);
  GStrv leftover = limn_checkpoint_info (checkpoint)->leftover;
  g_assert_cmpuint (g_strv_length (leftover), ==, 1);
  g_assert_cmpstr (leftover[0], ==, "model.diffusion_model.something_else");
}

static void
test_unsupported (void)
{
  g_autoptr (Single) single = single_new ();
  Listed *conv_in = listing_find (single->listing, "model.diffusion_model.input_blocks.0.0.weight");
  Listed *label = listing_find (single->listing, "model.diffusion_model.label_emb.0.0.weight");

  conv_in->shape[1] = 5;
  refuse_single (single, "9 as inpainting models have");
  conv_in->shape[1] = 8;
  refuse_single (single, "edits by instruction");
  conv_in->shape[1] = 4;
  label->shape[1]--;
  refuse_single (single, "label_emb.0.0.weight has 159 columns");
  label->shape[1]++;
  listing_remove (single->listing, "model.diffusion_model.label_emb.0.0.bias");
  refuse_single (single, "unet: add_embedding.linear_1.bias");
  listing_find (single->listing, "conditioner.embedders.0.transformer.text_model.embeddings.position_embedding.weight")
      ->shape[0] = 248;
  refuse_single (single, "number of positions is 248; expected 77");
}

/* ---- Files that are no SDXL checkpoint ---- */

static void
test_other_files (void)
{
  static const char *const others[][2] = {
    { "model.diffusion_model.double_blocks.0.img_attn.qkv.weight", "Flux" },
    { "double_blocks.0.img_attn.norm.key_norm.scale", "Flux" },
    { "single_transformer_blocks.0.attn.to_q.weight", "Flux" },
    { "model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight", "Stable Diffusion 3" },
    { "model.diffusion_model.blocks.0.attn.qkv.weight", "a kind that Limn does not know" },
    { "pos_embed.proj.weight", "transformer" },
    { "control_model.input_hint_block.0.weight", "ControlNet" },
    { "controlnet_cond_embedding.conv_in.weight", "ControlNet" },
    { "image_proj.latents", "IP-Adapter" },
    { "vision_model.post_layernorm.weight", "clip_vision" },
    { "clip_g", "textual inversion" },
    { "input_blocks.0.0.weight", "U-Net alone" },
    { "down_blocks.0.resnets.0.conv1.weight", "model_index.json" },
    { "decoder.conv_in.weight", "a VAE alone" },
    { "first_stage_model.decoder.conv_in.weight", "a VAE alone" },
    { "text_model.embeddings.token_embedding.weight", "a text encoder alone" },
    { "layers.0.weight", "no model that Limn knows" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (Single) single = single_new ();
    g_ptr_array_set_size (single->listing, 0);
    listing_add (single->listing, others[i][0], LIMN_TYPE_F16, 2, (guint64[]){ 8, 8 });
    refuse_single (single, others[i][1]);
    g_autoptr (GError) error = NULL;
    g_assert_null (limn_checkpoint_inspect (single->path, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  }
  g_autoptr (Single) single = single_new ();
  g_ptr_array_set_size (single->listing, 0);
  refuse_single (single, "holds no tensors");
}

static void
test_lora (void)
{
  g_autofree char *path = g_build_filename (LIMN_GOLDEN_DIR, "keys", "lora.tsv", NULL);
  g_autofree char *text = NULL;
  g_autoptr (Single) single = single_new ();
  guint tested = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_ptr_array_set_size (single->listing, 0);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i], "\t", -1);
    gsize length = strcspn (lines[i], "\t");
    listing_add (single->listing, fields[1], LIMN_TYPE_F16, 0, NULL);
    if (lines[i + 1] != NULL && strncmp (lines[i], lines[i + 1], length + 1) == 0)
      continue;
    g_test_message ("%s", fields[0]);
    refuse_single (single, "a LoRA");
    g_ptr_array_set_size (single->listing, 0);
    tested++;
  }
  g_assert_cmpuint (tested, ==, 9);
}

static void
test_not_safetensors (void)
{
  static const char pickle[] = "PK\003\004\0\0\0\0\0\0\0\0\0\0\0\0archive/data.pkl";
  g_autofree char *dir = make_folder ();
  g_autofree char *ckpt = g_build_filename (dir, "model.ckpt", NULL), *none = g_build_filename (dir, "none", NULL);

  put_file (dir, "model.ckpt", pickle, sizeof pickle);
  REFUSED (ckpt, LIMN_ERROR_UNSAFE, "model.ckpt");
  put_file (dir, "model.ckpt", "hello", -1);
  g_autoptr (GError) error = NULL;
  g_assert_null (limn_checkpoint_open (ckpt, &error));
  g_assert_nonnull (strstr (error->message, ckpt));
  REFUSED (none, LIMN_ERROR_FILE, "There is no file or folder");
  tests_remove_folder (dir);
}

/* ---- Folders ---- */

static char *
linked_folder (void)
{
  g_autofree char *from = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl", NULL);
  char *dir = make_folder ();

  link_folder (from, dir);
  return dir;
}

static void
drop (const char *dir, const char *relative)
{
  g_autofree char *path = g_build_filename (dir, relative, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_no_model_folder (void)
{
  g_autofree char *dir = make_folder ();

  REFUSED (dir, LIMN_ERROR_MODEL, "empty folder");
  put_file (dir, "notes.txt", "hello", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "expected a diffusers folder (with model_index.json) or a .safetensors file");
  put_file (dir, "sd_xl.ckpt", "hello", -1);
  REFUSED (dir, LIMN_ERROR_UNSAFE, "sd_xl.ckpt", "pickle");
  put_file (dir, "sd_xl.safetensors", "hello", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "sd_xl.safetensors: open that file itself");
  put_file (dir, "config.json", "{}", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "one component of a model");
  put_file (dir, "unet/config.json", "{}", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "lacks model_index.json", "download");
  tests_remove_folder (dir);
}

static void
test_no_weights (void)
{
  g_autofree char *dir = linked_folder ();

  drop (dir, "unet/diffusion_pytorch_model.safetensors");
  REFUSED (dir, LIMN_ERROR_MODEL, "/unet holds no weights");
  put_file (dir, "unet/diffusion_pytorch_model.bin", "hello", -1);
  REFUSED (dir, LIMN_ERROR_UNSAFE, "/unet holds its weights only as diffusion_pytorch_model.bin", "pickle",
           "safe_serialization");
  put_file (dir, "unet/one.safetensors", "hello", -1);
  put_file (dir, "unet/two.safetensors", "hello", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "2 .safetensors files", "cannot tell which");
  tests_remove_folder (dir);
}

static void
test_shard_index (void)
{
  static const char *const name = "unet/diffusion_pytorch_model.safetensors.index.json";
  g_autofree char *dir = linked_folder ();
  g_autofree char *from = g_build_filename (dir, "unet/diffusion_pytorch_model.safetensors", NULL);
  g_autofree char *to = g_build_filename (dir, "unet/shard.safetensors", NULL);

  g_assert_cmpint (g_rename (from, to), ==, 0);
  put_file (dir, name, "{\"weight_map\":{\"conv_in.weight\":\"../vae/diffusion_pytorch_model.safetensors\"}}", -1);
  REFUSED (dir, LIMN_ERROR_FORMAT, "index.json", "conv_in.weight", "beside the index");
  put_file (dir, name, "{\"weight_map\":{\"conv_in.weight\":\"/etc/passwd\"}}", -1);
  REFUSED (dir, LIMN_ERROR_FORMAT, "beside the index");
  put_file (dir, name, "{\"weight_map\":{\"conv_in.weight\":\"other.safetensors\"}}", -1);
  REFUSED (dir, LIMN_ERROR_FILE, "other.safetensors");
  put_file (dir, name, "{\"weight_map\":{\"conv_on.weight\":\"shard.safetensors\"}}", -1);
  REFUSED (dir, LIMN_ERROR_FORMAT, "conv_on.weight should be in shard.safetensors, which lacks it");
  put_file (dir, name, "{\"weight_map\":[]}", -1);
  REFUSED (dir, LIMN_ERROR_FORMAT, "weight_map");
  tests_remove_folder (dir);
}

static void
test_other_pipelines (void)
{
  g_autofree char *dir = make_folder ();

  put_file (dir, "model_index.json",
            "{\"_class_name\":\"FluxPipeline\",\"transformer\":[\"diffusers\",\"FluxTransformer2DModel\"]}", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "is a FluxPipeline", "no U-Net");
  put_file (dir, "model_index.json",
            "{\"_class_name\":\"StableDiffusionPipeline\",\"unet\":[\"diffusers\",\"UNet2DConditionModel\"]}", -1);
  put_file (dir, "unet/config.json", "{\"cross_attention_dim\":768}", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "unet/config.json", "block_out_channels");
  put_file (dir, "unet/config.json", "{\"cross_attention_dim\":1024,\"use_linear_projection\":true}", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "unet/config.json", "block_out_channels");
  put_file (dir, "unet/config.json", "{\"addition_embed_type\":\"image\"}", -1);
  REFUSED (dir, LIMN_ERROR_MODEL, "does not support");
  tests_remove_folder (dir);
}

typedef struct {
  const char *file, *from, *to, *text;
} Edit;

/* One change to one config, and what must be said of it. */
static const Edit edits[] = {
  { "model_index.json", "\"AutoencoderKL\"", "\"AutoencoderTiny\"", "\"vae\" is AutoencoderTiny" },
  { "model_index.json", "\"CLIPTextModelWithProjection\"", "\"T5EncoderModel\"",
    "\"text_encoder_2\" is T5EncoderModel" },
  { "model_index.json", "\"text_encoder_2\"", "\"text_encoder_3\"", "\"text_encoder_2\" is missing" },
  { "model_index.json", "{", "[", "model_index.json" },
  { "unet/config.json", "\"layers_per_block\": 2", "\"layers_per_block\": 3", "of the tensors" },
  { "unet/config.json", "\"layers_per_block\": 2", "\"layers_per_block\": 999", "layers per block is 999" },
  { "unet/config.json", "\"layers_per_block\": 2", "\"layers_per_block\": \"x\"", "\"layers_per_block\"" },
  { "unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9", "unet: conv_in.weight" },
  { "unet/config.json", "\"cross_attention_dim\": 96", "\"cross_attention_dim\": 97", "expects text 97 channels wide" },
  { "unet/config.json", "\"norm_num_groups\": 32", "\"norm_num_groups\": 24",
    "multiple of 8 and of the number of norm groups" },
  { "unet/config.json", "\"norm_num_groups\": 32", "\"norm_num_groups\": 0", "groups is 0" },
  { "unet/config.json", "\"time_cond_proj_dim\": null", "\"time_cond_proj_dim\": 256",
    "time_embedding.cond_proj.weight" },
  { "unet/config.json", "\"time_cond_proj_dim\": null", "\"time_cond_proj_dim\": 255", "guidance embedding is 255" },
  { "unet/config.json", "\"act_fn\": \"silu\"", "\"act_fn\": \"relu\"", "\"act_fn\" is \"relu\"" },
  { "unet/config.json", "\"UNetMidBlock2DCrossAttn\"", "\"UNetMidBlock2DSimpleCrossAttn\"", "mid_block_type" },
  { "unet/config.json", "\"DownBlock2D\"", "\"AttnDownBlock2D\"", "AttnDownBlock2D" },
  { "unet/config.json", "\"UpBlock2D\"", "\"AttnUpBlock2D\"", "up_block_types" },
  { "unet/config.json", "\"UpBlock2D\"", "\"CrossAttnUpBlock2D\"", "up_blocks.2.attentions" },
  { "unet/config.json", "\"transformer_layers_per_block\": [\n    1,",
    "\"transformer_layers_per_block\": [\n    [1, 1],",
    "\"transformer_layers_per_block\" lists 2 depths of a level; expected 3" },
  { "unet/config.json", "dim\": 160", "dim\": 96", "projection_class_embeddings_input_dim" },
  { "unet/config.json", "dim\": 160", "dim\": 161", "pooled text vector of 65 channels" },
  { "unet/config.json", "\"transformer_layers_per_block\": [", "\"transformer_layers_per_block\": [[1],",
    "\"transformer_layers_per_block\" has 4 numbers; expected 3" },
  { "unet/config.json", "\"attention_head_dim\": [", "\"attention_head_dim\": [1,",
    "\"attention_head_dim\" has 4 numbers" },
  { "unet/config.json", "2,\n    4\n  ]", "2,\n    32\n  ]", "heads is 32" },
  { "unet/config.json", "\"sample_size\": 16", "\"sample_size\": 100000", "sample size is 100000" },
  { "unet/config.json", "\"flip_sin_to_cos\": true", "\"flip_sin_to_cos\": false", "flip_sin_to_cos" },
  { "vae/config.json", "\"latents_mean\": null", "\"latents_mean\": [0, 0, 0, 0]", "latents_mean" },
  { "vae/config.json", "\"latent_channels\": 4", "\"latent_channels\": 16", "latent channels is 16" },
  { "vae/config.json", "    64\n  ]", "    1024\n  ]", "channels is 1024; expected at most 512" },
  { "vae/config.json", "\"scaling_factor\": 0.13025", "\"scaling_factor\": 0", "scaling factor is 0" },
  { "vae/config.json", "\"use_quant_conv\": true", "\"use_quant_conv\": false", "use_quant_conv" },
  { "vae/config.json", "\"act_fn\"", "\"latent_rgb_factors\": [[1, 2]], \"act_fn\"", "latent_rgb_factors" },
  { "text_encoder/config.json", "\"hidden_size\": 32", "\"hidden_size\": 36", "width is 36" },
  { "text_encoder/config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 8", "heads is 8" },
  { "text_encoder/config.json", "\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"relu\"", "hidden_act" },
  { "text_encoder/config.json", "\"vocab_size\": 1258", "\"vocab_size\": 1259",
    "token_embedding.weight has shape [1258, 32]" },
  { "text_encoder_2/config.json", "\"num_attention_heads\": 4", "\"num_attention_heads\": 5", "heads is 5" },
  { "text_encoder_2/config.json", "\"projection_dim\": 64", "\"projection_dim\": 32", "projects to 32 channels" },
  { "text_encoder_2/config.json", "\"num_hidden_layers\": 4", "\"num_hidden_layers\": 4000000000",
    "num_hidden_layers" },
  { "scheduler/scheduler_config.json", "EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler",
    "FlowMatchEulerDiscreteScheduler" },
  { "scheduler/scheduler_config.json", "\"scaled_linear\"", "\"linear\"", "beta_schedule" },
  { "scheduler/scheduler_config.json", "\"epsilon\"", "\"flow\"", "prediction_type" },
  { "scheduler/scheduler_config.json", "zero_snr\": false", "zero_snr\": true", "rescale_betas_zero_snr" },
  { "scheduler/scheduler_config.json", "\"beta_end\": 0.012", "\"beta_end\": 0.0001", "beta_start" },
  { "scheduler/scheduler_config.json", "timesteps\": 1000", "timesteps\": 0", "num_train_timesteps" },
};

static void
test_edits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (edits); i++) {
    const Edit *edit = &edits[i];
    g_autofree char *dir = linked_folder (), *text = get_file (dir, edit->file);
    g_autoptr (GString) changed = g_string_new (text);
    g_assert_cmpuint (g_string_replace (changed, edit->from, edit->to, 1), ==, 1);
    put_file (dir, edit->file, changed->str, -1);
    g_autoptr (GError) error = NULL;
    g_assert_null (limn_checkpoint_open (dir, &error));
    g_test_message ("%s", error->message);
    if (strstr (error->message, edit->text) == NULL || strstr (error->message, dir) == NULL)
      g_error ("%s: \"%s\" or \"%s\" is not in the message: %s", edit->file, edit->text, dir, error->message);
    tests_remove_folder (dir);
  }
}

static void
test_missing_component (void)
{
  g_autofree char *dir = linked_folder ();

  drop (dir, "vae/config.json");
  REFUSED (dir, LIMN_ERROR_FILE, "/vae/config.json");
  g_autoptr (LimnModelInfo) info = inspect_or_fail (dir);
  g_assert_cmpuint (g_strv_length (info->missing), ==, 1);
  g_assert_true (g_str_has_prefix (info->missing[0], "vae: "));
  g_assert_cmpuint (info->parts->len, ==, 3);
  drop (dir, "unet/config.json");
  g_autoptr (GError) error = NULL;
  g_assert_null (limn_checkpoint_inspect (dir, &error));
  g_assert_nonnull (strstr (error->message, "unet/config.json"));
  tests_remove_folder (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/checkpoint-broken/missing", test_missing);
  g_test_add_func ("/checkpoint-broken/wrong-shape", test_wrong_shape);
  g_test_add_func ("/checkpoint-broken/wrong-type", test_wrong_type);
  g_test_add_func ("/checkpoint-broken/missing-part", test_missing_part);
  g_test_add_func ("/checkpoint-broken/leftover", test_leftover);
  g_test_add_func ("/checkpoint-broken/unsupported", test_unsupported);
  g_test_add_func ("/checkpoint-broken/other-files", test_other_files);
  g_test_add_func ("/checkpoint-broken/lora", test_lora);
  g_test_add_func ("/checkpoint-broken/not-safetensors", test_not_safetensors);
  g_test_add_func ("/checkpoint-broken/no-model-folder", test_no_model_folder);
  g_test_add_func ("/checkpoint-broken/no-weights", test_no_weights);
  g_test_add_func ("/checkpoint-broken/shard-index", test_shard_index);
  g_test_add_func ("/checkpoint-broken/other-pipelines", test_other_pipelines);
  g_test_add_func ("/checkpoint-broken/edits", test_edits);
  g_test_add_func ("/checkpoint-broken/missing-component", test_missing_component);
  return g_test_run ();
}
