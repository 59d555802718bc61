/* test-lora.c - LoRAs of every naming and kind: what they make of a tensor, against values of other programs.
 *
 * tests/golden/lora2 has merged tensors by ComfyUI and LyCORIS; tests/golden/lora whole files of diffusers' and
 * kohya's, whose effect on a U-Net is in test-lora-run.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "common/golden.h"
#include "file/safetensors.h"
#include "model/arch.h"
#include "model/listing.h"

static LimnCheckpoint *base;

static LimnLora *
open_lora (const char *name)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  LimnLora *lora = limn_lora_open (path, base, &error);

  g_assert_no_error (error);
  return lora;
}

/* "unet.down_blocks...weight" -> its part, and the name in it. */
static const char *
part_of (const char *name, LimnPartId *part)
{
  for (*part = 0; *part < LIMN_N_PARTS; ++*part) {
    const char *title = limn_part_name (*part);
    if (g_str_has_prefix (name, title) && name[strlen (title)] == '.')
      return name + strlen (title) + 1;
  }
  g_assert_not_reached ();
}

/* The tensor as a checkpoint that was merged has it. */
static float *
merged_values (LimnCheckpoint *merged, LimnPartId part, const char *name, gsize *n)
{
  g_autoptr (GError) error = NULL;
  LimnTensorView view;

  limn_checkpoint_find (merged, part, name, &view, &error);
  g_assert_no_error (error);
  *n = 1;
  for (int i = 0; i < view.rank; i++)
    *n *= view.shape[i];
  float *values = g_new (float, *n);
  for (gsize i = 0; i < *n; i++)
    values[i] = limn_tensor_view_value (&view, i);
  g_assert_true (limn_checkpoint_check_whole (merged, part, &error));
  return values;
}

/* ---- Every file and strength of lora2 ---- */

static void
test_merged (gconstpointer data)
{
  const char *file = data;
  g_autofree char *path = g_strdup_printf ("lora2/%s.safetensors", file);
  g_autoptr (LimnLora) lora = open_lora (path);
  g_autoptr (LimnTensors) expected = golden_open ("lora2/expected.safetensors");
  guint seen = 0;

  g_assert_cmpuint (limn_lora_matched (lora), ==, limn_lora_modules (lora));
  g_assert_cmpuint (g_strv_length ((GStrv) limn_lora_unmatched (lora)), ==, 0);
  for (guint i = 0; i < limn_tensors_count (expected); i++) {
    const LimnTensor *tensor = limn_tensors_nth (expected, i);
    g_auto (GStrv) parts = g_strsplit (tensor->name, "/", 3);
    if (!g_str_equal (parts[0], file))
      continue;

    double strength = g_ascii_strtod (parts[1], NULL);
    LimnPartId part;
    const char *name = part_of (parts[2], &part);
    const LimnLoraUse use = { .lora = lora, .strengths = { strength, 0, strength, strength } };
    g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);
    gsize n, wanted;
    g_autofree float *values = merged_values (merged, part, name, &n);
    g_autofree float *right = golden_floats (expected, &wanted, "%s", tensor->name);
    g_assert_cmpuint (n, ==, wanted);
    golden_check_rel (tensor->name, values, right, n, 2e-6);
    seen++;
  }
  g_assert_cmpuint (seen, >, 0);
}

static void
test_lycoris (gconstpointer data)
{
  const char *file = data;
  g_autofree char *path = g_strdup_printf ("lora/%s.safetensors", file);
  g_autoptr (LimnLora) lora = open_lora (path);
  g_autoptr (LimnTensors) expected = golden_open ("lora/expected.safetensors");
  const LimnLoraUse use = { .lora = lora, .strengths = { 1 } };
  g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);
  g_autofree char *prefix = g_strdup_printf ("%s/merged_weight/unet.", file);
  guint seen = 0;

  for (guint i = 0; i < limn_tensors_count (expected); i++) {
    const LimnTensor *tensor = limn_tensors_nth (expected, i);
    if (!g_str_has_prefix (tensor->name, prefix))
      continue;
    g_autofree char *name = g_strconcat (tensor->name + strlen (prefix), ".weight", NULL);
    gsize n;
    g_autofree float *values = merged_values (merged, LIMN_PART_UNET, name, &n);
    g_autofree float *right = golden_floats (expected, NULL, "%s", tensor->name);
    golden_check_rel (tensor->name, values, right, n, 2e-6);
    seen++;
  }
  g_assert_cmpuint (seen, ==, 3);
}

