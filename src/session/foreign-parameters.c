/* foreign-parameters.c - the "parameters" text of stable-diffusion-webui and its many relatives.
 *
 * The prompt, on any number of lines; "Negative prompt: ...", likewise; then "Steps: 20, Sampler: Euler, ..." where a value
 * with commas is quoted as JSON quotes it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign-private.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PAIRS 256
#define NEGATIVE "Negative prompt:"

/* ---- Splitting ---- */

/* Where the value that starts at p ends: after its closing quote, or at the next comma. */
static const char *
value_end (const char *p)
{
  if (*p == '"') {
    for (const char *q = p + 1; *q != '\0'; q++) {
      if (*q == '\\' && q[1] != '\0')
        q++;
      else if (*q == '"')
        return q + 1;
    }
  }
  return p + strcspn (p, ",\n");
}

static char *
unquote (const char *value, gsize length)
{
  g_autofree char *raw = g_strndup (value, length);
  g_autoptr (LimnJson) json = raw[0] == '"' ? limn_json_parse ("value", raw, -1, NULL) : NULL;
  const char *text = limn_json_string (json, NULL);

  return g_strstrip (g_strdup (text != NULL ? text : raw));
}

/* key -> value, as written. */
static GHashTable *
split_pairs (const char *line)
{
  GHashTable *pairs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (const char *p = line; *p != '\0' && g_hash_table_size (pairs) < MOST_PAIRS;) {
    const char *colon, *end;

    p += strspn (p, " ,\r\n\t");
    colon = p + strcspn (p, ":,\n");
    if (*colon == ':' && colon > p) {
      g_autofree char *key = g_strstrip (g_strndup (p, (gsize) (colon - p)));
      const char *value = colon + 1 + strspn (colon + 1, " ");

      end = value_end (value);
      if (!g_hash_table_contains (pairs, key))
        g_hash_table_insert (pairs, g_steal_pointer (&key), unquote (value, (gsize) (end - value)));
    } else {
      end = colon;
    }
    p = *end != '\0' ? end + 1 : end;
  }
  return pairs;
}

/* The last line that begins with "Steps: ". */
static const char *
find_pairs (const char *text)
{
  const char *found = NULL;

  for (const char *p = text; p != NULL; p = strchr (p, '\n')) {
    p += strspn (p, "\r\n ");
    if (g_str_has_prefix (p, "Steps:"))
      found = p;
    if (*p == '\0')
      break;
  }
  return found;
}

static const char *
find_negative (const char *text, const char *end)
{
  const char *p = g_str_has_prefix (text, NEGATIVE) ? text : strstr (text, "\n" NEGATIVE);

  return p != NULL && p < end ? p : NULL;
}

/* ---- One kind of value each ---- */

typedef struct {
  LimnForeign *foreign;
  GHashTable *pairs;
  const char *const *models;
} Reading;

/* Takes key out, so that what is left is what nobody asked for. */
static char *
take (Reading *reading, const char *key)
{
  char *stolen_key = NULL, *value = NULL;

  if (g_hash_table_steal_extended (reading->pairs, key, (gpointer *) &stolen_key, (gpointer *) &value))
    g_free (stolen_key);
  return value;
}

static gboolean
take_number (Reading *reading, const char *key, double *number)
{
  g_autofree char *text = take (reading, key);

  return limn_foreign_text_number (text, number);
}

static gboolean
take_size (Reading *reading, const char *key, int *width, int *height)
{
  g_autofree char *text = take (reading, key);
  char end;

  return text != NULL && strlen (text) < 16
         && (sscanf (text, "%5dx%5d%c", width, height, &end) == 2
             || sscanf (text, "%5d/%5d%c", width, height, &end) == 2);
}

