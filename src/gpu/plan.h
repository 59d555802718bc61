/* plan.h - a network at one size: dispatches recorded once, resubmitted as often as wanted.
 *
 * A plan is built by appending dispatches over arrays; limn_plan_finish () lays the temporary arrays out in an arena
 * (arrays whose lives do not overlap share memory), finds the barriers, and records command buffers in slices short
 * enough that cancelling is prompt.
 *
 * Errors are sticky: after one, appending does nothing and limn_plan_finish () reports it, so that a network reads like
 * its paper.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/buffer.h"
#include "gpu/pipeline.h"

G_BEGIN_DECLS

typedef struct _LimnPlan LimnPlan;

typedef enum { LIMN_STORE_F16, LIMN_STORE_F32 } LimnStore;

/* [n, h * w, c], channel-last; rows are padded to stride channels, the padding holds zeros.  Tokens: h of them, w = 1.
 * A value: it names storage of the plan. */
typedef struct {
  int n, h, w, c;
  int first;  /* channels of the stored row before this array's: parts of a packed row; a multiple of 8 */
  int stride; /* channels stored a row: a multiple of 8 */
  LimnStore store;
  guint id; /* 0: no array */
} LimnArray;

#define LIMN_NO_ARRAY ((LimnArray){ 0 })

guint64 limn_array_rows (LimnArray array); /* n * h * w */
guint64 limn_array_bytes (LimnArray array);

LimnPlan *limn_plan_new (LimnGpu *gpu);
void limn_plan_free (LimnPlan *plan);
LimnGpu *limn_plan_gpu (LimnPlan *plan);

/* A temporary of the plan, written by some dispatch before any reads it. */
LimnArray limn_plan_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c);
/* Host-mapped storage that lives as long as the plan: inputs, outputs. */
LimnArray limn_plan_host_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c);
/* Storage of someone else, outliving the plan. */
LimnArray limn_plan_external (LimnPlan *plan, LimnSlice slice, LimnStore store, int n, int h, int w, int c);
/* Channels first .. first + count of array: the same storage.  first: a multiple of 8. */
LimnArray limn_array_channels (LimnArray array, int first, int count);

/* Host arrays: between runs.  values: [n, c, h, w] (as PyTorch has pictures). */
void limn_plan_write_nchw (LimnPlan *plan, LimnArray array, const float *values);
void limn_plan_read_nchw (LimnPlan *plan, LimnArray array, float *values);
/* values: [n * h * w, c]. */
void limn_plan_write_rows (LimnPlan *plan, LimnArray array, const float *values);
void limn_plan_read_rows (LimnPlan *plan, LimnArray array, float *values);
/* Any kept or external array, through a download; values: [n * h * w, c]. */
gboolean limn_plan_download (LimnPlan *plan, LimnArray array, float *values, GError **error);
/* The temporary's storage is its own until the run is over, so that it can be downloaded. */
void limn_plan_keep (LimnPlan *plan, LimnArray array);
/* The mapped bytes of a host array. */
void *limn_plan_map (LimnPlan *plan, LimnArray array);

/* What a dispatch reads or writes. */
typedef struct {
  LimnArray array;      /* if array.id != 0 */
  LimnSlice slice;      /* else, if slice.buffer != NULL; neither: zeros are bound */
  guint64 offset, size; /* within it; size 0: to its end */
  gboolean write;
} LimnBinding;

/* Most floating point operations a dispatch should have, so that cancelling is prompt; longer ones are to be banded. */
double limn_plan_slice_flop (LimnPlan *plan);

typedef struct {
  LimnPipelineSpec pipeline;
  LimnBinding bindings[8];
  const void *push;
  guint32 groups[3];
  double flop; /* for slicing and profiles */
} LimnDispatch;

void limn_plan_dispatch (LimnPlan *plan, const LimnDispatch *dispatch);
/* Sticky error from outside (a weight that cannot be loaded).  Takes error. */
void limn_plan_fail (LimnPlan *plan, GError *error);
gboolean limn_plan_failed (LimnPlan *plan);

/* Called after each run for every named array, in order, with its values as [n * h * w, c].  Set before the first
 * array; tracing keeps all arrays apart, which costs memory. */
typedef void (*LimnTraceFunc) (const char *name, LimnArray array, const float *rows, gpointer data);
void limn_plan_set_trace (LimnPlan *plan, LimnTraceFunc func, gpointer data);
void limn_plan_trace (LimnPlan *plan, LimnArray array, const char *name);

gboolean limn_plan_finish (LimnPlan *plan, GError **error);
/* Blocking; tick is called between submissions. */
gboolean limn_plan_run (LimnPlan *plan, const LimnTick *tick, GError **error);

/* Bytes of the arena, and what it would be if no two arrays shared memory. */
guint64 limn_plan_arena_bytes (LimnPlan *plan, guint64 *unshared);
double limn_plan_flop (LimnPlan *plan);
guint limn_plan_dispatches (LimnPlan *plan);

/* One class of kernels in a timed run. */
typedef struct {
  const char *kernel;
  guint dispatches;
  double seconds, gflop;
} LimnProfileRow;

/* Runs once with timestamps around every dispatch.  (element-type LimnProfileRow), longest first. */
GArray *limn_plan_profile (LimnPlan *plan, const LimnTick *tick, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPlan, limn_plan_free)

G_END_DECLS
