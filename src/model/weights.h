/* weights.h - a network's tensors on the device, in the layouts that the kernels read.
 *
 * A tensor goes from the mapped file straight into device memory (or a staging buffer of 32 MiB) the first time that a
 * layer asks for it, converted on the way; there is never a second copy of the weights in RAM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"
#include "model/checkpoint.h"

G_BEGIN_DECLS

typedef struct _LimnWeights LimnWeights;

LimnWeights *limn_weights_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId part, LimnStore store);
void limn_weights_free (LimnWeights *weights);

typedef enum {
  LIMN_LAYOUT_MATRIX, /* [rows, k] -> [rows, k padded to 8] in the store */
  LIMN_LAYOUT_CONV,   /* [rows, k, 3, 3] -> [rows, 9, k padded to 8] in the store */
  LIMN_LAYOUT_VECTOR, /* [rows] -> fp32, padded to 8 */
} LimnLayout;

typedef struct {
  const char *const *names; /* NULL-terminated; several are laid one after the other along their rows */
  LimnLayout layout;
  int rows, k; /* of all together; what the shapes must come to */
  float scale; /* multiplied in, for the VAE's residual stream; 0 means 1 */
} LimnWeightSpec;

/* Errors name the file and tensor: missing, another shape, NaN or infinity, or too large for fp16. */
gboolean limn_weights_get (LimnWeights *weights, const LimnWeightSpec *spec, LimnSlice *slice, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnWeights, limn_weights_free)

G_END_DECLS
