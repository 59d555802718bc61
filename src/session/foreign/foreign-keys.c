/* foreign-keys.c - goes through a program's settings by its table of keys.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define MOST_MEMBERS 1024
#define MOST_NAMED 40 /* of the keys that are not known */
#define NAME_LETTERS 48

/* ---- Names and values ---- */

static const char *
skip_signs (const char *name)
{
  while (*name != '\0' && *name != '*' && (guchar) *name < 0x80 && !g_ascii_isalnum (*name))
    name++;
  return name;
}

static gboolean
is_named (const char *name, const char *key)
{
  for (;; name++, key++) {
    name = skip_signs (name);
    key = skip_signs (key);
    if (*name == '*')
      return TRUE;
    if (g_ascii_tolower (*name) != g_ascii_tolower (*key))
      return FALSE;
    if (*name == '\0')
      return TRUE;
  }
}

const LimnJson *
limn_foreign_at (const LimnJson *all, const char *name)
{
  for (guint i = 0; i < MIN (limn_json_length (all), MOST_MEMBERS); i++) {
    const char *key = limn_json_key (all, i);

    if (key != NULL && is_named (name, key))
      return limn_json_nth (all, i);
  }
  return NULL;
}

static gboolean
says_nothing (const char *text)
{
  static const char *const words[] = { "", "none", "null", "[]", "{}", "()", "undefined" };
  g_autofree char *plain = g_strstrip (g_strdup (text));

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (plain, words[i]) == 0)
      return TRUE;
  return FALSE;
}

/* An unknown key is worth its line even where it is false or 0. */
static gboolean
is_empty (const LimnJson *value)
{
  switch (limn_json_kind (value)) {
  case LIMN_JSON_NULL:
    return TRUE;
  case LIMN_JSON_STRING:
    return says_nothing (limn_json_string (value, ""));
  case LIMN_JSON_ARRAY:
  case LIMN_JSON_OBJECT:
    return limn_json_length (value) == 0;
  case LIMN_JSON_BOOL:
  case LIMN_JSON_NUMBER:
  default:
    return FALSE;
  }
}

gboolean
limn_foreign_is_nothing (const LimnJson *value)
{
  const char *text = limn_json_string (value, NULL);
  double number;

  if (value == NULL || is_empty (value) || (limn_json_kind (value) == LIMN_JSON_BOOL && !limn_json_bool (value, TRUE)))
    return TRUE;
  if (limn_foreign_json_number (value, &number))
    return number == 0;
  return text != NULL && (g_ascii_strcasecmp (text, "false") == 0 || g_ascii_strcasecmp (text, "off") == 0);
}

const char *
limn_foreign_text_at (const LimnJson *all, const char *name)
{
  const char *text = limn_json_string (limn_foreign_at (all, name), NULL);

  return text != NULL && !says_nothing (text) ? text : NULL;
}

char *
limn_foreign_words (const LimnJson *value)
{
  double number;

  if (limn_json_string (value, NULL) != NULL)
    return g_strdup (limn_json_string (value, NULL));
  if (limn_foreign_json_number (value, &number))
    return g_strdup_printf ("%.10g", number);
  return NULL;
}

/* "moss,pixel" or a list, with weights likewise. */
static GStrv
split_list (const LimnJson *value)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (limn_json_string (value, NULL) != NULL)
    return g_strsplit (limn_json_string (value, ""), ",", 33);
  for (guint i = 0; i < MIN (limn_json_length (value), 32); i++) {
    g_autofree char *words = limn_foreign_words (limn_json_nth (value, i));

    if (words != NULL)
      g_strv_builder_add (builder, words);
  }
  return g_strv_builder_end (builder);
}

void
limn_foreign_miss_loras (LimnForeign *foreign, const LimnJson *all, const LimnJson *all_weights)
{
  g_auto (GStrv) names = split_list (all), weights = split_list (all_weights);

  for (guint i = 0; names[i] != NULL; i++) {
    double weight = 1;

    if (i < g_strv_length (weights))
      limn_foreign_text_number (weights[i], &weight);
    if (!says_nothing (g_strstrip (names[i])))
      limn_foreign_miss_lora (foreign, names[i], weight);
  }
}

