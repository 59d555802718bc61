/* foreign-json.c - settings that programs write as one flat JSON object: Limn itself, InvokeAI, Fooocus.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign-private.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const char *key, *property, *what;
} Number;

static const char *
string_at (const LimnJson *json, const char *key)
{
  return limn_json_string (limn_json_member (json, key), NULL);
}

static void
read_ints (LimnForeign *foreign, const LimnJson *json, const Number *numbers, guint n)
{
  double value;

  for (guint i = 0; i < n; i++)
    if (limn_foreign_json_number (limn_json_member (json, numbers[i].key), &value))
      limn_foreign_set_int (foreign, numbers[i].property, _ (numbers[i].what), value);
}

static void
read_doubles (LimnForeign *foreign, const LimnJson *json, const Number *numbers, guint n)
{
  double value;

  for (guint i = 0; i < n; i++)
    if (limn_foreign_json_number (limn_json_member (json, numbers[i].key), &value))
      limn_foreign_set_double (foreign, numbers[i].property, _ (numbers[i].what), value);
}

static void
read_prompt (LimnForeign *foreign, const LimnJson *json, const char *key, const char *property)
{
  const char *text = string_at (json, key);
  g_autofree char *clean = text != NULL ? limn_foreign_clean_prompt (foreign, text) : NULL;

  if (clean != NULL)
    limn_foreign_set_string (foreign, property, clean);
}

static void
read_seed (LimnForeign *foreign, const LimnJson *json)
{
  guint64 seed;

  if (limn_foreign_json_seed (limn_json_member (json, "seed"), &seed))
    limn_foreign_set_seed (foreign, seed);
}

static void
read_size (LimnForeign *foreign, const LimnJson *json)
{
  double width, height;

  if (limn_foreign_json_number (limn_json_member (json, "width"), &width)
      && limn_foreign_json_number (limn_json_member (json, "height"), &height))
    limn_foreign_set_size (foreign, width, height);
}

/* ---- Limn ---- */

static gboolean
pair_at (const LimnJson *json, const char *key, int *first, int *second)
{
  const LimnJson *pair = limn_json_member (json, key);
  double a, b;

  if (limn_json_kind (pair) != LIMN_JSON_ARRAY || !limn_foreign_json_number (limn_json_nth (pair, 0), &a)
      || !limn_foreign_json_number (limn_json_nth (pair, 1), &b))
    return FALSE;
  *first = (int) CLAMP (a, -1.0, 1e6); /* the settings say which of these are too much */
  *second = (int) CLAMP (b, -1.0, 1e6);
  return TRUE;
}

static gboolean
hints_at (const LimnJson *json, const char *key, LimnSizeHints *hints)
{
  const LimnJson *member = limn_json_member (json, key);
  gboolean original, crop, target;

  if (member == NULL || limn_json_kind (member) != LIMN_JSON_OBJECT)
    return FALSE;
  original = pair_at (member, "original", &hints->original_width, &hints->original_height);
  crop = pair_at (member, "crop", &hints->crop_left, &hints->crop_top);
  target = pair_at (member, "target", &hints->target_width, &hints->target_height);
  return original || crop || target;
}

static void
read_limn_hints (LimnForeign *foreign, const LimnJson *json)
{
  LimnSizeHints hints = { 0 }, negative = { 0 };

  if (hints_at (json, "hints", &hints))
    limn_foreign_set_hints (foreign, FALSE, &hints);
  if (hints_at (json, "negative_hints", &negative) && memcmp (&hints, &negative, sizeof hints) != 0)
    limn_foreign_set_hints (foreign, TRUE, &negative);
}

static void
read_limn_names (LimnForeign *foreign, const LimnJson *json)
{
  const char *sampler = string_at (json, "sampler"), *noise = string_at (json, "noise");
  const char *precision = string_at (json, "precision");
  static const char *const precisions[] = { "auto", "fp16", "fp32" };
  LimnSampler known;

  if (sampler != NULL && limn_sampler_from_name (sampler, &known, NULL))
    limn_foreign_set_int (foreign, "sampler", _ ("Sampler"), known);
  else if (sampler != NULL)
    limn_foreign_set_sampler (foreign, sampler, "leading");
  if (noise != NULL)
    limn_foreign_set_int (foreign, "noise-source", _ ("Noise"),
                          g_str_equal (noise, "philox") ? LIMN_NOISE_PHILOX : LIMN_NOISE_CPU);
  for (guint i = 0; precision != NULL && i < G_N_ELEMENTS (precisions); i++)
    if (g_str_equal (precision, precisions[i]))
      limn_foreign_set_int (foreign, "precision", _ ("Precision"), i);
}

