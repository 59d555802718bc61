/* model-files.h - a model's tensors, under any naming and of any type, as files of models have them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/checkpoint.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  int rank;
  guint64 shape[4];
  guint64 count;
  float *values;
} FileTensor;

typedef struct {
  gboolean diffusers;                 /* names and shapes, below the prefixes */
  gboolean turned;                    /* the text projection the other way round, by its other name */
  const char *prefixes[LIMN_N_PARTS]; /* NULL: the part is left out */
} FileNaming;

/* Of a model, or none.  (element-type FileTensor) (transfer full) */
GPtrArray *file_tensors (LimnCheckpoint *model, const FileNaming *naming);
/* With all values value. */
void file_tensors_add (GPtrArray *tensors, const char *name, int rank, const guint64 *shape, float value);

typedef enum { FILE_PLAIN, FILE_SCALED, FILE_SCALED_LATER } FileScales;

/* As safetensors, all of type; scales: matrices of fp8 with a scale, as ComfyUI wrote and writes it. */
void file_tensors_write (GPtrArray *tensors, LimnType type, FileScales scales, const char *path);

G_END_DECLS
