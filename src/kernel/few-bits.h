/* few-bits.h - weights of four, five and six bits: numbers with a scale and a least value for each 32, as GGML's Q4_0,
 * Q4_1, Q4_K and Q5_0, Q5_1, Q5_K have them, or with a scale for each 16, as Q6_K.
 *
 * A row has four bits of each, 32 values a texel; then the scales of two such blocks a texel, in fp32, in which they
 * are exact; then what there is beyond four bits, of five bits of four blocks a texel, of six of two.  Blocks of 256
 * are taken apart, so that rows may begin inside of one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/weight.h"

G_BEGIN_DECLS

guint64 limn_few_bits_four_bytes (LimnStore store, int k);
guint64 limn_few_bits_five_bytes (LimnStore store, int k);
guint64 limn_few_bits_six_bytes (LimnStore store, int k);
void limn_few_bits_pack_four (LimnStore store, const float *values, int k, guint8 *row);
void limn_few_bits_pack_five (LimnStore store, const float *values, int k, guint8 *row);
void limn_few_bits_pack_six (LimnStore store, const float *values, int k, guint8 *row);
extern const LimnWeightBlocks limn_few_bits_four[], limn_few_bits_five[], limn_few_bits_six[];

G_END_DECLS
