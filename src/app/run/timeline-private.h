/* timeline-private.h - what drawing and input of the timeline share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/run/timeline.h"

G_BEGIN_DECLS

#define LIMN_TIMELINE_STRIP 52 /* height of the small pictures, pixels */
#define LIMN_TIMELINE_BAR 16   /* of the hand-off bar with its handle */

struct _LimnTimeline {
  GtkWidget parent_instance;
  LimnRecords *records;
  LimnRecord *record;
  int step;            /* 0: the result */
  gboolean movable;    /* the hand-off */
  double handoff;      /* where the record has it */
  double moved;        /* where it is being dragged to; below 0: it is not */
  GArray *moments;     /* LimnRecordMoment: what record's ancestors did, then its own steps */
  GPtrArray *textures; /* GdkTexture or NULL by step, [schedule steps + 1] */
  GPtrArray *runs;     /* LimnRecord, owned by records: the whole tree, depth first */
  enum { LIMN_TIMELINE_NOTHING, LIMN_TIMELINE_STEPS, LIMN_TIMELINE_HANDLE } dragged;
  double drag_x;
};

int limn_timeline_n_steps (LimnTimeline *self);
/* Where the pictures after step end; mirrored where the script is. */
double limn_timeline_x (LimnTimeline *self, double step);
double limn_timeline_step_at (LimnTimeline *self, double x);
void limn_timeline_draw (LimnTimeline *self, GtkSnapshot *snapshot);

G_END_DECLS
