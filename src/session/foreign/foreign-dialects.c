/* foreign-dialects.c - another way to weigh words in a prompt, written in Limn's: "(words:1.3)".
 *
 * NovelAI: {words} times 1.05, [words] divided by it, 1.5::words:: by number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-private.h"

#include <math.h>
#include <string.h>

#define MOST_DEPTH 64

typedef struct {
  char *text;
  double weight;
} Run;

static void
clear_run (gpointer data)
{
  g_free (((Run *) data)->text);
}

static GArray *
runs_new (void)
{
  GArray *runs = g_array_new (FALSE, FALSE, sizeof (Run));

  g_array_set_clear_func (runs, clear_run);
  return runs;
}

/* Empties text. */
static void
flush (GArray *runs, GString *text, double weight)
{
  Run run = { NULL, weight };

  if (text->len == 0)
    return;
  run.text = g_strdup (text->str);
  g_array_append_val (runs, run);
  g_string_truncate (text, 0);
}

/* Signs of Limn's own become letters; those that are already, stay. */
static void
append_escaped (GString *out, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\\' && i + 1 < length && strchr ("()[]{}|\\", text[i + 1]) != NULL)
      g_string_append_c (out, text[i++]);
    else if (strchr ("()[]{}\\", text[i]) != NULL)
      g_string_append_c (out, '\\');
    g_string_append_c (out, text[i]);
  }
}

/* Blanks and commas at the ends stay outside of the brackets. */
static void
append_run (GString *out, const Run *run)
{
  gsize start = strspn (run->text, " ,\t\r\n"), end = strlen (run->text);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  while (end > start && strchr (" ,\t\r\n", run->text[end - 1]) != NULL)
    end--;
  if (fabs (run->weight - 1) < 1e-6 || end == start) {
    append_escaped (out, run->text, strlen (run->text));
    return;
  }
  g_string_append_len (out, run->text, (gssize) start);
  g_string_append_c (out, '(');
  append_escaped (out, run->text + start, end - start);
  g_string_append_printf (out, ":%s)", g_ascii_formatd (number, sizeof number, "%.6g", run->weight));
  g_string_append (out, run->text + end);
}

/* Takes over runs. */
static char *
render (GArray *runs, gboolean *weighted)
{
  GString *out = g_string_new (NULL);

  *weighted = FALSE;
  for (guint i = 0; i < runs->len; i++) {
    const Run *run = &g_array_index (runs, Run, i);

    *weighted = *weighted || fabs (run->weight - 1) >= 1e-6;
    append_run (out, run);
  }
  g_array_unref (runs);
  return g_string_free (out, FALSE);
}

/* "1.5::" at text: its bytes, or 0. */
static gsize
read_weight (const char *text, double *weight)
{
  char *end = NULL;

  if (!g_ascii_isdigit (*text) && !((*text == '-' || *text == '.') && g_ascii_isdigit (text[1])))
    return 0;
  *weight = g_ascii_strtod (text, &end);
  return g_str_has_prefix (end, "::") && isfinite (*weight) ? (gsize) (end - text) + 2 : 0;
}

char *
limn_foreign_from_novelai (const char *prompt, gboolean *weighted)
{
  GArray *runs = runs_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  double number = 1, next;
  int depth = 0;

  for (const char *p = prompt; *p != '\0'; p++) {
    gboolean inside = p > prompt && (g_ascii_isalnum (p[-1]) || p[-1] == '.');
    gsize length = inside ? 0 : read_weight (p, &next);
    int step = (*p == '{' || *p == ']') - (*p == '}' || *p == '[');

    if (length == 0 && step == 0 && !g_str_has_prefix (p, "::")) {
      g_string_append_c (text, *p);
      continue;
    }
    flush (runs, text, number * pow (1.05, depth));
    if (step != 0) {
      depth = CLAMP (depth + step, -MOST_DEPTH, MOST_DEPTH);
      continue;
    }
    number = length > 0 ? CLAMP (next, -100.0, 100.0) : 1;
    p += (length > 0 ? length : 2) - 1;
  }
  flush (runs, text, number * pow (1.05, depth));
  return render (runs, weighted);
}
