/* prompt-tokens.h - a prompt as a text encoder gets it: chunks of ids, each with its weight.
 *
 * The one way from a prompt to ids: what is encoded and what people are shown come from here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/emphasis.h"
#include "text/tokenizer.h"

G_BEGIN_DECLS

typedef struct {
  int chunks;
  int *ids;       /* [chunks, LIMN_CHUNK_TOKENS]: begin, ids (of vectors, too: tokenizer.h), end, then pad */
  float *weights; /* the same, 1 where nothing is emphasised and for begin, end and pad */
  int *used;      /* [chunks]: ids between begin and end */
} LimnPromptTokens;

/* Takes LoRA tags out, reads the weights (prompt-weights.h), splits each piece by itself and fills chunks of 75 ids,
 * all as emphasis has it; NULL: Limn's own.  BREAK begins a new chunk; Limn's own does so only where the present one
 * holds anything.  At least min_chunks of them, and one. */
LimnPromptTokens *limn_prompt_tokens_new (LimnTokenizer *tokenizer, const char *prompt, const LimnEmphasis *emphasis,
                                          int pad, int min_chunks);
void limn_prompt_tokens_free (LimnPromptTokens *tokens);
/* Whether any weight of chunk is other than 1. */
gboolean limn_prompt_tokens_weighted (const LimnPromptTokens *tokens, int chunk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPromptTokens, limn_prompt_tokens_free)

G_END_DECLS