static void
read_numbers (Reading *reading)
{
  LimnForeign *foreign = reading->foreign;
  g_autofree char *seed = take (reading, "Seed");
  guint64 number;
  int width, height;
  double value;

  if (take_number (reading, "Steps", &value))
    limn_foreign_set_int (foreign, "steps", _ ("Steps"), value);
  if (take_number (reading, "CFG scale", &value))
    limn_foreign_set_double (foreign, "guidance", _ ("Guidance"), value);
  if (seed != NULL && g_ascii_string_to_unsigned (seed, 10, 0, G_MAXUINT64, &number, NULL))
    limn_foreign_set_seed (foreign, number);
  if (take_size (reading, "Size", &width, &height))
    limn_foreign_set_size (foreign, width, height);
  if (take_number (reading, "Aesthetic score", &value))
    limn_foreign_set_double (foreign, "aesthetic", _ ("Aesthetic score"), value);
  if (take_number (reading, "Negative aesthetic score", &value))
    limn_foreign_set_double (foreign, "negative-aesthetic", _ ("Aesthetic score"), value);
}

static void
read_models (Reading *reading)
{
  LimnForeign *foreign = reading->foreign;
  g_autofree char *model = take (reading, "Model"), *hash = take (reading, "Model hash");
  g_autofree char *refiner = take (reading, "Refiner");
  char *bracket = refiner != NULL ? strrchr (refiner, '[') : NULL;
  double value;

  limn_foreign_set_model (foreign, "model", model, hash, reading->models);
  if (refiner == NULL)
    return;
  if (bracket != NULL && bracket > refiner) /* "sd_xl_refiner_1.0 [7440042bbd]" */
    *bracket = '\0';
  limn_foreign_set_model (foreign, "refiner", g_strstrip (refiner), NULL, reading->models);
  limn_foreign_set_bool (foreign, "use-refiner", limn_foreign_has (foreign, "refiner"));
  if (take_number (reading, "Refiner switch at", &value) || take_number (reading, "Refiner start", &value))
    limn_foreign_set_double (foreign, "handoff", _ ("Hand-off"), value);
}

static void
read_hints (Reading *reading)
{
  static const char *const keys[2][3] = {
    { "SDXL original size", "SDXL crop", "SDXL target size" },
    { "SDXL negative original size", "SDXL negative crop", "SDXL negative target size" },
  };
  LimnSizeHints hints[2] = { 0 };
  gboolean any[2];

  for (int i = 0; i < 2; i++) {
    gboolean original = take_size (reading, keys[i][0], &hints[i].original_width, &hints[i].original_height);
    gboolean crop = take_size (reading, keys[i][1], &hints[i].crop_left, &hints[i].crop_top);
    gboolean target = take_size (reading, keys[i][2], &hints[i].target_width, &hints[i].target_height);

    any[i] = original || crop || target;
  }
  if (any[0])
    limn_foreign_set_hints (reading->foreign, FALSE, &hints[0]);
  if (any[0] != any[1] || memcmp (&hints[0], &hints[1], sizeof hints[0]) != 0)
    limn_foreign_set_hints (reading->foreign, TRUE, &hints[1]);
}

static void
read_second_prompts (Reading *reading)
{
  g_autofree char *prompt = take (reading, "Prompt 2"), *negative = take (reading, "Negative prompt 2");

  if (prompt != NULL || negative != NULL)
    limn_foreign_set_second (reading->foreign, prompt, negative);
}

static void
read_noise (Reading *reading)
{
  LimnForeign *foreign = reading->foreign;
  g_autofree char *rng = take (reading, "RNG");

  limn_foreign_set_int (foreign, "noise-source", _ ("Noise"),
                        rng != NULL && g_str_equal (rng, "CPU") ? LIMN_NOISE_CPU : LIMN_NOISE_PHILOX);
  if (rng == NULL || g_str_equal (rng, "GPU"))
    limn_foreign_miss (foreign, _ ("Noise"),
                       _ ("It came from the graphics card. Limn repeats what NVIDIA’s cards give; others differ"));
  else if (!g_str_equal (rng, "CPU") && !g_str_equal (rng, "NV"))
    limn_foreign_miss_printf (foreign, _ ("Noise"), _ ("“%s” is not a source of noise that Limn knows"), rng);
}

