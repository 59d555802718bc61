/* prompt-weights.h - "(word:1.3)", "((word))", "[word]", "\(", BREAK: the emphasis syntax of stable-diffusion-webui,
 * and ComfyUI's; prompt-compel.h has compel's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/emphasis.h"

G_BEGIN_DECLS

typedef struct {
  char *text;        /* brackets, weights and backslashes removed; "" in a break */
  double weight;     /* 1 where nothing is emphasised */
  gboolean is_break; /* BREAK: what follows starts a new 75-token chunk */
} LimnPromptPiece;

/* ( ) multiply by 1.1, [ ] divide by it, (text:1.3) and (text: 1.3 ) multiply by 1.3, a backslash makes the next
 * bracket or backslash text.  Brackets without a partner: a closing one is text, an opening one lasts to the end.
 * Neighbours of equal weight are one piece; there is always one.  A colon and a number that is none ("1.2.3") are text.
 * Brackets nest 100 deep, deeper ones are text; BREAK counts inside brackets too.  prompt: valid UTF-8.  (element-type
 * LimnPromptPiece) (transfer full): g_array_unref () frees the texts. */
GArray *limn_prompt_weights_parse (const char *prompt);
/* ComfyUI's: ( ) multiply by 1.1, (text:1.3) weighs 1.3 whatever is around it, only \( and \) are escapes; all else is
 * text.  A piece for each stretch between brackets, as it does not join them; none is a
 * break. */
GArray *limn_prompt_weights_parse_comfy (const char *prompt);

/* A prompt of those that are mixed. */
typedef struct {
  GArray *pieces; /* LimnPromptPiece, at least one */
  guint place;    /* of the contexts that stand one after the other, 0 .. */
  double share;   /* what its states are multiplied by; those of a place are added up */
} LimnPromptTerm;

/* As brackets say; the escapes of text/wildcards.h are read too.  At least one, by place; more than one only where
 * prompts can be mixed (prompt-compel.h).  (element-type LimnPromptTerm) (transfer full): g_array_unref () frees the
 * pieces. */
GArray *limn_prompt_terms_read (const char *prompt, LimnBrackets brackets);

/* Where word stands alone in [from, end), or NULL; all is what from is part of. */
const char *limn_prompt_find_word (const char *all, const char *from, const char *end, const char *word);

/* Empty.  (element-type LimnPromptPiece) */
GArray *limn_prompt_pieces_new (void);
/* Empty.  (element-type LimnPromptTerm) */
GArray *limn_prompt_terms_new (void);

G_END_DECLS
