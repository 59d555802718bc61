/* test-files.c - every kind of file that models come in: the table in tests/README.md, each row a test.
 *
 * A row says what a file is, how its values are stored, how its tensors are named and what comes of it.  The file is
 * made of a golden miniature, opened, and its values compared with those of the miniature's folder, whatever its
 * naming; or it is refused, with the words that the row has.  A word that nobody here knows fails.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "common/golden.h"
#include "model/arch.h"
#include "model/gguf-model.h"
#include "model/listing.h"
#include "model/model-files.h"

#define HEADING "| model | stored as | named | result |\n"

typedef struct {
  char *model, *stored, *named, *result;
} Row;

/* ---- The words of the first column ---- */

static const struct {
  const char *name, *base, *unet; /* golden folders; unet: NULL where it is base's */
} models[] = {
  { "SDXL base", "mini-sdxl" },
  { "SDXL refiner", "mini-sdxl-refiner" },
  { "SD 1.5", "mini-sd15" },
  { "SD 2.1", "mini-sd21" },
  { "SDXL inpainting", "mini-sdxl", "mini-sdxl-q-inpaint/unet" },
  { "SD 1.5 inpainting", "mini-sd15", "mini-sd15-inpaint/unet" },
  { "SSD-1B", "mini-sdxl", "mini-ssd/unet" },
  { "Segmind-Vega", "mini-sdxl", "mini-vega-single-file.safetensors" },
};

/* Files of other kinds: a tensor that tells them. */
static const struct {
  const char *name, *tensor;
} strangers[] = {
  { "Flux", "double_blocks.0.img_attn.norm.key_norm.scale" },
  { "Flux, diffusers", "single_transformer_blocks.0.attn.to_q.weight" },
  { "Flux, bitsandbytes nf4", "double_blocks.0.img_attn.qkv.weight.quant_state.bitsandbytes__nf4" },
  { "Stable Diffusion 3", "joint_blocks.0.context_block.attn.qkv.weight" },
  { "Stable Diffusion 3, diffusers", "pos_embed.proj.weight" },
  { "Anima", "llm_adapter.blocks.0.cross_attn.q_proj.weight" },
  { "Cosmos", "x_embedder.proj.1.weight" },
  { "Chroma", "distilled_guidance_layer.in_proj.weight" },
  { "Qwen-Image", "txt_norm.weight" },
  { "Z-Image", "noise_refiner.0.attention.qkv.weight" },
  { "HunyuanDiT", "mlp_t5.0.weight" },
  { "AuraFlow", "double_layers.0.attn.w1q.weight" },
  { "PixArt", "adaln_single.linear.weight" },
  { "Wan", "head.modulation" },
  { "Stable Cascade", "clip_txt_mapper.weight" },
  { "AnimateDiff", "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight" },
  { "ControlNet", "control_model.input_hint_block.0.weight" },
  { "ControlNet, diffusers", "controlnet_cond_embedding.conv_in.weight" },
  { "T2I-Adapter", "adapter.body.0.resnets.0.block1.weight" },
  { "T2I-Adapter, original", "body.0.block1.weight" },
  { "T2I-Adapter, light", "body.0.in_conv.weight" },
  { "T2I-Adapter, style", "style_embedding" },
  { "IP-Adapter", "image_proj.latents" },
  { "LoRA", "lora_unet_down_blocks_1_attentions_0_proj_in.lora_down.weight" },
  { "Embedding", "clip_g" },
  { "Upscaler", "conv_first.weight" },
  { "Detector", "model.22.dfl.conv.weight" },
  { "Nothing known", "layers.0.weight" },
};

/* ---- ... of the second ---- */

static const struct {
  const char *name;
  LimnType type;
  FileScales scales;
  int gguf;     /* 1: as GGUF; 2: quantized */
  double error; /* of a value, as a share of the largest of its tensor */
} storages[] = {
  { "F16", LIMN_TYPE_F16 },
  { "BF16", LIMN_TYPE_BF16, .error = 1.0 / 128 },
  { "F32", LIMN_TYPE_F32 },
  { "F8_E4M3", LIMN_TYPE_F8_E4M3, .error = 1.0 / 16 },
  { "F8_E5M2", LIMN_TYPE_F8_E5M2, .error = 1.0 / 8 },
  { "F8_E4M3 scaled", LIMN_TYPE_F8_E4M3, FILE_SCALED, .error = 1.0 / 16 },
  { "F8_E4M3 scaled, later form", LIMN_TYPE_F8_E4M3, FILE_SCALED_LATER, .error = 1.0 / 16 },
  { "GGUF F16", LIMN_TYPE_F32, .gguf = 1 },
  { "GGUF Q8_0", LIMN_TYPE_F32, .gguf = 2, .error = 1.0 / 200 },
};

