/* safetensors.h - writing the format that Limn itself writes tensors in.
 *
 * Format (github.com/huggingface/safetensors): u64 little-endian header length, JSON header
 * {"name": {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}, "__metadata__": {...}}, data.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/tensors.h"

G_BEGIN_DECLS

/* A tensor to be written; data in the type's little-endian form. */
typedef struct {
  const char *name;
  LimnType type;
  int rank;
  guint64 shape[LIMN_MAX_RANK];
  const void *data;
} LimnTensorOut;

/* Atomic: a temporary file beside path, fsync, rename. */
gboolean limn_safetensors_write (const char *path, const LimnTensorOut *tensors, guint n, GError **error);

G_END_DECLS
