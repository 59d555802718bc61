/* foreign-comfy-text.c - the words of a prompt, followed through whatever nodes they came by.
 *
 * A node's texts are its inputs with a text's name.  Several are joined where the node has a delimiter or says so, one
 * of them is chosen where it is a switch, and one side of them is taken where it has a positive and a negative one.
 * Where that leaves a doubt, the text that is likeliest is taken and the doubt is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"
#include "session/foreign/foreign-emphasis.h"

#include <glib/gi18n.h>
#include <string.h>

#include "text/wildcards.h"

#define MOST_TEXTS 64

typedef struct {
  LimnComfy *comfy;
  gboolean negative, second, choices;
} Reading;

typedef struct {
  const char *name;
  const LimnJson *value;
} Text;

static gboolean
has_any_word (const char *name, const char *const *words)
{
  for (; *words != NULL; words++)
    if (limn_comfy_has_word (name, *words))
      return TRUE;
  return FALSE;
}

static gboolean
is_any (const char *name, const char *const *names)
{
  for (; *names != NULL; names++)
    if (g_ascii_strcasecmp (name, *names) == 0)
      return TRUE;
  return FALSE;
}

static const char *
title (Reading *reading)
{
  return reading->negative ? _ ("Negative prompt") : _ ("Prompt");
}

static const char *
property (Reading *reading)
{
  return reading->negative ? "negative" : "prompt";
}

/* ---- A node's texts ---- */

static gboolean
is_delimiter (const char *name)
{
  static const char *const words[] = { "delim", "separator", "joiner", "glue", NULL };

  return has_any_word (name, words) || g_ascii_strcasecmp (name, "sep") == 0;
}

/* "clip_strength" and the like: what stands beside a text. */
static gboolean
is_setting_name (const char *name)
{
  static const char *const words[] = { "filename", "encod",     "_name",  "path",  "font",   "color",   "weight",
                                       "strength", "score",     "option", "log",   "seed",   "type",    "format",
                                       "style",    "count",     "clean",  "mode",  "model",  "exclude", "tidy",
                                       "normaliz", "interpret", "print",  "width", "height", "length",  NULL };

  return is_delimiter (name) || has_any_word (name, words);
}

static gboolean
is_text_name (const char *name)
{
  static const char *const words[] = { "text",     "prompt",   "string",    "wildcard",  "caption", "tags",
                                       "positive", "negative", "multiline", "populated", NULL };
  static const char *const names[] = { "value",  "input",   "any",    "a",    "b",       "c",      "d",     "prefix",
                                       "suffix", "prepend", "append", "pre",  "post",    "before", "after", "content",
                                       "words",  "str",     "txt",    "line", "subject", NULL };

  return !is_setting_name (name) && (has_any_word (name, words) || is_any (name, names));
}

static gboolean
is_of_side (const char *name, gboolean negative)
{
  gsize length = strlen (name);

  if (limn_comfy_has_word (name, negative ? "negative" : "positive"))
    return TRUE;
  return length >= 3 && (length == 3 || name[length - 4] == '_')
         && g_ascii_strcasecmp (name + length - 3, negative ? "neg" : "pos") == 0;
}

/* "text_g" and "text_positive_l" are for one encoder each. */
static gboolean
is_of_encoder (const char *name, gboolean second)
{
  gsize length = strlen (name);

  return length > 2 && name[length - 2] == '_' && g_ascii_tolower (name[length - 1]) == (second ? 'g' : 'l');
}

/* What comes first where texts are joined. */
static int
rank (const char *name)
{
  static const char *const first[] = { "prefix", "prepend", "pre", "before", NULL };
  static const char *const last[] = { "suffix", "append", "post", "after", NULL };

  return is_any (name, first) ? -1 : is_any (name, last) ? 1 : 0;
}

/* Numbers by their value: "text_10" after "text_9". */
static int
compare_names (gconstpointer first, gconstpointer second)
{
  const char *a = ((const Text *) first)->name, *b = ((const Text *) second)->name;

  if (rank (a) != rank (b))
    return rank (a) - rank (b);
  while (*a != '\0' && *b != '\0') {
    if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b)) {
      guint64 one = g_ascii_strtoull (a, (char **) &a, 10), other = g_ascii_strtoull (b, (char **) &b, 10);

      if (one != other)
        return one < other ? -1 : 1;
    } else if (*a != *b) {
      return g_ascii_tolower (*a) - g_ascii_tolower (*b);
    } else {
      a++;
      b++;
    }
  }
  return (*a != '\0') - (*b != '\0');
}

