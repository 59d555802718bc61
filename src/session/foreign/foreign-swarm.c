/* foreign-swarm.c - SwarmUI: {"sui_image_params": {...}, "sui_extra_data": ..., "sui_models": ...}, painted by ComfyUI.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <math.h>

LIMN_FOREIGN_OWN_TAKE (loras)
{
  limn_foreign_miss_loras (reading->foreign, value, limn_foreign_at (reading->all, "loraweights"));
  return TRUE;
}

/* The share of the steps, or of the strength, that is the refiner's. */
LIMN_FOREIGN_OWN_TAKE (refiner_share)
{
  const char *method = limn_foreign_text_at (reading->all, "refinermethod");
  double share;

  if (!limn_foreign_json_number (value, &share))
    return FALSE;
  if (limn_foreign_text_at (reading->all, "refinermodel") != NULL)
    limn_foreign_set_handoff (reading->foreign, round ((1 - share) * 1e6) / 1e6);
  if (method == NULL || !g_str_has_prefix (method, "StepSwap"))
    limn_foreign_miss (reading->foreign, _ ("Hires fix"),
                       _ ("A second pass repainted the picture; Limn paints only the first one"));
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (creativity)
{
  double strength;

  if (limn_foreign_at (reading->all, "initimage") == NULL)
    return TRUE;
  if (!limn_foreign_json_number (value, &strength))
    return FALSE;
  limn_foreign_set_double (reading->foreign, "strength", _ ("Strength"), strength);
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (clip_stop)
{
  double layer;

  if (limn_foreign_json_number (value, &layer) && layer != -2)
    limn_foreign_miss_printf (reading->foreign, _ ("CLIP skip"),
                              _ ("The text was read at layer %.4g; Limn reads it at −2, as SDXL was trained"), layer);
  return TRUE;
}

/* "Both", or one of two models. */
LIMN_FOREIGN_OWN_TAKE (freeu)
{
  double version = 1;

  limn_foreign_json_number (limn_foreign_at (reading->all, "freeuversion"), &version);
  limn_foreign_set_string (reading->foreign, "freeu", version == 2 ? "v2" : "v1");
  return limn_foreign_text_at (reading->all, "refinermodel") == NULL
         || g_str_equal (limn_json_string (value, ""), "Both") || limn_foreign_take_gap (reading, key, value);
}

LIMN_FOREIGN_OWN_TAKE (batch)
{
  double pictures = 1;

  if (!limn_foreign_json_number (value, &pictures))
    return FALSE;
  limn_foreign_set_batch (reading->foreign, pictures, -1);
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "loras", take_loras },
  { "loraweights", limn_foreign_take_along, "loras" },
  LIMN_FOREIGN_GAP ("lora*", N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them")),
  { "vae", limn_foreign_take_unless, "Automatic", N_ ("VAE"),
    N_ ("Another one was used; Limn decodes with the model’s own") },
  { "initimagecreativity", take_creativity },
  { "initimage*", limn_foreign_take_start },
  { "mask*", limn_foreign_take_mask },
  { "refinermodel", limn_foreign_take_refiner },
  { "refinercontrolpercentage", take_refiner_share },
  LIMN_FOREIGN_ALONG ("refinermethod", "refinercontrolpercentage"),
  LIMN_FOREIGN_GAP ("refiner*", N_ ("Hires fix"),
                    N_ ("A second pass repainted the picture; Limn paints only the first one")),
  LIMN_FOREIGN_GAP ("controlnet*", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it")),
  LIMN_FOREIGN_GAP ("promptimages", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it")),
  LIMN_FOREIGN_GAP ("ipadapter*", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it")),
  LIMN_FOREIGN_GAP ("variationseed*", N_ ("Variation seed"), N_ ("A second seed was mixed in, in a way of its own")),
  { "freeuapplyto", take_freeu, NULL, N_ ("FreeU"), N_ ("It worked in another way there: %s") },
  LIMN_FOREIGN_ALONG ("freeuversion", "freeuapplyto"),
  { "freeublockone", limn_foreign_take_double, "freeu-b1", N_ ("FreeU") },
  { "freeublocktwo", limn_foreign_take_double, "freeu-b2", N_ ("FreeU") },
  { "freeuskipone", limn_foreign_take_double, "freeu-s1", N_ ("FreeU") },
  { "freeuskiptwo", limn_foreign_take_double, "freeu-s2", N_ ("FreeU") },
  LIMN_FOREIGN_GAP ("freeu*", N_ ("FreeU"), N_ ("It worked in another way there: %s")),
  { "seamlesstileable", limn_foreign_take_tile, NULL, N_ ("Seamless") },
  LIMN_FOREIGN_GAP ("sigma*", N_ ("Schedule"), N_ ("Its limits were changed")),
  LIMN_FOREIGN_GAP ("zeronegative", N_ ("Negative prompt"),
                    N_ ("Where empty it was left out as zeros; Limn encodes it")),
  { "clipstopatlayer", take_clip_stop },
  { "batchsize", take_batch },
  /* they change no picture */
  { "automaticvae" },
  { "images" },
  { "aspectratio" },
  { "sidelength" },
  { "swarm version" },
  { "date" },
  { "generation time" },
  { "personalnote" },
  { "original prompt" },
  { "original negativeprompt" },
  { "donotsave*" },
  { "presets" },
  { NULL },
};

gboolean
limn_foreign_read_swarm (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  LimnForeignReading reading = { NULL, limn_json_member (json, "sui_image_params"), models };

  if (reading.all == NULL || limn_json_kind (reading.all) != LIMN_JSON_OBJECT)
    return FALSE;
  reading.foreign = *out = limn_foreign_new (LIMN_FOREIGN_SWARM, "SwarmUI");
  limn_foreign_set_like (*out, "comfyui", TRUE);
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  return TRUE;
}
