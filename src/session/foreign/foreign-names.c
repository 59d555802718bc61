/* foreign-names.c - what other programs call samplers, schedules and models, how they write numbers and JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/model-path.h"
#include "engine/limn.h"

/* ---- Samplers ---- */

/* Lower case, single spaces for "_" and "-". */
static char *
plain_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *lower = g_utf8_strdown (valid, -1);

  g_strdelimit (lower, "_-", ' ');
  g_strstrip (lower);
  return g_steal_pointer (&lower);
}

/* "DPM++ 2M Karras", "euler_sgm_uniform": as programs write it where schedules have no name of their own */
static void
split_sampler (char *name, char **schedule)
{
  static const char *const suffixes[] = { "sgm uniform",
                                          "ddim uniform",
                                          "uniform",
                                          "karras",
                                          "polyexponential",
                                          "exponential",
                                          "simple",
                                          "trailing",
                                          "discrete",
                                          "normal",
                                          "beta",
                                          "ays",
                                          "align your steps",
                                          "align your steps gits",
                                          "gits",
                                          "kl optimal",
                                          "linear quadratic",
                                          "k" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes) && *schedule == NULL; i++) {
    gsize length = strlen (name), end = strlen (suffixes[i]);

    if (length <= end + 1 || !g_str_has_suffix (name, suffixes[i]) || name[length - end - 1] != ' ')
      continue;
    name[length - end - 1] = '\0';
    *schedule = g_strdup (g_str_equal (suffixes[i], "k") ? "karras" : suffixes[i]);
  }
}

void
limn_foreign_set_like (LimnForeign *self, const char *like, gboolean repeats)
{
  LimnFields fields = { .like = like };

  limn_like_choose (&fields);
  limn_foreign_set_string (self, "like", like);
  limn_foreign_set_int (self, "noise-source", _ ("Noise"), (int) fields.noise_source);
  self->repeats = repeats;
}

void
limn_foreign_set_batch (LimnForeign *self, double pictures, double index)
{
  if (!(pictures > 1))
    return;
  limn_foreign_set_int (self, "noise-batch", _ ("Batch of the noise"), pictures);
  if (index >= 0)
    limn_foreign_set_int (self, "noise-index", _ ("Place in the batch"), index);
  else
    limn_foreign_doubt (
        self, "noise-index", _ ("Place in the batch"),
        _ ("It is one of several pictures of one seed, and which one is not said: the first is assumed"));
}

/* Whether name is the row of like.h that the picture is painted as, or begins so: "webui". */
static gboolean
is_like (LimnForeign *self, const char *name)
{
  return g_str_has_prefix (limn_settings_values (self->settings)->like, name);
}

/* The row of like.h whose levels the program's names of schedules mean: most have k-diffusion's. */
static const char *
levels_like (LimnForeign *self)
{
  const gboolean said = is_like (self, "webui") || is_like (self, "comfyui");

  if (self->kind == LIMN_FOREIGN_LIMN || self->kind == LIMN_FOREIGN_INVOKE)
    return NULL;
  if (said)
    return limn_settings_values (self->settings)->like;
  return self->kind == LIMN_FOREIGN_PARAMETERS ? "webui" : "comfyui";
}

/* exact: the same timesteps, not just alike. */
static gboolean
find_schedule (LimnForeign *self, const char *name, const char **schedule, gboolean *exact)
{
  static const struct {
    const char *name, *schedule;
    gboolean exact;
  } others[] = { { "", "model", FALSE },
                 { "automatic", "model", FALSE },
                 { "uniform", "normal", TRUE },
                 { "discrete", "normal", FALSE } };

  if (is_like (self, "webui") && name[0] == '\0') {
    *schedule = "normal"; /* what it has always been where it was not said */
    *exact = TRUE;
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (name, others[i].name)) {
      *schedule = others[i].schedule;
      *exact = others[i].exact;
      return TRUE;
    }
  *exact = TRUE;
  if (!limn_schedule_from_text (name, NULL, schedule, NULL))
    return FALSE;
  *schedule = limn_like_schedule (levels_like (self), *schedule);
  *exact = !g_str_equal (*schedule, "kl_optimal_webui"); /* which would end above 0 */
  return TRUE;
}

