/* prompt-weights.c - the emphasis syntax of stable-diffusion-webui.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-weights.h"

#include <string.h>

#include "text/prompt-compel.h"
#include "text/wildcards.h"

#define ROUND_FACTOR 1.1
#define SQUARE_FACTOR (1 / 1.1)
#define MAX_DEPTH 100
#define MAX_WEIGHT 1e6 /* far beyond sense, so that no nesting gives infinity */

typedef struct {
  GArray *pieces;
  guint open_round[MAX_DEPTH], open_square[MAX_DEPTH]; /* how many pieces there were at each open bracket */
  guint n_round, n_square;
} Parser;

static void
clear_piece (gpointer piece)
{
  g_free (((LimnPromptPiece *) piece)->text);
}

GArray *
limn_prompt_pieces_new (void)
{
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (LimnPromptPiece));

  g_array_set_clear_func (pieces, clear_piece);
  return pieces;
}

static void
add_piece (Parser *parser, const char *text, gsize length)
{
  LimnPromptPiece piece = { .text = g_strndup (text, length), .weight = 1 };

  g_array_append_val (parser->pieces, piece);
}

static void
add_break (Parser *parser)
{
  LimnPromptPiece piece = { .text = g_strdup (""), .weight = 1, .is_break = TRUE };

  g_array_append_val (parser->pieces, piece);
}

static void
multiply_from (Parser *parser, guint start, double factor)
{
  for (guint i = start; i < parser->pieces->len; i++)
    g_array_index (parser->pieces, LimnPromptPiece, i).weight *= factor;
}

static gboolean
is_word (gunichar c)
{
  return c == '_' || g_unichar_isalnum (c);
}

const char *
limn_prompt_find_word (const char *all, const char *from, const char *end, const char *word)
{
  gsize length = strlen (word);

  for (const char *p = from; (p = memmem (p, (gsize) (end - p), word, length)) != NULL; p += length) {
    const char *before = p > all ? g_utf8_find_prev_char (all, p) : NULL;
    gboolean starts = before == NULL || !is_word (g_utf8_get_char (before));
    if (starts && (p + length == end || !is_word (g_utf8_get_char (p + length))))
      return p;
  }
  return NULL;
}

static void
add_text (Parser *parser, const char *text, gsize length)
{
  const char *end = text + length;
  const char *found;

  while ((found = limn_prompt_find_word (text, text, end, "BREAK")) != NULL) {
    const char *stop = found;
    for (const char *p = found; p > text; stop = p) {
      p = g_utf8_find_prev_char (text, p);
      if (!g_unichar_isspace (g_utf8_get_char (p)))
        break;
    }
    add_piece (parser, text, (gsize) (stop - text));
    add_break (parser);
    text = found + 5;
    while (text < end && g_unichar_isspace (g_utf8_get_char (text)))
      text = g_utf8_next_char (text);
  }
  add_piece (parser, text, (gsize) (end - text));
}

/* at: a ':'.  The length of ":number)" there, with blanks around the number or without; or 0. */
static gsize
read_weight (const char *at, double *weight)
{
  const char *number = at + 1 + strspn (at + 1, " \t"), *stop;
  gsize sign = *number == '+' || *number == '-' ? 1 : 0;
  gsize span = strspn (number + sign, "0123456789.");
  char *end;

  stop = number + sign + span;
  stop += strspn (stop, " \t");
  if (span == 0 || *stop != ')')
    return 0;
  *weight = CLAMP (g_ascii_strtod (number, &end), -MAX_WEIGHT, MAX_WEIGHT);
  return end == number + sign + span ? (gsize) (stop - at) + 1 : 0;
}

static void
open_bracket (Parser *parser, guint *stack, guint *depth, const char *at)
{
  if (*depth < MAX_DEPTH)
    stack[(*depth)++] = parser->pieces->len;
  else
    add_piece (parser, at, 1);
}

static void
close_bracket (Parser *parser, guint *stack, guint *depth, const char *at, gsize length, double factor)
{
  if (*depth > 0)
    multiply_from (parser, stack[--*depth], factor);
  else
    add_piece (parser, at, length);
}

