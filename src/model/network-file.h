/* network-file.h - the file of a network (TAESD, an upscaler, a ControlNet), which calls tensors otherwise than that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/tensors.h"
#include "model/net.h"
#include "model/weights.h"

G_BEGIN_DECLS

typedef struct {
  LimnTensors *tensors;
  /* What the file calls the network's tensor name; NULL: it is not of this file.  (transfer full) */
  char *(*stored_name) (gconstpointer data, const char *name);
  gconstpointer data;
  gboolean (*is_transposed) (const char *name); /* NULL: none is; whether it holds that matrix the other way round */
  gboolean folded; /* a matrix may have rows of several dimensions there: a convolution by which nothing overlaps */
} LimnNetworkFile;

/* NULL where there is none. */
const LimnTensor *limn_network_file_find (const LimnNetworkFile *file, const char *name);
/* Whether each tensor that net's plans have declared is there, in its shape and of a type that a weight may have.
 * mismatch: what is said of another shape, with places for the file, the tensor, its shape and the one expected. */
gboolean limn_network_file_check (const LimnNetworkFile *file, LimnNet *net, const char *mismatch, GError **error);
/* Of a file that was checked, and is borrowed. */
LimnTensorSource limn_network_file_source (LimnNetworkFile *file);

G_END_DECLS
