/* prompt-tokens.c - see prompt-tokens.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-tokens.h"

#include "text/prompt-loras.h"
#include "text/prompt-weights.h"

#include <math.h>
#include <string.h>

#define ROOM (LIMN_CHUNK_TOKENS - 2)

#define BACKTRACK 20  /* tokens: how far back a comma may be that a chunk ends after */
#define WHOLE_PIECE 8 /* tokens: a piece of less is not parted */

/* Signs that a long prompt is cut after: the first ends a sentence. */
enum { POINT, COMMA, SEMICOLON, COLON, N_SIGNS };

typedef struct {
  LimnTokenizer *tokenizer;
  const LimnEmphasis *emphasis;
  const int *signs; /* their ids: [N_SIGNS] */
  GArray *ids;      /* int */
  GArray *weights;  /* float, one an id */
  GArray *pieces;   /* guint, the same: of which piece */
  GArray *used;     /* int, ids of each chunk that is begun */
  guint piece;      /* the present one */
  int last_comma;   /* its place in the present chunk, or -1 */
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

/* id's rank among what a chunk may end with, the less the better. */
static int
rank_of (const Filling *filling, int id)
{
  if (id == filling->signs[POINT])
    return 0;
  for (int i = POINT + 1; i < N_SIGNS; i++)
    if (id == filling->signs[i])
      return 1;
  return id < LIMN_FIRST_VECTOR && limn_tokenizer_ends_word (filling->tokenizer, id) ? 2 : 3;
}

/* The same after the best of what it may end with, the last of its kind; nothing moves where there is none. */
static void
cut_after_sentence (Filling *filling)
{
  int best = 3, moved = 0;

  if (*last_used (filling) < ROOM)
    return;
  for (int i = 0; i < ROOM; i++) {
    int rank = rank_of (filling, g_array_index (filling->ids, int, filling->ids->len - 1 - (guint) i));

    if (rank < best) {
      best = rank;
      moved = i;
    }
  }
  *last_used (filling) -= moved;
  begin_chunk (filling);
  *last_used (filling) = moved;
}

static void
add_id (Filling *filling, int id, float weight)
{
  if (id == filling->signs[COMMA])
    filling->last_comma = *last_used (filling);
  else if (filling->emphasis->cut == LIMN_CUT_COMMA)
    cut_after_comma (filling);
  if (filling->emphasis->cut == LIMN_CUT_SENTENCE)
    cut_after_sentence (filling);
  if (*last_used (filling) == ROOM)
    begin_chunk (filling);
  g_array_append_val (filling->ids, id);
  g_array_append_val (filling->weights, weight);
  g_array_append_val (filling->pieces, filling->piece);
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

    filling->piece = i;
    if (!piece->is_break)
      add_piece (filling, piece);
    else if (empty_too || *last_used (filling) > 0)
      begin_chunk (filling);
  }
  /* A BREAK at the very end has nothing to part. */
  if (filling->used->len > 1 && *last_used (filling) == 0)
    g_array_set_size (filling->used, filling->used->len - 1);
}

static void
fill (Filling *filling, LimnTokenizer *tokenizer, const LimnEmphasis *emphasis, const int *signs, const GArray *pieces)
{
  *filling = (Filling){
    .tokenizer = tokenizer,
    .emphasis = emphasis,
    .signs = signs,
    .ids = g_array_sized_new (FALSE, FALSE, sizeof (int), ROOM),
    .weights = g_array_sized_new (FALSE, FALSE, sizeof (float), ROOM),
    .pieces = g_array_sized_new (FALSE, FALSE, sizeof (guint), ROOM),
    .used = g_array_new (FALSE, FALSE, sizeof (int)),
  };
  add_pieces (filling, pieces);
}

static void
clear_filling (gpointer data)
{
  Filling *filling = data;

  g_array_unref (filling->ids);
  g_array_unref (filling->weights);
  g_array_unref (filling->pieces);
  g_array_unref (filling->used);
}

static void
find_signs (LimnTokenizer *tokenizer, int *signs)
{
  static const char *const texts[N_SIGNS] = { ".", ",", ";", ":" };

  for (int i = 0; i < N_SIGNS; i++) {
    g_autoptr (GArray) ids = limn_tokenizer_encode (tokenizer, texts[i]);

    signs[i] = ids->len == 1 ? g_array_index (ids, int, 0) : -1;
  }
}

/* ---- Readings ---- */

typedef struct {
  LimnTokenizer *tokenizer;
  int pad;
  GArray *ids, *weights, *used, *chunk, *shares; /* as LimnPromptTokens has them */
} Layout;