/* Takes what starts at p and gives its length. */
static gsize
parse_one (Parser *parser, const char *p)
{
  gsize length = 1;
  double weight = 1;

  switch (*p) {
  case '\\':
    length = p[1] != '\0' && strchr ("()[]\\", p[1]) != NULL ? 2 : 1;
    add_piece (parser, p + 1, length - 1);
    break;
  case '(':
    open_bracket (parser, parser->open_round, &parser->n_round, p);
    break;
  case '[':
    open_bracket (parser, parser->open_square, &parser->n_square, p);
    break;
  case ')':
    close_bracket (parser, parser->open_round, &parser->n_round, p, 1, ROUND_FACTOR);
    break;
  case ']':
    close_bracket (parser, parser->open_square, &parser->n_square, p, 1, SQUARE_FACTOR);
    break;
  case ':':
    length = read_weight (p, &weight);
    if (length > 0) {
      close_bracket (parser, parser->open_round, &parser->n_round, p, length, weight);
    } else {
      length = 1;
      add_piece (parser, p, 1);
    }
    break;
  default:
    length = strcspn (p, "\\()[]:");
    add_text (parser, p, length);
  }
  return length;
}

static gboolean
can_join (const LimnPromptPiece *a, const LimnPromptPiece *b)
{
  return !a->is_break && !b->is_break && a->weight == b->weight;
}

static GArray *
join_equal (GArray *pieces)
{
  GArray *joined = limn_prompt_pieces_new ();

  for (guint i = 0; i < pieces->len;) {
    LimnPromptPiece piece = g_array_index (pieces, LimnPromptPiece, i);
    GString *text = g_string_new (piece.text);
    for (i++; i < pieces->len && can_join (&piece, &g_array_index (pieces, LimnPromptPiece, i)); i++)
      g_string_append (text, g_array_index (pieces, LimnPromptPiece, i).text);
    piece.text = g_string_free (text, FALSE);
    piece.weight = piece.is_break ? 1 : CLAMP (piece.weight, -MAX_WEIGHT, MAX_WEIGHT);
    g_array_append_val (joined, piece);
  }
  return joined;
}

GArray *
limn_prompt_weights_parse (const char *prompt)
{
  g_autoptr (GArray) pieces = limn_prompt_pieces_new ();
  Parser parser = { .pieces = pieces };

  for (const char *p = prompt; *p != '\0';)
    p += parse_one (&parser, p);
  while (parser.n_round > 0)
    multiply_from (&parser, parser.open_round[--parser.n_round], ROUND_FACTOR);
  while (parser.n_square > 0)
    multiply_from (&parser, parser.open_square[--parser.n_square], SQUARE_FACTOR);
  if (pieces->len == 0)
    add_piece (&parser, "", 0);
  return join_equal (pieces);
}

/* Where a backslash says that a choice or a wildcard is none, the choices have been made. */
static void
drop_escapes (char *text)
{
  char *out = text;

  for (const char *p = text; *p != '\0'; p++)
    if (p[0] != '\\' || p[1] == '\0' || (strchr ("{|}", p[1]) == NULL && limn_wildcards_name_length (p + 1) == 0))
      *out++ = *p;
  *out = '\0';
}

static void
clear_term (gpointer term)
{
  g_array_unref (((LimnPromptTerm *) term)->pieces);
}

GArray *
limn_prompt_terms_new (void)
{
  GArray *terms = g_array_new (FALSE, FALSE, sizeof (LimnPromptTerm));

  g_array_set_clear_func (terms, clear_term);
  return terms;
}

static GArray *
read_text (const char *prompt)
{
  LimnPromptPiece all = { .text = g_strdup (prompt), .weight = 1 };
  GArray *pieces = limn_prompt_pieces_new ();

  g_array_append_val (pieces, all);
  return pieces;
}

static GArray *
read_pieces (const char *prompt, LimnBrackets brackets)
{
  switch (brackets) {
  case LIMN_BRACKETS_MULTIPLY:
    return limn_prompt_weights_parse (prompt);
  case LIMN_BRACKETS_REPLACE:
    return limn_prompt_weights_parse_comfy (prompt);
  case LIMN_BRACKETS_COMPEL:
  case LIMN_BRACKETS_TEXT:
    return read_text (prompt);
  }
  g_assert_not_reached ();
}

GArray *
limn_prompt_terms_read (const char *prompt, LimnBrackets brackets)
{
  GArray *terms = brackets == LIMN_BRACKETS_COMPEL ? limn_prompt_compel_read (prompt) : limn_prompt_terms_new ();

  if (terms->len == 0) {
    LimnPromptTerm all = { read_pieces (prompt, brackets), 0, 1 };

    g_array_append_val (terms, all);
  }
  for (guint i = 0; brackets != LIMN_BRACKETS_MULTIPLY && i < terms->len; i++) {
    GArray *pieces = g_array_index (terms, LimnPromptTerm, i).pieces;

    for (guint k = 0; k < pieces->len; k++)
      drop_escapes (g_array_index (pieces, LimnPromptPiece, k).text);
  }
  return terms;
}
