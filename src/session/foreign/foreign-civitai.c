/* foreign-civitai.c - the JSON that Civitai gives for a picture, and that the web UI's interface takes and gives.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <string.h>

LIMN_FOREIGN_OWN_TAKE (denoising)
{
  double strength;

  if (!limn_foreign_json_number (value, &strength))
    return FALSE;
  if (limn_foreign_is_nothing (limn_foreign_at (reading->all, "init images")))
    return TRUE; /* a default, or that of a second pass */
  limn_foreign_set_double (reading->foreign, "strength", _ ("Strength"), strength);
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "sampler index", limn_foreign_take_sampler },
  { "clip skip", limn_foreign_take_clip_skip },
  { "resources", limn_foreign_take_resources },
  { "civitai resources", limn_foreign_take_resources },
  { "denoising strength", take_denoising },
  { "denoise", take_denoising },
  { "init images", limn_foreign_take_start },
  { "mask", limn_foreign_take_mask },
  LIMN_FOREIGN_GAP ("enable hr", N_ ("Hires fix"),
                    N_ ("A second pass repainted the picture; Limn paints only the first one")),
  LIMN_FOREIGN_GAP ("hires*", N_ ("Hires fix"),
                    N_ ("A second pass repainted the picture; Limn paints only the first one")),
  { "hr *", limn_foreign_take_part, "enable hr", N_ ("Hires fix"),
    N_ ("A second pass repainted the picture; Limn paints only the first one") },
  LIMN_FOREIGN_GAP ("subseed strength", N_ ("Variation seed"), N_ ("A second seed was mixed in, in a way of its own")),
  { "sd model name", limn_foreign_take_model },
  LIMN_FOREIGN_ALONG ("sd model hash", "sd model name"),
  LIMN_FOREIGN_GAP ("styles", N_ ("Styles"), N_ ("They added words to the prompt")),
  LIMN_FOREIGN_GAP ("restore faces", N_ ("Face restoration"), N_ ("It repainted faces afterwards")),
  { "tiling", limn_foreign_take_tile, NULL, N_ ("Seamless") },
  LIMN_FOREIGN_GAP ("eta", N_ ("Sampler"), N_ ("Noise was added in each step")),
  LIMN_FOREIGN_GAP ("vae", N_ ("VAE"), N_ ("Another one was used; Limn decodes with the model’s own")),
  LIMN_FOREIGN_GAP ("controlnet*", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it")),
  /* they change no picture */
  { "subseed" },
  { "all prompts" },
  { "all negative prompts" },
  { "all seeds" },
  { "all subseeds" },
  { "infotexts" },
  { "index of first image" },
  { "job timestamp" },
  { "hashes" },
  { "hash" },
  { "created date" },
  { "workflow id" },
  { "remix of id" },
  { "quantity" },
  { "batch*" },
  { "n iter" },
  { "save images" },
  { "send images" },
  { "nsfw" },
  { "draft" },
  { "process" },
  { "engine" },
  { "base model" },
  { "comfy" },
  { NULL },
};

gboolean
limn_foreign_read_civitai (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  LimnForeignReading reading = { NULL, json, models };

  if (limn_json_member_string (json, "prompt") == NULL
      || (limn_foreign_at (json, "cfg scale") == NULL && limn_foreign_at (json, "steps") == NULL))
    return FALSE;
  reading.foreign = *out = limn_foreign_new (LIMN_FOREIGN_CIVITAI, _ ("another program"));
  if (limn_json_member (json, "resources") != NULL || limn_json_member (json, "civitaiResources") != NULL
      || limn_json_member (json, "cfgScale") != NULL) {
    g_free ((*out)->program);
    (*out)->program = g_strdup ("Civitai");
  }
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  limn_foreign_miss_noise (*out);
  limn_foreign_note_levels (*out);
  return TRUE;
}
