/* loras.h - the LoRAs that prompts name: where their files are looked for, and what is in these; part of limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* A name is that of a file without its ending, with folders before it or without.  It is looked for in folders, then
 * beside the model, in "loras" or "Lora" there and one folder up, and in "limn/loras" of the user's data. */

/* The path of the file; error names the places that were looked in.  folders: ended by NULL, or NULL; model: its path.
 * (transfer full) */
char *limn_lora_find (const char *name, const char *const *folders, const char *model, GError **error);
/* The names of all there are, sorted.  (transfer full) */
GStrv limn_lora_list (const char *const *folders, const char *model);

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
