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
  const char *name;   /* of blocks in files, GGML's in small letters */
  const char *suffix; /* of the shaders that read it (shaders/meson.build) */
  /* Bytes of a row of k values, a multiple of 16, and how they are made.  store: of the arrays that it meets. */
  guint64 (*row_bytes) (LimnStore store, int k);
  void (*pack) (LimnStore store, const float *values, int k, guint8 *row);
  /* NULL, or the same of a row of k values that a file has in blocks of so many.  FALSE where a scale is not finite. */
  int block;
  gboolean (*lay) (const guint8 *stored, int k, guint8 *row);
} LimnWeightKind;

/* The first has values in the store of the arrays that it meets.  A row without a name ends the table. */
extern const LimnWeightKind limn_weight_kinds[];

/* The kind that can have rows of k values of a file's blocks just as they are; NULL where there is none.  type: as GGML
 * calls them. */
const LimnWeightKind *limn_weight_kind_for (const char *type, guint64 k);

G_END_DECLS
