/* models-window.h - the model library: a grid of the files in the folders that the person chose.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/models/models.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MODELS_WINDOW (limn_models_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelsWindow, limn_models_window, LIMN, MODELS_WINDOW, AdwWindow)

/* Reads the folders.  Signal "use" (LimnModelEntry *): a person chose one that can be used. */
LimnModelsWindow *limn_models_window_new (LimnModels *models);
/* What LoRAs and embeddings have to go with: the open model's. */
void limn_models_window_set_family (LimnModelsWindow *self, LimnFamily family);
void limn_models_window_show_kind (LimnModelsWindow *self, LimnFileKind kind);
/* A folder that a person chose. */
void limn_models_window_add_folder (LimnModelsWindow *self, const char *folder);
/* A word about what was done. */
void limn_models_window_tell (LimnModelsWindow *self, const char *text);

G_END_DECLS
