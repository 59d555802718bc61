/* lora-names.c - how programs call the modules of a LoRA and what these are made of.
 *
 * kohya's scripts, diffusers and PEFT, ComfyUI, OneTrainer, SimpleTuner and LyCORIS.  Dots and underscores are taken
 * for each other in modules' names, as half of these programs write the one for the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora-private.h"

#include <string.h>

#include "model/checkpoint-private.h"

/* The first that a name ends with. */
static const struct {
  const char *ending;
  LimnLoraRole role;
} endings[] = {
  { ".alpha", LIMN_LORA_ALPHA },
  { ".dora_scale", LIMN_LORA_DORA },
  { ".lora_magnitude_vector", LIMN_LORA_MAGNITUDE },
  { ".lora_magnitude_vector.weight", LIMN_LORA_MAGNITUDE },
  { ".lora_magnitude_vector.default.weight", LIMN_LORA_MAGNITUDE },
  { ".lora_up.weight", LIMN_LORA_UP },
  { ".lora_down.weight", LIMN_LORA_DOWN },
  { ".lora_mid.weight", LIMN_LORA_MID },
  { ".lora_B.weight", LIMN_LORA_UP },
  { ".lora_A.weight", LIMN_LORA_DOWN },
  { ".lora_B.default.weight", LIMN_LORA_UP },
  { ".lora_A.default.weight", LIMN_LORA_DOWN },
  { ".lora_B", LIMN_LORA_UP },
  { ".lora_A", LIMN_LORA_DOWN },
  { ".lora.up.weight", LIMN_LORA_UP },
  { ".lora.down.weight", LIMN_LORA_DOWN },
  { "_lora.up.weight", LIMN_LORA_UP },
  { "_lora.down.weight", LIMN_LORA_DOWN },
  { ".lora_linear_layer.up.weight", LIMN_LORA_UP },
  { ".lora_linear_layer.down.weight", LIMN_LORA_DOWN },
  { ".hada_w1_a", LIMN_LORA_HADA_1A },
  { ".hada_w1_b", LIMN_LORA_HADA_1B },
  { ".hada_w2_a", LIMN_LORA_HADA_2A },
  { ".hada_w2_b", LIMN_LORA_HADA_2B },
  { ".hada_t1", LIMN_LORA_HADA_T1 },
  { ".hada_t2", LIMN_LORA_HADA_T2 },
  { ".lokr_w1", LIMN_LORA_KRON_1 },
  { ".lokr_w1_a", LIMN_LORA_KRON_1A },
  { ".lokr_w1_b", LIMN_LORA_KRON_1B },
  { ".lokr_w2", LIMN_LORA_KRON_2 },
  { ".lokr_w2_a", LIMN_LORA_KRON_2A },
  { ".lokr_w2_b", LIMN_LORA_KRON_2B },
  { ".lokr_t2", LIMN_LORA_KRON_T2 },
  { ".a1.weight", LIMN_LORA_A1 },
  { ".a2.weight", LIMN_LORA_A2 },
  { ".b1.weight", LIMN_LORA_B1 },
  { ".b2.weight", LIMN_LORA_B2 },
  { ".oft_blocks", LIMN_LORA_TURNS },
  { ".rescale", LIMN_LORA_RESCALE },
  { ".diff", LIMN_LORA_DIFF },
  { ".w_norm", LIMN_LORA_DIFF },
  { ".diff_b", LIMN_LORA_DIFF_BIAS },
  { ".b_norm", LIMN_LORA_DIFF_BIAS },
  { ".set_weight", LIMN_LORA_SET },
  { ".on_input", LIMN_LORA_ON_INPUT },
  { ".weight", LIMN_LORA_WEIGHT },
};

/* How the names of a part's modules begin, with underscores for dots; "": they begin at once. */
static const struct {
  const char *prefix;
  LimnPartId part;
} namings[] = {
  { "lora_unet_", LIMN_PART_UNET },
  { "lycoris_", LIMN_PART_UNET },
  { "unet_", LIMN_PART_UNET },
  { "diffusion_model_", LIMN_PART_UNET },
  { "model_diffusion_model_", LIMN_PART_UNET },
  { "base_model_model_", LIMN_PART_UNET },
  { "base_model_model_unet_", LIMN_PART_UNET },
  { "lora_te1_", LIMN_PART_TEXT_ENCODER },
  { "lora_te2_", LIMN_PART_TEXT_ENCODER_2 },
  { "lora_te_", LIMN_PART_TEXT_ENCODER },
  { "lora_te_", LIMN_PART_TEXT_ENCODER_2 },
  { "text_encoder_", LIMN_PART_TEXT_ENCODER },
  { "text_encoder_", LIMN_PART_TEXT_ENCODER_2 }, /* of a model that has no first one */
  { "text_encoder_2_", LIMN_PART_TEXT_ENCODER_2 },
  { "text_encoders_clip_l_transformer_", LIMN_PART_TEXT_ENCODER },
  { "text_encoders_clip_g_transformer_", LIMN_PART_TEXT_ENCODER_2 },
  { "clip_l_transformer_", LIMN_PART_TEXT_ENCODER },
  { "clip_g_transformer_", LIMN_PART_TEXT_ENCODER_2 },
  { "", LIMN_PART_UNET },
};

