/* prompt-marks.h - shows what the parts of a prompt are: tags on its buffer, in colours of the theme.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "base/emphasis.h"
#include "session/settings/prompt-lens.h"

G_BEGIN_DECLS

/* Makes the tags, and keeps their colours right in light, dark and high contrast for as long as buffer lives. */
void limn_prompt_marks_install (GtkTextBuffer *buffer);
/* Tags all of buffer anew, if it is no longer than 20 kB.  text: what is in it.  lens: NULL, or says which signs are
 * any. */
void limn_prompt_marks_update (GtkTextBuffer *buffer, const char *text, LimnPromptLens *lens);
/* Whose signs they are.  lens: or NULL. */
const LimnEmphasis *limn_prompt_marks_emphasis (LimnPromptLens *lens);
/* Underlines the words that lens does not know; view says so under the pointer. */
void limn_prompt_marks_unknown (GtkTextBuffer *buffer, const char *text, LimnPromptLens *lens);
void limn_prompt_marks_explain (GtkTextView *view);

G_END_DECLS
