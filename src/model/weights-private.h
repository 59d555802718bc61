/* weights-private.h - what weights*.c share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/weights.h"

G_BEGIN_DECLS

typedef struct {
  LimnWeightSpec spec; /* its names are owned */
  const char *name;    /* in plans; by_name's */
  gboolean streamed;   /* it has no place in a block */
  gboolean lent;       /* the same: it is read where its file is mapped, or will be */
  guint block;
  guint64 offset, bytes; /* there */
  gboolean loaded;
  guint8 *made; /* of a streamed weight whose blocks are made of values: they took long to find; NULL: none yet */
} LimnHeldWeight;

/* Pages of a file that the device reads where they are mapped. */
typedef struct {
  LimnTensors *file; /* referenced */
  const guint8 *begin;
  guint64 size;
  LimnBuffer *buffer;
} LimnLending;

typedef struct _LimnMerger LimnMerger;

struct _LimnWeights {
  LimnStore store;
  GArray *weights;     /* LimnHeldWeight */
  GHashTable *by_name; /* name in plans -> index */
  GArray *blocks;      /* guint64: bytes used of each */
  GPtrArray *buffers;  /* NULL, or LimnBuffer or NULL as blocks */
  LimnGpu *gpu;        /* borrowed; once some are loaded */
  GArray *lendings;    /* NULL, or LimnLending */
  LimnMerger *merger;  /* NULL, or what is merged and not settled yet */
  guint merged;        /* see limn_weights_merged () */
  guint64 unreleased;  /* bytes read since the mapped pages were last given back */
};

/* weights.c: the place in a block of a weight that has none. */
void limn_weights_place (LimnWeights *weights, LimnHeldWeight *weight);

/* weights-merge.c.  Whether all that is merged into weight can be on the device, where it is loaded as it was before:
 * into which of its names, of so many rows, each of what rank. */
#define LIMN_MAX_NAMES 3

typedef struct {
  guint64 rows[LIMN_MAX_NAMES], ranks[LIMN_MAX_NAMES];
} LimnWeightMerge;

gboolean limn_weights_can_merge (LimnWeights *weights, const LimnHeldWeight *weight, const LimnTensorSource *source,
                                 LimnWeightMerge *merge);
/* Has weight loaded into slice and merged there, some time until limn_weights_settle (). */
gboolean limn_weights_merge (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source,
                             const LimnWeightMerge *merge, LimnSlice slice, GError **error);

/* weights-load.c.  Sends weight to slice, as source has it; or as it was before anything of a low rank is merged into
 * it, which is still to be done. */
gboolean limn_weights_send (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source,
                            LimnSlice slice, GError **error);
gboolean limn_weights_send_before (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source,
                                   LimnSlice slice, GError **error);

/* weights-lend.c.  Has the device read weight, which is lent and not loaded, where the file has it, once its values are
 * found good; or makes it, and others for which that cannot be, such as are loaded into a block.  views: n, of spec's
 * names. */
gboolean limn_weights_lend (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorView *views, int n);
/* Where it is read. */
LimnSlice limn_weights_lent_slice (LimnWeights *weights, const LimnHeldWeight *weight);
/* Makes it one that is loaded into a block. */
void limn_weights_take_back (LimnWeights *weights, LimnHeldWeight *weight);

G_END_DECLS