/* ---- Whole files: how much of each is for the model ---- */

static void
test_matched (void)
{
  static const struct {
    const char *file;
    guint modules;
    const char *kinds;
  } files[] = {
    { "kohya_sgm", 344, "LoRA" },    { "kohya_diffusers_names", 224, "LoRA" }, { "kohya_unet_only_conv", 367, "LoRA" },
    { "peft", 344, "LoRA" },         { "diffusers_old", 224, "LoRA" },         { "peft_dora", 112, "LoRA" },
    { "lycoris_loha", 112, "LoHa" }, { "lycoris_lokr", 112, "LoKr" },          { "lycoris_dora", 112, "LoRA" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_strdup_printf ("lora/%s.safetensors", files[i].file);
    g_autoptr (LimnLora) lora = open_lora (path);
    g_autofree char *kinds = limn_lora_describe (lora);

    g_test_message ("%s: %u of %u", files[i].file, limn_lora_matched (lora), limn_lora_modules (lora));
    g_assert_cmpuint (limn_lora_modules (lora), ==, files[i].modules);
    g_assert_cmpuint (limn_lora_matched (lora), ==, files[i].modules);
    g_assert_cmpuint (g_strv_length ((GStrv) limn_lora_unmatched (lora)), ==, 0);
    g_assert_cmpstr (kinds, ==, files[i].kinds);
  }
}

/* ---- Namings: the same three layers, called as each program calls them ---- */

#define LAYERS 3

/* A file of the layers of lora2/diffusers_peft, with other names: module i is prefix + modules[i], joined by dots or
 * underscores. */
typedef struct {
  const char *name, *prefix;
  gboolean single, underscores; /* the single file's names */
  const char *up, *down;        /* endings */
  const char *infix;            /* put in before "to_", as older diffusers did */
} Naming;

static const Naming namings[] = {
  { "kohya-sgm", "lora_unet_", TRUE, TRUE, ".lora_up.weight", ".lora_down.weight" },
  { "kohya-diffusers", "lora_unet_", FALSE, TRUE, ".lora_up.weight", ".lora_down.weight" },
  { "simpletuner", "lycoris_", FALSE, TRUE, ".lora_up.weight", ".lora_down.weight" },
  { "peft", "unet.", FALSE, FALSE, ".lora_B.weight", ".lora_A.weight" },
  { "peft-bare", "", FALSE, FALSE, ".lora_B.weight", ".lora_A.weight" },
  { "peft-adapter", "unet.", FALSE, FALSE, ".lora_B.default.weight", ".lora_A.default.weight" },
  { "peft-base-model", "base_model.model.", FALSE, FALSE, ".lora_B.weight", ".lora_A.weight" },
  { "peft-base-model-unet", "base_model.model.unet.", FALSE, FALSE, ".lora_B.weight", ".lora_A.weight" },
  { "peft-no-weight", "unet.", FALSE, FALSE, ".lora_B", ".lora_A" },
  { "diffusers-old", "unet.", FALSE, FALSE, ".lora.up.weight", ".lora.down.weight" },
  { "diffusers-older", "unet.", FALSE, FALSE, "_lora.up.weight", "_lora.down.weight", "processor." },
  { "diffusers-oldest", "", FALSE, FALSE, "_lora.up.weight", "_lora.down.weight", "processor." },
  { "diffusers-linear", "unet.", FALSE, FALSE, ".lora_linear_layer.up.weight", ".lora_linear_layer.down.weight" },
  { "comfy", "diffusion_model.", TRUE, FALSE, ".lora_up.weight", ".lora_down.weight" },
  { "comfy-peft", "diffusion_model.", TRUE, FALSE, ".lora_B.weight", ".lora_A.weight" },
  { "original", "model.diffusion_model.", TRUE, FALSE, ".lora_up.weight", ".lora_down.weight" },
};

static const char *const modules[LAYERS][2] = {
  { "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k", "input_blocks.4.1.transformer_blocks.0.attn2.to_k" },
  { "mid_block.attentions.0.transformer_blocks.0.attn1.to_q", "middle_block.1.transformer_blocks.0.attn1.to_q" },
  { "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0",
    "input_blocks.4.1.transformer_blocks.0.attn1.to_out.0" },
};
static const int outs[LAYERS] = { 32, 64, 32 }, ins[LAYERS] = { 96, 64, 32 };

static char *
name_module (const Naming *naming, int layer)
{
  g_autoptr (GString) name = g_string_new (modules[layer][naming->single]);

  if (naming->infix != NULL) {
    g_autofree char *to = g_strconcat (".", naming->infix, "to_", NULL);
    g_string_replace (name, ".to_", to, 0);
    g_string_replace (name, "to_out.0", "to_out", 0);
  }
  g_string_prepend (name, naming->prefix);
  if (naming->underscores)
    g_strdelimit (name->str, ".", '_');
  return g_strdup (name->str);
}

/* (transfer full) */
static char *
write_layers (const char *folder, const Naming *naming)
{
  char *path = g_strdup_printf ("%s/%s.safetensors", folder, naming->name);
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  float values[2 * 96];
  LimnTensorOut out[2 * LAYERS];

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = (float) sin (i * 0.7);
  for (int i = 0; i < LAYERS; i++) {
    g_autofree char *module = name_module (naming, i);
    char *up = g_strconcat (module, naming->up, NULL), *down = g_strconcat (module, naming->down, NULL);

    g_ptr_array_add (strings, up);
    g_ptr_array_add (strings, down);
    out[2 * i] = (LimnTensorOut){ up, LIMN_TYPE_F32, 2, { outs[i], 2 }, values };
    out[2 * i + 1] = (LimnTensorOut){ down, LIMN_TYPE_F32, 2, { 2, ins[i] }, values };
  }
  limn_safetensors_write (path, out, G_N_ELEMENTS (out), &error);
  g_assert_no_error (error);
  return path;
}

static void
test_naming (gconstpointer data)
{
  const Naming *naming = data;
  g_autofree char *folder = make_folder (), *path = write_layers (folder, naming);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnLora) lora = limn_lora_open (path, base, &error);
  g_assert_no_error (error);
  const LimnLoraUse use = { .lora = lora, .strengths = { 0.5 } };
  g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);

  g_assert_cmpuint (limn_lora_modules (lora), ==, LAYERS);
  g_assert_cmpuint (limn_lora_matched (lora), ==, LAYERS);
  for (int i = 0; i < LAYERS; i++) {
    g_autofree char *name = g_strconcat (modules[i][0], ".weight", NULL);
    gsize n;
    g_autofree float *was = merged_values (base, LIMN_PART_UNET, name, &n);
    g_autofree float *is = merged_values (merged, LIMN_PART_UNET, name, &n);

    for (int row = 0; row < outs[i]; row++)
      for (int column = 0; column < ins[i]; column++) {
        double delta = 0;
        for (int r = 0; r < 2; r++)
          delta += sin ((row * 2 + r) * 0.7) * sin ((r * ins[i] + column) * 0.7);
        g_assert_cmpfloat_with_epsilon (is[row * ins[i] + column], was[row * ins[i] + column] + 0.5 * delta, 1e-5);
      }
  }
  tests_remove_folder (folder);
}

