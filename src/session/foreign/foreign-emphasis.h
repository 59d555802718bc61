/* foreign-emphasis.h - the weights of ComfyUI's prompts, written as Limn reads them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In ComfyUI ( ) multiplies by 1.1 and (text:1.3) sets 1.3, whatever stands around it; square brackets, BREAK, choices
 * and wildcards are plain words, and so is a bracket without a partner.  The result means that where
 * text/prompt-weights.h and text/wildcards.h read it.  text: valid UTF-8.  choices: those in text are to be chosen
 * from.  (transfer full) */
char *limn_emphasis_from_comfy (const char *text, gboolean choices);
/* There is a choice or a wildcard in text. */
gboolean limn_emphasis_has_choices (const char *text);

G_END_DECLS
