/* prompt-view.h - a box to write a prompt in: marks its parts, counts its tokens, remembers what was painted.
 *
 * Properties: "text" (at most LIMN_PROMPT_LIMIT bytes), "placeholder", "min-height", "caption" (NULL, or a word under
 * the text on what it is for).
 *
 * Keys: Ctrl+Up and Ctrl+Down for the weight of the selection or word, with Shift in half steps; Alt+Up and Alt+Down
 * for earlier and later prompts; Ctrl+L for how the text encoders read it.  The same as actions: "prompt.weight" (d),
 * "prompt.earlier", "prompt.later", "prompt.lens".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtksourceview/gtksource.h>

#include "session/settings/prompt-history.h"
#include "session/settings/prompt-lens.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_VIEW (limn_prompt_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptView, limn_prompt_view, LIMN, PROMPT_VIEW, GtkWidget)

/* For accessibility. */
void limn_prompt_view_set_label (LimnPromptView *self, const char *label);
/* Without one nothing is counted. */
void limn_prompt_view_set_lens (LimnPromptView *self, LimnPromptLens *lens);
/* encoders: a bit for each text encoder that reads this text; 0: it has no meter. */
void limn_prompt_view_set_encoders (LimnPromptView *self, guint encoders);
/* Once. */
void limn_prompt_view_set_history (LimnPromptView *self, LimnPromptHistory *history);

GtkTextBuffer *limn_prompt_view_get_buffer (LimnPromptView *self);
/* "18 / 75", "" while nothing can be counted. */
const char *limn_prompt_view_get_count (LimnPromptView *self);
/* What the lens shows, as text, or NULL while it is closed.  (transfer full) */
char *limn_prompt_view_describe_lens (LimnPromptView *self);

G_END_DECLS
