/* undo.h - takes back changes of settings, whatever made them.
 *
 * Changes that follow each other closely are one: a drag, a restore, a typed number.  The prompts are left out while
 * they are typed, for their editors have an undo of their own; they come along where something else changes with them.
 *
 * Lives in the main context.  Properties: "can-undo", "can-redo".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_UNDO (limn_undo_get_type ())
G_DECLARE_FINAL_TYPE (LimnUndo, limn_undo, LIMN, UNDO, GObject)

/* settings: as they are now is where undoing ends. */
LimnUndo *limn_undo_new (LimnSettings *settings);
gboolean limn_undo_can_undo (LimnUndo *self);
gboolean limn_undo_can_redo (LimnUndo *self);
void limn_undo_undo (LimnUndo *self);
void limn_undo_redo (LimnUndo *self);
/* As the settings are now is where undoing ends. */
void limn_undo_reset (LimnUndo *self);
/* What was changed until now is one change, whatever follows. */
void limn_undo_commit (LimnUndo *self);

G_END_DECLS
