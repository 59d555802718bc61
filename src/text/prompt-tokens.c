/* prompt-tokens.c - see prompt-tokens.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-tokens.h"

#include "text/prompt-loras.h"
#include "text/prompt-weights.h"

#include <string.h>

#define ROOM (LIMN_CHUNK_TOKENS - 2)

#define BACKTRACK 20  /* tokens: how far back a comma may be that a chunk ends after */
#define WHOLE_PIECE 8 /* tokens: a piece of less is not parted */

typedef struct {
  LimnTokenizer *tokenizer;
  const LimnEmphasis *emphasis;
  GArray *ids;     /* int */
  GArray *weights; /* float, one an id */
  GArray *used;    /* int, ids of each chunk that is begun */
  int comma;       /* the id of a comma */
  int last_comma;  /* its place in the present chunk, or -1 */
} Filling;

static int *
last_used (Filling *filling)
{
  return &g_array_index (filling->used, int, filling->used->len - 1);
}

static void
begin_chunk (Filling *filling)
{
  int none = 0;

  g_array_append_val (filling->used, none);
  filling->last_comma = -1;
}

/* Full, and with a comma not far back: what follows that is the next chunk's. */
static void
cut_after_comma (Filling *filling)
{
  int moved = ROOM - filling->last_comma - 1;

  if (*last_used (filling) < ROOM || filling->last_comma < 0 || moved >= BACKTRACK)
    return;
  *last_used (filling) -= moved;
  begin_chunk (filling);
  *last_used (filling) = moved;
}

static void
add_id (Filling *filling, int id, float weight)
{
  if (id == filling->comma)
    filling->last_comma = *last_used (filling);
  else if (filling->emphasis->cut == LIMN_CUT_COMMA)
    cut_after_comma (filling);
  if (*last_used (filling) == ROOM)
    begin_chunk (filling);
  g_array_append_val (filling->ids, id);
  g_array_append_val (filling->weights, weight);
  ++*last_used (filling);
}

static void
add_text (Filling *filling, const char *text, gsize length, float weight)
{
  g_autofree char *copy = g_strndup (text, length);
  g_autoptr (GArray) ids = limn_tokenizer_encode (filling->tokenizer, copy);
  int left = ROOM - *last_used (filling);

  if (filling->emphasis->cut == LIMN_CUT_PIECE && ids->len < WHOLE_PIECE && (int) ids->len > left)
    begin_chunk (filling);
  for (guint i = 0; i < ids->len; i++)
    add_id (filling, g_array_index (ids, int, i), weight);
}

/* The vectors of a word stay in one chunk; ComfyUI parts those of 8 and more as it does other pieces. */
static void
add_vectors (Filling *filling, int first, int n, float weight)
{
  gboolean whole = filling->emphasis->cut != LIMN_CUT_PIECE || n < WHOLE_PIECE;

  if (whole && n > ROOM - *last_used (filling))
    begin_chunk (filling);
  for (int i = 0; i < n; i++)
    add_id (filling, first + i, weight);
}

static gboolean
begins_word (const char *text, const char *p)
{
  gunichar before = p > text ? g_utf8_get_char (g_utf8_find_prev_char (text, p)) : ' ';

  return before != '_' && before != '-' && !g_unichar_isalnum (before);
}

static void
add_piece (Filling *filling, const LimnPromptPiece *piece)
{
  const char *text = piece->text, *p = text;
  float weight = (float) piece->weight;
  gsize length;
  int id, n;

  while (*p != '\0')
    if (begins_word (piece->text, p)
        && limn_tokenizer_find_word (filling->tokenizer, p, filling->emphasis->edits, &length, &id, &n)) {
      add_text (filling, text, (gsize) (p - text), weight);
      add_vectors (filling, id, n, weight);
      text = p += length;
    } else {
      p = g_utf8_next_char (p);
    }
  add_text (filling, text, (gsize) (p - text), weight);
}

static void
add_pieces (Filling *filling, const GArray *pieces)
{
  gboolean empty_too = filling->emphasis->cut == LIMN_CUT_COMMA;

  begin_chunk (filling);
  for (guint i = 0; i < pieces->len; i++) {
    const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, i);

    if (!piece->is_break)
      add_piece (filling, piece);
    else if (empty_too || *last_used (filling) > 0)
      begin_chunk (filling);
  }
  /* A BREAK at the very end has nothing to part. */
  if (filling->used->len > 1 && *last_used (filling) == 0)
    g_array_set_size (filling->used, filling->used->len - 1);
}

static int
comma_of (LimnTokenizer *tokenizer)
{
  g_autoptr (GArray) ids = limn_tokenizer_encode (tokenizer, ",");

  return ids->len == 1 ? g_array_index (ids, int, 0) : -1;
}

static LimnPromptTokens *
lay_out (const Filling *filling, LimnTokenizer *tokenizer, int pad, int min_chunks)
{
  LimnPromptTokens *tokens = g_new0 (LimnPromptTokens, 1);
  const int *ids = (const int *) filling->ids->data;
  const float *weights = (const float *) filling->weights->data;
  int begun = (int) filling->used->len;

  tokens->chunks = MAX (begun, min_chunks);
  gsize total = (gsize) tokens->chunks * LIMN_CHUNK_TOKENS;
  tokens->ids = g_new (int, total);
  tokens->weights = g_new (float, total);
  tokens->used = g_new0 (int, tokens->chunks);
  for (gsize i = 0; i < total; i++)
    tokens->weights[i] = 1;
  for (int chunk = 0; chunk < tokens->chunks; chunk++) {
    int n = chunk < begun ? g_array_index (filling->used, int, chunk) : 0;
    gsize at = (gsize) chunk * LIMN_CHUNK_TOKENS;

    tokens->used[chunk] = n;
    limn_tokenizer_fill_chunk (tokenizer, ids, n, pad, tokens->ids + at);
    for (int i = 0; i < n; i++)
      tokens->weights[at + 1 + i] = weights[i];
    ids += n;
    weights += n;
  }
  return tokens;
}

LimnPromptTokens *
limn_prompt_tokens_new (LimnTokenizer *tokenizer, const char *prompt, const LimnEmphasis *emphasis, int pad,
                        int min_chunks)
{
  const LimnEmphasis *row = emphasis != NULL ? emphasis : limn_emphasis_find (NULL);
  g_autofree char *plain = limn_prompt_without_loras (prompt, NULL);
  g_autoptr (GArray) pieces = limn_prompt_pieces_read (plain, row->brackets);
  g_autoptr (GArray) ids = g_array_sized_new (FALSE, FALSE, sizeof (int), ROOM);
  g_autoptr (GArray) weights = g_array_sized_new (FALSE, FALSE, sizeof (float), ROOM);
  g_autoptr (GArray) used = g_array_sized_new (FALSE, FALSE, sizeof (int), ROOM);
  Filling filling = { tokenizer, row, ids, weights, used, comma_of (tokenizer), -1 };

  add_pieces (&filling, pieces);
  return lay_out (&filling, tokenizer, pad, min_chunks);
}

void
limn_prompt_tokens_free (LimnPromptTokens *tokens)
{
  if (tokens == NULL)
    return;
  g_free (tokens->ids);
  g_free (tokens->weights);
  g_free (tokens->used);
  g_free (tokens);
}

gboolean
limn_prompt_tokens_weighted (const LimnPromptTokens *tokens, int chunk)
{
  const float *weights = tokens->weights + (gsize) chunk * LIMN_CHUNK_TOKENS;

  for (int i = 0; i < LIMN_CHUNK_TOKENS; i++)
    if (weights[i] != 1)
      return TRUE;
  return FALSE;
}