/* ---- ... and of the third, where further words may follow ---- */

static const struct {
  const char *name;
  FileNaming naming;
} namings[] = {
  { "original", { 0 } }, /* the family's */
  { "no prefix", { .prefixes = { "" } } },
  { "`diffusion_model.`", { .prefixes = { "diffusion_model." } } },
  { "`model.`", { .prefixes = { "model." } } },
  { "`unet.`, diffusers", { .diffusers = TRUE, .prefixes = { "unet.", "vae.", "text_encoder.", "text_encoder_2." } } },
  { "diffusers", { .diffusers = TRUE, .prefixes = { "", "", "", "" } } },
  { "`clip_l.`, `clip_g.`", { .diffusers = TRUE, .prefixes = { "unet.", "vae.", "clip_l.", "clip_g." } } },
};

#define MARKER                                                                                                         \
  1,                                                                                                                   \
  {                                                                                                                    \
    0                                                                                                                  \
  }
#define SCALAR(value) 0, { 0 }, value

static const struct {
  const char *word, *name;
  int rank;
  guint64 shape[1];
  float value;
} extras[] = {
  { "v_pred", "v_pred", MARKER },
  { "ztsnr", "ztsnr", MARKER },
  { "sigma_max", "edm_vpred.sigma_max", SCALAR (80) },
  { "edm_mean", "edm_mean", 1, { 4 }, 1 },
  { "edm_std", "edm_std", 1, { 4 }, 5 },
  { "EMA", "model_ema.diffusion_modelinput_blocks00weight", 1, { 4 }, 1 },
  { "EMA", "model_ema.decay", SCALAR (1) },
  { "EMA", "model_ema.num_updates", SCALAR (7) },
  { "buffers", "betas", 1, { 4 }, 1 },
  { "buffers", "alphas_cumprod", 1, { 4 }, 1 },
  { "buffers", "denoiser.sigmas", 1, { 4 }, 1 },
  { "foreign", "optimizer.step", SCALAR (9) },
  { "foreign", "model.diffusion_model.something_else", 1, { 4 }, 1 },
  { "nf4", "model.diffusion_model.out.2.weight.quant_state.bitsandbytes__nf4", 1, { 4 }, 1 },
  { "SVDQuant", "model.diffusion_model.out.2.wscales", 1, { 4 }, 1 },
  { "ChatGLM", "encoder_hid_proj.weight", 1, { 4 }, 1 },
  { "video", "model.diffusion_model.input_blocks.1.1.time_stack.0.norm1.weight", 1, { 4 }, 1 },
};

/* ---- Files ---- */

typedef struct {
  const Row *row;
  char *folder, *path;
  LimnCheckpoint *model; /* the miniature */
  char *base, *unet;     /* its folders */
  LimnPartId alone;      /* LIMN_N_PARTS: the file is the whole model */
  double error;
} Case;

static void
case_open (Case *one, const char *base, const char *unet)
{
  g_autoptr (GError) error = NULL;

  one->base = golden_path (base);
  one->unet = unet != NULL ? golden_path (unet) : NULL;
  one->model = limn_checkpoint_open_parts (&(LimnModelParts){ one->base, { one->unet } }, &error);
  g_assert_no_error (error);
}

/* "SDXL base: vae" */
static gboolean
find_model (Case *one)
{
  g_auto (GStrv) words = g_strsplit (one->row->model, ": ", 2);

  one->alone = LIMN_N_PARTS;
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (words[0], models[i].name))
      case_open (one, models[i].base, models[i].unet);
  for (LimnPartId part = 0; one->model != NULL && words[1] != NULL && part < LIMN_N_PARTS; part++)
    if (g_str_equal (words[1], limn_part_name (part)))
      one->alone = part;
  return one->model != NULL;
}