gboolean
limn_foreign_read_pair (const LimnJson *value, int *first, int *second)
{
  static const char *const forms[] = { "%5d x %5d %c", "%5d X %5d %c", "%5d / %5d %c", "%5d × %5d %c", "%5d , %5d %c" };
  g_autofree char *text = g_strdup (limn_json_string (value, ""));
  double a, b;
  char end;

  if (limn_json_kind (value) == LIMN_JSON_ARRAY && limn_foreign_json_number (limn_json_nth (value, 0), &a)
      && limn_foreign_json_number (limn_json_nth (value, 1), &b)) {
    *first = (int) CLAMP (a, -1.0, 1e6); /* the settings say which of these are too much */
    *second = (int) CLAMP (b, -1.0, 1e6);
    return TRUE;
  }
  g_strdelimit (text, "()[]", ' ');
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (sscanf (text, forms[i], first, second, &end) == 2)
      return TRUE;
  return FALSE;
}

/* ---- The whole ---- */

static const LimnForeignKey *
find_row (const LimnForeignKey *keys, const char *key)
{
  for (; keys != NULL && keys->name != NULL; keys++)
    if (is_named (keys->name, key))
      return keys;
  return NULL;
}

static void
add_unknown (GString *names, guint *n, const char *key)
{
  g_autofree char *valid = g_utf8_make_valid (key, -1);
  g_autofree char *cut = g_utf8_strlen (valid, -1) > NAME_LETTERS ? g_utf8_substring (valid, 0, NAME_LETTERS) : NULL;

  if (++*n > MOST_NAMED)
    return;
  g_string_append_printf (names, "%s%s", *n > 1 ? ", " : "", cut != NULL ? cut : valid);
}

static void
miss_unknown (LimnForeign *foreign, const char *names, guint n)
{
  if (n > MOST_NAMED)
    /* translators: a list of names, and how many more there are */
    limn_foreign_miss_printf (foreign, _ ("Other settings"), _ ("Limn does not know these: %s and %u more"), names,
                              n - MOST_NAMED);
  else if (n > 0)
    limn_foreign_miss_printf (foreign, _ ("Other settings"), _ ("Limn does not know these: %s"), names);
}

void
limn_foreign_take_keys (const LimnForeignReading *reading, const LimnForeignKey *own, const LimnForeignKey *common)
{
  const LimnForeignKey *const tables[] = { own, common };
  guint length = limn_json_length (reading->all), n = MIN (length, MOST_MEMBERS), unknown = length - n;
  g_autofree const LimnForeignKey **rows = g_new0 (const LimnForeignKey *, n + 1);
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree gboolean *useless = g_new0 (gboolean, n + 1);

  for (guint i = 0; i < n; i++) {
    const char *key = limn_json_key (reading->all, i);

    rows[i] = find_row (own, key);
    rows[i] = rows[i] != NULL ? rows[i] : find_row (common, key);
    useless[i] = rows[i] == NULL;
  }
  for (guint t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const LimnForeignKey *row = tables[t]; row != NULL && row->name != NULL; row++)
      for (guint i = 0; i < n; i++)
        if (rows[i] == row && row->take != NULL)
          useless[i] = !row->take (reading, row, limn_json_nth (reading->all, i));
  for (guint i = 0; i < n; i++)
    if (useless[i] && !is_empty (limn_json_nth (reading->all, i)))
      add_unknown (names, &unknown, limn_json_key (reading->all, i));
  miss_unknown (reading->foreign, names->str, unknown);
}

gboolean
limn_foreign_take_value (const LimnForeignReading *reading, const LimnForeignKey *own, const LimnForeignKey *common,
                         const char *name, const LimnJson *value)
{
  const LimnForeignKey *row = find_row (own, name);

  row = row != NULL ? row : find_row (common, name);
  return value != NULL && row != NULL && (row->take == NULL || row->take (reading, row, value));
}

/* ---- Rows ---- */

LIMN_FOREIGN_TAKE (prompt)
{
  const char *text = limn_json_string (value, NULL);
  g_autofree char *clean = text != NULL ? limn_foreign_clean_prompt (reading->foreign, text) : NULL;

  if (clean != NULL)
    limn_foreign_set_string (reading->foreign, key->property, clean);
  return clean != NULL;
}

LIMN_FOREIGN_TAKE (int)
{
  double number;

  if (!limn_foreign_json_number (value, &number))
    return FALSE;
  limn_foreign_set_int (reading->foreign, key->property, _ (key->what), number);
  return TRUE;
}

LIMN_FOREIGN_TAKE (double)
{
  double number;

  if (!limn_foreign_json_number (value, &number))
    return FALSE;
  limn_foreign_set_double (reading->foreign, key->property, _ (key->what), number);
  return TRUE;
}

