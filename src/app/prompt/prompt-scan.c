/* prompt-scan.c - what the parts of a prompt are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-scan.h"

#include <string.h>

#include "text/wildcards.h"

#define ROUND_FACTOR 1.1
#define SQUARE_FACTOR (1 / 1.1)
#define MAX_DEPTH 100 /* as text/prompt-weights.c: deeper ones are text */
#define MAX_WEIGHT 1e6

typedef struct {
  guint at[MAX_DEPTH]; /* the spans of open brackets */
  guint depth;
} Stack;

typedef struct {
  const char *text;
  GArray *spans;
  const guint *choices;
  Stack round, square;
  GArray *braces; /* the spans of open ones */
} Scanner;

static LimnPromptSpan *
span_at (Scanner *scanner, guint index)
{
  return &g_array_index (scanner->spans, LimnPromptSpan, index);
}

static void
add (Scanner *scanner, const char *p, gsize length, LimnPromptMark mark)
{
  guint start = (guint) (p - scanner->text);
  LimnPromptSpan span = { start, start + (guint) length, mark, 0, 1 };
  LimnPromptSpan *last = scanner->spans->len > 0 ? span_at (scanner, scanner->spans->len - 1) : NULL;

  if (mark == LIMN_MARK_TEXT && last != NULL && last->mark == LIMN_MARK_TEXT)
    last->end = span.end;
  else
    g_array_append_val (scanner->spans, span);
}

static void
multiply_from (Scanner *scanner, guint index, double factor)
{
  for (guint i = index; i < scanner->spans->len; i++)
    span_at (scanner, i)->weight *= factor;
}

double
limn_prompt_scan_number (const char *text)
{
  return CLAMP (g_ascii_strtod (text + 1, NULL), -MAX_WEIGHT, MAX_WEIGHT);
}

/* p: a ':'.  The length of ":number" there before a ')', with blanks around the number or without; or 0. */
static gsize
weight_length (const char *p)
{
  const char *number = p + 1 + strspn (p + 1, " \t"), *stop;
  gsize sign = *number == '+' || *number == '-' ? 1 : 0;
  gsize span = strspn (number + sign, "0123456789.");
  char *end;

  stop = number + sign + span;
  stop += strspn (stop, " \t");
  if (span == 0 || *stop != ')')
    return 0;
  g_ascii_strtod (number, &end);
  return end == number + sign + span ? (gsize) (stop - p) : 0;
}

static void
open_bracket (Scanner *scanner, Stack *stack, const char *p)
{
  add (scanner, p, 1, LIMN_MARK_UNMATCHED); /* until its partner comes */
  if (stack->depth < MAX_DEPTH)
    stack->at[stack->depth++] = scanner->spans->len - 1;
}

static void
close_bracket (Scanner *scanner, Stack *stack, const char *p, double factor)
{
  guint opened;

  if (stack->depth == 0) {
    add (scanner, p, 1, LIMN_MARK_UNMATCHED);
    return;
  }
  opened = stack->at[--stack->depth];
  add (scanner, p, 1, LIMN_MARK_BRACKET);
  span_at (scanner, opened)->mark = LIMN_MARK_BRACKET;
  span_at (scanner, opened)->partner = scanner->spans->len - 1;
  span_at (scanner, scanner->spans->len - 1)->partner = opened;
  multiply_from (scanner, opened, factor);
}

static gsize
scan_weight (Scanner *scanner, const char *p)
{
  gsize length = weight_length (p);

  if (length == 0 || scanner->round.depth == 0) {
    add (scanner, p, 1, LIMN_MARK_TEXT);
    return 1;
  }
  add (scanner, p, length, LIMN_MARK_WEIGHT);
  close_bracket (scanner, &scanner->round, p + length, limn_prompt_scan_number (p));
  return length + 1;
}

