/* prompt-weights-comfy.c - the emphasis syntax of ComfyUI; see prompt-weights.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-weights.h"

#include <math.h>
#include <string.h>

#define ROUND_FACTOR 1.1
#define MAX_DEPTH 100
#define MAX_WEIGHT 1e6

static void
add_piece (GArray *pieces, const char *text, gsize length, double weight)
{
  GString *out = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\\' && i + 1 < length && strchr ("()", text[i + 1]) != NULL)
      i++;
    g_string_append_c (out, text[i]);
  }
  LimnPromptPiece piece = { .text = g_string_free (out, FALSE), .weight = CLAMP (weight, -MAX_WEIGHT, MAX_WEIGHT) };
  g_array_append_val (pieces, piece);
}

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

static void read_level (GArray *pieces, const char *text, gsize length, double weight, int depth);

/* A part of a level: brackets with what they hold, or what stands between brackets. */
static void
read_part (GArray *pieces, const char *text, gsize length, double weight, int depth)
{
  const char *inner = text + 1, *colon;
  gsize inside = length - 2;
  double number;

  if (length < 2 || text[0] != '(' || text[length - 1] != ')' || text[length - 2] == '\\' || depth >= MAX_DEPTH) {
    add_piece (pieces, text, length, weight);
    return;
  }
  colon = g_strrstr_len (inner, (gssize) inside, ":");
  weight *= ROUND_FACTOR;
  if (colon != NULL && colon > inner && read_number (colon + 1, (gsize) (inner + inside - colon - 1), &number)) {
    weight = number;
    inside = (gsize) (colon - inner);
  }
  read_level (pieces, inner, inside, weight, depth + 1);
}

/* A closing bracket too many counts: the next opening one is its partner, and both are text. */
static void
read_level (GArray *pieces, const char *text, gsize length, double weight, int depth)
{
  gsize start = 0;
  int open = 0;

  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\\' && i + 1 < length && strchr ("()", text[i + 1]) != NULL) {
      i++;
    } else if (text[i] == '(') {
      if (open == 0 && i > start) {
        read_part (pieces, text + start, i - start, weight, depth);
        start = i;
      }
      open++;
    } else if (text[i] == ')') {
      open--;
      if (open == 0) {
        read_part (pieces, text + start, i + 1 - start, weight, depth);
        start = i + 1;
      }
    }
  }
  if (start < length)
    read_part (pieces, text + start, length - start, weight, depth);
}

GArray *
limn_prompt_weights_parse_comfy (const char *prompt)
{
  GArray *pieces = limn_prompt_pieces_new ();

  read_level (pieces, prompt, strlen (prompt), 1, 0);
  if (pieces->len == 0)
    add_piece (pieces, "", 0, 1);
  return pieces;
}