/* ---- What is not for the model, in part or whole ---- */

static void
write_one (const char *path, const char *const *names, const guint64 (*shapes)[2], guint n)
{
  static const float zeros[4096];
  g_autoptr (GError) error = NULL;
  LimnTensorOut out[8];

  for (guint i = 0; i < n; i++)
    out[i] = (LimnTensorOut){ names[i], LIMN_TYPE_F32, 2, { shapes[i][0], shapes[i][1] }, zeros };
  limn_safetensors_write (path, out, n, &error);
  g_assert_no_error (error);
}

#define K "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"

static void
test_refused (void)
{
  static const struct {
    const char *names[2];
    guint64 shapes[2][2];
    const char *words;
  } cases[] = {
    { { K ".lora_up.weight", K ".lora_down.weight" }, { { 32, 1 }, { 1, 768 } }, "Stable Diffusion 1.5" },
    { { K ".lora_up.weight", K ".lora_down.weight" }, { { 32, 1 }, { 1, 1024 } }, "Stable Diffusion 2.1" },
    { { K ".lora_up.weight", K ".lora_down.weight" }, { { 32, 1 }, { 1, 1280 } }, "efiner" },
    { { K ".lora_up.weight", K ".lora_down.weight" }, { { 32, 1 }, { 1, 2048 } }, "SDXL" },
    { { K ".lora_up.weight", K ".lora_down.weight" }, { { 32, 1 }, { 1, 40 } }, "40 channels wide" },
    { { K ".lora_up.weight", K ".lora_down.weight" }, { { 33, 1 }, { 1, 96 } }, "is not for" },
    { { K ".lora_up.weight", K ".lora_down.weight" }, { { 32, 2 }, { 1, 96 } }, "is not for" },
    { { K ".lora_up.weight", "other" }, { { 32, 1 }, { 1, 96 } }, "is not for" },
    { { "transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight",
        "transformer.single_transformer_blocks.0.attn.to_k.lora_B.weight" },
      { { 1, 8 }, { 8, 1 } },
      "Flux" },
    { { "model.diffusion_model.input_blocks.0.0.weight", "conv_in.bias" }, { { 2, 2 }, { 2, 2 } }, "is no LoRA" },
  };
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, "ink.safetensors", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    write_one (path, cases[i].names, cases[i].shapes, 2);
    g_assert_null (limn_lora_open (path, base, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, cases[i].words));
    g_assert_nonnull (strstr (error->message, path));
  }
  tests_remove_folder (folder);
}

