/* prompt-view.h - a box to write a prompt in: several lines, a placeholder while it is empty.
 *
 * Properties: "text", "placeholder", "min-height".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_VIEW (limn_prompt_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptView, limn_prompt_view, LIMN, PROMPT_VIEW, GtkWidget)

/* For accessibility. */
void limn_prompt_view_set_label (LimnPromptView *self, const char *label);

G_END_DECLS
