/* loras.h - the LoRAs that prompts name: where their files are looked for, and what is in these; part of limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* A name is that of a file without its ending, with folders before it or without.  It is looked for in folders, then
 * beside the model, in "loras" or "Lora" there and one folder up, in "limn/loras" of the user's data, in such folders
 * among those of models that the person chose, and in what was added. */

/* The path of the file; error names the places that were looked in.  folders: ended by NULL, or NULL; model: its path.
 * (transfer full) */
char *limn_lora_find (const char *name, const char *const *folders, const char *model, GError **error);
/* Has folder looked in from now on, by every program of this user: a line of "limn/lora-folders" of the user's
 * settings. */
gboolean limn_lora_add_folder (const char *folder, GError **error);
/* Whether the file at path is a LoRA, by its tensors' names. */
gboolean limn_lora_is_file (const char *path);

typedef struct {
  char *kinds;            /* "LoRA", "LoKr, difference" */
  guint modules, matched; /* parts of it, and those that are for the model */
  GStrv unmatched;        /* tensors that are for nothing in it */
  char *words;            /* NULL, or what its metadata says a prompt should have in it */
} LimnLoraInfo;

/* What the file at path would do to model; fails where that is nothing, or the file is for models of another family. */
LimnLoraInfo *limn_lora_inspect (const char *path, const LimnModelParts *model, GError **error);
void limn_lora_info_free (LimnLoraInfo *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnLoraInfo, limn_lora_info_free)

G_END_DECLS