/* Texts for one encoder that were left empty beside one for both. */
static void
drop_empty (GArray *texts)
{
  gboolean both = FALSE;

  for (guint i = 0; i < texts->len; i++) {
    const char *name = g_array_index (texts, Text, i).name;

    both = both || !(is_of_encoder (name, FALSE) || is_of_encoder (name, TRUE));
  }
  for (guint i = texts->len; both && i > 0; i--) {
    const Text *text = &g_array_index (texts, Text, i - 1);

    if ((is_of_encoder (text->name, FALSE) || is_of_encoder (text->name, TRUE))
        && g_strcmp0 (limn_json_string (text->value, NULL), "") == 0)
      g_array_remove_index (texts, i - 1);
  }
}

typedef gboolean (*Belongs) (const char *name, gboolean flag);

/* Keeps those of one of two sorts, where both are there. */
static void
keep_sort (GArray *texts, Belongs belongs, gboolean flag)
{
  gboolean own = FALSE, other = FALSE;

  for (guint i = 0; i < texts->len; i++) {
    own = own || belongs (g_array_index (texts, Text, i).name, flag);
    other = other || belongs (g_array_index (texts, Text, i).name, !flag);
  }
  for (guint i = texts->len; own && other && i > 0; i--)
    if (!belongs (g_array_index (texts, Text, i - 1).name, flag))
      g_array_remove_index (texts, i - 1);
}

static gboolean
has_delimiter (const LimnJson *node)
{
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (guint i = 0; i < limn_json_length (inputs); i++)
    if (is_delimiter (limn_json_key (inputs, i)))
      return TRUE;
  return FALSE;
}

/* (element-type Text) in the order they are joined */
static GArray *
find_texts (const LimnJson *node, gboolean negative, gboolean second)
{
  GArray *texts = g_array_new (FALSE, FALSE, sizeof (Text));
  const LimnJson *inputs = limn_comfy_inputs (node);
  gboolean joins = has_delimiter (node);

  for (guint i = 0; i < limn_json_length (inputs) && texts->len < MOST_TEXTS; i++) {
    Text text = { limn_json_key (inputs, i), NULL };

    text.value = limn_json_member (inputs, text.name);
    if ((is_text_name (text.name) || (joins && !is_setting_name (text.name)))
        && (limn_json_string (text.value, NULL) != NULL || limn_comfy_is_link (text.value))
        && !limn_comfy_is_pipe (text.name, text.value))
      g_array_append_val (texts, text);
  }
  drop_empty (texts);
  keep_sort (texts, is_of_side, negative);
  keep_sort (texts, is_of_encoder, second);
  g_array_sort (texts, compare_names);
  return texts;
}

gboolean
limn_comfy_bears_text (const LimnJson *node, gboolean negative)
{
  g_autoptr (GArray) texts = find_texts (node, negative, FALSE);

  for (guint i = 0; i < texts->len; i++) {
    const Text *text = &g_array_index (texts, Text, i);

    if (limn_json_string (text->value, NULL) != NULL
        || !(is_of_side (text->name, TRUE) || is_of_side (text->name, FALSE)))
      return TRUE;
  }
  return FALSE;
}

/* ---- Following ---- */

static char *read_node (Reading *reading, const LimnJson *node, int depth);

static char *
read_value (Reading *reading, const LimnJson *value, int depth)
{
  const char *text = limn_json_string (value, NULL);
  const LimnJson *node = limn_comfy_follow (reading->comfy, value);

  if (text != NULL && strlen (text) <= LIMN_PROMPT_LIMIT)
    return g_strdup (text);
  if (node != NULL && depth < LIMN_COMFY_MOST_DEPTH)
    return read_node (reading, node, depth + 1);
  limn_foreign_doubt (reading->comfy->foreign, property (reading), title (reading),
                      _ ("A part of it is not inside this file"));
  return NULL;
}

static void
doubt (Reading *reading, const LimnJson *node)
{
  limn_foreign_doubt (reading->comfy->foreign, property (reading), title (reading),
                      _ ("The node “%s” changes it; Limn does not"), limn_comfy_kind (node));
}

