/* convert.h - a model written as one file, its linear layers as another type.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/conversion.h"
#include "model/checkpoint.h"

G_BEGIN_DECLS

/* Writes all parts of checkpoint to path under official names: as GGUF, or as safetensors where type is fp8, which has
 * a scale each layer.  A U-Net alone has no prefix, as other programs want it.  type: as limn_quantized_type () has it;
 * what is not quantized is F16, vectors that have more stay F32.  What is of its type already is copied.  The file is
 * there whole or not at all.  tick: by the share of bytes.  (transfer full) */
LimnConversion *limn_checkpoint_convert (LimnCheckpoint *checkpoint, LimnType type, gboolean gguf, const char *path,
                                         const LimnTick *tick, GError **error);

G_END_DECLS
