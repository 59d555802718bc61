/* prompt-scan.c - what the parts of a prompt are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-scan.h"

#include <math.h>
#include <string.h>

#include "text/prompt-compel.h"
#include "text/prompt-schedule.h"
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
  const LimnEmphasis *emphasis;
  const guint *choices;
  const guint8 *edits; /* LimnEditMark of each byte; NULL: there are none */
  Stack round, square;
  GArray *braces; /* the spans of open ones */
  GArray *groups; /* those of open edits */
  double weight;  /* of what is added */
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
  LimnPromptSpan span = { start, start + (guint) length, mark, 0, scanner->weight };
  LimnPromptSpan *last = scanner->spans->len > 0 ? span_at (scanner, scanner->spans->len - 1) : NULL;

  if (mark == LIMN_MARK_TEXT && last != NULL && last->mark == LIMN_MARK_TEXT && last->weight == scanner->weight)
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
  gsize plus = strspn (text, "+"), minus = strspn (text, "-");

  if (plus + minus > 0)
    return CLAMP (pow (plus > 0 ? 1.1 : 0.9, (double) (plus + minus)), -MAX_WEIGHT, MAX_WEIGHT);
  return CLAMP (g_ascii_strtod (text + (*text == ':'), NULL), -MAX_WEIGHT, MAX_WEIGHT);
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
    /* beside the brackets of edits it makes text of them all */
    add (scanner, p, 1, scanner->edits != NULL ? LIMN_MARK_UNMATCHED : LIMN_MARK_TEXT);
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

/* as text/prompt-loras.c takes them out */
static gsize
lora_length (const char *p)
{
  gsize length = 6;

  if (g_ascii_strncasecmp (p, "<lora:", 6) != 0 && g_ascii_strncasecmp (p, "<lyco:", 6) != 0)
    return 0;
  length += strcspn (p + 6, "<>");
  return p[length] != '>' || p[6] == ':' || length == 6 ? 0 : length + 1;
}

static gsize
scan_lora (Scanner *scanner, const char *p)
{
  gsize length = lora_length (p);

  if (length > 0)
    add (scanner, p, length, LIMN_MARK_LORA);
  return length;
}

static gboolean
is_word (gunichar c)
{
  return c == '_' || g_unichar_isalnum (c);
}

static gsize
scan_break (Scanner *scanner, const char *p, const char *word)
{
  gsize length = strlen (word);

  if (!g_str_has_prefix (p, word) || is_word (g_utf8_get_char (p + length)))
    return 0;
  if (p > scanner->text && is_word (g_utf8_get_char (g_utf8_prev_char (p))))
    return 0;
  add (scanner, p, length, LIMN_MARK_BREAK);
  return length;
}

/* A sign of an edit, or all of its number; 0 where neither is there. */
static gsize
scan_edit (Scanner *scanner, const char *p)
{
  guint at = (guint) (p - scanner->text), index = scanner->spans->len;
  gsize length = 1;

  if (scanner->edits == NULL || scanner->edits[at] == LIMN_EDIT_NONE)
    return 0;
  if (scanner->edits[at] == LIMN_EDIT_NUMBER) {
    while (scanner->edits[at + length] == LIMN_EDIT_NUMBER)
      length++;
    add (scanner, p, length, LIMN_MARK_EDIT_NUMBER);
    return length;
  }
  add (scanner, p, 1, LIMN_MARK_EDIT);
  if (*p == '[') {
    g_array_append_val (scanner->groups, index);
    return 1;
  }
  LimnPromptSpan *open = span_at (scanner, g_array_index (scanner->groups, guint, scanner->groups->len - 1));
  span_at (scanner, index)->partner = open->start;
  if (*p == ']') {
    open->partner = at;
    g_array_set_size (scanner->groups, scanner->groups->len - 1);
  }
  return 1;
}

static gsize
scan_wildcard (Scanner *scanner, const char *p)
{
  gsize length = limn_wildcards_name_length (p);

  if (length > 0)
    add (scanner, p, length, LIMN_MARK_WILDCARD);
  return length;
}

/* Whether the sign at p is none to this emphasis. */
static gboolean
is_text (const Scanner *scanner, const char *p)
{
  switch (scanner->emphasis->brackets) {
  case LIMN_BRACKETS_MULTIPLY:
    return FALSE;
  case LIMN_BRACKETS_REPLACE:
    return strchr ("[]B", *p) != NULL;
  case LIMN_BRACKETS_COMPEL:
  case LIMN_BRACKETS_TEXT:
    return strchr ("()[]:B", *p) != NULL;
  }
  g_assert_not_reached ();
}

/* What the signs of edits are once choices are made and LoRAs taken out: both may hold such signs, too. */
static guint8 *
find_edits (const char *text, const guint *choices)
{
  g_autofree char *plain = g_strdup (text);

  for (gsize i = 0; plain[i] != '\0'; i++) {
    gsize lora = text[i] == '<' ? lora_length (text + i) : 0;
    const char *after = text + i + 1, *end = text + strlen (text);
    LimnChoiceCount count;
    double weight;

    if (lora > 0)
      memset (plain + i, 'x', lora);
    if (choices[i] == LIMN_NO_CHOICE)
      continue;
    after += strspn (after, " ");
    gsize number = text[i] == '{' ? limn_wildcards_read_count (after, end, &count) : 0;
    if (number == 0 && text[i] != '}')
      number = limn_wildcards_read_weight (after, end, &weight);
    memset (plain + i, 'x', (gsize) (after - text) - i + number);
  }
  return limn_prompt_schedule_marks (plain);
}

