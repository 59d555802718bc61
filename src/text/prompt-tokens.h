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

/* What an encoder is to say of a prompt.  The states of a chunk of its context are a sum over readings, of what is said
 * of each reading's ids, weighed, times its share.  Nearly always there is one reading a chunk, of share 1, in order.
 */
typedef struct {
  int chunks;
  int readings;
  int *ids;       /* [readings, LIMN_CHUNK_TOKENS]: begin, ids (of vectors, too: tokenizer.h), end, then pad */
  float *weights; /* the same, 1 where nothing is emphasised and for begin, end and pad */
  int *used;      /* [readings]: ids between begin and end */
  int *chunk;     /* [readings] */
  double *shares; /* [readings] */
  int *spoken;    /* NULL, or [LIMN_CHUNK_TOKENS]: what the pooled vector is of; else it is of the first reading */
} LimnPromptTokens;

/* Takes LoRA tags out, reads the weights (prompt-weights.h), splits each piece by itself and fills chunks of 75 ids,
 * all as emphasis has it; NULL: Limn's own.  BREAK begins a new chunk; Limn's own does so only where the present one
 * holds anything.  At least min_chunks of them, and one. */
LimnPromptTokens *limn_prompt_tokens_new (LimnTokenizer *tokenizer, const char *prompt, const LimnEmphasis *emphasis,
                                          int pad, int min_chunks);
void limn_prompt_tokens_free (LimnPromptTokens *tokens);
/* Whether any weight of reading is other than 1. */
gboolean limn_prompt_tokens_weighted (const LimnPromptTokens *tokens, int reading);
/* Whether any id of it is hidden: it is there only to be mixed. */
gboolean limn_prompt_tokens_hides (const LimnPromptTokens *tokens, int reading);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPromptTokens, limn_prompt_tokens_free)

G_END_DECLS