/* The naming, then words of extras, joined by " + ". */
static FileNaming
find_naming (const Case *one, GStrv words)
{
  const LimnFamilyRow *family = limn_family_row (limn_checkpoint_info (one->model)->family);

  for (guint i = 0; i < G_N_ELEMENTS (namings); i++)
    if (g_str_equal (words[0], namings[i].name)) {
      FileNaming naming = namings[i].naming;

      for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
        if (one->alone != LIMN_N_PARTS && part != one->alone)
          naming.prefixes[part] = NULL;
        else if (naming.prefixes[part] == NULL)
          naming.prefixes[part] = family->prefixes[part];
      for (int at = 1; words[at] != NULL; at++) {
        naming.turned |= g_str_equal (words[at], "turned projection");
        if (g_str_equal (words[at], "without VAE"))
          naming.prefixes[LIMN_PART_VAE] = NULL;
      }
      return naming;
    }
  g_error ("no naming \"%s\"", words[0]);
}

static void
add_extras (GPtrArray *tensors, GStrv words)
{
  for (int at = 1; words[at] != NULL; at++) {
    gboolean known = g_str_equal (words[at], "turned projection") || g_str_equal (words[at], "without VAE");

    for (guint i = 0; i < G_N_ELEMENTS (extras); i++)
      if (g_str_equal (words[at], extras[i].word)) {
        file_tensors_add (tensors, extras[i].name, extras[i].rank, extras[i].shape, extras[i].value);
        known = TRUE;
      }
    if (!known)
      g_error ("no word \"%s\"", words[at]);
  }
}

/* "F16 .sft" */
static void
write_file (Case *one, GPtrArray *tensors)
{
  const char *ending = strstr (one->row->stored, " .");
  g_autofree char *type =
      ending != NULL ? g_strndup (one->row->stored, (gsize) (ending - one->row->stored)) : g_strdup (one->row->stored);
  g_autofree char *plain = g_build_filename (one->folder, "plain.safetensors", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (storages); i++)
    if (g_str_equal (type, storages[i].name)) {
      g_autofree char *name = g_strconcat ("model",
                                           ending != NULL         ? ending + 1
                                           : storages[i].gguf > 0 ? ".gguf"
                                                                  : ".safetensors",
                                           NULL);

      one->path = g_build_filename (one->folder, name, NULL);
      one->error = storages[i].error;
      file_tensors_write (tensors, storages[i].type, storages[i].scales, storages[i].gguf > 0 ? plain : one->path);
      if (storages[i].gguf > 0) {
        g_autoptr (LimnTensors) file = limn_tensors_open (plain, NULL);
        gguf_model_write (file, "", storages[i].gguf > 1, one->path);
      }
      return;
    }
  g_error ("no type \"%s\"", type);
}

static GPtrArray *
stranger (const Row *row)
{
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++)
    if (g_str_equal (row->model, strangers[i].name)) {
      const char *prefix = g_str_equal (row->named, "original") ? "model.diffusion_model." : "";
      g_autofree char *name = g_strconcat (prefix, strangers[i].tensor, NULL);
      GPtrArray *tensors = file_tensors (NULL, &(FileNaming){ 0 });

      file_tensors_add (tensors, name, 2, (guint64[]){ 8, 8 }, 1);
      return tensors;
    }
  g_error ("no model \"%s\"", row->model);
}

static void
make_file (Case *one)
{
  g_auto (GStrv) words = g_strsplit (one->row->named, " + ", -1);
  g_autoptr (GPtrArray) tensors = NULL;

  if (find_model (one)) {
    FileNaming naming = find_naming (one, words);
    tensors = file_tensors (one->model, &naming);
    add_extras (tensors, words);
  } else {
    tensors = stranger (one->row);
  }
  write_file (one, tensors);
}

/* ---- What comes of them ---- */

static char *
tell (LimnCheckpoint *opened)
{
  const LimnModelInfo *info = limn_checkpoint_info (opened);
  LimnPrediction prediction = limn_checkpoint_schedule (opened)->prediction;
  g_autofree char *title = limn_model_info_title (info);
  GString *text = g_string_new (title);

  if (prediction != LIMN_PREDICTS_NOISE)
    g_string_append_printf (text, ", %s", limn_prediction_row (prediction)->choice.name);
  if (g_strv_length (info->leftover) > 0)
    g_string_append_printf (text, ", %u left over", g_strv_length (info->leftover));
  return g_string_free (text, FALSE);
}

static double
value_at (const LimnTensorView *view, guint64 row, guint64 column)
{
  return limn_tensor_view_value (view, view->transposed ? column * view->shape[0] + row
                                                        : row * (view->rank > 1 ? view->shape[1] : 1) + column);
}

