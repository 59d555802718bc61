/* models.h - the model files in the folders that a person chose, as a list that fills in the background.
 *
 * A GListModel of LimnModelEntry in no order: views sort and filter.  Lives in the main context of the thread that made
 * it; files are read on another.  Signals: "loaded" (), once all that is there is listed and told from its copies.
 * Property: "loading".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MODEL_ENTRY (limn_model_entry_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelEntry, limn_model_entry, LIMN, MODEL_ENTRY, GObject)

/* Signal "changed" (): it has other facts, or another number of copies. */
const LimnFileFacts *limn_model_entry_get_facts (LimnModelEntry *self);
/* Others in the list that hold the same. */
guint limn_model_entry_get_copies (LimnModelEntry *self);
/* Whether each word of search is in its name, title, base, words or folder, in any case. */
gboolean limn_model_entry_matches (LimnModelEntry *self, const char *search);
/* NULL where it can be used with a model of family (LIMN_FAMILY_UNKNOWN: any), or a sentence that says why not.
 * (transfer full) */
char *limn_model_entry_why_not (LimnModelEntry *self, LimnFamily family);

#define LIMN_TYPE_MODELS (limn_models_get_type ())
G_DECLARE_FINAL_TYPE (LimnModels, limn_models, LIMN, MODELS, GObject)

/* Empty until it is asked to load.  cache: as in limn_catalogue_open (). */
LimnModels *limn_models_new (const char *cache);
/* Reads the folders that were chosen, again where it has; what is there stays until it is known to have gone. */
void limn_models_load (LimnModels *self);
gboolean limn_models_is_loading (LimnModels *self);
/* Ends the thread's work; the list stays. */
void limn_models_close (LimnModels *self);

/* The path of the file of kind whose hash another program tells, or NULL; not that of one that is missing.  Borrowed
 * until the list changes. */
const char *limn_models_find_hash (LimnModels *self, LimnFileKind kind, const char *hash);

G_END_DECLS
