/* prompt-history.h - the prompts that were painted, newest first, kept in a file.
 *
 * A GListModel of LimnPromptEntry.  Each text is in it once; at most 500 are kept.  Lives on the thread that made it;
 * the file is read and written on others, and replaced atomically.  A file that is no history is put aside as
 * "NAME.broken".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define LIMN_PROMPT_HISTORY_MOST 500

#define LIMN_TYPE_PROMPT_ENTRY (limn_prompt_entry_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptEntry, limn_prompt_entry, LIMN, PROMPT_ENTRY, GObject)

const char *limn_prompt_entry_get_text (LimnPromptEntry *self);
gint64 limn_prompt_entry_get_time (LimnPromptEntry *self); /* when it was last used, in seconds since 1970 */

#define LIMN_TYPE_PROMPT_HISTORY (limn_prompt_history_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptHistory, limn_prompt_history, LIMN, PROMPT_HISTORY, GObject)

/* name: of a file in XDG_STATE_HOME/limn, or a path.  Begins to read it at once: "items-changed" tells when there is
 * something. */
LimnPromptHistory *limn_prompt_history_new (const char *name);

/* To the front.  Blank text is not kept. */
void limn_prompt_history_add (LimnPromptHistory *self, const char *text);
void limn_prompt_history_remove (LimnPromptHistory *self, const char *text);
/* NULL: there are not as many. */
const char *limn_prompt_history_get_text (LimnPromptHistory *self, guint position);

/* Waits until everything is in the file: for the end of the program, which dispose calls it for, and for tests. */
void limn_prompt_history_flush (LimnPromptHistory *self);
/* NULL, or why the file could not be written last time. */
const GError *limn_prompt_history_get_error (LimnPromptHistory *self);

G_END_DECLS