static char *
join (Reading *reading, const LimnJson *node, GArray *texts, const char *delimiter, int depth)
{
  const LimnJson *clean = limn_comfy_input (node, "clean_whitespace"); /* such nodes leave out what is empty, too */
  gboolean strip = limn_json_bool (clean, g_strcmp0 (limn_json_string (clean, NULL), "true") == 0), any = FALSE;
  g_autoptr (GString) joined = g_string_new (NULL);

  if (delimiter == NULL) {
    delimiter = limn_comfy_is (node, "append") || limn_comfy_is (node, "merge") ? "" : " ";
    doubt (reading, node);
  }
  if (g_str_equal (delimiter, "\\n"))
    delimiter = "\n";
  for (guint i = 0; i < texts->len; i++) {
    g_autofree char *part = read_value (reading, g_array_index (texts, Text, i).value, depth);

    if (part == NULL || (clean != NULL && part[0] == '\0'))
      continue;
    if (any)
      g_string_append (joined, delimiter);
    g_string_append (joined, strip ? g_strstrip (part) : part);
    any = TRUE;
    if (joined->len > LIMN_PROMPT_LIMIT)
      return NULL;
  }
  return any ? g_strdup (joined->str) : NULL;
}

/* The delimiter, or NULL; a linked one is followed. */
static char *
find_delimiter (Reading *reading, const LimnJson *node, int depth)
{
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (guint i = 0; i < limn_json_length (inputs); i++)
    if (is_delimiter (limn_json_key (inputs, i)))
      return read_value (reading, limn_json_member (inputs, limn_json_key (inputs, i)), depth);
  return NULL;
}

static gboolean
is_join (const LimnJson *node)
{
  static const char *const words[] = { "concat", "join", "combine", "append", "merge", NULL };

  return has_any_word (limn_comfy_kind (node), words)
         || has_any_word (limn_json_string (limn_comfy_input (node, "action"), ""), words);
}

/* Words put in the place of others: TRUE where the node does that and says which. */
static gboolean
replace (Reading *reading, const LimnJson *node, char **text)
{
  static const char *const olds[] = { "find", "search", "old", "target", NULL };
  static const char *const news[] = { "replace", "replacement", "new", NULL };
  const char *from = limn_comfy_string (reading->comfy, node, olds);
  const char *to = limn_comfy_string (reading->comfy, node, news);
  g_auto (GStrv) parts = NULL;

  if (from == NULL || to == NULL || from[0] == '\0' || !limn_comfy_is (node, "replace")
      || limn_comfy_is (node, "regex"))
    return FALSE;
  parts = g_strsplit (*text, from, -1);
  g_free (*text);
  *text = g_strjoinv (to, parts);
  return TRUE;
}

/* Something else at the node, beside its texts, that may have a say in what comes out. */
static gboolean
has_a_say (const LimnJson *node)
{
  static const char *const quiet[] = { "clip",
                                       "model",
                                       "vae",
                                       "seed",
                                       "control",
                                       "log",
                                       "print",
                                       "wildcard",
                                       "select to add",
                                       "lora",
                                       "token_normalization",
                                       "weight_interpretation",
                                       "parser",
                                       NULL };
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (guint i = 0; i < limn_json_length (inputs); i++) {
    const char *name = limn_json_key (inputs, i);
    const LimnJson *value = limn_json_member (inputs, name);

    if (!is_text_name (name) && !has_any_word (name, quiet) && !limn_comfy_is_pipe (name, value)
        && limn_json_kind (value) != LIMN_JSON_NULL && limn_json_kind (value) != LIMN_JSON_OBJECT)
      return TRUE;
  }
  return FALSE;
}

/* Nodes that turn words into guidance have sizes and the like beside them, which change no word. */
static gboolean
is_encoder (const LimnJson *node)
{
  static const char *const clips[] = { "clip", "opt_clip", "ckpt_name", "base_ckpt_name", "clip1", NULL };

  return limn_comfy_any (node, clips) != NULL || limn_comfy_is (node, "encode");
}

/* A node that draws words: what it was given is what is left.  TRUE where it has something to draw from. */
static gboolean
note_choices (Reading *reading, const LimnJson *node, const char *text)
{
  static const char *const words[] = { "wildcard", "random", "dynamic", "dprandom", NULL };

  if ((limn_comfy_input (node, "seed") == NULL && !has_any_word (limn_comfy_kind (node), words))
      || !limn_emphasis_has_choices (text))
    return FALSE;
  reading->choices = TRUE;
  limn_foreign_doubt (reading->comfy->foreign, property (reading), title (reading),
                      _ ("The node “%s” chose words; which ones is not inside this file"), limn_comfy_kind (node));
  return TRUE;
}