/* What is for nothing is told by name, and the rest is used. */
static void
test_unmatched (void)
{
  const char *const names[] = { K ".lora_up.weight", K ".lora_down.weight", K ".reshape_weight",
                                "lora_unet_input_blocks_99_lora.lora_up.weight", "bundle_emb.cat.string_to_param.*" };
  const guint64 shapes[][2] = { { 32, 1 }, { 1, 96 }, { 1, 2 }, { 2, 2 }, { 2, 2 } };
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, "ink.safetensors", NULL);
  g_autoptr (GError) error = NULL;

  write_one (path, names, shapes, G_N_ELEMENTS (names));
  g_autoptr (LimnLora) lora = limn_lora_open (path, base, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_lora_matched (lora), ==, 1);
  g_assert_cmpuint (limn_lora_modules (lora), ==, 2);
  for (guint i = 2; i < 4; i++)
    g_assert_true (g_strv_contains (limn_lora_unmatched (lora), names[i]));
  g_assert_cmpuint (g_strv_length ((GStrv) limn_lora_unmatched (lora)), ==, 2); /* an embedding is no part of it */
  tests_remove_folder (folder);
}

/* (IA)3 multiplies rows, or columns where it says so; LyCORIS: W (1 + strength w). */
static void
test_factors (void)
{
  static const char *const names[] = { K ".weight", K ".on_input" };
  const char *target = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, "ia3.safetensors", NULL);

  for (int on_input = 0; on_input < 2; on_input++) {
    float factors[96], on = (float) on_input;
    g_autoptr (GError) error = NULL;
    const LimnTensorOut out[] = {
      { names[0], LIMN_TYPE_F32, 2, { on_input ? 1 : 32, on_input ? 96 : 1 }, factors },
      { names[1], LIMN_TYPE_F32, 0, { 0 }, &on },
    };
    gsize n;

    for (int i = 0; i < 96; i++)
      factors[i] = (float) cos (i);
    limn_safetensors_write (path, out, 2, &error);
    g_assert_no_error (error);
    g_autoptr (LimnLora) lora = limn_lora_open (path, base, &error);
    g_assert_no_error (error);
    const LimnLoraUse use = { .lora = lora, .strengths = { 0.5 } };
    g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);
    g_autofree float *was = merged_values (base, LIMN_PART_UNET, target, &n);
    g_autofree float *is = merged_values (merged, LIMN_PART_UNET, target, &n);
    for (gsize i = 0; i < n; i++)
      g_assert_cmpfloat_with_epsilon (is[i], was[i] * (1 + 0.5 * factors[on_input ? i % 96 : i / 96]), 1e-6);
  }
  tests_remove_folder (folder);
}

/* Values that are no numbers are found when they are merged, and the file is named. */
static void
test_nan (void)
{
  const float values[] = { 1, NAN }, ones[96] = { 1 };
  const LimnTensorOut out[] = { { K ".lora_up.weight", LIMN_TYPE_F32, 2, { 32, 1 }, ones },
                                { K ".lora_down.weight", LIMN_TYPE_F32, 2, { 1, 96 }, ones },
                                { K ".alpha", LIMN_TYPE_F32, 0, { 0 }, &values[1] } };
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, "ink.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  LimnTensorView view;

  limn_safetensors_write (path, out, 3, &error);
  g_assert_no_error (error);
  g_autoptr (LimnLora) lora = limn_lora_open (path, base, &error);
  g_assert_no_error (error);
  const LimnLoraUse use = { .lora = lora, .strengths = { 1 } };
  g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);
  g_assert_false (limn_checkpoint_find (
      merged, LIMN_PART_UNET, "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight", &view, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "NaN"));
  tests_remove_folder (folder);
}

