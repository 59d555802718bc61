/* prompt-chips.h - tokens drawn as chips: joined where they are one word, a dot where a word ends, tinted by weight, a
 * line where a chunk ends.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_CHIPS (limn_prompt_chips_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptChips, limn_prompt_chips, LIMN, PROMPT_CHIPS, GtkWidget)

/* tokens: (element-type LimnToken), copied.  The first 300 are shown, and how many more there are. */
void limn_prompt_chips_set_tokens (LimnPromptChips *self, const GPtrArray *tokens);
/* The same as words, as a screen reader gets it: "a, red, cir·cle (weight 1.2); chunk 2: ...".  (transfer full) */
char *limn_prompt_chips_describe (LimnPromptChips *self);

G_END_DECLS