static void
read_limn_rest (LimnForeign *foreign, const LimnJson *json, const char *const *models)
{
  const char *refiner = string_at (json, "refiner");
  const LimnJson *image = limn_json_member (json, "from_image");

  limn_foreign_set_model (foreign, "model", string_at (json, "model"), NULL, models);
  if (refiner != NULL) {
    limn_foreign_set_model (foreign, "refiner", refiner, NULL, models);
    limn_foreign_set_bool (foreign, "use-refiner", limn_foreign_has (foreign, "refiner"));
  }
  if (string_at (json, "prompt_2") != NULL || string_at (json, "negative_2") != NULL)
    limn_foreign_set_second (foreign, string_at (json, "prompt_2"), string_at (json, "negative_2"));
  if (limn_json_bool (image, FALSE))
    limn_foreign_miss_start (foreign);
  if (limn_json_bool (limn_json_member (json, "mask"), FALSE)
      || limn_json_bool (limn_json_member (json, "masked"), FALSE))
    limn_foreign_miss (foreign, _ ("Mask"), _ ("Only a part was painted; the mask is not inside this file"));
  if (limn_json_member (json, "start") != NULL)
    limn_foreign_miss (foreign, _ ("Branch"),
                       _ ("It went on from another run’s steps, which are not inside this file"));
}

gboolean
limn_foreign_read_limn (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  static const Number ints[] = { { "steps", "steps", N_ ("Steps") } };
  static const Number doubles[] = {
    { "guidance", "guidance", N_ ("Guidance") },
    { "handoff", "handoff", N_ ("Hand-off") },
    { "aesthetic", "aesthetic", N_ ("Aesthetic score") },
    { "negative_aesthetic", "negative-aesthetic", N_ ("Aesthetic score") },
    { "strength", "strength", N_ ("Strength") },
  };
  LimnForeign *foreign;

  if (string_at (json, "prompt") == NULL || limn_json_member (json, "seed") == NULL
      || limn_json_member (json, "positive_prompt") != NULL
      || (string_at (json, "limn") == NULL && string_at (json, "negative_prompt") != NULL)
      || limn_json_member (json, "performance") != NULL)
    return FALSE;
  foreign = limn_foreign_new (LIMN_FOREIGN_LIMN, "Limn");
  limn_foreign_set_string (foreign, "prompt", string_at (json, "prompt"));
  limn_foreign_set_string (foreign, "negative", string_at (json, "negative"));
  read_ints (foreign, json, ints, G_N_ELEMENTS (ints));
  read_doubles (foreign, json, doubles, G_N_ELEMENTS (doubles));
  read_seed (foreign, json);
  read_size (foreign, json);
  read_limn_hints (foreign, json);
  read_limn_names (foreign, json);
  read_limn_rest (foreign, json, models);
  *out = foreign;
  return TRUE;
}

/* ---- InvokeAI ---- */

static void
read_invoke_prompts (LimnForeign *foreign, const LimnJson *json)
{
  const char *style = string_at (json, "positive_style_prompt"), *negative = string_at (json, "negative_style_prompt");

  read_prompt (foreign, json, "positive_prompt", "prompt");
  read_prompt (foreign, json, "negative_prompt", "negative");
  style = style != NULL && style[0] != '\0' ? style : string_at (json, "positive_prompt");
  negative = negative != NULL && negative[0] != '\0' ? negative : string_at (json, "negative_prompt");
  if (g_strcmp0 (style, string_at (json, "positive_prompt")) != 0
      || g_strcmp0 (negative, string_at (json, "negative_prompt")) != 0)
    limn_foreign_set_second (foreign, style, negative);
  if (strpbrk (string_at (json, "positive_prompt"), "+()") != NULL)
    limn_foreign_miss (foreign, _ ("Prompt weights"),
                       _ ("InvokeAI writes them as “word++”, which Limn reads as plain words"));
}

