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
  guint block;
  guint64 offset, bytes; /* there */
  gboolean loaded;
  guint8 *made; /* of a streamed weight whose blocks are made of values: they took long to find; NULL: none yet */
} LimnWeight;

struct _LimnWeights {
  LimnStore store;
  GArray *weights;     /* LimnWeight */
  GHashTable *by_name; /* name in plans -> index */
  GArray *blocks;      /* guint64: bytes used of each */
  GPtrArray *buffers;  /* NULL, or LimnBuffer or NULL as blocks */
  guint64 unreleased;  /* bytes read since the mapped pages were last given back */
};

G_END_DECLS
