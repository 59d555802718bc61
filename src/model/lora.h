/* lora.h - a small change to a model, from a file of its own: which of a checkpoint's tensors it changes, and how.
 *
 * Hu et al. 2021, and what came after it.  A file's names are taken apart into modules, each with tensors in roles
 * (lora-names.c); a kind says which roles it is made of and what they come to (lora-kinds.c, lora-turns.c); what a
 * module comes to is added to the tensor that it is for (lora-merge.c).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/checkpoint.h"

G_BEGIN_DECLS

typedef struct _LimnLora LimnLora;

/* Reads path as a change to checkpoint.  Fails where it is no such file, or is for models of another family, which the
 * error names; what it holds besides is in limn_lora_unmatched (). */
LimnLora *limn_lora_open (const char *path, LimnCheckpoint *checkpoint, GError **error);
LimnLora *limn_lora_new (LimnTensors *file, LimnCheckpoint *checkpoint, GError **error);
LimnLora *limn_lora_ref (LimnLora *lora);
void limn_lora_unref (LimnLora *lora);

const char *limn_lora_path (LimnLora *lora);
/* Another for each that was ever opened. */
guint64 limn_lora_id (LimnLora *lora);
/* As other programs tell LoRAs from each other: the first twelve digits of the SHA-256 of all tensors' bytes, or what
 * the file's metadata says it is.  The first call reads the file. */
const char *limn_lora_hash (LimnLora *lora);
/* Modules that the file holds, and those of them that are for a tensor of the checkpoint. */
guint limn_lora_modules (LimnLora *lora);
guint limn_lora_matched (LimnLora *lora);
/* The file's tensors that are for nothing that the checkpoint has, or of no known kind. */
const char *const *limn_lora_unmatched (LimnLora *lora);
/* What its modules are: "LoRA, norm".  (transfer full) */
char *limn_lora_describe (LimnLora *lora);

/* NULL, or what its metadata says a prompt should have in it. */
const char *limn_lora_words (LimnLora *lora);

gboolean limn_lora_changes (LimnLora *lora, LimnPartId part, const char *name);
/* Does it, strength times.  weight: all of the tensor's values. */
gboolean limn_lora_apply (LimnLora *lora, LimnPartId part, const char *name, double strength, float *weight,
                          GError **error);

/* The rank of two matrices of which all that it does to the tensor is the product; 0 where it is none.  made: also
 * where the file has no such two, but they can be made of what it has. */
guint64 limn_lora_rank (LimnLora *lora, LimnPartId part, const char *name, gboolean made);
/* These, one after the other where a file has several for it: into down, NULL or [rank, columns of the tensor], rows no
 * longer than 1, whatever strength is; into up, NULL or rows of rank values, stride from each other, which make of it
 * what the LoRA adds, strength times. */
gboolean limn_lora_factors (LimnLora *lora, LimnPartId part, const char *name, double strength, float *down, float *up,
                            guint64 stride, GError **error);

/* What names of tensors begin with that are no change to a model, but words that come with it (engine/embeddings.h). */
#define LIMN_LORA_EMBEDDING "bundle_emb."

/* Whether a file's names are those of a LoRA. */
gboolean limn_lora_is (LimnTensors *file);

/* The block of config's U-Net that a tensor of that name is in, as its original code counts: its input blocks from 0,
 * the middle one, its output blocks; -1: in none. */
#define LIMN_UNET_MIDDLE 12
#define LIMN_UNET_BLOCKS 25
int limn_lora_block (const char *name, const LimnUnetConfig *config);

/* ---- Merging ---- */

typedef struct {
  LimnLora *lora;
  double strengths[LIMN_N_PARTS];
  gboolean by_blocks;
  double blocks[LIMN_UNET_BLOCKS]; /* with by_blocks, what the U-Net's strength is multiplied by in each */
  gboolean rests; /* without strength for the U-Net, it has one in other steps: what would lie beside has its place */
} LimnLoraUse;

/* base with uses, in this order, merged into its tensors: each is made of base's own when it is asked for.  Networks of
 * it have the layout of base's, but for tensors in blocks that are changed: what is done to them lies beside
 * (LimnKeptBlocks), so that other strengths are no other layout; where that cannot be, they are expanded. */
LimnCheckpoint *limn_checkpoint_merge (LimnCheckpoint *base, const LimnLoraUse *uses, guint n);
/* The same with linear layers, merged or not, that become type (quantized.h) while they are loaded, but for those that
 * lie in blocks as they are.  type: LIMN_TYPE_F16 for none; n may be 0. */
LimnCheckpoint *limn_checkpoint_merge_fit (LimnCheckpoint *base, const LimnLoraUse *uses, guint n, LimnType type);
/* Which uses change part: equal texts for equal tensors; "" where none do. */
const char *limn_checkpoint_merged (LimnCheckpoint *checkpoint, LimnPartId part);
/* Whether the tensor of that name is another in two that were merged from one. */
gboolean limn_checkpoint_differs (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part, const char *name);
/* How many values such tensors have together. */
guint64 limn_checkpoint_difference (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnLora, limn_lora_unref)

G_END_DECLS
