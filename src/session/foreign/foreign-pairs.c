/* foreign-pairs.c - the "parameters" text: prompt, negative prompt and "Key: value" pairs.
 *
 * The prompt, on any number of lines; "Negative prompt: ...", likewise; then "Steps: 20, Sampler: Euler, ..." where a
 * value with commas is quoted as JSON quotes it, or is JSON itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-pairs.h"
#include "session/foreign/foreign-private.h"

#include <string.h>

#define MOST_PAIRS 512
#define NEGATIVE "Negative prompt:"

/* ---- Values ---- */

/* The end of the string at p, after its closing quote; or NULL. */
static const char *
string_end (const char *p)
{
  for (p++; *p != '\0'; p++) {
    if (*p == '\\' && p[1] != '\0')
      p++;
    else if (*p == '"')
      return p + 1;
  }
  return NULL;
}

/* The end of the list or object at p, on the same line; or NULL. */
static const char *
nested_end (const char *p)
{
  int depth = 0;

  while (*p != '\0' && *p != '\n') {
    const char *end = *p == '"' ? string_end (p) : NULL;

    depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    p = end != NULL ? end : p + 1;
    if (depth == 0)
      return p;
  }
  return NULL;
}

/* Where the value that starts at p ends: after its closing quote or bracket, or at the next comma. */
static const char *
value_end (const char *p)
{
  const char *end = NULL;

  if (*p == '"')
    end = string_end (p);
  else if (*p == '{' || *p == '[')
    end = nested_end (p);
  end = end != NULL ? end : p;
  return end + strcspn (end, ",\n");
}

static char *
unquote (const char *value, gsize length)
{
  g_autofree char *raw = g_strndup (value, length);
  g_autoptr (LimnJson) json = g_strchomp (raw)[0] == '"' ? limn_json_parse ("value", raw, -1, NULL) : NULL;
  const char *text = limn_json_string (json, NULL);

  return g_strstrip (g_strdup (text != NULL ? text : raw));
}

/* Letters, digits and what joins them; the rest of a template is no key. */
static gboolean
is_key (const char *text, gsize length)
{
  if (length == 0 || strchr ("([{<\"'|\\.;", text[0]) != NULL)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (strchr ("()[]{}<>\"|\\", text[i]) != NULL && !g_ascii_isspace (text[i]))
      return FALSE;
  return TRUE;
}

/* ---- Lines ---- */

/* key -> value, as written; the first of a name counts. */
static GHashTable *
split_pairs (const char *line)
{
  GHashTable *pairs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (const char *p = line; *p != '\0' && g_hash_table_size (pairs) < MOST_PAIRS;) {
    const char *colon, *end;

    p += strspn (p, " ,\r\n\t");
    colon = p + strcspn (p, ":,\n");
    end = colon;
    if (*colon == ':' && colon > p) {
      g_autofree char *key = g_strstrip (g_strndup (p, (gsize) (colon - p)));
      const char *value = colon + 1 + strspn (colon + 1, " ");

      end = value_end (value);
      if (is_key (key, strlen (key)) && !g_hash_table_contains (pairs, key))
        g_hash_table_insert (pairs, g_steal_pointer (&key), unquote (value, (gsize) (end - value)));
    }
    p = *end != '\0' ? end + 1 : end;
  }
  return pairs;
}

/* How many settings text names that nobody writes into a prompt. */
static guint
count_settings (const char *text, gsize length)
{
  static const char *const names[] = {
    "Steps", "Sampler", "CFG scale", "Seed", "Size", "Model hash", "Guidance Scale"
  };
  g_autofree char *copy = g_strndup (text, length);
  g_autoptr (GHashTable) pairs = split_pairs (copy);
  guint known = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    known += g_hash_table_contains (pairs, names[i]);
  return known;
}

static gboolean
is_settings (const char *text, gsize length)
{
  return count_settings (text, length) >= 2;
}