/* ---- Damaged files: each ends in a message that names it, or merges ---- */

static gboolean
merge_all (LimnLora *lora, GError **error)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    const LimnLoraUse use = { .lora = lora, .strengths = { 0.7, 0, 0.7, 0.7 } };
    g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);
    g_autofree char *path = g_build_filename (
        LIMN_GOLDEN_DIR, "mini-sdxl", limn_part_name (part),
        part >= LIMN_PART_TEXT_ENCODER ? "model.safetensors" : "diffusion_pytorch_model.safetensors", NULL);
    g_autoptr (LimnTensors) names = limn_tensors_open (path, NULL);

    for (guint i = 0; i < limn_tensors_count (names); i++) {
      const char *name = limn_tensors_nth (names, i)->name;
      LimnTensorView view;

      if (limn_lora_changes (lora, part, name) && !limn_checkpoint_find (merged, part, name, &view, error))
        return FALSE;
    }
  }
  return TRUE;
}

static void
test_mutations (void)
{
  static const char *const files[] = { "boft",        "comfy_generic", "glora",     "kohya_te", "locon_mid",
                                       "loha_tucker", "lokr",          "lokr_conv", "norm",     "dora_output_axis" };
  g_autoptr (GRand) random = g_rand_new_with_seed (12);
  guint refused = 0, opened = 0;

  for (guint i = 0; i < 1000; i++) {
    g_autofree char *name = g_strdup_printf ("lora2/%s.safetensors", files[i % G_N_ELEMENTS (files)]);
    g_autofree char *path = golden_path (name), *bytes = NULL;
    g_autoptr (GError) error = NULL;
    gsize size;

    g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
    guint64 header;
    memcpy (&header, bytes, sizeof header);
    for (int k = g_rand_int_range (random, 1, 4); k > 0; k--) {
      gsize within = k % 2 == 0 ? size : (gsize) GUINT64_FROM_LE (header) + 8;
      gsize at = (gsize) g_rand_int_range (random, 0, (gint32) within);
      bytes[at] = (char) (i % 3 == 0 ? "0123456789"[i % 10] : g_rand_int_range (random, 0, 256));
    }
    if (i % 7 == 0)
      size = (gsize) g_rand_int_range (random, 0, (gint32) size);
    /* Exactly as long as the file, so that a sanitizer sees a byte read too far. */
    g_autofree guint8 *data = g_memdup2 (bytes, size);
    g_autoptr (LimnTensors) file = limn_tensors_open_memory ("ink.safetensors", data, size, &error);
    g_autoptr (LimnLora) lora = file != NULL ? limn_lora_new (file, base, &error) : NULL;
    if (lora != NULL && merge_all (lora, &error)) {
      opened++;
      continue;
    }
    g_assert_true (error != NULL && error->domain == LIMN_ERROR);
    g_assert_nonnull (strstr (error->message, "ink.safetensors"));
    refused++;
  }
  g_test_message ("%u refused, %u merged", refused, opened);
  g_assert_cmpuint (refused, >, 100);
  g_assert_cmpuint (opened, >, 100);
}

/* Where the original code has what diffusers calls so. */
static void
test_blocks (void)
{
  static const struct {
    const char *model, *name;
    int block;
  } cases[] = {
    { "mini-sdxl", "conv_in.weight", 0 },
    { "mini-sdxl", "down_blocks.0.resnets.1.conv1.weight", 2 },
    { "mini-sdxl", "down_blocks.0.downsamplers.0.conv.weight", 3 },
    { "mini-sdxl", "down_blocks.1.attentions.0.proj_in.weight", 4 },
    { "mini-sdxl", "down_blocks.2.attentions.1.proj_in.weight", 8 },
    { "mini-sdxl", "mid_block.attentions.0.proj_in.weight", LIMN_UNET_MIDDLE },
    { "mini-sdxl", "up_blocks.0.attentions.2.proj_in.weight", LIMN_UNET_MIDDLE + 1 + 2 },
    { "mini-sdxl", "up_blocks.0.upsamplers.0.conv.weight", LIMN_UNET_MIDDLE + 1 + 2 },
    { "mini-sdxl", "up_blocks.2.resnets.2.conv2.weight", LIMN_UNET_MIDDLE + 1 + 8 },
    { "mini-sdxl", "time_embedding.linear_1.weight", -1 },
    { "mini-sdxl", "conv_out.weight", -1 },
    { "mini-sdxl-refiner", "down_blocks.2.attentions.1.proj_in.weight", 8 },
    { "mini-sd15", "down_blocks.3.resnets.1.conv1.weight", 11 },
    { "mini-sd15", "up_blocks.3.attentions.2.proj_in.weight", LIMN_UNET_MIDDLE + 1 + 11 },
    { "mini-sd15", "up_blocks.1.attentions.0.proj_in.weight", LIMN_UNET_MIDDLE + 1 + 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = golden_path (cases[i].model);
    g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, NULL);

    g_assert_nonnull (checkpoint);
    g_assert_cmpint (limn_lora_block (cases[i].name, limn_checkpoint_unet (checkpoint)), ==, cases[i].block);
  }
}

