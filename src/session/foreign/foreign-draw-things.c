/* foreign-draw-things.c - Draw Things: short keys in the user comment of XMP, with the whole configuration in "v2".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>

/* A default in a picture without one. */
LIMN_FOREIGN_OWN_TAKE (refiner_start)
{
  return limn_foreign_text_at (reading->all, "refiner model") == NULL
         || limn_foreign_take_handoff (reading, &(LimnForeignKey){ "", NULL, "refiner model" }, value);
}

LIMN_FOREIGN_OWN_TAKE (seed_mode)
{
  const char *mode = limn_foreign_text_at (reading->all, "seed mode");
  gboolean processor = g_strcmp0 (mode, "Torch CPU Compatible") == 0;

  if (processor || g_strcmp0 (mode, "NVIDIA GPU Compatible") == 0)
    limn_foreign_set_int (reading->foreign, "noise-source", _ ("Noise"),
                          processor ? LIMN_NOISE_CPU : LIMN_NOISE_PHILOX);
  else
    limn_foreign_miss_noise (reading->foreign);
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (loras)
{
  for (guint i = 0; i < MIN (limn_json_length (value), 32); i++) {
    const LimnJson *entry = limn_json_nth (value, i);
    const char *file = limn_foreign_text_at (entry, "file");
    double weight = 1;

    file = file != NULL ? file : limn_foreign_text_at (entry, "model");
    limn_foreign_json_number (limn_foreign_at (entry, "weight"), &weight);
    limn_foreign_miss_lora (reading->foreign, file != NULL ? file : "?", weight);
  }
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "c", limn_foreign_take_prompt, "prompt" },
  { "uc", limn_foreign_take_prompt, "negative" },
  { "scale", limn_foreign_take_double, "guidance", N_ ("Guidance") },
  { "strength", limn_foreign_take_strength },
  { "seed mode", take_seed_mode },
  { "clip skip", limn_foreign_take_clip_skip },
  { "lora", take_loras },
  { "loras", take_loras },
  { "refiner model", limn_foreign_take_refiner },
  { "refiner", limn_foreign_take_refiner },
  { "refiner start", take_refiner_start },
  { "aesthetic score", limn_foreign_take_double, "aesthetic", N_ ("Aesthetic score") },
  { "negative aesthetic score", limn_foreign_take_double, "negative-aesthetic", N_ ("Aesthetic score") },
  LIMN_FOREIGN_GAP ("control*", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it")),
  LIMN_FOREIGN_GAP ("hires fix", N_ ("Hires fix"),
                    N_ ("A second pass repainted the picture; Limn paints only the first one")),
  { "hires fix*", limn_foreign_take_part, "hires fix", N_ ("Hires fix"),
    N_ ("A second pass repainted the picture; Limn paints only the first one") },
  LIMN_FOREIGN_GAP ("upscaler", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  { "upscaler*", limn_foreign_take_part, "upscaler", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards") },
  LIMN_FOREIGN_GAP ("face restoration", N_ ("Face restoration"), N_ ("It repainted faces afterwards")),
  LIMN_FOREIGN_GAP ("sharpness", N_ ("Sharpness"), N_ ("It was sharpened on the way; Limn does not")),
  LIMN_FOREIGN_GAP ("zero negative prompt", N_ ("Negative prompt"),
                    N_ ("Where empty it was left out as zeros; Limn encodes it")),
  { "shift", limn_foreign_take_unless, "1", N_ ("Schedule"), N_ ("It was changed") },
  LIMN_FOREIGN_GAP ("original*", N_ ("Conditioning"),
                    N_ ("The size hints were set by hand; Limn’s follow the picture")),
  LIMN_FOREIGN_GAP ("crop*", N_ ("Conditioning"), N_ ("The size hints were set by hand; Limn’s follow the picture")),
  /* they change no picture, or none of this family */
  { "v2" },
  { "profile" },
  { "model version" },
  { "batch*" },
  { "mask blur*" },
  { NULL },
};

gboolean
limn_foreign_read_draw_things (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  LimnForeignReading reading = { NULL, json, models };

  if (limn_json_member_string (json, "c") == NULL || limn_json_member (json, "seed") == NULL)
    return FALSE;
  reading.foreign = *out = limn_foreign_new (LIMN_FOREIGN_DRAW_THINGS, "Draw Things");
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  if (limn_foreign_at (json, "seed mode") == NULL)
    limn_foreign_miss_noise (*out);
  limn_foreign_note_weights (*out, _ ("They were applied in another way"));
  return TRUE;
}