static void
read_second_pass (Reading *reading)
{
  static const char *const keys[] = { "Hires upscale", "Hires resize", "Hires upscaler", "Hires steps" };
  LimnForeign *foreign = reading->foreign;
  gboolean hires = FALSE;
  double strength;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    hires = hires || g_hash_table_contains (reading->pairs, keys[i]);
  if (hires) {
    g_autofree char *upscaler = take (reading, "Hires upscaler");

    limn_foreign_miss_printf (foreign, _ ("Hires fix"),
                              _ ("A second pass (%s) enlarged the picture; Limn paints only the first, smaller one"),
                              upscaler != NULL ? upscaler : _ ("unknown upscaler"));
  }
  if (!take_number (reading, "Denoising strength", &strength) || hires)
    return;
  limn_foreign_set_double (foreign, "strength", _ ("Strength"), strength);
  limn_foreign_miss_start (foreign);
}

/* ---- What Limn cannot do ---- */

typedef struct {
  const char *prefix; /* of the key */
  const char *what, *why;
} Known;

static const Known known[] = {
  { "ControlNet", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it") },
  { "IP-Adapter", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it") },
  { "VAE", N_ ("VAE"), N_ ("Another one was used; Limn decodes with the model’s own") },
  { "Lora hashes", N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them") },
  { "TI hashes", N_ ("Embeddings"), N_ ("The prompt names learned words, which Limn reads as plain ones") },
  { "Hypernet", N_ ("Hypernetwork"), N_ ("It was part of the model; Limn paints without it") },
  { "ADetailer", N_ ("ADetailer"), N_ ("It repainted faces or hands afterwards") },
  { "Face restoration", N_ ("Face restoration"), N_ ("It repainted faces afterwards") },
  { "Variation seed", N_ ("Variation seed"), N_ ("A second seed was mixed in; Limn knows one") },
  { "Seed resize", N_ ("Seed resize"), N_ ("The noise was made for another size") },
  { "Mask", N_ ("Mask"), N_ ("Only a part was painted; the mask is not inside this file") },
  { "Inpaint", N_ ("Mask"), N_ ("Only a part was painted; the mask is not inside this file") },
  { "Postprocess", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards") },
  { "SD upscale", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards") },
  { "Ultimate SD upscale", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards") },
  { "Tiling", N_ ("Tiling"), N_ ("The picture was made to repeat; Limn’s are not") },
  { "ENSD", N_ ("Noise"), N_ ("The seed of the steps’ noise was shifted") },
  { "Eta", N_ ("Sampler"), N_ ("Noise was added in each step") },
  { "Dynamic thresholding", N_ ("Dynamic thresholding"), N_ ("It tamed high guidance; Limn paints without it") },
  { "Pad conds", N_ ("Prompt"), N_ ("It was filled up in another way") },
  { "Emphasis", N_ ("Prompt weights"), N_ ("They were applied in another way") },
  { "NGMS", N_ ("Guidance"), N_ ("The negative prompt was left out in some steps") },
  { "Noise Schedule", N_ ("Schedule"), N_ ("It was changed to end in pure noise") },
  { "Beta schedule", N_ ("Schedule"), N_ ("It was changed") },
  { "Schedule ", N_ ("Schedule"), N_ ("Its limits were changed") },
  { "Branched at", N_ ("Branch"), N_ ("It went on from another run’s steps, which are not inside this file") },
  { "CFG rescale", N_ ("Guidance"), N_ ("It was rescaled; Limn’s is not") },
};

/* Facts that change nothing, or that were dealt with. */
static const char *const harmless[] = { "Version",
                                        "User",
                                        "Refiner",
                                        "Hires",
                                        "Hashes",
                                        "App",
                                        "Parser",
                                        "Backend",
                                        "Operations",
                                        "Pipeline",
                                        "Model",
                                        "Batch",
                                        "Created Date",
                                        "Template",
                                        "Negative Template",
                                        "Time",
                                        "Discard penultimate sigma" };

static void
read_clip_skip (Reading *reading)
{
  double value;

  /* SDXL was trained on the last layer but one, whatever programs call that */
  if (take_number (reading, "Clip skip", &value) && value > 2)
    limn_foreign_miss_printf (reading->foreign, _ ("CLIP skip"),
                              _ ("%.4g layers were left out; Limn leaves out one, as SDXL was trained"), value);
}

static gboolean
is_harmless (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (harmless); i++)
    if (g_ascii_strncasecmp (key, harmless[i], strlen (harmless[i])) == 0)
      return TRUE;
  return FALSE;
}

static void
read_rest (Reading *reading)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (reading->pairs), (GCompareFunc) strcmp);
  g_autoptr (GString) others = g_string_new (NULL);

  for (GList *link = keys; link != NULL; link = link->next) {
    const char *key = link->data;
    const Known *match = NULL;

    for (guint i = 0; i < G_N_ELEMENTS (known) && match == NULL; i++)
      if (g_ascii_strncasecmp (key, known[i].prefix, strlen (known[i].prefix)) == 0)
        match = &known[i];
    if (match != NULL)
      limn_foreign_miss (reading->foreign, _ (match->what), _ (match->why));
    else if (!is_harmless (key) && others->len < 200)
      g_string_append_printf (others, "%s%s", others->len > 0 ? ", " : "", key);
  }
  if (others->len > 0)
    limn_foreign_miss_printf (reading->foreign, _ ("Other settings"), _ ("Limn does not know these: %s"), others->str);
}

/* ---- The whole ---- */

static const char *
program_name (GHashTable *pairs)
{
  const char *app = g_hash_table_lookup (pairs, "App"), *version = g_hash_table_lookup (pairs, "Version");

  if (app != NULL && strlen (app) < 40)
    return app;
  if (version == NULL)
    /* translators: a program that writes settings as the Stable Diffusion web UI does */
    return _ ("another program");
  if (g_str_has_prefix (version, "Limn"))
    return "Limn";
  if (version[0] == 'f' && g_ascii_isdigit (version[1]))
    return "Forge";
  if (g_str_has_prefix (version, "Fooocus"))
    return "Fooocus";
  if (g_str_has_prefix (version, "ComfyUI"))
    return "ComfyUI";
  return "Stable Diffusion web UI";
}

static void
set_prompts (LimnForeign *foreign, const char *text, const char *end)
{
  const char *negative = find_negative (text, end);
  g_autofree char *first = g_strndup (text, (gsize) ((negative != NULL ? negative : end) - text));
  g_autofree char *prompt = limn_foreign_clean_prompt (foreign, first);

  limn_foreign_set_string (foreign, "prompt", prompt);
  if (negative != NULL) {
    const char *start = strstr (negative, NEGATIVE) + strlen (NEGATIVE);
    g_autofree char *second = g_strndup (start, (gsize) (end - start));
    g_autofree char *clean = limn_foreign_clean_prompt (foreign, second);

    limn_foreign_set_string (foreign, "negative", clean);
  }
}

gboolean
limn_foreign_read_parameters (LimnForeign **out, const char *text, const char *const *models)
{
  const char *line = find_pairs (text);
  g_autoptr (GHashTable) pairs = line != NULL ? split_pairs (line) : NULL;
  g_autofree char *sampler = NULL, *schedule = NULL;
  Reading reading = { NULL, pairs, models };

  /* words that happen to begin with "Steps:" have no second setting */
  if (pairs == NULL || !g_hash_table_contains (pairs, "Steps") || g_hash_table_size (pairs) < 2)
    return FALSE;
  reading.foreign = limn_foreign_new (LIMN_FOREIGN_PARAMETERS, program_name (pairs));
  if (g_str_equal (reading.foreign->program, "Limn"))
    reading.foreign->kind = LIMN_FOREIGN_LIMN;
  set_prompts (reading.foreign, text, line);
  read_numbers (&reading);
  sampler = take (&reading, "Sampler");
  schedule = take (&reading, "Schedule type");
  if (sampler != NULL)
    limn_foreign_set_sampler (reading.foreign, sampler, schedule);
  read_models (&reading);
  read_hints (&reading);
  read_second_prompts (&reading);
  read_noise (&reading);
  read_second_pass (&reading);
  read_clip_skip (&reading);
  read_rest (&reading);
  *out = reading.foreign;
  return TRUE;
}
