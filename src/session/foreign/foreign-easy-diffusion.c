/* foreign-easy-diffusion.c - Easy Diffusion: JSON, or the same as a text of "Name: value" lines beside the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <string.h>

LIMN_FOREIGN_OWN_TAKE (lora)
{
  const LimnJson *weights = limn_foreign_at (reading->all, "lora alpha");

  weights = weights != NULL ? weights : limn_foreign_at (reading->all, "LoRA strength");
  if (!limn_foreign_is_nothing (value))
    limn_foreign_miss_loras (reading->foreign, value, weights);
  return TRUE;
}

/* How much of a start picture was painted anew; without one it is only a default. */
LIMN_FOREIGN_OWN_TAKE (prompt_strength)
{
  const LimnJson *start = limn_foreign_at (reading->all, "init image");
  double strength;

  if (!limn_foreign_json_number (value, &strength))
    return FALSE;
  if (!limn_foreign_is_nothing (start))
    limn_foreign_set_double (reading->foreign, "strength", _ ("Strength"), strength);
  else if (start == NULL && limn_foreign_at (reading->all, "num outputs") == NULL)
    limn_foreign_miss (reading->foreign, _ ("Start picture"),
                       _ ("Where it was painted over another picture, that one is not inside this file"));
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "num inference steps", limn_foreign_take_int, "steps", N_ ("Steps") },
  { "Stable Diffusion model", limn_foreign_take_model },
  { "use stable diffusion model", limn_foreign_take_model },
  { "sampler name", limn_foreign_take_sampler, "scheduler name" },
  LIMN_FOREIGN_ALONG ("scheduler name", "sampler name"),
  { "prompt strength", take_prompt_strength },
  { "use lora model", take_lora },
  { "LoRA model", take_lora },
  { "lora alpha" },
  { "LoRA strength" },
  LIMN_FOREIGN_GAP ("use vae model", N_ ("VAE"), N_ ("Another one was used; Limn decodes with the model’s own")),
  LIMN_FOREIGN_GAP ("VAE model", N_ ("VAE"), N_ ("Another one was used; Limn decodes with the model’s own")),
  LIMN_FOREIGN_GAP ("use hypernetwork model", N_ ("Hypernetwork"),
                    N_ ("It was part of the model; Limn paints without it")),
  LIMN_FOREIGN_GAP ("Hypernetwork model", N_ ("Hypernetwork"), N_ ("It was part of the model; Limn paints without it")),
  { "hypernetwork strength" },
  LIMN_FOREIGN_GAP ("use embeddings model", N_ ("Embeddings"),
                    N_ ("The prompt names learned words, which Limn reads as plain ones")),
  LIMN_FOREIGN_GAP ("Embedding models", N_ ("Embeddings"),
                    N_ ("The prompt names learned words, which Limn reads as plain ones")),
  LIMN_FOREIGN_GAP ("use controlnet model", N_ ("ControlNet"),
                    N_ ("It guided the picture’s layout; Limn paints without it")),
  LIMN_FOREIGN_GAP ("ControlNet model", N_ ("ControlNet"),
                    N_ ("It guided the picture’s layout; Limn paints without it")),
  LIMN_FOREIGN_GAP ("use face correction", N_ ("Face restoration"), N_ ("It repainted faces afterwards")),
  LIMN_FOREIGN_GAP ("use upscale", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  LIMN_FOREIGN_GAP ("use upscaling", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  { "tiling", limn_foreign_take_tile, NULL, N_ ("Seamless") },
  { "seamless tiling", limn_foreign_take_tile, NULL, N_ ("Seamless") },
  { "init image*", limn_foreign_take_start },
  { "mask", limn_foreign_take_mask },
  /* they change no picture */
  { "clip skip" }, /* one layer, as SDXL was trained */
  { "upscale amount" },
  { "upscale by" },
  { "codeformer*" },
  { "original prompt" },
  { "save to disk path" },
  { "active tags" },
  { "inactive tags" },
  { "num outputs" },
  { "vram usage level" },
  { "stream*" },
  { "show only filtered image" },
  { "block nsfw" },
  { "output*" },
  { "metadata output format" },
  { "used random seed" },
  { "session id" },
  { "request id" },
  { "control alpha" },
  { "enable vae tiling" },
  { "backend" },
  { "distilled guidance scale" }, /* of other families */
  { NULL },
};

static gboolean
is_easy (const LimnJson *json)
{
  static const char *const names[] = { "num inference steps", "use stable diffusion model", "Stable Diffusion model",
                                       "use face correction", "prompt strength" };

  if (limn_json_string (limn_foreign_at (json, "prompt"), NULL) == NULL || limn_foreign_at (json, "seed") == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (limn_foreign_at (json, names[i]) != NULL)
      return TRUE;
  return FALSE;
}

gboolean
limn_foreign_read_easy_diffusion (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  LimnForeignReading reading = { NULL, json, models };

  if (!is_easy (json))
    return FALSE;
  reading.foreign = *out = limn_foreign_new (LIMN_FOREIGN_EASY_DIFFUSION, "Easy Diffusion");
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  limn_foreign_miss_noise (*out);
  limn_foreign_note_weights (*out, _ ("They were applied in another way"));
  return TRUE;
}

/* ---- Lines ---- */

/* "Guidance Scale: 7.5": the bytes of its name, or 0. */
static gsize
name_length (const char *line)
{
  gsize length = strspn (line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_");

  return length > 0 && length < 40 && line[length] == ':' && g_ascii_isupper (line[0]) ? length : 0;
}

/* A line without a name goes on with the value before it. */
gboolean
limn_foreign_read_lines (LimnForeign **out, const char *text, const char *const *models)
{
  g_autoptr (GHashTable) values = NULL;
  g_autoptr (LimnJson) json = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree char *name = NULL;

  if (!g_str_has_prefix (text, "Prompt:"))
    return FALSE;
  values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  lines = g_strsplit (text, "\n", 10000);
  for (guint i = 0; lines[i] != NULL; i++) {
    gsize length = name_length (lines[i]);
    const char *old = name != NULL ? g_hash_table_lookup (values, name) : NULL;

    if (length > 0) {
      g_free (name);
      name = g_strndup (lines[i], length);
      g_hash_table_insert (values, g_strdup (name), g_strstrip (g_strdup (lines[i] + length + 1)));
    } else if (old != NULL && g_strstrip (lines[i])[0] != '\0') {
      g_hash_table_insert (values, g_strdup (name), g_strconcat (old, "\n", lines[i], NULL));
    }
  }
  json = limn_foreign_texts_to_json (values);
  return limn_foreign_read_easy_diffusion (out, json, models) || limn_foreign_read_fooocus (out, json, models);
}