/* A reading of n ids.  Returns where its ids are, until the next. */
static int *
add_reading (Layout *layout, const int *ids, const float *weights, int n, int chunk, double share)
{
  guint at = layout->ids->len;

  g_array_set_size (layout->ids, at + LIMN_CHUNK_TOKENS);
  g_array_set_size (layout->weights, at + LIMN_CHUNK_TOKENS);
  int *to = &g_array_index (layout->ids, int, at);
  float *weighs = &g_array_index (layout->weights, float, at);
  limn_tokenizer_fill_chunk (layout->tokenizer, ids, n, layout->pad, to);
  for (int i = 0; i < LIMN_CHUNK_TOKENS; i++)
    weighs[i] = i >= 1 && i <= n ? weights[i - 1] : 1;
  g_array_append_val (layout->used, n);
  g_array_append_val (layout->chunk, chunk);
  g_array_append_val (layout->shares, share);
  return to;
}

/* A piece that is mixed with what is said without it. */
typedef struct {
  int from, to; /* its places, over all chunks of 77 */
  double share;
} Hidden;

/* As compel has it: a weight of 1/2 is halfway, 0 nearly all of it. */
static double
share_without (double weight)
{
  return tan ((1 - MAX (weight, 1e-5)) * G_PI / 2);
}

/* (element-type Hidden) (transfer full) */
static GArray *
find_hidden (const Filling *filling, const GArray *pieces)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Hidden));
  guint at = 0, last = G_MAXUINT;

  for (guint chunk = 0; filling->emphasis->hides && chunk < filling->used->len; chunk++)
    for (int i = 1; i <= g_array_index (filling->used, int, chunk); i++, at++) {
      guint piece = g_array_index (filling->pieces, guint, at);
      double weight = g_array_index (pieces, LimnPromptPiece, piece).weight;
      int place = (int) chunk * LIMN_CHUNK_TOKENS + i;
      Hidden hidden = { place, place, share_without (weight) };

      if (weight >= 1)
        continue;
      if (piece == last)
        g_array_index (all, Hidden, all->len - 1).to = place;
      else
        g_array_append_val (all, hidden);
      last = piece;
    }
  return all;
}

static gboolean
touches (const Hidden *hidden, int chunk)
{
  return hidden->from < (chunk + 1) * LIMN_CHUNK_TOKENS && hidden->to >= chunk * LIMN_CHUNK_TOKENS;
}

/* The readings of chunk of a term, for place at of the context. */
static void
add_chunk (Layout *layout, const Filling *filling, const GArray *hidden, double share, int chunk, int at)
{
  gboolean begun = chunk < (int) filling->used->len;
  int n = begun ? g_array_index (filling->used, int, chunk) : 0, before = 0;
  double all = 1, whole = 1;

  for (int i = 0; begun && i < chunk; i++)
    before += g_array_index (filling->used, int, i);
  const int *ids = (const int *) (void *) filling->ids->data + before;
  const float *weights = (const float *) (void *) filling->weights->data + before;
  for (guint i = 0; i < hidden->len; i++) {
    const Hidden *piece = &g_array_index (hidden, Hidden, i);

    all += piece->share;
    whole += touches (piece, chunk) ? 0 : piece->share;
  }
  add_reading (layout, ids, weights, n, at, share * (whole / all));
  for (guint i = 0; i < hidden->len; i++) {
    const Hidden *piece = &g_array_index (hidden, Hidden, i);

    if (!touches (piece, chunk))
      continue;
    int *to = add_reading (layout, ids, weights, n, at, share * (piece->share / all));
    for (int place = 1; place < LIMN_CHUNK_TOKENS - 1; place++) {
      int where = chunk * LIMN_CHUNK_TOKENS + place;

      if (where >= piece->from && where <= piece->to)
        to[place] = LIMN_HIDDEN_ID (to[place]);
    }
  }
}

/* All terms of the place that begins with number first: its chunks from at on.  Returns the number after its last. */
static guint
add_place (Layout *layout, const GArray *terms, const GArray *fillings, guint first, int *at)
{
  guint place = g_array_index (terms, LimnPromptTerm, first).place, end = first;
  int chunks = 0;

  for (; end < terms->len && g_array_index (terms, LimnPromptTerm, end).place == place; end++)
    chunks = MAX (chunks, (int) g_array_index (fillings, Filling, end).used->len);
  for (guint i = first; i < end; i++) {
    const LimnPromptTerm *term = &g_array_index (terms, LimnPromptTerm, i);
    const Filling *filling = &g_array_index (fillings, Filling, i);
    g_autoptr (GArray) hidden = find_hidden (filling, term->pieces);

    for (int chunk = 0; chunk < chunks; chunk++)
      add_chunk (layout, filling, hidden, term->share, chunk, *at + chunk);
  }
  *at += chunks;
  return end;
}