/* One block's weight is all that is merged of it. */
static void
test_weighed (void)
{
  static const char tensor[] = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight";
  g_autoptr (LimnLora) lora = open_lora ("lora/kohya_sgm.safetensors");
  LimnLoraUse use = { .lora = lora, .strengths = { 0.5, 0, 0.5, 0.5 }, .by_blocks = TRUE };
  gsize n;

  g_assert_true (limn_lora_changes (lora, LIMN_PART_UNET, tensor));
  use.blocks[limn_lora_block (tensor, limn_checkpoint_unet (base))] = 1.5;
  const LimnLoraUse plain = { .lora = lora, .strengths = { 0.75, 0, 0.5, 0.5 } };
  g_autoptr (LimnCheckpoint) weighed = limn_checkpoint_merge (base, &use, 1);
  g_autoptr (LimnCheckpoint) whole = limn_checkpoint_merge (base, &plain, 1);
  g_autofree float *one = merged_values (weighed, LIMN_PART_UNET, tensor, &n);
  g_autofree float *other = merged_values (whole, LIMN_PART_UNET, tensor, &n);
  g_assert_cmpmem (one, n * sizeof (float), other, n * sizeof (float));
  g_assert_false (limn_checkpoint_differs (weighed, whole, LIMN_PART_UNET, tensor));
  g_assert_cmpuint (limn_checkpoint_difference (weighed, whole, LIMN_PART_UNET), >, 0);
  /* of that block alone */
  guint64 one_block = limn_checkpoint_difference (weighed, base, LIMN_PART_UNET);
  g_assert_cmpuint (one_block, >=, n);
  g_assert_cmpuint (one_block, <, limn_checkpoint_difference (whole, base, LIMN_PART_UNET));
}

int
main (int argc, char **argv)
{
  static const char *const merged[] = {
    "boft",          "comfy_generic", "diff",      "diffusers_peft", "dora_output_axis", "glora", "glora_old",
    "kohya_te",      "locon",         "locon_mid", "loha_conv",      "loha_tucker",      "lokr",  "lokr_conv",
    "lora_no_alpha", "norm",          "oft",       "onetrainer",     "set_weight",
  };
  static const char *const lycoris[] = { "lycoris_dora", "lycoris_loha", "lycoris_lokr" };
  g_autofree char *folder = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  base = limn_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (merged); i++) {
    g_autofree char *name = g_strconcat ("/lora/merged/", merged[i], NULL);
    g_test_add_data_func (name, merged[i], test_merged);
  }
  for (guint i = 0; i < G_N_ELEMENTS (lycoris); i++) {
    g_autofree char *name = g_strconcat ("/lora/merged/", lycoris[i], NULL);
    g_test_add_data_func (name, lycoris[i], test_lycoris);
  }
  for (guint i = 0; i < G_N_ELEMENTS (namings); i++) {
    g_autofree char *name = g_strconcat ("/lora/naming/", namings[i].name, NULL);
    g_test_add_data_func (name, &namings[i], test_naming);
  }
  g_test_add_func ("/lora/blocks", test_blocks);
  g_test_add_func ("/lora/weighed", test_weighed);
  g_test_add_func ("/lora/matched", test_matched);
  g_test_add_func ("/lora/refused", test_refused);
  g_test_add_func ("/lora/unmatched", test_unmatched);
  g_test_add_func ("/lora/factors", test_factors);
  g_test_add_func ("/lora/nan", test_nan);
  g_test_add_func ("/lora/mutations", test_mutations);
  int status = g_test_run ();
  limn_checkpoint_unref (base);
  return status;
}
