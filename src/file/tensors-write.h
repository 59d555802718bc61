/* tensors-write.h - what stands before the tensors in a file of them, for whoever writes one piece by piece.
 *
 * The tensors' data follow in their order, each at the next multiple of the format's alignment.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/safetensors.h"

G_BEGIN_DECLS

#define LIMN_GGUF_ALIGNMENT 32
#define LIMN_SAFETENSORS_ALIGNMENT 1

/* path: for messages.  metadata: NULL-terminated key, value, key, value ..., or NULL.  The tensors' own data are not
 * read.  (transfer full) */
GByteArray *limn_safetensors_header (const char *path, const LimnTensorOut *tensors, guint n,
                                     const char *const *metadata, GError **error);
/* The same of GGUF, version 3; metadata begins with the architecture.  type: of most of the weights.  A tensor whose
 * rows are no whole blocks is stored as rows of 256, with its shape in a field, as ComfyUI-GGUF does. */
GByteArray *limn_gguf_header (const char *path, const LimnTensorOut *tensors, guint n, const char *const *metadata,
                              LimnType type, GError **error);
/* Whether a GGUF file can hold a tensor of that shape as type. */
gboolean limn_gguf_stores (LimnType type, int rank, const guint64 *shape);
/* Bytes of its data. */
gboolean limn_tensor_out_bytes (const char *path, const LimnTensorOut *tensor, guint64 *bytes, GError **error);

G_END_DECLS
