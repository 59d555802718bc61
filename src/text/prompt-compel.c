/* prompt-compel.c - see prompt-compel.h.
 *
 * A reader tries what may stand at a place, and takes back what it has read where it does not go on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-compel.h"

#include <math.h>
#include <string.h>

#define PLUS 1.1
#define MINUS 0.9
#define MAX_DEPTH 64
#define MAX_WEIGHT 1e6
#define NOTHING G_MAXUINT /* a term without words */
#define SYNTAX "()\",.+-="

typedef struct {
  guint place;
  double share, empty; /* empty: the empty prompt's beside it */
} Share;

typedef struct {
  const char *text;
  gsize at, end;  /* of what is read */
  GArray *spans;  /* LimnCompelSpan */
  GArray *shares; /* Share, one a term */
  guint term;
  int depth;
  gboolean swapping; /* one in another would be tried again and again */
} Reader;

typedef struct {
  gsize at;
  guint spans;
} Mark;

static Mark
mark_of (const Reader *reader)
{
  return (Mark){ reader->at, reader->spans->len };
}

static gboolean
go_back (Reader *reader, Mark mark)
{
  reader->at = mark.at;
  g_array_set_size (reader->spans, mark.spans);
  return FALSE;
}

static char
sign_at (const Reader *reader)
{
  return reader->at < reader->end ? reader->text[reader->at] : '\0';
}

static void
skip_blanks (Reader *reader)
{
  while (reader->at < reader->end && g_ascii_isspace (reader->text[reader->at]))
    reader->at++;
}

static void
take (Reader *reader, gsize length, LimnCompelMark mark)
{
  LimnCompelSpan span = { (guint) reader->at, (guint) (reader->at + length), mark, 1, reader->term };

  if (length > 0)
    g_array_append_val (reader->spans, span);
  reader->at += length;
}

static gboolean
take_sign (Reader *reader, char sign)
{
  if (sign_at (reader) != sign)
    return FALSE;
  take (reader, 1, LIMN_COMPEL_SIGN);
  return TRUE;
}

static gboolean
is_syntax (char sign)
{
  return sign != '\0' && strchr (SYNTAX, sign) != NULL;
}

/* ---- Words and groups ---- */

/* The bytes at p of a word without a sign that means anything; an escaped one is none. */
static gsize
unit_length (const char *p, const char *end)
{
  if (p >= end || g_ascii_isspace (*p))
    return 0;
  if (*p == '\\' && p + 1 < end && is_syntax (p[1]))
    return 2;
  if (*p == '-' || *p == '+')
    return p + 1 < end && !g_ascii_isspace (p[1]) && !is_syntax (p[1]) ? 1 : 0;
  return is_syntax (*p) ? 0 : 1;
}

static gboolean
read_word (Reader *reader)
{
  const char *start = reader->text + reader->at, *end = reader->text + reader->end, *p = start;
  gsize length;

  while ((length = unit_length (p, end)) > 0)
    p += length;
  take (reader, (gsize) (p - start), LIMN_COMPEL_WORD);
  return p > start;
}

static gboolean read_part (Reader *reader, gboolean strict);

/* Parts, commas and points, as far as they go. */
static void
read_fragment (Reader *reader)
{
  for (;;) {
    skip_blanks (reader);
    if (sign_at (reader) == ',' || sign_at (reader) == '.')
      take (reader, 1, LIMN_COMPEL_WORD);
    else if (!read_part (reader, TRUE))
      return;
  }
}

static gboolean
read_group (Reader *reader)
{
  Mark mark = mark_of (reader);

  if (reader->depth >= MAX_DEPTH || !take_sign (reader, '('))
    return FALSE;
  reader->depth++;
  read_fragment (reader);
  reader->depth--;
  return take_sign (reader, ')') || go_back (reader, mark);
}

/* Up to a blank; a comma ends it, too. */
static void
read_free_word (Reader *reader)
{
  gsize length = 0;

  while (reader->at + length < reader->end && !g_ascii_isspace (reader->text[reader->at + length])
         && (length == 0 || reader->text[reader->at + length - 1] != ','))
    length++;
  take (reader, length, LIMN_COMPEL_WORD);
}

/* Whatever there is. */
static void
read_freely (Reader *reader)
{
  for (skip_blanks (reader); reader->at < reader->end; skip_blanks (reader))
    if (!read_part (reader, FALSE))
      read_free_word (reader);
}

/* Where the quote at the reader's place ends, or 0. */
static gsize
closing_quote (const Reader *reader)
{
  for (gsize i = reader->at + 1; sign_at (reader) == '"' && i < reader->end; i++)
    if (reader->text[i] == '\\' && i + 1 < reader->end && reader->text[i + 1] == '"')
      i++;
    else if (reader->text[i] == '"')
      return i;
  return 0;
}