static gsize
scan_brace (Scanner *scanner, const char *p)
{
  guint at = (guint) (p - scanner->text), index;
  LimnChoiceCount count;
  double weight;
  gsize spaces, length = 0;

  if (scanner->choices[at] != LIMN_NO_CHOICE) {
    add (scanner, p, 1, LIMN_MARK_CHOICE);
    span_at (scanner, scanner->spans->len - 1)->partner = scanner->choices[at];
    spaces = strspn (p + 1, " ");
    if (*p == '{')
      length = limn_wildcards_read_count (p + 1 + spaces, p + strlen (p), &count);
    if (*p != '}' && length == 0)
      length = limn_wildcards_read_weight (p + 1 + spaces, p + strlen (p), &weight);
    if (length == 0)
      return 1;
    if (spaces > 0)
      add (scanner, p + 1, spaces, LIMN_MARK_TEXT);
    add (scanner, p + 1 + spaces, length, LIMN_MARK_CHOICE_WEIGHT);
    return 1 + spaces + length;
  }
  if (*p == '|') {
    add (scanner, p, 1, LIMN_MARK_TEXT);
  } else if (*p == '{') {
    add (scanner, p, 1, LIMN_MARK_UNMATCHED);
    index = scanner->spans->len - 1;
    g_array_append_val (scanner->braces, index);
  } else if (scanner->braces->len > 0) {
    /* a pair that is no choice is plain text */
    index = g_array_index (scanner->braces, guint, scanner->braces->len - 1);
    g_array_set_size (scanner->braces, scanner->braces->len - 1);
    span_at (scanner, index)->mark = LIMN_MARK_TEXT;
    add (scanner, p, 1, LIMN_MARK_TEXT);
  } else {
    add (scanner, p, 1, LIMN_MARK_UNMATCHED);
  }
  return 1;
}

static gsize
scan_escape (Scanner *scanner, const char *p)
{
  gsize length = p[1] != '\0' && strchr ("()[]\\{}|_", p[1]) != NULL ? 2 : 1;

  add (scanner, p, length, LIMN_MARK_ESCAPE);
  return length;
}

/* as text/prompt-tokens.c takes them out */
static gsize
scan_lora (Scanner *scanner, const char *p)
{
  gsize length = 6;

  if (g_ascii_strncasecmp (p, "<lora:", 6) != 0 && g_ascii_strncasecmp (p, "<lyco:", 6) != 0)
    return 0;
  length += strcspn (p + 6, "<>");
  if (p[length] != '>' || p[6] == ':' || length == 6)
    return 0;
  add (scanner, p, length + 1, LIMN_MARK_LORA);
  return length + 1;
}

static gboolean
is_word (gunichar c)
{
  return c == '_' || g_unichar_isalnum (c);
}

static gsize
scan_break (Scanner *scanner, const char *p)
{
  if (!g_str_has_prefix (p, "BREAK") || is_word (g_utf8_get_char (p + 5)))
    return 0;
  if (p > scanner->text && is_word (g_utf8_get_char (g_utf8_prev_char (p))))
    return 0;
  add (scanner, p, 5, LIMN_MARK_BREAK);
  return 5;
}

static gsize
scan_wildcard (Scanner *scanner, const char *p)
{
  gsize length = limn_wildcards_name_length (p);

  if (length > 0)
    add (scanner, p, length, LIMN_MARK_WILDCARD);
  return length;
}

/* Takes what starts at p and gives its length. */
static gsize
scan_one (Scanner *scanner, const char *p)
{
  gsize length = 0;

  switch (*p) {
  case '\\':
    return scan_escape (scanner, p);
  case '(':
    open_bracket (scanner, &scanner->round, p);
    return 1;
  case '[':
    open_bracket (scanner, &scanner->square, p);
    return 1;
  case ')':
    close_bracket (scanner, &scanner->round, p, ROUND_FACTOR);
    return 1;
  case ']':
    close_bracket (scanner, &scanner->square, p, SQUARE_FACTOR);
    return 1;
  case ':':
    return scan_weight (scanner, p);
  case '{':
  case '|':
  case '}':
    return scan_brace (scanner, p);
  case '<':
    length = scan_lora (scanner, p);
    break;
  case '_':
    length = scan_wildcard (scanner, p);
    break;
  case 'B':
    length = scan_break (scanner, p);
    break;
  }
  if (length == 0) {
    length = 1 + strcspn (p + 1, "\\()[]:{|}<_B");
    add (scanner, p, length, LIMN_MARK_TEXT);
  }
  return length;
}

GArray *
limn_prompt_scan (const char *text)
{
  g_autoptr (GArray) choices = limn_wildcards_find_choices (text);
  g_autoptr (GArray) braces = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (LimnPromptSpan));
  Scanner scanner = {
    text, spans, (const guint *) (const void *) choices->data, { .depth = 0 }, { .depth = 0 }, braces
  };

  for (const char *p = text; *p != '\0';)
    p += scan_one (&scanner, p);
  /* an opening bracket without a partner lasts to the end */
  while (scanner.round.depth > 0)
    multiply_from (&scanner, scanner.round.at[--scanner.round.depth], ROUND_FACTOR);
  while (scanner.square.depth > 0)
    multiply_from (&scanner, scanner.square.at[--scanner.square.depth], SQUARE_FACTOR);
  for (guint i = 0; i < spans->len; i++)
    span_at (&scanner, i)->weight = CLAMP (span_at (&scanner, i)->weight, -MAX_WEIGHT, MAX_WEIGHT);
  return spans;
}
