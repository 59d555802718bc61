/* weight.h - the ways in which weights lie on a device: rows of one table.
 *
 * The weights of products and convolutions are of a kind; shaders/weight.glsl expands them while they are read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"

G_BEGIN_DECLS

typedef struct LimnWeightKind {
  const char *name;
  const char *suffix; /* of the shaders that read it (shaders/meson.build) */
  /* Bytes of a row of k values, a multiple of 16, and how they are made.  store: of the arrays that it meets. */
  guint64 (*row_bytes) (LimnStore store, int k);
  void (*pack) (LimnStore store, const float *values, int k, guint8 *row);
} LimnWeightKind;

/* The first has values in the store of the arrays that it meets.  A row without a name ends the table. */
extern const LimnWeightKind limn_weight_kinds[];

G_END_DECLS