/* freely: what is not well formed between them is words. */
static gboolean
read_quoted (Reader *reader, gboolean freely)
{
  Mark mark = mark_of (reader);
  gsize close = closing_quote (reader), end = reader->end;

  if (close == 0 || reader->depth >= MAX_DEPTH)
    return FALSE;
  take (reader, 1, LIMN_COMPEL_SIGN);
  reader->end = close;
  reader->depth++;
  if (freely)
    read_freely (reader);
  else
    read_fragment (reader);
  reader->depth--;
  reader->end = end;
  return reader->at == close ? take_sign (reader, '"') : go_back (reader, mark);
}

/* ---- Weights ---- */

static void
multiply_from (Reader *reader, guint first, double factor)
{
  for (guint i = first; i < reader->spans->len; i++) {
    LimnCompelSpan *span = &g_array_index (reader->spans, LimnCompelSpan, i);

    span->weight = CLAMP (span->weight * factor, -MAX_WEIGHT, MAX_WEIGHT);
  }
}

/* A number without a sign at the reader's place: its bytes, or 0. */
static gsize
number_length (const Reader *reader)
{
  gsize length = 0, digits = 0, points = 0;

  for (; reader->at + length < reader->end && length < 32; length++) {
    char sign = reader->text[reader->at + length];

    if (!g_ascii_isdigit (sign) && (sign != '.' || points > 0))
      break;
    digits += g_ascii_isdigit (sign);
    points += sign == '.';
  }
  return digits > 0 ? length : 0;
}

static double
number_of (const Reader *reader, gsize length)
{
  g_autofree char *number = g_strndup (reader->text + reader->at, length);

  return g_ascii_strtod (number, NULL);
}

/* "++", "--" or, where numbers may stand, "1.3". */
static gboolean
read_factor (Reader *reader, gboolean numbers, double *factor)
{
  char sign = sign_at (reader);
  gsize length = 0;

  if (sign == '+' || sign == '-') {
    while (reader->at + length < reader->end && reader->text[reader->at + length] == sign)
      length++;
    *factor = pow (sign == '+' ? PLUS : MINUS, (double) MIN (length, MAX_DEPTH));
  } else if (numbers && (length = number_length (reader)) > 0) {
    *factor = number_of (reader, length);
  }
  take (reader, length, LIMN_COMPEL_WEIGHT);
  return length > 0;
}

/* ".name(" with blanks where they may stand. */
static gboolean
read_order (Reader *reader, const char *name)
{
  Mark mark = mark_of (reader);
  gsize length = strlen (name);

  skip_blanks (reader);
  if (reader->end - reader->at <= length || strncmp (reader->text + reader->at, name, length) != 0)
    return go_back (reader, mark);
  take (reader, length, LIMN_COMPEL_SIGN);
  skip_blanks (reader);
  return take_sign (reader, '(') || go_back (reader, mark);
}

static gboolean
read_attend (Reader *reader, double *factor)
{
  Mark mark = mark_of (reader);

  if (!read_order (reader, ".attend"))
    return FALSE;
  skip_blanks (reader);
  if (!read_factor (reader, TRUE, factor))
    return go_back (reader, mark);
  skip_blanks (reader);
  return take_sign (reader, ')') || go_back (reader, mark);
}

static gboolean
read_swap (Reader *reader)
{
  Mark mark = mark_of (reader);
  guint others;

  if (reader->swapping || !read_order (reader, ".swap"))
    return FALSE;
  others = reader->spans->len;
  reader->swapping = TRUE;
  for (read_fragment (reader); take_sign (reader, '=');) /* of its options */
    read_fragment (reader);
  reader->swapping = FALSE;
  for (guint i = others; i < reader->spans->len; i++)
    g_array_index (reader->spans, LimnCompelSpan, i).mark = LIMN_COMPEL_SIGN;
  return take_sign (reader, ')') || go_back (reader, mark);
}

/* strict: a word alone is one; else only what a sign goes with. */
static gboolean
read_part (Reader *reader, gboolean strict)
{
  Mark mark = mark_of (reader);
  gboolean group = read_quoted (reader, FALSE) || read_group (reader);
  double factor = 1;

  if (!group && !read_word (reader))
    return FALSE;
  if (read_swap (reader))
    return TRUE;
  if (read_attend (reader, &factor) || read_factor (reader, group, &factor)) {
    multiply_from (reader, mark.spans, factor);
    return TRUE;
  }
  return group || strict || go_back (reader, mark);
}

/* ---- Mixtures ---- */

/* The numbers of an order, and whether they are shares of their sum. */
static gboolean
read_options (Reader *reader, GArray *numbers, gboolean *sum)
{
  static const char *const keyword = "no_normalize";

  for (skip_blanks (reader); sign_at (reader) != ')'; skip_blanks (reader)) {
    gboolean negative = sign_at (reader) == '-';
    gsize start = reader->at;

    reader->at += negative;
    gsize length = number_length (reader);
    double number = (negative ? -1 : 1) * number_of (reader, length);
    reader->at = start;
    if (length > 0) {
      g_array_append_val (numbers, number);
      take (reader, negative + length, LIMN_COMPEL_WEIGHT);
    } else if (reader->end - reader->at > strlen (keyword)
               && strncmp (reader->text + reader->at, keyword, strlen (keyword)) == 0) {
      *sum = FALSE;
      take (reader, strlen (keyword), LIMN_COMPEL_WEIGHT);
    } else {
      return FALSE;
    }
    skip_blanks (reader);
    if (sign_at (reader) == ',')
      take (reader, 1, LIMN_COMPEL_SIGN);
    else if (sign_at (reader) != ')')
      return FALSE;
  }
  return take_sign (reader, ')');
}

