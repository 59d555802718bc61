/* epilogue.h - the common end of matmul and conv.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/kernel-private.h"
#include "shaders/matmul.h"

G_BEGIN_DECLS

/* What both kernels do after the product. */
typedef struct {
  LimnWeight weight;
  LimnWay way;
  LimnArray bias, out;
  int columns;
  LimnFinish finish;
} LimnEpilogue;

/* Fills constants 2 .. 5, the operands up to OPERAND_STEP and push for rows row0 .. row1 of the output. */
void limn_epilogue_set (const LimnEpilogue *epilogue, guint64 row0, guint64 row1, gboolean rows_fastest,
                        guint32 *constants, LimnDispatch *dispatch, struct LimnEpiloguePush *push);

G_END_DECLS
