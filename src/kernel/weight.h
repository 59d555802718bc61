/* weight.h - the ways in which weights lie on a device: rows of one table.
 *
 * The weights of products and convolutions are of a kind; shaders/weight.glsl expands them while they are read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"

G_BEGIN_DECLS

/* Blocks of a file that lie on the device with the same numbers and scales. */
typedef struct {
  const char *type; /* as GGML calls them, or safetensors */
  int block;        /* rows are whole ones of so many values */
  /* The row that begins at value first of those that begin at data.  FALSE where a scale or a value is not finite. */
  gboolean (*lay) (const guint8 *data, guint64 first, int k, guint8 *row);
} LimnWeightBlocks;

typedef struct LimnWeightKind {
  const char *name;
  const char *suffix; /* of the shaders that read it (shaders/meson.build) */
  /* Bytes of a row of k values, a multiple of 16, and how they are made.  store: of the arrays that it meets. */
  guint64 (*row_bytes) (LimnStore store, int k);
  void (*pack) (LimnStore store, const float *values, int k, guint8 *row);
  const LimnWeightBlocks *blocks; /* ended by one without type; NULL: none */
  /* Multiplies what a row of k values comes to.  FALSE where that is beyond what store holds.  NULL: no row can be. */
  gboolean (*scale) (LimnStore store, int k, float scale, guint8 *row);
} LimnWeightKind;

/* The first has values in the store of the arrays that it meets.  A row without a name ends the table. */
extern const LimnWeightKind limn_weight_kinds[];

/* The kind that can have rows of k values of a file's blocks just as they are; NULL where there is none.  type: as GGML
 * calls them. */
const LimnWeightKind *limn_weight_kind_for (const char *type, guint64 k);
/* How it has them; NULL where it cannot. */
const LimnWeightBlocks *limn_weight_blocks (const LimnWeightKind *kind, const char *type);

/* Of a 3 x 3 convolution over a picture of twice the size, four phases of four taps each: see
 * limn_kernel_conv_by_phases ().  taps: [9, k]; phases: receives [LIMN_PHASE_TAPS, k]. */
#define LIMN_PHASE_TAPS 16
void limn_weight_sum_taps (const float *taps, int k, float *phases);

G_END_DECLS