/* A model is an object with a name, or in older files a plain name. */
static void
read_invoke_model (LimnForeign *foreign, const LimnJson *model, const char *property, const char *const *models)
{
  const char *name = limn_json_string (model, NULL), *hash = string_at (model, "hash");

  if (name == NULL)
    name = string_at (model, "name") != NULL ? string_at (model, "name") : string_at (model, "model_name");
  limn_foreign_set_model (foreign, property, name, hash, models);
}

static void
read_invoke_loras (LimnForeign *foreign, const LimnJson *list)
{
  for (guint i = 0; i < MIN (limn_json_length (list), 16); i++) {
    const LimnJson *entry = limn_json_nth (list, i), *lora = limn_json_member (entry, "model");
    const char *name;
    double weight = 1;

    if (lora == NULL)
      lora = limn_json_member (entry, "lora");
    name = string_at (lora, "name") != NULL ? string_at (lora, "name") : string_at (lora, "model_name");
    limn_foreign_json_number (limn_json_member (entry, "weight"), &weight);
    if (name != NULL)
      limn_foreign_miss_lora (foreign, name, weight);
  }
}

static void
read_invoke_refiner (LimnForeign *foreign, const LimnJson *json, const char *const *models)
{
  static const Number doubles[] = {
    { "refiner_start", "handoff", N_ ("Hand-off") },
    { "refiner_positive_aesthetic_score", "aesthetic", N_ ("Aesthetic score") },
    { "refiner_negative_aesthetic_score", "negative-aesthetic", N_ ("Aesthetic score") },
  };
  const LimnJson *refiner = limn_json_member (json, "refiner_model");

  if (refiner == NULL || limn_json_kind (refiner) == LIMN_JSON_NULL)
    return;
  read_invoke_model (foreign, refiner, "refiner", models);
  limn_foreign_set_bool (foreign, "use-refiner", limn_foreign_has (foreign, "refiner"));
  read_doubles (foreign, json, doubles, G_N_ELEMENTS (doubles));
}

