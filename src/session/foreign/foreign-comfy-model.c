/* foreign-comfy-model.c - the files a sampler's model, text encoders and decoder came from, and what was done to them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *const models[] = { "model", "base_model", "opt_model", "model_opt", NULL };
static const char *const clips[] = { "clip", "opt_clip", "clip1", NULL };

/* ---- LoRAs ---- */

static gboolean
is_none (const char *name)
{
  return name[0] == '\0' || g_ascii_strcasecmp (name, "none") == 0;
}

/* The weights that stand beside a LoRA's name: of the same number, by a weight's name; text: where the text encoders
 * have none of their own, the model's. */
static void
weights_beside (LimnComfy *comfy, const LimnJson *node, const char *lora, double *unet, double *text)
{
  static const char *const words[] = { "strength", "weight", "wt" };
  const LimnJson *inputs = limn_comfy_inputs (node);
  const char *digits = lora + strcspn (lora, "0123456789");
  double number, *weight;
  gboolean found[2] = { FALSE, FALSE };

  for (guint i = 0; i < limn_json_length (inputs); i++) {
    const char *name = limn_json_key (inputs, i), *const names[] = { name, NULL };
    gboolean fits = g_str_equal (name + strcspn (name, "0123456789"), digits), is_weight = FALSE;

    for (guint w = 0; w < G_N_ELEMENTS (words); w++)
      is_weight = is_weight || limn_comfy_has_word (name, words[w]);
    if (!fits || !is_weight || !limn_comfy_number (comfy, node, names, &number))
      continue;
    weight = limn_comfy_has_word (name, "clip") ? text : unet;
    *weight = number;
    found[weight == text] = TRUE;
  }
  *unet = found[FALSE] ? *unet : found[TRUE] ? *text : 1;
  *text = found[TRUE] ? *text : *unet;
}

/* { "on": true, "lora": "ink.safetensors", "strength": 0.8 } */
static void
miss_entry (LimnComfy *comfy, const LimnJson *entry)
{
  const char *name = limn_json_member_string (entry, "lora");

  if (name != NULL && !is_none (name) && limn_json_bool (limn_json_member (entry, "on"), TRUE))
    limn_foreign_miss_lora (comfy->foreign, name, limn_json_number (limn_json_member (entry, "strength"), 1));
}

/* "switch_2" beside "lora_name_2" */
static gboolean
is_off (const LimnJson *node, const char *lora)
{
  g_autofree char *name = g_strconcat ("switch_", lora + strcspn (lora, "0123456789"), NULL);

  return g_ascii_strcasecmp (limn_json_string (limn_comfy_input (node, name), "on"), "off") == 0;
}

/* All LoRAs that the node has, and those of the stacks it was given.  TRUE where it is for that. */
static gboolean
miss_loras (LimnComfy *comfy, const LimnJson *node, int depth)
{
  const LimnJson *inputs = limn_comfy_inputs (node);
  double count = limn_json_number (limn_comfy_input (node, "lora_count"), G_MAXINT);
  gboolean named = FALSE;

  for (guint i = 0; i < limn_json_length (inputs); i++) {
    const char *name = limn_json_key (inputs, i), *const names[] = { name, NULL };
    const LimnJson *value = limn_json_member (inputs, name), *plain;
    const char *number = name + strcspn (name, "0123456789");

    if (!limn_comfy_has_word (name, "lora"))
      continue;
    named = TRUE;
    if (limn_comfy_has_word (name, "stack") && depth < LIMN_COMFY_MOST_DEPTH) {
      miss_loras (comfy, limn_comfy_follow (comfy, value), depth + 1);
      continue;
    }
    miss_entry (comfy, value);
    plain = limn_comfy_scalar (comfy, value, names);
    if (limn_json_string (plain, "")[0] == '<') { /* written as in a prompt */
      g_free (limn_foreign_strip_prompt (comfy->foreign, limn_json_string (plain, "")));
      continue;
    }
    if (limn_json_string (plain, NULL) != NULL && !is_none (limn_json_string (plain, "")) && !is_off (node, name)
        && !limn_comfy_has_word (name, "weight") && !limn_comfy_has_word (name, "strength")
        && !limn_comfy_has_word (name, "select") && g_ascii_strtoull (number, NULL, 10) <= count) {
      double unet, text;

      weights_beside (comfy, node, name, &unet, &text);
      limn_foreign_add_lora (comfy->foreign, limn_json_string (plain, ""), text, unet);
    }
  }
  if (limn_comfy_is (node, "lora") && !named)
    limn_foreign_miss_lora (comfy->foreign, limn_comfy_kind (node), 1);
  return limn_comfy_is (node, "lora");
}

/* ---- Models ---- */