/* Takes what starts at p and gives its length. */
static gsize
scan_one (Scanner *scanner, const char *p)
{
  gsize length = scan_edit (scanner, p);

  if (length > 0)
    return length;
  if (is_text (scanner, p)) {
    add (scanner, p, 1, LIMN_MARK_TEXT);
    return 1;
  }
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
    length = scan_break (scanner, p, "BREAK");
    break;
  case 'A':
    length = scanner->emphasis->edits ? scan_break (scanner, p, "AND") : 0;
    break;
  }
  if (length == 0) {
    length = 1 + strcspn (p + 1, "\\()[]:{|}<_BA");
    for (gsize i = 1; scanner->edits != NULL && i < length; i++)
      if (scanner->edits[p - scanner->text + i] != LIMN_EDIT_NONE)
        length = i;
    add (scanner, p, length, LIMN_MARK_TEXT);
  }
  return length;
}

/* ---- compel ---- */

/* A LoRA's tag holds signs that are none. */
static GArray *
compel_spans (const char *text)
{
  g_autofree char *plain = g_strdup (text);

  for (gsize i = 0; plain[i] != '\0'; i++) {
    gsize lora = text[i] == '<' ? lora_length (text + i) : 0;

    memset (plain + i, 'x', lora);
    i += lora > 0 ? lora - 1 : 0;
  }
  return limn_prompt_compel_spans (plain);
}

/* Takes what starts at p, in words that end at length, and gives its own. */
static gsize
scan_compel_word (Scanner *scanner, const char *p, gsize length)
{
  static const char *const signs = "\\(){|}<_";
  gsize taken = 0;

  switch (*p) {
  case '\\':
    taken = p[1] != '\0' && strchr ("()\"{}|_", p[1]) != NULL ? 2 : 1;
    add (scanner, p, taken, LIMN_MARK_ESCAPE);
    return taken;
  case '(':
  case ')':
    add (scanner, p, 1, LIMN_MARK_UNMATCHED);
    return 1;
  case '{':
  case '|':
  case '}':
    return scan_brace (scanner, p);
  case '<':
    taken = scan_lora (scanner, p);
    break;
  case '_':
    taken = scan_wildcard (scanner, p);
    break;
  }
  if (taken == 0) {
    taken = MIN (length, 1 + strcspn (p + 1, signs));
    add (scanner, p, taken, LIMN_MARK_TEXT);
  }
  return taken;
}

static gsize
scan_compel_sign (Scanner *scanner, const char *p, gsize length)
{
  if (*p == '(')
    open_bracket (scanner, &scanner->round, p);
  else if (*p == ')')
    close_bracket (scanner, &scanner->round, p, 1);
  else
    add (scanner, p, length, LIMN_MARK_ORDER);
  return length;
}

static void
scan_compel (Scanner *scanner)
{
  g_autoptr (GArray) spans = compel_spans (scanner->text);
  const gsize all = strlen (scanner->text);
  guint k = 0;

  for (gsize at = 0; at < all;) {
    const char *p = scanner->text + at;

    while (k < spans->len && g_array_index (spans, LimnCompelSpan, k).end <= at)
      k++;
    const LimnCompelSpan *next = k < spans->len ? &g_array_index (spans, LimnCompelSpan, k) : NULL;
    gboolean inside = next != NULL && next->start <= at;
    gsize length = (next == NULL ? all : inside ? next->end : next->start) - at;
    scanner->weight = inside ? next->weight : 1;
    if (!inside || next->mark == LIMN_COMPEL_WORD || next->start < at) {
      at += scan_compel_word (scanner, p, length);
    } else if (next->mark == LIMN_COMPEL_WEIGHT) {
      add (scanner, p, length, LIMN_MARK_WEIGHT);
      at += length;
    } else {
      at += scan_compel_sign (scanner, p, length);
    }
  }
}

GArray *
limn_prompt_scan (const char *text, const LimnEmphasis *emphasis)
{
  const LimnEmphasis *row = emphasis != NULL ? emphasis : limn_emphasis_find (NULL);
  g_autoptr (GArray) choices = limn_wildcards_find_choices (text);
  g_autoptr (GArray) braces = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) groups = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (LimnPromptSpan));
  const guint *partners = (const guint *) (const void *) choices->data;
  g_autofree guint8 *edits = row->edits && strchr (text, '[') != NULL ? find_edits (text, partners) : NULL;
  Scanner scanner = {
    text, spans, row, partners, edits, { .depth = 0 }, { .depth = 0 }, braces, groups, 1,
  };

  if (row->brackets == LIMN_BRACKETS_COMPEL)
    scan_compel (&scanner);
  else
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
