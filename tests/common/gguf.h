/* gguf.h - GGUF files for tests, field by field, right or wrong.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Types by the format's numbers. */
enum { GGUF_F32 = 0, GGUF_F16 = 1, GGUF_Q8_0 = 8, GGUF_BF16 = 30 };
enum { GGUF_FIELD_U32 = 4, GGUF_FIELD_I32 = 5, GGUF_FIELD_TEXT = 8, GGUF_FIELD_LIST = 9 };

/* "GGUF" and the three numbers after it. */
GByteArray *gguf_begin (guint32 version, guint64 n_tensors, guint64 n_fields);
void gguf_number (GByteArray *out, guint64 value, int size);
void gguf_text (GByteArray *out, const char *text);
/* A field that is text; one that is a list of int32. */
void gguf_text_field (GByteArray *out, const char *name, const char *text);
void gguf_list_field (GByteArray *out, const char *name, guint n, const gint32 *values);
/* A tensor's entry; shape: the slowest dimension first, as PyTorch has it. */
void gguf_tensor (GByteArray *out, const char *name, int rank, const guint64 *shape, guint32 type, guint64 offset);
/* Zeros up to the next multiple. */
void gguf_align (GByteArray *out, guint alignment);

G_END_DECLS