/* "a sphere", (a cube) or word, with a comma between them: each is a term. */
static gboolean
read_terms (Reader *reader)
{
  skip_blanks (reader);
  if (!take_sign (reader, '('))
    return FALSE;
  for (;; reader->term++) {
    skip_blanks (reader);
    if (!read_quoted (reader, FALSE) && !read_group (reader) && !read_word (reader) && !read_quoted (reader, TRUE))
      return FALSE;
    skip_blanks (reader);
    if (sign_at (reader) != ',')
      break;
    take (reader, 1, LIMN_COMPEL_SIGN);
  }
  return take_sign (reader, ')');
}

static gboolean
share_out (Reader *reader, const GArray *numbers, gboolean joins, gboolean sum)
{
  guint n = reader->term + 1;
  double total = 0;

  if (numbers->len > 0 && numbers->len != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    total += numbers->len > 0 ? g_array_index (numbers, double, i) : 1;
  for (guint i = 0; i < n; i++) {
    double number = numbers->len > 0 ? g_array_index (numbers, double, i) : 1;
    Share share =
        joins ? (Share){ i, number, 1 - number } : (Share){ 0, sum && total != 0 ? number / total : number, 0 };

    g_array_append_val (reader->shares, share);
  }
  return TRUE;
}

static gboolean
read_mixture (Reader *reader)
{
  Mark mark = mark_of (reader);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  gboolean sum = TRUE, good = read_terms (reader), joins = FALSE;

  if (good && !read_order (reader, ".blend"))
    good = joins = read_order (reader, ".and") || read_order (reader, ".add");
  good = good && read_options (reader, numbers, &sum);
  skip_blanks (reader);
  if (good && (joins || reader->at == reader->end) && share_out (reader, numbers, joins, sum))
    return TRUE;
  reader->term = 0;
  return go_back (reader, mark);
}

static void
read_all (Reader *reader)
{
  const Share all = { 0, 1, 0 };

  if (read_mixture (reader))
    return;
  g_array_append_val (reader->shares, all);
  read_freely (reader);
}

/* ---- What is read ---- */

static void
append_unescaped (GString *out, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\\' && i + 1 < length && strchr ("()\"", text[i + 1]) != NULL)
      i++;
    g_string_append_c (out, text[i]);
  }
}

static void
add_piece (GArray *pieces, GString *words, double weight)
{
  LimnPromptPiece piece = { .text = g_strdup (words->str), .weight = weight };

  g_array_append_val (pieces, piece);
  g_string_truncate (words, 0);
}

/* Words of one weight that stand beside each other are one piece. */
static GArray *
pieces_of (const Reader *reader, guint term)
{
  GArray *pieces = limn_prompt_pieces_new ();
  g_autoptr (GString) words = g_string_new (NULL);
  double weight = 1;

  for (guint i = 0; i < reader->spans->len; i++) {
    const LimnCompelSpan *span = &g_array_index (reader->spans, LimnCompelSpan, i);

    if (span->mark != LIMN_COMPEL_WORD || span->term != term)
      continue;
    if (words->len > 0 && span->weight != weight)
      add_piece (pieces, words, weight);
    if (words->len > 0)
      g_string_append_c (words, ' ');
    append_unescaped (words, reader->text + span->start, span->end - span->start);
    weight = span->weight;
  }
  if (words->len > 0 || pieces->len == 0)
    add_piece (pieces, words, weight);
  return pieces;
}

static void
add_term (GArray *terms, GArray *pieces, guint place, double share)
{
  LimnPromptTerm term = { pieces, place, share };

  g_array_append_val (terms, term);
}

static Reader
reader_on (const char *prompt)
{
  return (Reader){
    .text = prompt,
    .end = strlen (prompt),
    .spans = g_array_new (FALSE, FALSE, sizeof (LimnCompelSpan)),
    .shares = g_array_new (FALSE, FALSE, sizeof (Share)),
  };
}

GArray *
limn_prompt_compel_read (const char *prompt)
{
  GArray *terms = limn_prompt_terms_new ();
  Reader reader = reader_on (prompt);

  read_all (&reader);
  for (guint i = 0; i < reader.shares->len; i++) {
    const Share *share = &g_array_index (reader.shares, Share, i);

    add_term (terms, pieces_of (&reader, i), share->place, share->share);
    if (share->empty != 0)
      add_term (terms, pieces_of (&reader, NOTHING), share->place, share->empty);
  }
  g_array_unref (reader.spans);
  g_array_unref (reader.shares);
  return terms;
}

GArray *
limn_prompt_compel_spans (const char *prompt)
{
  Reader reader = reader_on (prompt);

  read_all (&reader);
  g_array_unref (reader.shares);
  return reader.spans;
}