static const LimnChoice *
find_sampler (const char *text)
{
  const char *sampler, *schedule;

  if (!limn_sampling_from_text (text, &sampler, &schedule, NULL))
    return NULL;
  return limn_choice_find (limn_sampler_choice, sampler);
}

/* Whether the web UI takes that sampler's steps otherwise: over timesteps, from noise that is not scaled; or InvokeAI,
 * whose last level is not left out. */
static gboolean
steps_otherwise (LimnForeign *self, const char *sampler)
{
  if (self->kind == LIMN_FOREIGN_INVOKE && g_str_has_prefix (sampler, "dpm_2"))
    return TRUE;
  return self->kind == LIMN_FOREIGN_PARAMETERS
         && (g_str_has_prefix (sampler, "uni_pc") || g_str_equal (sampler, "ddim"));
}

/* Whether the noise of its steps is made as it was: InvokeAI gives one a seed that nobody knows. */
static gboolean
repeats_noise (LimnForeign *self, const LimnChoice *choice)
{
  return self->kind == LIMN_FOREIGN_LIMN
         || (self->repeats && (self->kind != LIMN_FOREIGN_INVOKE || !g_str_equal (choice->name, "dpmpp_sde")));
}

/* Whether the noise of its steps is drawn on the device that ComfyUI ran on, which no file names: on a path it is the
 * processor's. */
static gboolean
draws_somewhere (LimnForeign *self, const LimnChoice *choice)
{
  const gboolean on_path = g_str_has_prefix (choice->name, "dpmpp_") && strstr (choice->name, "sde") != NULL;

  return self->kind != LIMN_FOREIGN_LIMN && is_like (self, "comfyui") && (!on_path || is_like (self, "comfyui_gpu"));
}

void
limn_foreign_set_sampler (LimnForeign *self, const char *sampler, const char *schedule)
{
  g_autofree char *name = plain_name (sampler);
  g_autofree char *spacing = schedule != NULL && schedule[0] != '\0' ? plain_name (schedule) : NULL;
  gboolean ours = self->kind == LIMN_FOREIGN_LIMN;
  const char *match = limn_schedule_choice (0)->name;
  gboolean found, exact;
  const LimnChoice *choice;

  if (spacing != NULL && g_str_equal (spacing, "automatic")) {
    choice = find_sampler (name);
    g_clear_pointer (&spacing, g_free);
    if (is_like (self, "webui")
        && limn_schedule_from_text ("automatic", choice != NULL ? choice->name : NULL, &match, NULL))
      spacing = g_strdup (match);
  }
  split_sampler (name, &spacing);
  if (g_str_has_prefix (name, "k ")) /* "k_euler", after the library */
    memmove (name, name + 2, strlen (name + 2) + 1);
  if (g_str_has_suffix (name, " gpu")) { /* where its noise is made */
    name[strlen (name) - strlen (" gpu")] = '\0';
    if (is_like (self, "comfyui"))
      limn_foreign_set_like (self, "comfyui_gpu", self->repeats);
  }
  choice = find_sampler (name);
  found = find_schedule (self, spacing != NULL ? spacing : ours ? "model" : "", &match, &exact);
  limn_foreign_set_string (self, "sampler", choice != NULL ? choice->name : limn_sampler_choice (0)->name);
  limn_foreign_set_string (self, "schedule", match);

  if (choice != NULL && g_str_equal (choice->name, "dpm_fast") && is_like (self, "comfyui"))
    limn_foreign_set_double (self, "eta", _ ("Eta"), 0); /* k-diffusion's default, which nothing there changes */

  if (choice == NULL)
    /* translators: a sampler that Limn lacks, and what it uses instead */
    limn_foreign_miss_printf (self, _ ("Sampler"), _ ("“%s” is not there; %s takes its place"), sampler,
                              limn_sampler_choice (0)->title);
  else if (choice->noisy && !repeats_noise (self, choice))
    limn_foreign_miss (self, _ ("Sampler"), _ ("The noise that it adds in each step is Limn’s own"));
  else if (choice->noisy && draws_somewhere (self, choice))
    limn_foreign_doubt (self, "like", _ ("Paint as"),
                        _ ("What it ran on is not said; an NVIDIA card is assumed, the noise of others differs"));
  if (choice != NULL && steps_otherwise (self, choice->name))
    limn_foreign_miss (self, _ ("Sampler"), _ ("It takes its steps a little differently there"));
  if (!found)
    limn_foreign_miss_printf (self, _ ("Schedule"), _ ("“%s” is not there; the model’s own takes its place"), spacing);
  else if (!exact && !ours)
    limn_foreign_miss (self, _ ("Schedule"), _ ("It spaces its steps a little differently from the model’s own"));
}

