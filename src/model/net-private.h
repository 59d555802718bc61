/* net-private.h - what net*.c and hoist.c share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/hoist.h"

G_BEGIN_DECLS

/* A layer, or what else is the same for all steps. */
typedef struct {
  char *scope;
  GStrv names; /* NULL: an array that is made by another way */
  LimnHoistInput input;
  int region;
  int tokens;
  int columns;
  gboolean no_bias;
  LimnPlan *reader;        /* the plan that it was hoisted from; borrowed */
  LimnArray read, written; /* its result there, and in the plan that computes it */
} LimnHoisted;

/* Whence streamed weights come. */
typedef struct {
  guint64 half; /* bytes of each half of the window; 0: nothing is streamed */
  LimnStream stream;
  GPtrArray *buffers; /* NULL, or LimnBuffer: stream's */
  LimnCheckpoint *checkpoint;
  LimnPartId part;
} LimnNetStream;

struct _LimnNet {
  LimnGpuLimits limits;
  LimnGpu *gpu; /* borrowed; NULL: nothing of it is on a device */
  LimnStore store;
  LimnWeights *weights;
  LimnKeptBlocks kept;
  LimnPlan *plan; /* being written */
  GString *scope;
  char *outer;     /* NULL, or the scope that limn_net_leave () goes back to */
  GArray *lengths; /* of scope before each push */
  LimnTrace trace;
  GArray *hoisted; /* LimnHoisted */
  int hoist_n, hoist_tokens, hoist_steps;
  LimnNag nag;
  int regions, masks;
  LimnNetPictures pictures;
  LimnArray grids[LIMN_MOST_GRIDS]; /* [n_grids], of the plan begun: see limn_net_shares () */
  int n_grids;
  guint around;
  GPtrArray *hoist_buffers; /* NULL, or LimnBuffer as hoisted */
  LimnNetStream streaming;
};

G_END_DECLS
