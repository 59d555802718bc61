/* foreign-emphasis.c - the weights of ComfyUI's prompts, written as Limn reads them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-emphasis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/wildcards.h"

#define ROUND_FACTOR 1.1
#define MOST_DEPTH 100
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
add_text (Writer *writer, const char *text, gsize length, double weight)
{
  if (weight != writer->weight)
    flush (writer);
  writer->weight = weight;
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\\' && i + 1 < length && strchr ("()", text[i + 1]) != NULL)
      i++;
    g_string_append_c (writer->run, text[i]);
  }
}

/* ---- Reading ---- */

/* A number as Python takes it, with spaces around. */
static gboolean
read_number (const char *text, gsize length, double *number)
{
  g_autofree char *copy = g_strstrip (g_strndup (text, length));
  char *end;

  if (copy[0] == '\0' || strspn (copy, "0123456789.+-eE") != strlen (copy))
    return FALSE;
  *number = g_ascii_strtod (copy, &end);
  return *end == '\0' && isfinite (*number);
}

static void read_level (Writer *writer, const char *text, gsize length, double weight, int depth);

/* A part of a level: brackets with what they hold, or what stands between brackets. */
static void
read_part (Writer *writer, const char *text, gsize length, double weight, int depth)
{
  const char *inner = text + 1, *colon;
  gsize inside = length - 2;
  double number;

  if (length < 2 || text[0] != '(' || text[length - 1] != ')' || text[length - 2] == '\\' || depth >= MOST_DEPTH) {
    add_text (writer, text, length, weight);
    return;
  }
  colon = g_strrstr_len (inner, (gssize) inside, ":");
  weight *= ROUND_FACTOR;
  if (colon != NULL && colon > inner && read_number (colon + 1, (gsize) (inner + inside - colon - 1), &number)) {
    weight = number;
    inside = (gsize) (colon - inner);
  }
  read_level (writer, inner, inside, weight, depth + 1);
}

/* A closing bracket too many counts: the next opening one is its partner, and both are text. */
static void
read_level (Writer *writer, const char *text, gsize length, double weight, int depth)
{
  gsize start = 0;
  int open = 0;

  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\\' && i + 1 < length && strchr ("()", text[i + 1]) != NULL) {
      i++;
    } else if (text[i] == '(') {
      if (open == 0 && i > start) {
        read_part (writer, text + start, i - start, weight, depth);
        start = i;
      }
      open++;
    } else if (text[i] == ')') {
      open--;
      if (open == 0) {
        read_part (writer, text + start, i + 1 - start, weight, depth);
        start = i + 1;
      }
    }
  }
  if (start < length)
    read_part (writer, text + start, length - start, weight, depth);
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
  g_autoptr (GString) run = g_string_new (NULL);
  Writer writer = { g_string_new (NULL), run, 1, choices || !limn_emphasis_has_choices (text) };

  read_level (&writer, text, strlen (text), 1, 0);
  flush (&writer);
  return g_string_free (writer.out, FALSE);
}
