/* fuzz-prompt.c - any text in the prompt editor: its marks agree with the encoder's reader, and more weight keeps the
 * words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-edit.h"
#include "app/prompt/prompt-scan.h"
#include "text/prompt-weights.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* The words that an encoder gets, and each byte's weight. */
static GString *
read_words (const char *text, GArray *weights)
{
  g_autoptr (GArray) pieces = limn_prompt_weights_parse (text);
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < pieces->len; i++) {
    const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, i);

    g_string_append (words, piece->text);
    for (gsize n = strlen (piece->text); n > 0; n--)
      g_array_append_val (weights, piece->weight);
  }
  return words;
}

static void
check_spans (const char *text, GArray *spans, gboolean same_words)
{
  g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GString) words = read_words (text, weights);
  guint at = 0, word = 0;

  for (guint i = 0; i < spans->len; i++) {
    const LimnPromptSpan *span = &g_array_index (spans, LimnPromptSpan, i);
    guint start = span->start;

    g_assert_cmpuint (span->start, ==, at);
    g_assert_cmpuint (span->end, >, span->start);
    g_assert_true (g_utf8_validate (text + span->start, span->end - span->start, NULL));
    g_assert_true (isfinite (span->weight));
    at = span->end;
    if (!same_words || span->mark == LIMN_MARK_BRACKET || span->mark == LIMN_MARK_WEIGHT)
      continue;
    if (span->mark == LIMN_MARK_UNMATCHED && strchr ("([", text[start]) != NULL)
      continue; /* it lasts to the end */
    if (span->mark == LIMN_MARK_ESCAPE)
      start++;
    for (; start < span->end; start++, word++) {
      g_assert_cmpuint (word, <, words->len);
      g_assert_cmpint (words->str[word], ==, text[start]);
      g_assert_true (fabs (g_array_index (weights, double, word) - span->weight) <= 1e-6 * fabs (span->weight) + 1e-9);
    }
  }
  g_assert_cmpuint (at, ==, strlen (text));
  if (same_words)
    g_assert_cmpuint (word, ==, words->len);
}

/* What changes the words before or besides the brackets: a BREAK takes the spaces around it, a LoRA's tag is taken out,
 * brackets more than a hundred deep are words. */
static gboolean
has_plain_words (const char *text)
{
  guint brackets = 0;

  for (const char *p = text; *p != '\0'; p++)
    brackets += *p == '(' || *p == '[';
  return brackets <= 90 && strstr (text, "BREAK") == NULL && strcasestr (text, "<l") == NULL;
}

static gboolean
has_edits (GArray *spans)
{
  for (guint i = 0; i < spans->len; i++) {
    LimnPromptMark mark = g_array_index (spans, LimnPromptSpan, i).mark;

    if (mark == LIMN_MARK_EDIT || mark == LIMN_MARK_EDIT_NUMBER)
      return TRUE;
  }
  return FALSE;
}

/* In the other ways to read it, too, it is all there. */
static void
check_kinds (const char *text)
{
  for (guint i = 0; limn_emphasis_choice (i) != NULL; i++) {
    g_autoptr (GArray) spans = limn_prompt_scan (text, limn_emphasis_find (limn_emphasis_choice (i)->name));

    check_spans (text, spans, FALSE);
  }
}

static guint
position (const char *text, guint seed)
{
  gsize length = strlen (text);
  const char *p = text + (length > 0 ? seed % (length + 1) : 0);

  while (p > text && (*p & 0xc0) == 0x80)
    p--;
  return (guint) (p - text);
}

static void
check_edit (const char *text, guint seed)
{
  guint a = position (text, seed), b = seed % 3 == 0 ? a : position (text, seed / 3);
  g_autoptr (GArray) before_weights = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) after_weights = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GString) after = NULL, before = NULL, edited = NULL;
  LimnPromptEdit edit = { 0 };

  if (!limn_prompt_edit_weight (text, MIN (a, b), MAX (a, b), seed % 2 == 0 ? 0.1 : -0.05, NULL, &edit))
    return;
  g_assert_cmpuint (edit.end, <=, strlen (text));
  edited = g_string_new (text);
  g_string_erase (edited, edit.start, edit.end - edit.start);
  g_string_insert (edited, edit.start, edit.text);
  g_assert_true (g_utf8_validate (edited->str, -1, NULL));
  g_assert_cmpuint (edit.select_start, <=, edit.select_end);
  g_assert_cmpuint (edit.select_end, <=, edited->len);
  before = read_words (text, before_weights);
  after = read_words (edited->str, after_weights);
  if (has_plain_words (text))
    g_assert_cmpstr (before->str, ==, after->str);
  g_free (edit.text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_utf8_make_valid ((const char *) data, (gssize) MIN (size, 20000));
  g_autoptr (GArray) spans = limn_prompt_scan (text, NULL);

  check_spans (text, spans, has_plain_words (text) && !has_edits (spans));
  check_kinds (text);
  for (guint seed = 0; seed < 12; seed++)
    check_edit (text, seed * 7919 + (guint) size);
  return 0;
}
