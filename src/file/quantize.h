/* quantize.h - float to GGML's blocks; blocks.h is the way back.
 *
 * The kinds of 32 values have formulas, which gguf-py's are, to the bit.  Those of 256 search for the scales and least
 * values that leave the least squared error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* values: of one block, finite.  Where they are too large for its halves, what is read back is not finite. */

/* 32 values */
void limn_quantize_q4_0 (const float *values, guint8 *block);
void limn_quantize_q4_1 (const float *values, guint8 *block);
void limn_quantize_q5_0 (const float *values, guint8 *block);
void limn_quantize_q5_1 (const float *values, guint8 *block);
void limn_quantize_q8_0 (const float *values, guint8 *block);
/* 256 values */
void limn_quantize_q4_k (const float *values, guint8 *block);
void limn_quantize_q5_k (const float *values, guint8 *block);
void limn_quantize_q6_k (const float *values, guint8 *block);

G_END_DECLS
