/* merge-private.h - what checkpoint-merge.c and checkpoint-beside.c share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/checkpoint-private.h"
#include "model/lora.h"

G_BEGIN_DECLS

struct _LimnMerge {
  LimnCheckpoint *base;
  LimnType fit; /* what linear layers become; LIMN_TYPE_F16: none does */
  GArray *uses; /* LimnLoraUse; their LoRAs are referenced */
  char *texts[LIMN_N_PARTS];
  GHashTable *ranks[LIMN_N_PARTS]; /* LimnKeptBlocks's; borrowed of base */
  GPtrArray *values;               /* float *: what views point to */
};

/* What a use does to a tensor, and whether that is something. */
double limn_merge_strength (const LimnMerge *merge, const LimnLoraUse *use, LimnPartId part, const char *name);
gboolean limn_merge_applies (const LimnMerge *merge, const LimnLoraUse *use, LimnPartId part, const char *name);
gboolean limn_merge_changes (const LimnMerge *merge, LimnPartId part, const char *name);

/* The next use from *at on that has a place beside the tensor, or NULL. */
const LimnLoraUse *limn_merge_next_beside (const LimnMerge *merge, LimnPartId part, const char *name, guint *at);
/* The rank of what lies beside the tensor; 0: nothing does. */
guint64 limn_merge_rank (const LimnMerge *merge, LimnPartId part, const char *name);
/* What part keeps, made what it is with merge: the base's own tables where that is all of it, and the same ones for the
 * same changes. */
void limn_merge_lay_out (LimnMerge *merge, LimnPartId part, LimnKeptBlocks *kept);

G_END_DECLS
