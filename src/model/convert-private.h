/* convert-private.h - what convert*.c share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/checkpoint-private.h"
#include "model/convert.h"

G_BEGIN_DECLS

#define LIMN_CONVERT_SLICES 3

/* A tensor of the file. */
typedef struct {
  char *name;
  LimnType type;
  int rank;
  guint64 shape[4];
  LimnPartId part;
  const char *names[LIMN_CONVERT_SLICES]; /* diffusers': of which it is stacked; borrowed from lists */
  int slices;                             /* 0: it is values */
  gboolean transposed;                    /* it holds names[0]'s rows as columns */
  guint scaled_by;                        /* the target that is its scale; 0: there is none */
  float *values;                          /* owned */
} LimnConvertTarget;

typedef struct {
  LimnCheckpoint *checkpoint;
  LimnType type;
  gboolean gguf; /* else safetensors */
  const char *path;
  GArray *targets;  /* LimnConvertTarget */
  GPtrArray *lists; /* LimnArchList */
  LimnConversion *conversion;
  const LimnTick *tick;
} LimnConvert;

/* Writes the targets, and what became of them to conversion. */
gboolean limn_convert_write (LimnConvert *convert, GError **error);

G_END_DECLS
