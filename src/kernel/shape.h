/* shape.h - classes of shapes for which a device may run a kernel best in ways of their own: rows of one table.
 *
 * What a layer is tells its class, never how many pixels, pictures or bands of them it meets: so a picture has the same
 * bits in pieces and in company.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/kernel.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_SHAPE_PIXELS,    /* products over a picture's rows; what kernels of no class take, too */
  LIMN_SHAPE_TOKENS,    /* over a prompt's, which are few */
  LIMN_SHAPE_CONV,      /* to many channels */
  LIMN_SHAPE_CONV_THIN, /* to few */
  LIMN_SHAPE_ATTENTION, /* heads of up to 64, 160 and 512 channels */
  LIMN_SHAPE_ATTENTION_160,
  LIMN_SHAPE_ATTENTION_512,
} LimnShape;

typedef struct {
  const char *name; /* kept on disk */
  const char *kernel;
  /* A dispatch of a layer of SDXL's, fp16, over host arrays (appended to hosts) that are first brought to where kernels
   * read them. */
  void (*write) (LimnPlan *plan, GArray *hosts);
  double gflop; /* of it */
} LimnShapeRow;

/* In the order in which they are measured. */
extern const LimnShapeRow limn_shapes[LIMN_N_SHAPES];

LimnShape limn_shape_of_matmul (const LimnMatmulArgs *args);
LimnShape limn_shape_of_conv (const LimnConvArgs *args);
LimnShape limn_shape_of_attention (int head);

G_END_DECLS
