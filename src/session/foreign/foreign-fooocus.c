/* foreign-fooocus.c - Fooocus, Fooocus-MRE and RuinedFooocus: one flat JSON object.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

/* [["pixel", "0.1", "hash"], ...] */
static gboolean
miss_list (LimnForeign *foreign, const LimnJson *list)
{
  for (guint i = 0; i < MIN (limn_json_length (list), 32); i++) {
    const LimnJson *entry = limn_json_nth (list, i);
    double weight = 1;

    limn_foreign_json_number (limn_json_nth (entry, 1), &weight);
    if (!limn_foreign_is_nothing (limn_json_nth (entry, 0)))
      limn_foreign_miss_lora (foreign, limn_json_string (limn_json_nth (entry, 0), "?"), weight);
  }
  return TRUE;
}

/* "pixel.safetensors : 0.1" */
LIMN_FOREIGN_OWN_TAKE (lora)
{
  g_autofree char *lora = g_strdup (limn_json_string (value, ""));
  char *colon = strrchr (lora, ':');

  if (limn_json_kind (value) == LIMN_JSON_ARRAY)
    return miss_list (reading->foreign, value);
  if (colon == NULL)
    return limn_foreign_is_nothing (value) || limn_foreign_take_gap (reading, key, value);
  *colon = '\0';
  if (g_ascii_strcasecmp (g_strstrip (lora), "None") != 0)
    limn_foreign_miss_lora (reading->foreign, lora, g_ascii_strtod (colon + 1, NULL));
  return TRUE;
}

/* MRE: "l1" is a name and "w1" its weight. */
LIMN_FOREIGN_OWN_TAKE (numbered_lora)
{
  g_autofree char *weight_key = g_strdup (key->name);
  const char *name = limn_json_string (value, NULL);
  double weight = 1;

  weight_key[0] = 'w';
  limn_foreign_json_number (limn_json_member (reading->all, weight_key), &weight);
  if (!limn_foreign_is_nothing (value) && name != NULL)
    limn_foreign_miss_lora (reading->foreign, name, weight);
  return TRUE;
}

/* MRE: the step itself. */
LIMN_FOREIGN_OWN_TAKE (switch)
{
  double step, steps;

  if (limn_foreign_text_at (reading->all, "refiner model") == NULL)
    return TRUE;
  if (!limn_foreign_json_number (value, &step)
      || !limn_foreign_json_number (limn_foreign_at (reading->all, "steps"), &steps) || !(steps > 0))
    return FALSE;
  limn_foreign_set_handoff (reading->foreign, CLAMP (step / steps, 0.0, 1.0));
  return TRUE;
}

