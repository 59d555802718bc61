/* plan-private.h - the insides of a plan as data, for plan*.c and tests; plan-device.h has what a device adds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"

G_BEGIN_DECLS

typedef enum { STORAGE_TEMPORARY, STORAGE_HOST, STORAGE_EXTERNAL, STORAGE_WEIGHT } StorageKind;

typedef struct {
  StorageKind kind;
  guint64 bytes;
  int first, last;  /* dispatches that use it; -1: none */
  gboolean kept;    /* lives to the end */
  guint block;      /* of the arena, temporaries only; */
  guint64 offset;   /* there; of a streamed weight, in its half of the window */
  const char *name; /* weights; the plan's */
  gboolean streamed;
  LimnSlice slice; /* where it lies, once known */
} PlanStorage;

typedef struct {
  guint storage; /* index; G_MAXUINT: none */
  guint64 offset, size;
  gboolean write;
} PlanBinding;

/* Dispatches from first on whose streamed weights are in the window together. */
typedef struct {
  guint first;  /* dispatch */
  guint begin;  /* weight, of the plan's streamed ones */
  guint64 size; /* bytes of them as they lie */
} PlanSegment;

/* A pipeline that some dispatch needs.  Strings are the plan's. */
typedef struct {
  LimnPipelineSpec spec; /* but for the constants */
  guint32 constants[LIMN_MAX_CONSTANTS];
} PlanPipeline;

typedef struct {
  guint pipeline; /* index */
  PlanBinding bindings[LIMN_MAX_BINDINGS];
  guint8 push[128];
  guint32 groups[3];
  double flop;
} PlanDispatch;

typedef struct {
  const char *name; /* the plan's */
  LimnArray array;
} PlanTrace;

typedef struct _PlanDevice PlanDevice;

struct _LimnPlan {
  LimnGpuLimits limits;
  GArray *storage;    /* PlanStorage; LimnArray.id - 1 is the index */
  GHashTable *named;  /* weights: name -> id */
  GArray *pipelines;  /* PlanPipeline */
  GArray *dispatches; /* PlanDispatch */
  GArray *traces;     /* PlanTrace */
  GArray *streamed;   /* guint: storage, in the order in which it is needed */
  GArray *segments;   /* PlanSegment; none where nothing is streamed */
  GStringChunk *strings;
  LimnTraceFunc trace_func;
  gpointer trace_data;
  double flop;
  gboolean laid_out;
  GArray *blocks; /* guint64: bytes of each block of the arena */
  guint64 unshared;
  PlanDevice *device; /* once realised */
  GDestroyNotify device_free;
};

PlanStorage *limn_plan_storage (LimnPlan *plan, LimnArray array);

/* plan-memory.c: gives every temporary its block and offset, once. */
void limn_plan_layout (LimnPlan *plan);
/* Whether dispatch must wait for something in accesses, which holds what was used since the last barrier; notes its
 * own.  accesses: of limn_plan_accesses_new ().  The plan is laid out. */
GArray *limn_plan_accesses_new (void);
gboolean limn_plan_must_wait (LimnPlan *plan, const PlanDispatch *dispatch, GArray *accesses);

G_END_DECLS