/* What the pooled vector is of where that is not the first reading. */
static int *
speak (Layout *layout, const LimnEmphasis *emphasis, const int *signs, const char *plain)
{
  g_autoptr (GArray) terms = limn_prompt_terms_read (plain, LIMN_BRACKETS_TEXT);
  int ids[LIMN_CHUNK_TOKENS];
  Filling filling;

  if (!emphasis->spoken)
    return NULL;
  fill (&filling, layout->tokenizer, limn_emphasis_find (NULL), signs, g_array_index (terms, LimnPromptTerm, 0).pieces);
  limn_tokenizer_fill_chunk (layout->tokenizer, (const int *) (void *) filling.ids->data,
                             MIN (ROOM, (int) filling.ids->len), layout->pad, ids);
  clear_filling (&filling);
  return memcmp (ids, layout->ids->data, sizeof ids) != 0 ? g_memdup2 (ids, sizeof ids) : NULL;
}

LimnPromptTokens *
limn_prompt_tokens_new (LimnTokenizer *tokenizer, const char *prompt, const LimnEmphasis *emphasis, int pad,
                        int min_chunks)
{
  const LimnEmphasis *row = emphasis != NULL ? emphasis : limn_emphasis_find (NULL);
  g_autofree char *plain = limn_prompt_without_loras (prompt, NULL);
  g_autoptr (GArray) terms = limn_prompt_terms_read (plain, row->brackets);
  g_autoptr (GArray) fillings = g_array_new (FALSE, FALSE, sizeof (Filling));
  LimnPromptTokens *tokens = g_new0 (LimnPromptTokens, 1);
  Layout layout = {
    .tokenizer = tokenizer,
    .pad = pad,
    .ids = g_array_new (FALSE, FALSE, sizeof (int)),
    .weights = g_array_new (FALSE, FALSE, sizeof (float)),
    .used = g_array_new (FALSE, FALSE, sizeof (int)),
    .chunk = g_array_new (FALSE, FALSE, sizeof (int)),
    .shares = g_array_new (FALSE, FALSE, sizeof (double)),
  };
  int signs[N_SIGNS];

  find_signs (tokenizer, signs);
  g_array_set_clear_func (fillings, clear_filling);
  for (guint i = 0; i < terms->len; i++) {
    Filling filling;

    fill (&filling, tokenizer, row, signs, g_array_index (terms, LimnPromptTerm, i).pieces);
    g_array_append_val (fillings, filling);
  }
  for (guint i = 0; i < terms->len;)
    i = add_place (&layout, terms, fillings, i, &tokens->chunks);
  for (; tokens->chunks < min_chunks; tokens->chunks++)
    add_reading (&layout, NULL, NULL, 0, tokens->chunks, 1);
  tokens->spoken = speak (&layout, row, signs, plain);
  tokens->readings = (int) layout.used->len;
  tokens->ids = (int *) (void *) g_array_free (layout.ids, FALSE);
  tokens->weights = (float *) (void *) g_array_free (layout.weights, FALSE);
  tokens->used = (int *) (void *) g_array_free (layout.used, FALSE);
  tokens->chunk = (int *) (void *) g_array_free (layout.chunk, FALSE);
  tokens->shares = (double *) (void *) g_array_free (layout.shares, FALSE);
  return tokens;
}

void
limn_prompt_tokens_free (LimnPromptTokens *tokens)
{
  if (tokens == NULL)
    return;
  g_free (tokens->ids);
  g_free (tokens->weights);
  g_free (tokens->used);
  g_free (tokens->chunk);
  g_free (tokens->shares);
  g_free (tokens->spoken);
  g_free (tokens);
}

gboolean
limn_prompt_tokens_weighted (const LimnPromptTokens *tokens, int reading)
{
  const float *weights = tokens->weights + (gsize) reading * LIMN_CHUNK_TOKENS;

  for (int i = 0; i < LIMN_CHUNK_TOKENS; i++)
    if (weights[i] != 1)
      return TRUE;
  return FALSE;
}

gboolean
limn_prompt_tokens_hides (const LimnPromptTokens *tokens, int reading)
{
  const int *ids = tokens->ids + (gsize) reading * LIMN_CHUNK_TOKENS;

  for (int i = 0; i < LIMN_CHUNK_TOKENS; i++)
    if (ids[i] < 0)
      return TRUE;
  return FALSE;
}