/* Some values of every matrix and vector, whatever they are called and however they lie. */
static void
compare_values (const Case *one, LimnCheckpoint *opened, LimnPartId part)
{
  g_autoptr (LimnArchList) list = part == LIMN_PART_UNET ? limn_arch_unet_list (limn_checkpoint_unet (opened))
                                  : part == LIMN_PART_VAE
                                      ? limn_arch_vae_list (limn_checkpoint_vae (opened))
                                      : limn_arch_clip_list (limn_checkpoint_clip (opened, part), FALSE);

  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *want = limn_arch_list_nth (list, i);
    g_autoptr (GError) error = NULL;
    LimnTensorView a, b;

    limn_checkpoint_find (opened, part, want->name, &a, &error);
    g_assert_no_error (error);
    limn_checkpoint_find (one->model, part, want->name, &b, &error);
    g_assert_no_error (error);
    if (want->rank > 2)
      continue;
    for (guint64 row = 0; row < want->shape[0]; row += 1 + want->shape[0] / 5) {
      guint64 column = want->rank > 1 ? row * 7 % want->shape[1] : 0;
      double found = value_at (&a, row, column), expected = value_at (&b, row, column), most = 0;

      for (guint64 k = 0; one->error > 0 && k < want->shape[0] * (want->rank > 1 ? want->shape[1] : 1); k++)
        most = fmax (most, fabs (limn_tensor_view_value (&b, k)));
      if (!(fabs (found - expected) <= one->error * most))
        g_error ("%s: %g, expected %g", want->name, found, expected);
    }
  }
}

static void
check_opened (const Case *one, LimnCheckpoint *opened)
{
  g_autofree char *told = tell (opened);

  g_assert_cmpstr (told, ==, one->row->result);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    g_assert_cmpint (limn_checkpoint_has (opened, part), ==, limn_checkpoint_has (one->model, part));
    if (limn_checkpoint_has (opened, part))
      compare_values (one, opened, part);
  }
}

static void
test_row (gconstpointer data)
{
  static const char *const refused = "refused: ";
  Case one = { .row = data, .folder = make_folder () };
  LimnModelParts parts = { NULL };
  g_autoptr (GError) error = NULL;

  make_file (&one);
  if (one.model == NULL || one.alone == LIMN_N_PARTS) {
    parts.model = one.path;
  } else {
    parts = (LimnModelParts){ one.base, { one.unet } };
    parts.parts[one.alone] = one.path;
  }
  g_autoptr (LimnCheckpoint) opened = limn_checkpoint_open_parts (&parts, &error);
  if (g_str_has_prefix (one.row->result, refused)) {
    g_assert_null (opened);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, one.path));
    g_assert_nonnull (strstr (error->message, one.row->result + strlen (refused)));
  } else {
    g_assert_no_error (error);
    check_opened (&one, opened);
  }
  limn_checkpoint_unref (one.model);
  tests_remove_folder (one.folder);
  g_free (one.folder);
  g_free (one.path);
  g_free (one.base);
  g_free (one.unet);
}

/* ---- The table ---- */

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->model);
  g_free (row->stored);
  g_free (row->named);
  g_free (row->result);
  g_free (row);
}

static GPtrArray *
read_rows (void)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (row_free);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (LIMN_TESTS_README, &text, NULL, &error))
    g_error ("%s", error->message);
  const char *table = strstr (text, HEADING);
  g_assert_nonnull (table);
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);
  for (int i = 2; g_str_has_prefix (lines[i], "| "); i++) {
    g_auto (GStrv) cells = g_strsplit (lines[i], "|", -1);
    Row *row = g_new (Row, 1);

    g_assert_cmpuint (g_strv_length (cells), ==, 6);
    *row = (Row){ g_strdup (g_strstrip (cells[1])), g_strdup (g_strstrip (cells[2])), g_strdup (g_strstrip (cells[3])),
                  g_strdup (g_strstrip (cells[4])) };
    g_ptr_array_add (rows, row);
  }
  g_assert_cmpuint (rows->len, >=, 60);
  return rows;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GPtrArray) rows = read_rows ();
  for (guint i = 0; i < rows->len; i++) {
    const Row *row = rows->pdata[i];
    g_autofree char *path = g_strdup_printf ("/files/%02u %s, %s, %s", i + 1, row->model, row->stored, row->named);
    g_test_add_data_func (path, row, test_row);
  }
  return g_test_run ();
}
