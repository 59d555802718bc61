/* prompt-lens-view.h - how the text encoders read a prompt: its tokens, and what becomes of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/settings/prompt-lens.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_LENS_VIEW (limn_prompt_lens_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptLensView, limn_prompt_lens_view, LIMN, PROMPT_LENS_VIEW, GtkWidget)

/* encoders: a bit for each that reads this text. */
void limn_prompt_lens_view_show (LimnPromptLensView *self, LimnPromptLens *lens, guint encoders, const char *prompt);
/* All that is shown, as text.  (transfer full) */
char *limn_prompt_lens_view_describe (LimnPromptLensView *self);

G_END_DECLS
