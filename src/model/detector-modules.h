/* detector-modules.h - YOLOv8's modules, in the order of their numbers: what its file and what is written walk alike.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LIMN_MODULE_HALVE,  /* a convolution of a stride of two */
  LIMN_MODULE_C2F,    /* bottlenecks, each of which reads the one before it, side by side */
  LIMN_MODULE_SPPF,   /* the largest around, three times */
  LIMN_MODULE_DOUBLE, /* each pixel becomes four */
  LIMN_MODULE_JOIN    /* with what another one gave */
} LimnDetectorModuleKind;

typedef struct {
  LimnDetectorModuleKind kind;
  gboolean residual; /* of C2f: what bottlenecks read is added to what they give */
  int with;          /* of LIMN_MODULE_JOIN: which */
  int level;         /* 1.. where the head reads it, the finest first */
} LimnDetectorModule;

const LimnDetectorModule *limn_detector_module (int index);

G_END_DECLS
