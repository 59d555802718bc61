/* prompt-compel.h - prompts as compel has them, which InvokeAI reads them with: "word++", "(some words)1.3",
 * ("a sphere", "a cube").blend(0.7, 0.3), ("a sphere", "a cube").and(1, 0.5).
 *
 *   word+ word-       times 1.1, times 0.9, for each sign; behind "quoted words" and (words) in brackets, too
 *   (words)1.3        a number, only there; weights multiply where they nest; (words).attend(1.3) is the same
 *   word.swap(other)  as InvokeAI has it today, the first of them
 *   .blend(), .and()  one prompt of states that are mixed; one of contexts that stand one after the other
 *   \( \) \"          letters
 *
 * What is not well formed is words.  .blend() counts where nothing else stands beside it, .and() where nothing is
 * before it, as there.  With as many numbers as prompts, or none; blend's are shares of their sum unless the last
 * option is no_normalize.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "text/prompt-weights.h"

G_BEGIN_DECLS

/* What .and() weighs comes with the empty prompt's share; no two neighbours among a term's pieces weigh the same.
 * prompt: valid UTF-8.  As limn_prompt_terms_read () gives them. */
GArray *limn_prompt_compel_read (const char *prompt);

/* ---- For those who show a prompt ---- */

typedef enum {
  LIMN_COMPEL_WORD,
  LIMN_COMPEL_SIGN,  /* brackets, quotes, names of orders */
  LIMN_COMPEL_WEIGHT /* "++", "1.3", what stands in an order's brackets */
} LimnCompelMark;

typedef struct {
  guint start, end; /* bytes; blanks between words are in no span */
  LimnCompelMark mark;
  double weight; /* of a word, and of the signs around it */
  guint term;    /* of a word: of limn_prompt_compel_read () without shares of the empty prompt */
} LimnCompelSpan;

/* (element-type LimnCompelSpan) (transfer full) */
GArray *limn_prompt_compel_spans (const char *prompt);

G_END_DECLS
