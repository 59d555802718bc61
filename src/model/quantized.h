/* quantized.h - which of a model's tensors are quantized, when it is written or loaded so, and as what.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/arch.h"

G_BEGIN_DECLS

/* What tensor of part is stored as, where its linear layers are to be type.  Those are the matrices of U-Net and text
 * encoders, 1 x 1 convolutions too; embeddings, those of time and size among them, are not, nor is what makes no whole
 * blocks.  LIMN_TYPE_F16: it is none. */
LimnType limn_quantized_type (LimnType type, LimnPartId part, const LimnArchTensor *tensor);

G_END_DECLS