LIMN_FOREIGN_TAKE (seed)
{
  guint64 seed;
  double number;

  if (limn_foreign_json_number (value, &number) && number < 0) {
    limn_foreign_miss (reading->foreign, _ ("Seed"), _ ("It was drawn at random and not kept; the present one stays"));
    return TRUE;
  }
  if (!limn_foreign_json_seed (value, &seed))
    return FALSE;
  limn_foreign_set_seed (reading->foreign, seed);
  return TRUE;
}

LIMN_FOREIGN_TAKE (width)
{
  double width, height;

  if (!limn_foreign_json_number (value, &width)
      || !limn_foreign_json_number (limn_foreign_at (reading->all, "height"), &height))
    return FALSE;
  limn_foreign_set_size (reading->foreign, width, height);
  return TRUE;
}

LIMN_FOREIGN_TAKE (size)
{
  int width, height;

  if (!limn_foreign_read_pair (value, &width, &height))
    return FALSE;
  limn_foreign_set_size (reading->foreign, width, height);
  return TRUE;
}

LIMN_FOREIGN_TAKE (sampler)
{
  const char *const schedules[] = { "schedule type", "scheduler", key->property };
  const char *sampler = limn_json_string (value, NULL), *schedule = NULL;

  if (sampler == NULL || says_nothing (sampler))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (schedules) && schedules[i] != NULL && schedule == NULL; i++)
    schedule = limn_foreign_text_at (reading->all, schedules[i]);
  limn_foreign_set_sampler (reading->foreign, sampler, schedule);
  return TRUE;
}

/* InvokeAI: an object with a name, or in older files a plain name. */
static const char *
model_name (const LimnJson *value)
{
  static const char *const keys[] = { "name", "model_name", "modelName" };
  const char *name = limn_json_string (value, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys) && name == NULL; i++)
    name = limn_json_member_string (value, keys[i]);
  return name != NULL && !says_nothing (name) ? name : NULL;
}

LIMN_FOREIGN_TAKE (model)
{
  const char *name = model_name (value), *hash = limn_json_member_string (value, "hash");

  if (hash == NULL)
    hash = limn_foreign_text_at (reading->all, "model hash");
  if (hash == NULL)
    hash = limn_foreign_text_at (reading->all, "base model hash");
  limn_foreign_set_model (reading->foreign, "model", name, hash, reading->models);
  return name != NULL;
}

LIMN_FOREIGN_TAKE (refiner)
{
  g_autofree char *name = g_strdup (model_name (value));
  char *bracket = name != NULL ? strrchr (name, '[') : NULL;

  if (name == NULL)
    return limn_foreign_is_nothing (value);
  if (bracket != NULL && bracket > name) /* "sd_xl_refiner_1.0 [7440042bbd]" */
    *bracket = '\0';
  limn_foreign_set_refiner (reading->foreign, g_strstrip (name), reading->models);
  return TRUE;
}

LIMN_FOREIGN_TAKE (handoff)
{
  double share;

  if (model_name (limn_foreign_at (reading->all, key->property)) == NULL)
    return TRUE; /* a default, of no refiner */
  if (!limn_foreign_json_number (value, &share))
    return FALSE;
  limn_foreign_set_handoff (reading->foreign, share);
  return TRUE;
}

LIMN_FOREIGN_TAKE (strength)
{
  double strength;

  if (!limn_foreign_json_number (value, &strength))
    return FALSE;
  if (strength >= 1)
    return TRUE;
  limn_foreign_set_double (reading->foreign, "strength", _ ("Strength"), strength);
  limn_foreign_miss_start (reading->foreign);
  return TRUE;
}

LIMN_FOREIGN_TAKE (start)
{
  if (!limn_foreign_is_nothing (value))
    limn_foreign_miss_start (reading->foreign);
  return TRUE;
}

LIMN_FOREIGN_TAKE (mask)
{
  if (!limn_foreign_is_nothing (value))
    limn_foreign_miss_mask (reading->foreign);
  return TRUE;
}

LIMN_FOREIGN_TAKE (mask_area)
{
  g_autofree char *words = limn_foreign_words (value);
  const LimnChoice *choice = words != NULL ? limn_field_choice (limn_field_find ("mask-area"), words) : NULL;

  limn_foreign_miss_mask (reading->foreign);
  if (choice == NULL)
    return FALSE;
  limn_foreign_set_string (reading->foreign, "mask-area", choice->name);
  return TRUE;
}

LIMN_FOREIGN_TAKE (clip_skip)
{
  double number;

  if (!limn_foreign_json_number (value, &number))
    return FALSE;
  /* SDXL was trained on the last layer but one, whatever programs call that */
  if (number > 2)
    limn_foreign_miss_printf (reading->foreign, _ ("CLIP skip"),
                              _ ("%.4g layers were left out; Limn leaves out one, as SDXL was trained"), number);
  return TRUE;
}

