/* random-loras.h - random LoRAs for a model, and what they come to, as one file of differences.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lora.h"

G_BEGIN_DECLS

#define RANDOM_LORAS_MOST 4

typedef struct {
  guint n;
  LimnLora *loras[RANDOM_LORAS_MOST];
  double strengths[RANDOM_LORAS_MOST];
  LimnLora *difference;            /* what all of them come to, each with its strength, summed in double */
  GHashTable *ranks[LIMN_N_PARTS]; /* diffusers' name -> GUINT_TO_POINTER (rank) of all together */
} RandomLoras;

/* n of them, each for some of the tensors of base for which wanted () is TRUE, of ranks up to most; their files are in
 * folder. */
typedef gboolean (*RandomLorasWanted) (LimnCheckpoint *base, LimnPartId part, const LimnTensorView *view,
                                       const char *name);
RandomLoras *random_loras_new (LimnCheckpoint *base, guint n, guint most, RandomLorasWanted wanted, const char *folder);
void random_loras_free (RandomLoras *loras);
/* base with them, times factor each; (transfer full) */
LimnCheckpoint *random_loras_merge (const RandomLoras *loras, LimnCheckpoint *base, double factor);
/* base with the difference. */
LimnCheckpoint *random_loras_merge_difference (const RandomLoras *loras, LimnCheckpoint *base);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RandomLoras, random_loras_free)

G_END_DECLS