gboolean
limn_lora_split (const char *name, LimnLoraRole *role, gsize *length)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i].ending)) {
      *role = endings[i].role;
      *length = strlen (name) - strlen (endings[i].ending);
      return TRUE;
    }
  return FALSE;
}

gboolean
limn_lora_is (LimnTensors *file)
{
  const guint64 common = LIMN_LORA_HAS (ALPHA) | LIMN_LORA_HAS (RESCALE) | LIMN_LORA_HAS (WEIGHT);
  guint n = limn_tensors_count (file);
  LimnLoraRole role;
  gsize length;

  for (guint i = 0; i < n; i++)
    if (limn_lora_split (limn_tensors_nth (file, i)->name, &role, &length)
        && (common & G_GUINT64_CONSTANT (1) << role) == 0)
      return TRUE;
  return FALSE;
}

/* ---- Targets ---- */

struct _LimnLoraTargets {
  GHashTable *modules[LIMN_N_PARTS]; /* a name with underscores for dots -> diffusers' */
};

/* name without ".weight" or ".bias"; NULL where it has another ending.  (transfer full) */
static char *
module_of (const char *name)
{
  const char *dot = strrchr (name, '.');

  if (dot == NULL || (!g_str_equal (dot, ".weight") && !g_str_equal (dot, ".bias")))
    return NULL;
  return g_strndup (name, (gsize) (dot - name));
}

static void
add_name (GHashTable *modules, const char *name, const char *module)
{
  char *key = g_strdelimit (g_strdup (name), ".", '_');

  g_hash_table_insert (modules, key, g_strdup (module));
}

static void
add_target (GHashTable *modules, const LimnArchTensor *tensor)
{
  g_autofree char *module = module_of (tensor->name), *single = module_of (tensor->single);

  /* Embeddings are looked up in the file, never loaded. */
  if (module == NULL || strstr (module, "embeddings.") != NULL)
    return;
  add_name (modules, module, module);
  if (single != NULL && tensor->slices == 1)
    add_name (modules, single, module);
  if (g_str_has_suffix (module, ".to_out.0")) {
    g_autofree char *old = g_strndup (module, strlen (module) - 2);
    add_name (modules, old, module);
  }
}

LimnLoraTargets *
limn_lora_targets_new (LimnCheckpoint *checkpoint)
{
  static const LimnPartId parts[] = { LIMN_PART_UNET, LIMN_PART_TEXT_ENCODER, LIMN_PART_TEXT_ENCODER_2 };
  LimnLoraTargets *targets = g_new0 (LimnLoraTargets, 1);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    const LimnPartData *data = &checkpoint->parts[parts[i]];
    GHashTable *modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

    targets->modules[parts[i]] = modules;
    for (guint k = 0; data->present && k < limn_arch_list_length (data->list); k++)
      add_target (modules, limn_arch_list_nth (data->list, k));
  }
  return targets;
}

void
limn_lora_targets_free (LimnLoraTargets *targets)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    g_clear_pointer (&targets->modules[part], g_hash_table_unref);
  g_free (targets);
}

const char *
limn_lora_targets_find (const LimnLoraTargets *targets, const char *module, LimnPartId *part)
{
  g_autoptr (GString) plain = g_string_new (module);

  g_strdelimit (plain->str, ".", '_');
  g_string_replace (plain, "_processor_", "_", 1); /* of older diffusers' attention */
  for (guint i = 0; i < G_N_ELEMENTS (namings); i++) {
    GHashTable *modules = targets->modules[namings[i].part];
    const char *name = g_str_has_prefix (plain->str, namings[i].prefix)
                           ? g_hash_table_lookup (modules, plain->str + strlen (namings[i].prefix))
                           : NULL;

    if (name != NULL) {
      *part = namings[i].part;
      return name;
    }
  }
  return NULL;
}