/* [{"type": "lora", "weight": 0.8, "modelName": "Crayon", "modelVersionName": "2"}, ...] */
LIMN_FOREIGN_TAKE (resources)
{
  g_autoptr (LimnJson) parsed = limn_foreign_parse_json (limn_json_string (value, "null"), NULL);
  const LimnJson *list = parsed != NULL && limn_json_kind (parsed) == LIMN_JSON_ARRAY ? parsed : value;

  for (guint i = 0; i < MIN (limn_json_length (list), 32); i++) {
    const LimnJson *entry = limn_json_nth (list, i);
    const char *type = limn_foreign_text_at (entry, "type"), *name = limn_foreign_text_at (entry, "model name");
    double weight = 1;

    name = name != NULL ? name : limn_foreign_text_at (entry, "name");
    name = name != NULL ? name : "?";
    limn_foreign_json_number (limn_foreign_at (entry, "weight"), &weight);
    if (g_strcmp0 (type, "checkpoint") == 0 || g_strcmp0 (type, "model") == 0) {
      if (limn_foreign_at (reading->all, "Model") == NULL)
        limn_foreign_set_model (reading->foreign, "model", name, NULL, reading->models);
    } else if (g_strcmp0 (type, "lora") == 0 || g_strcmp0 (type, "lycoris") == 0 || g_strcmp0 (type, "dora") == 0) {
      limn_foreign_miss_lora (reading->foreign, name, weight);
    } else {
      limn_foreign_miss_printf (reading->foreign, _ ("Other settings"), _ ("“%s” was used; Limn paints without it"),
                                name);
    }
  }
  return limn_json_kind (list) == LIMN_JSON_ARRAY;
}

LIMN_FOREIGN_TAKE (gap)
{
  g_autofree char *words = limn_foreign_words (value);
  g_autoptr (GString) why = g_string_new (_ (key->why));

  if (limn_foreign_is_nothing (value))
    return TRUE;
  g_string_replace (why, "%s", words != NULL ? words : "…", 1);
  limn_foreign_miss (reading->foreign, _ (key->what), why->str);
  return TRUE;
}

LIMN_FOREIGN_TAKE (part)
{
  return limn_foreign_is_nothing (limn_foreign_at (reading->all, key->property))
         || limn_foreign_take_gap (reading, key, value);
}

LIMN_FOREIGN_TAKE (unless)
{
  g_auto (GStrv) defaults = g_strsplit (key->property, "|", -1);
  const char *text = limn_json_string (value, "");
  double is, expected;

  for (guint i = 0; defaults[i] != NULL; i++)
    if (g_str_has_prefix (text, defaults[i])
        || (limn_foreign_json_number (value, &is) && limn_foreign_text_number (defaults[i], &expected)
            && is == expected))
      return TRUE;
  return key->what != NULL && limn_foreign_take_gap (reading, key, value);
}

LIMN_FOREIGN_TAKE (along)
{
  return limn_foreign_at (reading->all, key->property) != NULL || limn_foreign_is_nothing (value);
}

const LimnForeignKey limn_foreign_common_keys[] = {
  { "prompt", limn_foreign_take_prompt, "prompt" },
  { "negative prompt", limn_foreign_take_prompt, "negative" },
  { "steps", limn_foreign_take_int, "steps", N_ ("Steps") },
  { "cfg scale", limn_foreign_take_double, "guidance", N_ ("Guidance") },
  { "guidance scale", limn_foreign_take_double, "guidance", N_ ("Guidance") },
  { "cfg", limn_foreign_take_double, "guidance", N_ ("Guidance") },
  { "seed", limn_foreign_take_seed },
  { "width", limn_foreign_take_width },
  LIMN_FOREIGN_ALONG ("height", "width"),
  { "size", limn_foreign_take_size },
  { "resolution", limn_foreign_take_size },
  { "sampler", limn_foreign_take_sampler },
  { "sampler name", limn_foreign_take_sampler },
  LIMN_FOREIGN_ALONG ("scheduler", "sampler*"),
  LIMN_FOREIGN_ALONG ("schedule type", "sampler*"),
  { "model", limn_foreign_take_model },
  { "base model", limn_foreign_take_model },
  LIMN_FOREIGN_ALONG ("model hash", "model"),
  LIMN_FOREIGN_ALONG ("base model hash", "base model*"),
  { "version" },
  { "software" },
  { NULL },
};