#define TRAIN_STEPS 1000

void
limn_foreign_count_steps (LimnForeign *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  if (self->kind == LIMN_FOREIGN_LIMN || g_strcmp0 (values->schedule, "ddim_uniform") != 0
      || !limn_foreign_has (self, "steps"))
    return;
  g_object_set (self->settings, "steps", (TRAIN_STEPS - 2) / (TRAIN_STEPS / values->steps) + 1, NULL);
}

/* ---- Models ---- */

/* "SDXL\\sd_xl_base_1.0.safetensors" -> "sd_xl_base_1.0", "models/starter/refiner" -> "starter-refiner" */
static char *
model_stem (const char *path)
{
  static const char *const suffixes[] = { ".safetensors", ".sft", ".ckpt", ".gguf", ".pt" };
  const char *base = path, *folder = path;
  char *stem;

  for (const char *p = path; *p != '\0'; p++)
    if ((*p == '/' || *p == '\\') && p[1] != '\0') {
      folder = base;
      base = p + 1;
    }
  stem = g_ascii_strdown (base, -1);
  if (folder != base && g_str_equal (stem, "refiner")) {
    g_free (stem);
    stem = g_ascii_strdown (folder, -1);
    memcpy (strchr (stem, base[-1]), "-", 1);
    return stem;
  }
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (stem, suffixes[i])) {
      stem[strlen (stem) - strlen (suffixes[i])] = '\0';
      break;
    }
  return stem;
}

const char *
limn_foreign_find_model (const char *name, const char *const *models)
{
  g_autofree char *wanted = model_stem (name);

  for (gsize i = 0; models != NULL && models[i] != NULL; i++) {
    g_autofree char *stem = model_stem (models[i]);

    if (stem[0] != '\0' && g_str_equal (stem, wanted))
      return models[i];
  }
  return NULL;
}

/* Of the library's files the one that has the hash, told where it has another name; FALSE: there is none. */
static gboolean
find_by_hash (LimnForeign *self, const char *property, const char *what, const char *name, const char *hash)
{
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (NULL);
  g_autofree char *path = limn_catalogue_find_hash (catalogue, LIMN_FILE_MODEL, hash);
  g_autofree char *own = path != NULL ? limn_model_name_from_path (path) : NULL;
  g_autofree char *shown = own != NULL ? g_filename_display_name (own) : NULL;

  if (path == NULL)
    return FALSE;
  limn_foreign_set_string (self, property, path);
  if (name != NULL)
    /* translators: two names of a model: the picture's, and its file's here */
    limn_foreign_miss_printf (self, what, _ ("“%s” is “%s” here: its hash is the same"), name, shown);
  return TRUE;
}

void
limn_foreign_set_model (LimnForeign *self, const char *property, const char *name, const char *hash,
                        const char *const *models)
{
  const char *what = g_str_equal (property, "refiner") ? _ ("Refiner model") : _ ("Model");
  g_autofree char *starter = limn_starter_path ();
  g_autofree char *own = starter != NULL ? model_stem (starter) : NULL;
  g_autofree char *refiner_path = starter != NULL ? limn_own_refiner_path (starter) : NULL;
  g_autofree char *own_refiner = refiner_path != NULL ? model_stem (refiner_path) : NULL;
  g_autofree char *stem = NULL;
  const char *path;

  if (name == NULL || name[0] == '\0') {
    if (hash != NULL && !find_by_hash (self, property, what, NULL, hash))
      limn_foreign_miss_printf (self, what, _ ("Only its hash, %s, is known; the present one stays"), hash);
    return;
  }
  stem = model_stem (name);
  path = limn_foreign_find_model (name, models);
  if (path != NULL)
    limn_foreign_set_string (self, property, path);
  else if (self->kind == LIMN_FOREIGN_LIMN && g_str_equal (property, "model") && g_strcmp0 (own, stem) == 0)
    limn_foreign_set_string (self, property, "");
  else if (self->kind == LIMN_FOREIGN_LIMN && g_str_equal (property, "refiner") && g_strcmp0 (own_refiner, stem) == 0)
    limn_foreign_set_string (self, property, refiner_path);
  else if (hash != NULL && find_by_hash (self, property, what, name, hash))
    return;
  else if (hash != NULL)
    limn_foreign_miss_printf (
        self, what, _ ("“%s” (hash %s) is not among the models that Limn knows; the present one stays"), name, hash);
  else
    limn_foreign_miss_printf (self, what, _ ("“%s” is not among the models that Limn knows; the present one stays"),
                              name);
  if (path != NULL && hash != NULL)
    limn_foreign_miss_printf (self, what, _ ("Found by its name; its hash, %s, was not compared"), hash);
}

