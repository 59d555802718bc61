/* safetensors.h - mapped, validated safetensors files, and a writer.
 *
 * Format (github.com/huggingface/safetensors): u64 little-endian header length, JSON header
 * {"name": {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}, "__metadata__": {...}}, data.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LIMN_TYPE_BOOL,
  LIMN_TYPE_U8,
  LIMN_TYPE_I8,
  LIMN_TYPE_U16,
  LIMN_TYPE_I16,
  LIMN_TYPE_U32,
  LIMN_TYPE_I32,
  LIMN_TYPE_U64,
  LIMN_TYPE_I64,
  LIMN_TYPE_F16,
  LIMN_TYPE_BF16,
  LIMN_TYPE_F32,
  LIMN_TYPE_F64,
  LIMN_TYPE_F8_E4M3,
  LIMN_TYPE_F8_E5M2,
} LimnType;

guint limn_type_size (LimnType type);
const char *limn_type_name (LimnType type); /* "F16" */
gboolean limn_type_from_name (const char *name, LimnType *type);

#define LIMN_MAX_RANK 8

typedef struct {
  const char *name;
  LimnType type;
  int rank;
  guint64 shape[LIMN_MAX_RANK];
  guint64 count;      /* product of shape */
  const guint8 *data; /* count * limn_type_size (type) bytes in the mapped file; may be unaligned */
} LimnTensor;

typedef struct _LimnSafetensors LimnSafetensors;

/* Maps path read-only and checks the whole header against the file's size: offsets in bounds and not overlapping,
 * byte counts equal to shape times type (64-bit checked), no holes, no duplicate names, known types, header length
 * within the file and at most 100 MB.  Pickles (LIMN_ERROR_UNSAFE), GGUF and other known formats are recognised by
 * their first bytes and refused with a sentence that says what the file is and what to do.  Any thread. */
LimnSafetensors *limn_safetensors_open (const char *path, GError **error);
/* The same over borrowed memory (tests, fuzzing); name is used in messages. */
LimnSafetensors *limn_safetensors_open_memory (const char *name, const guint8 *data, gsize size, GError **error);
LimnSafetensors *limn_safetensors_ref (LimnSafetensors *file);
void limn_safetensors_unref (LimnSafetensors *file);

const char *limn_safetensors_path (LimnSafetensors *file);
/* In the order of their data. */
guint limn_safetensors_count (LimnSafetensors *file);
const LimnTensor *limn_safetensors_nth (LimnSafetensors *file, guint index);
/* NULL where the file has no such tensor. */
const LimnTensor *limn_safetensors_find (LimnSafetensors *file, const char *name);
/* "__metadata__", or NULL. */
const char *limn_safetensors_metadata (LimnSafetensors *file, const char *key);
/* A file that somebody cuts short while it is mapped reads as zeros from there on: FALSE then, with an error.  To be
 * asked after reading tensors. */
gboolean limn_safetensors_check_whole (LimnSafetensors *file, GError **error);
/* madvise: the pages of [data, data + size) will not be read soon. */
void limn_safetensors_release (LimnSafetensors *file, const guint8 *data, gsize size);

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

/* count elements of any type to float. */
void limn_tensor_to_float (const LimnTensor *tensor, float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSafetensors, limn_safetensors_unref)

G_END_DECLS
