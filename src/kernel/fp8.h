/* fp8.h - weights that are eight-bit floats with a scale for each row.
 *
 * A row has its codes, then a texel that says how they are read: the scale, in fp32; how far a code's bits lie from a
 * float's; what is added to have a float's bias; and the least float with bits of an exponent.  So one kind has both
 * formats, which may be in one matrix.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/weight.h"

G_BEGIN_DECLS

guint64 limn_fp8_row_bytes (LimnStore store, int k);
/* E4M3, the largest value being its largest. */
void limn_fp8_pack (LimnStore store, const float *values, int k, guint8 *row);
gboolean limn_fp8_scale (LimnStore store, int k, float scale, guint8 *row);
extern const LimnWeightBlocks limn_fp8_blocks[];

G_END_DECLS
