/* clip.h - the text encoders: CLIP ViT-L and OpenCLIP ViT-bigG (Radford et al. 2021; Podell et al. 2023, section 2.1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"
#include "model/network.h"

G_BEGIN_DECLS

typedef struct _LimnClip LimnClip;

/* LIMN_PART_TEXT_ENCODER and LIMN_PART_TEXT_ENCODER_2.  Of a shape batch counts. */
extern const LimnNetworkKind limn_clip_kinds[2];

/* which: LIMN_PART_TEXT_ENCODER or LIMN_PART_TEXT_ENCODER_2.  batch: chunks of 77 tokens encoded at once. */
LimnClip *limn_clip_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision, int batch,
                         const LimnTick *tick, GError **error);
void limn_clip_free (LimnClip *clip);
const LimnClipConfig *limn_clip_config (LimnClip *clip);

/* What stands for ids that the vocabulary lacks: [width], or NULL. */
typedef struct {
  const float *(*find) (gpointer data, int id);
  gpointer data;
} LimnClipVectors;

/* ids: [batch, 77]; LIMN_HIDDEN_ID () of tokens that none sees, nor they themselves.  vectors: NULL where all ids are
 * the vocabulary's.
 * hidden: [batch, 77, width], the state that the family reads: see unread and normed of LimnClipConfig.
 * pooled: NULL, or [batch, projection]: the final-normed last state at the first end token, projected.  Must
 * be NULL for an encoder without a projection. */
gboolean limn_clip_encode (LimnClip *clip, const int *ids, const LimnClipVectors *vectors, float *hidden, float *pooled,
                           const LimnTick *tick, GError **error);

/* The dispatches of one encoding, for profiles.  (transfer none) */
LimnPlan *limn_clip_plan (LimnClip *clip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnClip, limn_clip_free)

G_END_DECLS