/* ---- Numbers and JSON ---- */

gboolean
limn_foreign_text_number (const char *text, double *number)
{
  char *end = NULL;

  if (text == NULL)
    return FALSE;
  while (g_ascii_isspace (*text))
    text++;
  if (!g_ascii_isdigit (*text) && *text != '-' && *text != '.')
    return FALSE; /* strtod would also take "nan" and "inf" */
  *number = g_ascii_strtod (text, &end);
  while (g_ascii_isspace (*end))
    end++;
  return end != text && *end == '\0' && isfinite (*number);
}

gboolean
limn_foreign_json_number (const LimnJson *value, double *number)
{
  if (value == NULL)
    return FALSE;
  if (limn_json_kind (value) == LIMN_JSON_NUMBER) {
    *number = limn_json_number (value, 0);
    return isfinite (*number);
  }
  return limn_foreign_text_number (limn_json_string (value, NULL), number);
}

gboolean
limn_foreign_json_seed (const LimnJson *value, guint64 *seed)
{
  const char *text = limn_json_string (value, NULL);

  if (value == NULL)
    return FALSE;
  if (text != NULL) {
    g_autofree char *whole = g_str_has_suffix (text, ".0") ? g_strndup (text, strlen (text) - 2) : NULL;

    return g_ascii_string_to_unsigned (whole != NULL ? whole : text, 10, 0, G_MAXUINT64, seed, NULL);
  }
  return limn_json_kind (value) == LIMN_JSON_NUMBER && limn_json_uint64 (value, seed);
}

/* The length of the bare word or number at text. */
static gsize
word_length (const char *text)
{
  gsize n = 0;

  while (g_ascii_isalnum (text[n]) || text[n] == '+' || text[n] == '-' || text[n] == '.')
    n++;
  return n;
}

static void
append_word (GString *out, const char *word, gsize length)
{
  g_autofree char *copy = g_strndup (word, length);

  if (g_str_equal (copy, "NaN") || g_str_equal (copy, "Infinity") || g_str_equal (copy, "-Infinity"))
    g_string_append (out, "null");
  else if (length >= 19 && strspn (copy, "0123456789") == length)
    g_string_append_printf (out, "\"%s\"", copy);
  else
    g_string_append (out, copy);
}

LimnJson *
limn_foreign_parse_json (const char *text, GError **error)
{
  g_autoptr (GString) out = g_string_sized_new (strlen (text) + 1);
  gboolean quoted = FALSE;

  for (const char *p = text; *p != '\0';) {
    gsize length = quoted ? 0 : word_length (p);

    if (length > 0) {
      append_word (out, p, length);
      p += length;
      continue;
    }
    if (quoted && *p == '\\' && p[1] != '\0')
      g_string_append_c (out, *p++);
    else if (*p == '"')
      quoted = !quoted;
    g_string_append_c (out, *p++);
  }
  return limn_json_parse (_ ("Settings"), out->str, (gssize) out->len, error);
}

LimnJson *
limn_foreign_texts_to_json (GHashTable *texts)
{
  g_autoptr (GString) out = g_string_new ("{");
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (texts), (GCompareFunc) strcmp);

  for (GList *link = names; link != NULL; link = link->next) {
    const char *value = g_hash_table_lookup (texts, link->data);

    g_string_append (out, out->len > 1 ? "," : "");
    limn_json_append_string (out, link->data);
    g_string_append_c (out, ':');
    limn_json_append_string (out, value);
  }
  g_string_append_c (out, '}');
  return limn_json_parse (_ ("Settings"), out->str, (gssize) out->len, NULL);
}