/* What an extension writes behind the settings: what its random prompts were drawn from. */
static gboolean
is_template (const char *line)
{
  return g_str_has_prefix (line, "Template:") || g_str_has_prefix (line, "Negative Template:");
}

/* The last line of settings, or the last that begins with "Steps:" where they are on a line each; or NULL.  end:
 * receives where they end. */
static const char *
find_settings (const char *text, const char **end)
{
  const char *found = NULL, *steps = NULL, *p = text;

  for (; p != NULL && *p != '\0'; p = strchr (p, '\n')) {
    p += strspn (p, "\r\n ");
    if (found != NULL && is_template (p))
      break;
    if (g_ascii_isalpha (*p) && !g_str_has_prefix (p, NEGATIVE) && is_settings (p, strcspn (p, "\n")))
      found = p;
    if (g_str_has_prefix (p, "Steps:"))
      steps = p;
  }
  *end = p != NULL ? p : text + strlen (text);
  if (found == NULL && steps != NULL && is_settings (steps, strlen (steps)))
    found = steps;
  return found;
}

/* In one line, as what was pasted into a chat comes back: where " Steps: 20" begins, after nothing but a prompt; or
 * line. */
static const char *
settings_in (const char *line)
{
  gsize length = strcspn (line, "\n");
  const char *steps = g_strstr_len (line, (gssize) length, " Steps: ");

  return steps != NULL && g_ascii_isdigit (steps[8]) && count_settings (line, (gsize) (steps - line)) == 0 ? steps
                                                                                                           : line;
}

/* What viewers and programs write above a prompt. */
static const char *
skip_title (const char *text)
{
  static const char *const titles[] = { "parameters\n", "parameters\r\n", "parameters:", "Parameters:", "Prompt:" };

  text += strspn (text, " \t\r\n");
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_has_prefix (text, titles[i])) {
      text += strlen (titles[i]);
      return text + strspn (text, " \t\r\n");
    }
  return text;
}

static char *
find_negative (char *text)
{
  char *negative = g_str_has_prefix (text, NEGATIVE) ? text : strstr (text, "\n" NEGATIVE);

  return negative != NULL ? negative : strstr (text, " " NEGATIVE);
}

/* ---- The whole ---- */

LimnPairs *
limn_pairs_new (const char *text)
{
  g_autofree char *copy = g_utf8_make_valid (skip_title (text), -1);
  g_autoptr (GHashTable) pairs = NULL;
  const char *end, *found = find_settings (copy, &end);
  char *line, *negative;
  LimnPairs *self;

  if (found == copy)
    found = settings_in (copy);
  line = found != NULL ? copy + (found - copy) : copy + strlen (copy);
  negative = find_negative (copy);
  if (negative != NULL && negative >= line)
    negative = NULL;
  if (found == NULL && negative == NULL)
    return NULL;
  self = g_new0 (LimnPairs, 1);
  copy[end - copy] = '\0';
  pairs = split_pairs (line);
  self->settings = limn_foreign_texts_to_json (pairs);
  *line = '\0';
  if (negative != NULL) {
    self->negative = g_strdup (strstr (negative, NEGATIVE) + strlen (NEGATIVE));
    *negative = '\0';
  }
  self->prompt = g_strdup (copy);
  return self;
}

void
limn_pairs_split_dash (LimnPairs *self)
{
  char *dash = g_strrstr (g_strchomp (self->prompt), "\n-");

  if (dash == NULL && self->prompt[0] == '-')
    dash = self->prompt;
  if (dash == NULL || self->negative != NULL)
    return;
  self->negative = g_strdup (dash + strspn (dash, "\n-"));
  *dash = '\0';
}

void
limn_pairs_free (LimnPairs *self)
{
  if (self == NULL)
    return;
  g_free (self->prompt);
  g_free (self->negative);
  limn_json_free (self->settings);
  g_free (self);
}
