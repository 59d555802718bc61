/* prompt-history-popover.h - the prompts painted before: search, take one again, remove one.
 *
 * Signal "chosen" (const char *text).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/settings/prompt-history.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_HISTORY_POPOVER (limn_prompt_history_popover_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptHistoryPopover, limn_prompt_history_popover, LIMN, PROMPT_HISTORY_POPOVER, GtkPopover)

void limn_prompt_history_popover_set_history (LimnPromptHistoryPopover *self, LimnPromptHistory *history);
/* As if it were typed into its search entry.  How many prompts are listed then: for tests. */
guint limn_prompt_history_popover_search (LimnPromptHistoryPopover *self, const char *words);

G_END_DECLS
