/* habits.h - what a person has set for each model, by what is in its file: it comes back with the model.
 *
 * Of the settings that go with a model (limn_model_settings ()) those are kept that are others than the model suggests,
 * so that a model which nobody has touched gets what later versions suggest; with the words that its prompts begin
 * with, and the file that says which of its parts are elsewhere.  They are found again wherever the model lies and
 * whatever it is called.
 *
 * One thread's at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/settings.h"

G_BEGIN_DECLS

typedef struct _LimnHabits LimnHabits;

/* path: NULL for the one in the user's state folder.  What is not to be read is moved aside, to "….broken"; a newer
 * version's is left as it is, and nothing is remembered. */
LimnHabits *limn_habits_load (const char *path);
void limn_habits_free (LimnHabits *self);
/* Atomically, where something has changed. */
gboolean limn_habits_save (LimnHabits *self, GError **error);

/* info: of an opened model, with its fingerprint. */
void limn_habits_remember (LimnHabits *self, const LimnModelInfo *info, LimnSettings *settings);
void limn_habits_forget (LimnHabits *self, const LimnModelInfo *info);
/* Path of the model file (base/model-file.h) as which it was used last, or NULL.  (transfer full) */
char *limn_habits_find_parts (LimnHabits *self, const LimnModelInfo *info);

/* Sets what goes with the model: what was set for it, or else what it suggests.  Of one that is seen for the first time
 * after another, what it suggests as that one did stays as it is set: a person who likes 40 steps does so with the next
 * model of the kind, too.  before: NULL: there was none. */
void limn_habits_adopt (LimnHabits *self, const LimnModelInfo *info, const LimnModelInfo *before,
                        LimnSettings *settings);

/* All that goes with the model, as it suggests it. */
void limn_settings_suggest (LimnSettings *settings, const LimnModelInfo *info);
gboolean limn_settings_are_suggested (LimnSettings *settings, const LimnModelInfo *info);
/* The prompt begins with prefix instead of with what it began with until now. */
void limn_settings_set_prefix (LimnSettings *settings, const char *prefix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnHabits, limn_habits_free)

G_END_DECLS
