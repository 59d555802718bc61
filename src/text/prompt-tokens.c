/* prompt-tokens.c - see prompt-tokens.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-tokens.h"

#include "text/prompt-weights.h"

#include <string.h>

#define ROOM (LIMN_CHUNK_TOKENS - 2)

typedef struct {
  GArray *ids;     /* int */
  GArray *weights; /* float, one an id */
  GArray *used;    /* int, ids of each chunk that is begun */
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
}

static void
add_piece (Filling *filling, LimnTokenizer *tokenizer, const LimnPromptPiece *piece)
{
  g_autoptr (GArray) ids = limn_tokenizer_encode (tokenizer, piece->text);
  float weight = (float) piece->weight;

  for (guint i = 0; i < ids->len; i++) {
    if (*last_used (filling) == ROOM)
      begin_chunk (filling);
    g_array_append_val (filling->ids, g_array_index (ids, int, i));
    g_array_append_val (filling->weights, weight);
    ++*last_used (filling);
  }
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
limn_prompt_tokens_new (LimnTokenizer *tokenizer, const char *prompt, int pad, int min_chunks)
{
  g_autofree char *plain = limn_prompt_without_loras (prompt, NULL);
  g_autoptr (GArray) pieces = limn_prompt_weights_parse (plain);
  g_autoptr (GArray) ids = g_array_sized_new (FALSE, FALSE, sizeof (int), ROOM);
  g_autoptr (GArray) weights = g_array_sized_new (FALSE, FALSE, sizeof (float), ROOM);
  g_autoptr (GArray) used = g_array_sized_new (FALSE, FALSE, sizeof (int), ROOM);
  Filling filling = { ids, weights, used };

  begin_chunk (&filling);
  for (guint i = 0; i < pieces->len; i++) {
    const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, i);

    if (!piece->is_break)
      add_piece (&filling, tokenizer, piece);
    else if (*last_used (&filling) > 0)
      begin_chunk (&filling);
  }
  /* A BREAK at the very end has nothing to part. */
  if (used->len > 1 && *last_used (&filling) == 0)
    g_array_set_size (used, used->len - 1);
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

/* The length of a LoRA's tag at text, or 0; name: receives where its name begins, length that. */
static gsize
lora_tag (const char *text, const char **name, gsize *length)
{
  static const char *const kinds[] = { "<lora:", "<lyco:" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_ascii_strncasecmp (text, kinds[i], strlen (kinds[i])) != 0)
      continue;
    *name = text + strlen (kinds[i]);
    *length = strcspn (*name, ":<>");
    gsize rest = strcspn (*name, "<>");
    return *length > 0 && (*name)[rest] == '>' ? (gsize) (*name - text) + rest + 1 : 0;
  }
  return 0;
}

static void
add_name (GPtrArray *names, const char *name, gsize length)
{
  g_autofree char *copy = g_strndup (name, length);

  if (!g_ptr_array_find_with_equal_func (names, copy, g_str_equal, NULL))
    g_ptr_array_add (names, g_steal_pointer (&copy));
}

char *
limn_prompt_without_loras (const char *prompt, GPtrArray *names)
{
  g_autofree char *valid = g_utf8_make_valid (prompt, -1);
  GString *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0';) {
    const char *name;
    gsize length, tag = *p == '<' ? lora_tag (p, &name, &length) : 0;

    if (tag > 0) {
      if (names != NULL)
        add_name (names, name, length);
      p += tag;
    } else {
      g_string_append_c (out, *p++);
    }
  }
  return g_string_free (out, FALSE);
}
