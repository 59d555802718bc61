/* foreign-emphasis.c - the weights of ComfyUI's prompts, written as Limn reads them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-emphasis.h"

#include <string.h>

#include "text/prompt-weights.h"
#include "text/wildcards.h"

#define MOST_WEIGHT 1e6

/* Neighbours of equal weight are one run. */
typedef struct {
  GString *out, *run;
  double weight; /* of run */
  gboolean choices;
} Writer;

/* ---- Writing ---- */

static gboolean
is_word (gunichar c)
{
  return c == '_' || g_unichar_isalnum (c);
}

static gboolean
needs_escape (const char *p, gboolean choices)
{
  return strchr ("()[]\\", *p) != NULL
         || (!choices && (strchr ("{|}", *p) != NULL || limn_wildcards_name_length (p) > 0));
}

/* "BREAK" as a word of its own begins a chunk in Limn, and an escape ends a word; encoders read "break" as the same
 * word. */
static gboolean
is_break (const char *run, const char *at, gboolean choices)
{
  const char *before = at > run ? g_utf8_find_prev_char (run, at) : NULL;

  return strncmp (at, "BREAK", 5) == 0 && (before == NULL || !is_word (g_utf8_get_char (before)))
         && (needs_escape (at + 5, choices) || !is_word (g_utf8_get_char (at + 5)));
}

static void
escape (GString *out, const char *run, gboolean choices)
{
  for (const char *p = run; *p != '\0'; p++) {
    if (is_break (run, p, choices)) {
      g_string_append (out, "break");
      p += 4;
      continue;
    }
    if (needs_escape (p, choices))
      g_string_append_c (out, '\\');
    g_string_append_c (out, *p);
  }
}

/* 1.3, not 1.300000 */
static char *
format_weight (double weight)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  gsize length;

  g_ascii_formatd (number, sizeof number, "%.6f", CLAMP (weight, -MOST_WEIGHT, MOST_WEIGHT));
  length = strlen (number);
  while (number[length - 1] == '0')
    length--;
  if (number[length - 1] == '.')
    length--;
  number[length] = '\0';
  return g_strdup (g_str_equal (number, "-0") ? "0" : number);
}

/* Spaces weigh nothing and stand outside the brackets. */
static void
flush (Writer *writer)
{
  g_autofree char *number = format_weight (writer->weight);
  const char *start = writer->run->str + strspn (writer->run->str, " \n");
  g_autofree char *inner = g_strchomp (g_strdup (start));
  const char *end = start + strlen (inner);

  if (g_str_equal (number, "1") || inner[0] == '\0') {
    escape (writer->out, writer->run->str, writer->choices);
  } else {
    g_string_append_len (writer->out, writer->run->str, start - writer->run->str);
    g_string_append_c (writer->out, '(');
    escape (writer->out, inner, writer->choices);
    if (g_str_equal (number, "1.1") && strchr (inner, ':') == NULL)
      g_string_append_c (writer->out, ')');
    else
      g_string_append_printf (writer->out, ":%s)", number);
    g_string_append (writer->out, end);
  }
  g_string_truncate (writer->run, 0);
}

static void
add_text (Writer *writer, const LimnPromptPiece *piece)
{
  if (piece->weight != writer->weight)
    flush (writer);
  writer->weight = piece->weight;
  g_string_append (writer->run, piece->text);
}

gboolean
limn_emphasis_has_choices (const char *text)
{
  g_autoptr (GArray) choices = limn_wildcards_find_choices (text);

  for (guint i = 0; i < choices->len; i++)
    if (g_array_index (choices, guint, i) != LIMN_NO_CHOICE || limn_wildcards_name_length (text + i) > 0)
      return TRUE;
  return FALSE;
}

char *
limn_emphasis_from_comfy (const char *text, gboolean choices)
{
  g_autoptr (GArray) pieces = limn_prompt_weights_parse_comfy (text);
  g_autoptr (GString) run = g_string_new (NULL);
  Writer writer = { g_string_new (NULL), run, 1, choices || !limn_emphasis_has_choices (text) };

  for (guint i = 0; i < pieces->len; i++)
    add_text (&writer, &g_array_index (pieces, LimnPromptPiece, i));
  flush (&writer);
  return g_string_free (writer.out, FALSE);
}