static void
read_invoke_gaps (LimnForeign *foreign, const LimnJson *json)
{
  static const struct {
    const char *key, *what, *why;
  } lists[] = {
    { "controlnets", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it") },
    { "t2iAdapters", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it") },
    { "ipAdapters", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it") },
  };
  const LimnJson *vae = limn_json_member (json, "vae");
  const char *mode = string_at (json, "generation_mode");

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (limn_json_length (limn_json_member (json, lists[i].key)) > 0)
      limn_foreign_miss (foreign, _ (lists[i].what), _ (lists[i].why));
  read_invoke_loras (foreign, limn_json_member (json, "loras"));
  if (vae != NULL && limn_json_kind (vae) != LIMN_JSON_NULL)
    limn_foreign_miss (foreign, _ ("VAE"), _ ("Another one was used; Limn decodes with the model’s own"));
  if (mode != NULL
      && (strstr (mode, "img2img") != NULL || strstr (mode, "inpaint") != NULL || strstr (mode, "outpaint") != NULL))
    limn_foreign_miss_start (foreign);
}

gboolean
limn_foreign_read_invoke (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  static const Number ints[] = { { "steps", "steps", N_ ("Steps") } };
  static const Number doubles[] = { { "cfg_scale", "guidance", N_ ("Guidance") },
                                    { "strength", "strength", N_ ("Strength") } };
  /* its prompt nodes are given no sizes, and their defaults are these */
  static const LimnSizeHints hints = { 1024, 1024, 0, 0, 1024, 1024 };
  const char *device = string_at (json, "rand_device");
  LimnForeign *foreign;

  if (string_at (json, "positive_prompt") == NULL)
    return FALSE;
  foreign = limn_foreign_new (LIMN_FOREIGN_INVOKE, "InvokeAI");
  read_invoke_prompts (foreign, json);
  read_ints (foreign, json, ints, G_N_ELEMENTS (ints));
  read_doubles (foreign, json, doubles, G_N_ELEMENTS (doubles));
  read_seed (foreign, json);
  read_size (foreign, json);
  limn_foreign_set_hints (foreign, FALSE, &hints);
  if (string_at (json, "scheduler") != NULL)
    limn_foreign_set_sampler (foreign, string_at (json, "scheduler"),
                              g_str_has_suffix (string_at (json, "scheduler"), "_k") ? NULL : "leading");
  limn_foreign_set_int (foreign, "noise-source", _ ("Noise"),
                        g_strcmp0 (device, "cuda") == 0 ? LIMN_NOISE_PHILOX : LIMN_NOISE_CPU);
  read_invoke_model (foreign, limn_json_member (json, "model"), "model", models);
  read_invoke_refiner (foreign, json, models);
  read_invoke_gaps (foreign, json);
  *out = foreign;
  return TRUE;
}

/* ---- Fooocus ---- */

static void
read_fooocus_gaps (LimnForeign *foreign, const LimnJson *json)
{
  const char *styles = string_at (json, "styles"), *expansion = string_at (json, "prompt_expansion");

  if (styles != NULL && strlen (styles) > 2)
    limn_foreign_miss_printf (foreign, _ ("Styles"), _ ("Fooocus added words to the prompt: %s"), styles);
  if (expansion != NULL && expansion[0] != '\0')
    limn_foreign_miss (foreign, _ ("Prompt"), _ ("Fooocus extended it by words of its own"));
  if (limn_json_member (json, "sharpness") != NULL)
    limn_foreign_miss (foreign, _ ("Sharpness"), _ ("Fooocus sharpens on the way; Limn does not"));
  if (limn_json_member (json, "adm_guidance") != NULL)
    limn_foreign_miss (foreign, _ ("Conditioning"), _ ("Fooocus scales the size hints and changes them on the way"));
  for (int i = 1; i <= 8; i++) {
    g_autofree char *key = g_strdup_printf ("lora_combined_%d", i);
    g_autofree char *lora = g_strdup (string_at (json, key));
    char *colon = lora != NULL ? strrchr (lora, ':') : NULL;

    if (colon == NULL)
      continue;
    *colon = '\0';
    limn_foreign_miss_lora (foreign, g_strstrip (lora), g_ascii_strtod (colon + 1, NULL));
  }
}

gboolean
limn_foreign_read_fooocus (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  static const Number ints[] = { { "steps", "steps", N_ ("Steps") } };
  static const Number doubles[] = { { "guidance_scale", "guidance", N_ ("Guidance") } };
  const char *resolution = string_at (json, "resolution"), *refiner = string_at (json, "refiner_model");
  LimnForeign *foreign;
  int width, height;
  double value;

  if (string_at (json, "prompt") == NULL || string_at (json, "base_model") == NULL)
    return FALSE;
  foreign = limn_foreign_new (LIMN_FOREIGN_FOOOCUS, "Fooocus");
  read_prompt (foreign, json, "prompt", "prompt");
  read_prompt (foreign, json, "negative_prompt", "negative");
  read_ints (foreign, json, ints, G_N_ELEMENTS (ints));
  read_doubles (foreign, json, doubles, G_N_ELEMENTS (doubles));
  read_seed (foreign, json);
  if (resolution != NULL && strlen (resolution) < 24 && sscanf (resolution, "(%5d, %5d)", &width, &height) == 2)
    limn_foreign_set_size (foreign, width, height);
  if (string_at (json, "sampler") != NULL)
    limn_foreign_set_sampler (foreign, string_at (json, "sampler"), string_at (json, "scheduler"));
  limn_foreign_set_int (foreign, "noise-source", _ ("Noise"), LIMN_NOISE_CPU);
  limn_foreign_set_model (foreign, "model", string_at (json, "base_model"), string_at (json, "base_model_hash"),
                          models);
  if (refiner != NULL && !g_str_equal (refiner, "None")) {
    limn_foreign_set_model (foreign, "refiner", refiner, NULL, models);
    limn_foreign_set_bool (foreign, "use-refiner", limn_foreign_has (foreign, "refiner"));
    if (limn_foreign_json_number (limn_json_member (json, "refiner_switch"), &value))
      limn_foreign_set_double (foreign, "handoff", _ ("Hand-off"), value);
  }
  read_fooocus_gaps (foreign, json);
  *out = foreign;
  return TRUE;
}
