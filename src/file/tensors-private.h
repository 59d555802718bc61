/* tensors-private.h - what the readers of formats share with the container that they fill.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/mapping.h"
#include "file/tensors.h"

G_BEGIN_DECLS

struct _LimnTensors {
  gatomicrefcount refs;
  char *path;
  const guint8 *data; /* the whole file */
  gsize size;
  LimnMapping *mapping;  /* NULL: borrowed memory */
  GStringChunk *strings; /* owns the tensors' names and the metadata */
  GArray *tensors;       /* LimnTensor, in the order of their data */
  guint *by_name;        /* indices into tensors, sorted by name */
  GHashTable *metadata;  /* char * -> char * */
};

/* Always FALSE: an error of code LIMN_ERROR_FORMAT that begins with the file's name. */
gboolean limn_tensors_fail (const LimnTensors *file, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* A reader adds all tensors, their names copied here, each with its data in the file, and indexes them once. */
void limn_tensors_add (LimnTensors *file, const LimnTensor *tensor);
void limn_tensors_index (LimnTensors *file);
void limn_tensors_add_metadata (LimnTensors *file, const char *key, const char *value);

/* The readers: file has its data, and nothing else yet.  Nothing in it is believed. */
gboolean limn_gguf_read (LimnTensors *file, GError **error);
gboolean limn_safetensors_read (LimnTensors *file, GError **error);

G_END_DECLS
