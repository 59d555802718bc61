/* blocks.h - GGML's blocks to float: small numbers with scales of their own, and for some a least value.
 *
 * Layouts: github.com/ggml-org/llama.cpp, ggml/src/ggml-common.h.  Halves are little-endian, nothing is aligned.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LIMN_MOST_BLOCK 256 /* values */

/* 32 values */
void limn_block_q4_0 (const guint8 *block, float *out);
void limn_block_q4_1 (const guint8 *block, float *out);
void limn_block_q5_0 (const guint8 *block, float *out);
void limn_block_q5_1 (const guint8 *block, float *out);
void limn_block_q8_0 (const guint8 *block, float *out);
void limn_block_iq4_nl (const guint8 *block, float *out);
/* 256 values */
void limn_block_q2_k (const guint8 *block, float *out);
void limn_block_q3_k (const guint8 *block, float *out);
void limn_block_q4_k (const guint8 *block, float *out);
void limn_block_q5_k (const guint8 *block, float *out);
void limn_block_q6_k (const guint8 *block, float *out);
void limn_block_iq4_xs (const guint8 *block, float *out);

G_END_DECLS