static const Text *
likeliest (GArray *texts)
{
  static const char *const names[] = { "text", "prompt", "positive", "negative", "string", NULL };

  for (guint n = 0; names[n] != NULL; n++)
    for (guint i = 0; i < texts->len; i++)
      if (limn_comfy_has_word (g_array_index (texts, Text, i).name, names[n]))
        return &g_array_index (texts, Text, i);
  return &g_array_index (texts, Text, 0);
}

static char *
unknown (Reading *reading, const LimnJson *node)
{
  limn_foreign_doubt (reading->comfy->foreign, property (reading), title (reading),
                      _ ("What the node “%s” wrote is not inside this file"), limn_comfy_kind (node));
  return NULL;
}

/* One of the node's texts; whatever else the node has may have changed it. */
static char *
read_one (Reading *reading, const LimnJson *node, GArray *texts, int depth)
{
  const Text *best = likeliest (texts);
  char *text = read_value (reading, best->value, depth);
  gboolean shows = limn_comfy_is (node, "show") || limn_comfy_is (node, "display") || limn_comfy_is (node, "preview");
  gboolean others = FALSE;

  for (guint i = 0; i < texts->len; i++) {
    const Text *other = &g_array_index (texts, Text, i);

    if (text == NULL && limn_json_string (other->value, NULL) != NULL) /* what it showed the last time */
      text = g_strdup (limn_json_string (other->value, NULL));
    others = others || (other != best && g_strcmp0 (limn_json_string (other->value, NULL), "") != 0);
  }
  if (text == NULL || shows)
    return text;
  if (note_choices (reading, node, text) || replace (reading, node, &text)
      || !(others || limn_comfy_is (node, "random") || (!is_encoder (node) && has_a_say (node))))
    return text;
  if (text[0] == '\0') {
    g_free (text);
    return unknown (reading, node);
  }
  doubt (reading, node);
  return text;
}

/* A node without a text's name: one text, or one link. */
static char *
read_nameless (Reading *reading, const LimnJson *node, int depth)
{
  const LimnJson *inputs = limn_comfy_inputs (node), *only = limn_comfy_relay (reading->comfy, node);

  for (guint i = 0; i < limn_json_length (inputs) && only == NULL; i++)
    if (limn_json_length (inputs) == 1)
      only = limn_json_member (inputs, limn_json_key (inputs, i));
  if (only == NULL || (limn_json_string (only, NULL) == NULL && !limn_comfy_is_link (only))
      || limn_comfy_input (node, "image") != NULL)
    return unknown (reading, node);
  if (has_a_say (node) && limn_json_length (inputs) > 1)
    doubt (reading, node);
  return read_value (reading, only, depth);
}

static const char *
populated (const LimnJson *node)
{
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (guint i = 0; i < limn_json_length (inputs); i++) {
    const char *name = limn_json_key (inputs, i);
    const char *text = limn_json_member_string (inputs, name);

    if (text != NULL && text[0] != '\0' && strlen (text) <= LIMN_PROMPT_LIMIT
        && limn_comfy_has_word (name, "populated"))
      return text;
  }
  return NULL;
}

static char *
read_node (Reading *reading, const LimnJson *node, int depth)
{
  g_autoptr (GArray) texts = find_texts (node, reading->negative, reading->second);
  g_autofree char *delimiter = NULL;
  const LimnJson *chosen;
  gboolean known = FALSE;

  if (populated (node) != NULL) {
    note_choices (reading, node, populated (node));
    return g_strdup (populated (node));
  }
  chosen = limn_comfy_choice (reading->comfy, node, &known);
  if (chosen != NULL) {
    if (!known)
      limn_foreign_doubt (reading->comfy->foreign, property (reading), title (reading),
                          _ ("Which text the node “%s” chose is not inside this file"), limn_comfy_kind (node));
    return read_value (reading, chosen, depth);
  }
  if (texts->len == 0)
    return read_nameless (reading, node, depth);
  delimiter = find_delimiter (reading, node, depth);
  if (texts->len > 1 && (delimiter != NULL || is_join (node)))
    return join (reading, node, texts, delimiter, depth);
  return read_one (reading, node, texts, depth);
}

char *
limn_comfy_read_text (LimnComfy *comfy, const LimnJson *node, gboolean negative, gboolean second, gboolean *choices)
{
  Reading reading = { comfy, negative, second, *choices };
  char *text = read_node (&reading, node, 0);

  *choices = reading.choices;
  return text;
}
