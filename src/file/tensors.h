/* tensors.h - a file of named tensors, mapped and validated, whatever its format.
 *
 * Each format is a reader behind this (tensors-private.h), chosen by a file's first bytes, never by its name.
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
  /* GGML's: blocks of values with scales of their own */
  LIMN_TYPE_Q4_0,
  LIMN_TYPE_Q4_1,
  LIMN_TYPE_Q5_0,
  LIMN_TYPE_Q5_1,
  LIMN_TYPE_Q8_0,
  LIMN_TYPE_Q2_K,
  LIMN_TYPE_Q3_K,
  LIMN_TYPE_Q4_K,
  LIMN_TYPE_Q5_K,
  LIMN_TYPE_Q6_K,
  LIMN_TYPE_IQ4_NL,
  LIMN_TYPE_IQ4_XS,
  LIMN_N_TYPES
} LimnType;

guint limn_type_block (LimnType type);      /* values of a block; 1 where each is for itself */
guint limn_type_size (LimnType type);       /* bytes of a block */
const char *limn_type_name (LimnType type); /* "F16" */
gboolean limn_type_from_name (const char *name, LimnType *type);
/* FALSE where count values are no whole number of blocks, or more bytes than 64 bits can count. */
gboolean limn_type_bytes (LimnType type, guint64 count, guint64 *bytes);
/* n values from number first on, of those that begin at data. */
void limn_type_to_float (LimnType type, const guint8 *data, guint64 first, guint64 n, float *out);
/* Whether values can be made that type: F32, F16, fp8 and those of GGML's that have a quantizer (file/quantize.h). */
gboolean limn_type_is_written (LimnType type);
/* n values, whole blocks.  What lies beyond the type's range becomes infinity or NaN. */
void limn_type_from_float (LimnType type, const float *values, guint64 n, guint8 *out);

#define LIMN_MAX_RANK 8

typedef struct {
  const char *name;
  LimnType type;
  int rank;
  guint64 shape[LIMN_MAX_RANK];
  guint64 count;      /* product of shape */
  const guint8 *data; /* limn_tensor_bytes () in the mapped file; may be unaligned */
} LimnTensor;

guint64 limn_tensor_bytes (const LimnTensor *tensor);

typedef struct _LimnTensors LimnTensors;

/* Maps path read-only and checks all that it says of its tensors against its size: bytes in bounds and not
 * overlapping, as many as shape and type need (64-bit checked), no duplicate names, known types.  Pickles
 * (LIMN_ERROR_UNSAFE) and other known formats are recognised by their first bytes and refused with a sentence that says
 * what the file is and what to do.  Any thread. */
LimnTensors *limn_tensors_open (const char *path, GError **error);
/* The same over borrowed memory (tests, fuzzing); name is used in messages. */
LimnTensors *limn_tensors_open_memory (const char *name, const guint8 *data, gsize size, GError **error);
LimnTensors *limn_tensors_ref (LimnTensors *file);
void limn_tensors_unref (LimnTensors *file);

const char *limn_tensors_path (LimnTensors *file);
/* In the order of their data. */
guint limn_tensors_count (LimnTensors *file);
const LimnTensor *limn_tensors_nth (LimnTensors *file, guint index);
/* NULL where the file has no such tensor. */
const LimnTensor *limn_tensors_find (LimnTensors *file, const char *name);
/* Gives tensors whose names begin with prefix what rename makes of the rest (transfer full), where that is not NULL.
 * For who has just opened it. */
typedef char *(*LimnTensorRename) (const char *name, gconstpointer data);
void limn_tensors_rename (LimnTensors *file, const char *prefix, LimnTensorRename rename, gconstpointer data);
/* What the file says about itself in text, or NULL: "__metadata__" of safetensors, short strings
 * among the fields of GGUF. */
const char *limn_tensors_metadata (LimnTensors *file, const char *key);
/* A file that somebody cuts short while it is mapped reads as zeros from there on: FALSE then, with an error.  To be
 * asked after reading tensors. */
gboolean limn_tensors_check_whole (LimnTensors *file, GError **error);
/* The same, also where it was written to meanwhile: for who reads tensors where they are mapped after they have been
 * found good. */
gboolean limn_tensors_check_same (LimnTensors *file, GError **error);
#define LIMN_TENSORS_BEHIND 512 /* what a view may reach beyond what it is of */
/* The pages of the file, begin to begin + size, that may be lent to a device together and hold all of [data, data +
 * bytes) and LIMN_TENSORS_BEHIND more: windows, which do not overlap.  FALSE where there are none, as between two of
 * them or where the file is not mapped. */
gboolean limn_tensors_window (LimnTensors *file, const guint8 *data, guint64 bytes, const guint8 **begin,
                              guint64 *size);
/* madvise: the pages of [data, data + size) will not be read soon. */
void limn_tensors_release (LimnTensors *file, const guint8 *data, gsize size);

/* All values, of any type. */
void limn_tensor_to_float (const LimnTensor *tensor, float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTensors, limn_tensors_unref)

G_END_DECLS