static const char *
file_of (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const names[] = { "ckpt_name", "base_ckpt_name", "unet_name", "checkpoint",
                                       "ckpt",      "model_name",     NULL };

  for (guint i = 0; names[i] != NULL; i++) {
    const char *const name[] = { names[i], NULL };
    const LimnJson *value = limn_comfy_scalar (comfy, limn_comfy_input (node, names[i]), name);

    if (limn_json_string (value, NULL) != NULL)
      return limn_json_string (value, NULL);
  }
  return NULL;
}

/* Samplers, guiders, prompts, contexts and switches hand a model on as it is. */
static gboolean
hands_on (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const others[] = { "positive", "negative", "conditioning", "latent_image", NULL };
  gboolean known;

  for (guint i = 0; i < limn_json_length (limn_comfy_inputs (node)); i++) {
    const char *name = limn_json_key (limn_comfy_inputs (node), i);

    if (limn_comfy_is_pipe (name, limn_json_member (limn_comfy_inputs (node), name)))
      return TRUE;
  }
  return limn_json_length (limn_comfy_inputs (node)) == 1 || limn_comfy_any (node, others) != NULL
         || limn_comfy_bears_text (node, FALSE) || limn_comfy_choice (comfy, node, &known) != NULL;
}

const char *
limn_comfy_read_model (LimnComfy *comfy, const LimnJson *sampler)
{
  static const char *const guiders[] = { "guider", NULL };
  const LimnJson *node = sampler;

  comfy->hops = LIMN_COMFY_MOST_HOPS;
  if (limn_comfy_is_link (limn_comfy_input (sampler, "guider")))
    node = limn_comfy_behind (comfy, sampler, guiders);
  for (int depth = 0; node != NULL && depth < LIMN_COMFY_MOST_DEPTH; depth++) {
    const char *file = node != sampler ? file_of (comfy, node) : NULL;
    const LimnJson *owner = NULL, *value;

    if (node != sampler) {
      gboolean loras = miss_loras (comfy, node, 0);

      if (file != NULL)
        return file;
      if (limn_comfy_is (node, "ipadapter"))
        limn_foreign_miss (comfy->foreign, _ ("IP-Adapter"),
                           _ ("It guided the picture’s look; Limn paints without it"));
      else if (!loras && !limn_comfy_read_guidance (comfy, node) && !hands_on (comfy, node))
        limn_foreign_miss_printf (comfy->foreign, _ ("Model"), _ ("The node “%s” changes it; Limn does not"),
                                  limn_comfy_kind (node));
    }
    value = limn_comfy_find (comfy, node, models, &owner);
    if (value == NULL) {
      static const char *const files[] = { "ckpt_name", "base_ckpt_name", "unet_name", NULL };

      if (limn_comfy_find (comfy, node, files, &owner) != NULL) {
        miss_loras (comfy, owner, 0);
        return file_of (comfy, owner);
      }
      value = limn_comfy_relay (comfy, node);
    }
    node = limn_comfy_follow (comfy, value);
  }
  return NULL;
}

void
limn_comfy_check_clip (LimnComfy *comfy, const LimnJson *encoder)
{
  static const char *const layers[] = { "stop_at_clip_layer", "clip_skip", "base_clip_skip", NULL };
  const LimnJson *node = encoder;

  comfy->hops = LIMN_COMFY_MOST_HOPS;
  for (int depth = 0; node != NULL && depth < LIMN_COMFY_MOST_DEPTH; depth++) {
    const LimnJson *layer = limn_comfy_any (node, layers);
    double number;

    if (layer != NULL && limn_foreign_json_number (limn_comfy_scalar (comfy, layer, layers), &number) && number != -2)
      limn_foreign_miss_printf (comfy->foreign, _ ("CLIP skip"),
                                _ ("The text was read at layer %.4g; Limn reads it at −2, as SDXL was trained"),
                                number);
    if (limn_comfy_input (node, "clip_name") != NULL || limn_comfy_input (node, "clip_name1") != NULL)
      limn_foreign_miss (comfy->foreign, _ ("Text encoder"),
                         _ ("Another one was used; Limn reads with the model’s own"));
    if (limn_comfy_is (node, "lora") && limn_comfy_input (node, "model") == NULL)
      miss_loras (comfy, node, 0);
    node = limn_comfy_follow (comfy, limn_comfy_find (comfy, node, clips, NULL));
  }
}

void
limn_comfy_check_vae (LimnComfy *comfy, const LimnJson *decoder)
{
  static const char *const vaes[] = { "vae", "optional_vae", NULL };
  const LimnJson *node = decoder;

  for (int depth = 0; node != NULL && depth < LIMN_COMFY_MOST_DEPTH; depth++) {
    const char *name = limn_json_string (limn_comfy_input (node, "vae_name"), NULL);

    if (name != NULL && !is_none (name) && !limn_comfy_has_word (name, "baked")) {
      limn_foreign_miss_printf (comfy->foreign, _ ("VAE"), _ ("“%s” was used; Limn decodes with the model’s own"),
                                name);
      return;
    }
    if (file_of (comfy, node) != NULL)
      return;
    node = limn_comfy_behind (comfy, node, vaes);
  }
}
