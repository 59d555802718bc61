/* prompt-completion.h - offers the names of wildcard files after "__", and those of the library's files after "<lora:"
 * and "embedding:".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtksourceview/gtksource.h>

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_COMPLETION (limn_prompt_completion_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptCompletion, limn_prompt_completion, LIMN, PROMPT_COMPLETION, GObject)

/* A GtkSourceCompletionProvider.  Names are read on another thread, each time that one types what stands before one. */
LimnPromptCompletion *limn_prompt_completion_new (void);

/* Whether the cursor is in a name that is not finished. */
gboolean limn_prompt_completion_is_naming (GtkTextBuffer *buffer);
/* The bytes of the unfinished name at the end of text, without what stands before it; -1: there is none. */
gssize limn_prompt_completion_prefix (const char *text);

G_END_DECLS
