/* plan-private.h - the insides of a plan, for plan*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/gpu-private.h"
#include "gpu/plan.h"

G_BEGIN_DECLS

typedef enum { STORAGE_TEMPORARY, STORAGE_HOST, STORAGE_EXTERNAL } StorageKind;

typedef struct {
  StorageKind kind;
  guint64 bytes;
  int first, last;   /* dispatches that use it; -1: none yet */
  gboolean kept;     /* lives to the end */
  int block;         /* of the arena; temporaries only */
  LimnSlice slice;   /* where it lies, once known */
  LimnBuffer *owned; /* STORAGE_HOST */
} PlanStorage;

typedef struct {
  guint storage; /* index; G_MAXUINT: slice holds it */
  LimnSlice slice;
  guint64 offset, size;
  gboolean write;
} PlanBinding;

typedef struct {
  LimnPipeline *pipeline;
  PlanBinding bindings[LIMN_MAX_BINDINGS];
  guint8 push[128];
  int push_size;
  guint32 groups[3];
  double flop;
  VkDescriptorSet set;
} PlanDispatch;

typedef struct {
  char *name;
  LimnArray array;
} PlanTrace;

struct _LimnPlan {
  LimnGpu *gpu;
  GError *error;
  GArray *storage;    /* PlanStorage; LimnArray.id - 1 is the index */
  GArray *dispatches; /* PlanDispatch */
  GArray *traces;     /* PlanTrace */
  LimnTraceFunc trace_func;
  gpointer trace_data;
  GPtrArray *blocks; /* LimnBuffer: the arena */
  LimnBuffer *dummy; /* bound where a kernel does without an operand */
  guint64 unshared;
  VkDescriptorPool pool;
  GHashTable *views;  /* "buffer:offset:size" -> VkBufferView */
  GArray *slices;     /* VkCommandBuffer */
  GArray *slice_flop; /* double */
  VkFence fences[2];
  double flop;
};

/* plan-memory.c: gives every temporary its block and offset, and allocates the blocks. */
gboolean limn_plan_layout (LimnPlan *plan, GError **error);
/* plan-record.c: descriptors and command buffers. */
gboolean limn_plan_record (LimnPlan *plan, GError **error);
/* One command buffer with dispatches first .. first + count, barriers between those that need them. */
VkCommandBuffer limn_plan_record_range (LimnPlan *plan, guint first, guint count, VkQueryPool queries, GError **error);
LimnSlice limn_plan_resolve (LimnPlan *plan, const PlanBinding *binding);

G_END_DECLS
