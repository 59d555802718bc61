/* kernel-private.h - what the kernels' C sides share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/kernel.h"
#include "kernel/shape.h"
#include "kernel/variant.h"

G_BEGIN_DECLS

/* How a kernel runs in the plan's variant. */
typedef struct {
  const char *kernel;
  const LimnVariant *variant;
  const LimnTile *tile; /* of a product; who has another says so */
  int lanes;            /* of a workgroup where the variant leaves it to the kernel: 8; who wants more says so */
  char shader[LIMN_SHADER_NAME];
} LimnWay;

/* kind: of the weight, as a suffix, or "".  For kernels of no class of shapes, LIMN_SHAPE_PIXELS. */
LimnWay limn_kernel_way (LimnPlan *plan, LimnShape shape, const char *kernel, LimnStore store, const char *kind);
/* Appends dispatch that way for groups groups of eight lanes, or workgroups that hold a tile.  constants:
 * LIMN_MAX_CONSTANTS; those that are the variant's are filled in (lanes.glsl, stage.h). */
void limn_kernel_dispatch (LimnPlan *plan, LimnDispatch *dispatch, const LimnWay *way, guint32 *constants,
                           guint64 groups);

/* Rows a dispatch may take so that its output fits one binding, its work one submission and its groups one dispatch:
 * a multiple of 16, at least 16. */
guint64 limn_kernel_band (LimnPlan *plan, guint64 rows, guint64 bytes_per_row, double flop_per_row,
                          double groups_per_row);

/* The kind's row, once asserted that weight has room for rows of k values beside store; taps: 9 of a convolution, else
 * 1. */
const LimnWeightKind *limn_kernel_weight_kind (LimnWeight weight, LimnStore store, int rows, int taps, int k);

/* An array of the shape that is given, or into, whose shape must match. */
LimnArray limn_kernel_output (LimnPlan *plan, LimnArray into, LimnStore store, int n, int h, int w, int c);

LimnBinding limn_kernel_reads (LimnArray array);
/* Rows first .. first + count. */
LimnBinding limn_kernel_writes (LimnArray array, guint64 first, guint64 count);

G_END_DECLS
