/* plan-device.h - what a plan has on its device, for plan-*.c and tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/gpu-private.h"
#include "gpu/plan-private.h"

G_BEGIN_DECLS

struct _PlanDevice {
  LimnGpu *gpu;
  GPtrArray *pipelines; /* LimnPipeline, as the plan's */
  GPtrArray *blocks;    /* LimnBuffer: the arena */
  GPtrArray *hosts;     /* LimnBuffer: host arrays, and dummy */
  LimnBuffer *dummy;    /* of hosts: bound where a kernel does without an operand */
  VkDescriptorPool pool;
  GArray *sets;                                      /* VkDescriptorSet, as the plan's dispatches */
  GHashTable *views;                                 /* "buffer:offset:size" -> VkBufferView */
  GArray *slices;                                    /* VkCommandBuffer */
  GArray *slice_flop;                                /* double */
  const LimnStream *stream;                          /* borrowed; NULL where nothing is streamed */
  GArray *first_slices;                              /* guint: of each segment */
  gboolean (*check) (gpointer data, GError **error); /* see LimnProvider; NULL: there is nothing to ask */
  gpointer check_data;
  guint brought;           /* streamed weights that this run has in the window */
  guint submitted, waited; /* slices of this run; waited: that are done */
  double done;             /* FLOP of these */
  double most_flop;        /* of a slice */
  gboolean cold;           /* the next run compiles too, and does not tell how fast the device is */
  VkFence fences[2];
};

/* plan-record.c: descriptors and command buffers.  limn_plan_fit_slices () records anew where the device has shown to
 * be much faster or slower than was thought; nothing of the plan is in flight. */
gboolean limn_plan_record (LimnPlan *plan, GError **error);
gboolean limn_plan_fit_slices (LimnPlan *plan, GError **error);
/* Again, where arrays have other places. */
gboolean limn_plan_record_again (LimnPlan *plan, GError **error);
/* One command buffer with dispatches first .. first + count, barriers between those that need them. */
VkCommandBuffer limn_plan_record_range (LimnPlan *plan, guint first, guint count, VkQueryPool queries, GError **error);
LimnPipeline *limn_plan_pipeline (LimnPlan *plan, guint dispatch);
/* The number of the segment that begins with dispatch, or -1. */
int limn_plan_segment_at (LimnPlan *plan, guint dispatch);

/* plan-bring.c, while a plan runs: waited slices are done.  Whether slice's weights can be brought without touching
 * what the device may be reading. */
gboolean limn_plan_may_bring (LimnPlan *plan, guint slice, guint waited);
/* Brings all that slice needs. */
gboolean limn_plan_bring (LimnPlan *plan, guint slice, const LimnTick *tick, double done, GError **error);
/* Brings some of what is needed next, once slices up to submitted are the device's to work at: as large a share as it
 * has of their segment. */
gboolean limn_plan_bring_ahead (LimnPlan *plan, guint submitted, guint waited, const LimnTick *tick, double done,
                                GError **error);

G_END_DECLS
