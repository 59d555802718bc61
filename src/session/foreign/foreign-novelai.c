/* foreign-novelai.c - NovelAI: the JSON of "Comment", with "Software" and "Source" beside it in texts of their own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <string.h>

/* {"caption": {"base_caption": "...", "char_captions": [{"char_caption": "..."}]}}, where the older keys have a part of
 * it */
LIMN_FOREIGN_OWN_TAKE (captions)
{
  const LimnJson *caption = limn_json_member (value, "caption");
  const LimnJson *others = limn_json_member (caption, "char_captions");
  const char *base = limn_json_member_string (caption, "base_caption");
  g_autoptr (GString) all = g_string_new (base);
  g_autofree char *clean = NULL;
  guint n = MIN (limn_json_length (others), 32);

  if (base == NULL)
    return limn_foreign_is_nothing (value);
  for (guint i = 0; i < n; i++) {
    const char *text = limn_json_string (limn_json_member (limn_json_nth (others, i), "char_caption"), "");

    if (text[0] != '\0')
      g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", text);
  }
  clean = limn_foreign_clean_prompt (reading->foreign, all->str);
  limn_foreign_set_string (reading->foreign, key->property, clean);
  if (n > 0)
    limn_foreign_miss (reading->foreign, _ ("Prompt"),
                       _ ("Each character had a prompt and a place of its own; here they are one prompt"));
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (source)
{
  limn_foreign_set_model (reading->foreign, "model", limn_json_string (value, NULL), NULL, reading->models);
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "prompt", limn_foreign_take_prompt, "prompt" },
  { "uc", limn_foreign_take_prompt, "negative" },
  { "v4 prompt", take_captions, "prompt" },
  { "v4 negative prompt", take_captions, "negative" },
  { "scale", limn_foreign_take_double, "guidance", N_ ("Guidance") },
  { "sampler", limn_foreign_take_sampler, "noise schedule" },
  LIMN_FOREIGN_ALONG ("noise schedule", "sampler"),
  { "strength", limn_foreign_take_strength },
  { "Source", take_source },
  { "uncond scale", limn_foreign_take_unless, "1", N_ ("Guidance"),
    N_ ("The negative prompt had a strength of its own: %s") },
  { "cfg rescale", limn_foreign_take_double, "guidance-rescale", N_ ("Guidance") },
  LIMN_FOREIGN_GAP ("skip cfg*", N_ ("Guidance"), N_ ("The negative prompt was left out in some steps")),
  LIMN_FOREIGN_GAP ("dynamic thresholding", N_ ("Dynamic thresholding"),
                    N_ ("It tamed high guidance; Limn paints without it")),
  { "dynamic thresholding*", limn_foreign_take_part, "dynamic thresholding", N_ ("Dynamic thresholding"),
    N_ ("It tamed high guidance; Limn paints without it") },
  LIMN_FOREIGN_GAP ("sm*", N_ ("Sampler"), N_ ("It was NovelAI’s own for large pictures (SMEA)")),
  LIMN_FOREIGN_GAP ("controlnet model", N_ ("ControlNet"),
                    N_ ("It guided the picture’s layout; Limn paints without it")),
  { "controlnet strength", limn_foreign_take_part, "controlnet model", N_ ("ControlNet"),
    N_ ("It guided the picture’s layout; Limn paints without it") },
  LIMN_FOREIGN_GAP ("reference*", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it")),
  LIMN_FOREIGN_GAP ("director reference*", N_ ("IP-Adapter"),
                    N_ ("It guided the picture’s look; Limn paints without it")),
  LIMN_FOREIGN_GAP ("lora*", N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them")),
  { "image", limn_foreign_take_start },
  { "mask", limn_foreign_take_mask },
  { "noise", limn_foreign_take_gap, NULL, N_ ("Noise"), N_ ("More was laid on the start picture: %s") },
  /* what it always writes, and what changes no picture */
  { "Title" },
  { "Description" },
  { "Generation time" },
  { "n samples" },
  { "request type" },
  { "signed hash" },
  { "legacy*" },
  { "add original image" },
  { "explike fine detail" },
  { "minimize sigma inf" },
  { "prefer brownian" },
  { "cfg sched eligibility" },
  { "uncond per vibe" },
  { "wonky vibe correlation" },
  { "deliberate euler ancestral bug" },
  { "normalize reference*" },
  { "stream" },
  { "hide debug overlay" },
  { "extra passthrough testing" },
  { NULL },
};

static gboolean
is_comment (const LimnJson *json)
{
  return limn_json_member (json, "v4_prompt") != NULL
         || (limn_json_member (json, "uc") != NULL && limn_json_member (json, "prompt") != NULL);
}

/* The texts of a file, with the JSON of "Comment" taken apart; or NULL. */
static LimnJson *
parse_comment (const LimnJson *json)
{
  const char *comment = limn_json_member_string (json, "Comment");

  if (comment == NULL || g_strcmp0 (limn_json_member_string (json, "Software"), "NovelAI") != 0)
    return NULL;
  return limn_foreign_parse_json (comment, NULL);
}

gboolean
limn_foreign_read_novelai (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  g_autoptr (LimnJson) comment = parse_comment (json);
  LimnForeignReading reading = { NULL, comment != NULL ? comment : json, models };
  const char *source = limn_json_member_string (json, "Source");

  if (!is_comment (reading.all) && (comment == NULL || limn_json_member (comment, "prompt") == NULL))
    return FALSE;
  reading.foreign = *out = limn_foreign_new (LIMN_FOREIGN_NOVELAI, "NovelAI");
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  if (comment != NULL && source != NULL)
    limn_foreign_set_model (*out, "model", source, NULL, models);
  limn_foreign_miss_noise (*out);
  return TRUE;
}