/* Fooocus counts the layers that are left out from 1 on, MRE from −1 down. */
LIMN_FOREIGN_OWN_TAKE (clip_skip)
{
  double layers;

  if (!limn_foreign_json_number (value, &layers))
    return FALSE;
  if (layers != 2 && layers != -2)
    limn_foreign_miss_printf (reading->foreign, _ ("CLIP skip"),
                              _ ("The text was read at layer %.4g; Limn reads it at −2, as SDXL was trained"),
                              layers > 0 ? -layers : layers);
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (styles)
{
  g_autoptr (GString) names = g_string_new (NULL);

  if (limn_json_kind (value) != LIMN_JSON_ARRAY)
    return limn_foreign_take_gap (reading, key, value);
  for (guint i = 0; i < MIN (limn_json_length (value), 32); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", limn_json_string (limn_json_nth (value, i), "?"));
  if (names->len > 0)
    limn_foreign_miss_printf (reading->foreign, _ ("Styles"), _ ("They added words to the prompt: %s"), names->str);
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "prompt", limn_foreign_take_prompt, "prompt" },
  { "negative prompt", limn_foreign_take_prompt, "negative" },
  { "negative", limn_foreign_take_prompt, "negative" },
  { "base model name", limn_foreign_take_model },
  { "refiner model", limn_foreign_take_refiner },
  { "refiner model name", limn_foreign_take_refiner },
  { "refiner switch", limn_foreign_take_handoff, "refiner model" },
  { "switch", take_switch },
  { "denoise", limn_foreign_take_strength },
  { "lora combined*", take_lora, NULL, N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them") },
  { "l1", take_numbered_lora },
  { "l2", take_numbered_lora },
  { "l3", take_numbered_lora },
  { "l4", take_numbered_lora },
  { "l5", take_numbered_lora },
  LIMN_FOREIGN_ALONG ("w1", "l1"),
  LIMN_FOREIGN_ALONG ("w2", "l2"),
  LIMN_FOREIGN_ALONG ("w3", "l3"),
  LIMN_FOREIGN_ALONG ("w4", "l4"),
  LIMN_FOREIGN_ALONG ("w5", "l5"),
  { "lora*", take_lora, NULL, N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them") },
  { "clip skip", take_clip_skip },
  { "base clip skip", take_clip_skip },
  { "vae", limn_foreign_take_unless, "Default", N_ ("VAE"),
    N_ ("Another one was used; Limn decodes with the model’s own") },
  { "styles", take_styles, NULL, N_ ("Styles"), N_ ("They added words to the prompt: %s") },
  /* the others change the model as a LoRA does */
  { "performance", limn_foreign_take_unless, "Speed|Quality|Custom", N_ ("Performance"),
    N_ ("“%s” changed the model; Limn does not") },
  LIMN_FOREIGN_GAP ("prompt expansion", N_ ("Prompt"), N_ ("Fooocus extended it by words of its own")),
  LIMN_FOREIGN_GAP ("Fooocus V2 Expansion", N_ ("Prompt"), N_ ("Fooocus extended it by words of its own")),
  LIMN_FOREIGN_GAP ("sharpness", N_ ("Sharpness"), N_ ("Fooocus sharpens on the way; Limn does not")),
  LIMN_FOREIGN_GAP ("adm guidance", N_ ("Conditioning"),
                    N_ ("Fooocus scales the size hints and changes them on the way")),
  LIMN_FOREIGN_GAP ("adaptive cfg", N_ ("Guidance"), N_ ("Fooocus tamed it above a limit; Limn does not")),
  { "freeu", limn_foreign_take_freeu, NULL, N_ ("FreeU"), N_ ("It worked in another way there: %s") },
  LIMN_FOREIGN_GAP ("inpaint*", N_ ("Mask"), N_ ("Only a part was painted; the mask is not inside this file")),
  LIMN_FOREIGN_GAP ("control lora*", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it")),
  LIMN_FOREIGN_GAP ("revision*", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it")),
  { "positive prompt strength", limn_foreign_take_unless, "1", N_ ("Prompt weights"),
    N_ ("The whole counted %s times") },
  { "negative prompt strength", limn_foreign_take_unless, "1", N_ ("Prompt weights"),
    N_ ("The whole counted %s times") },
  { "img2img", limn_foreign_take_start },
  { "input image*", limn_foreign_take_start },
  { "start step", limn_foreign_take_start },
  { "refiner swap method", limn_foreign_take_part, "refiner model", N_ ("Refiner"),
    N_ ("It took over in a way of its own: %s") },
  { "overwrite switch", limn_foreign_take_unless, "-1" },
  /* they change no picture */
  { "metadata scheme" },
  { "fooocus scheme" },
  { "full prompt" },
  { "full negative prompt" },
  { "real prompt" },
  { "real negative prompt" },
  { "refiner model hash" },
  { "refiner clip skip" },
  { "created by" },
  { "user" },
  { NULL },
};

static gboolean
is_fooocus (const LimnJson *json)
{
  const char *software = limn_foreign_text_at (json, "software");

  return (software != NULL && strstr (software, "Fooocus") != NULL)
         || (limn_json_string (limn_foreign_at (json, "prompt"), NULL) != NULL
             && (limn_foreign_at (json, "base model") != NULL || limn_foreign_at (json, "base model name") != NULL));
}

gboolean
limn_foreign_read_fooocus (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  const char *software = limn_foreign_text_at (json, "software");
  LimnForeignReading reading = { NULL, json, models };

  if (!is_fooocus (json))
    return FALSE;
  reading.foreign = *out = limn_foreign_new (LIMN_FOREIGN_FOOOCUS, "Fooocus");
  if (software != NULL && strlen (software) < 40) {
    g_free ((*out)->program);
    (*out)->program = g_strdup (software);
  }
  limn_foreign_set_like (*out, "comfyui", FALSE); /* whose samplers it has, with noise of its own */
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  limn_foreign_note_levels (*out);
  return TRUE;
}
