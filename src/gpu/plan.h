/* plan.h - a network at one size: data first, then realised on a device and submitted as often as wanted.
 *
 * Writing a plan is appending dispatches over arrays: pure data over a device's limits, which touches no device,
 * allocates no device memory and cannot fail.  Every array has a life, from the first dispatch that uses it to the
 * last; by their lives the temporary ones are laid out in an arena, where those that do not live at the same time share
 * memory.  What the plan will take of memory and work can be asked as soon as it is written.
 *
 * limn_plan_finish () realises it: pipelines, weights (from a provider), buffers, descriptors, and command buffers in
 * slices short enough that cancelling is prompt.  Whatever can go wrong is reported there.
 *
 * plan.c and plan-memory.c write, measure and lay out, and link without Vulkan.
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

/* limits: copied. */
LimnPlan *limn_plan_new (const LimnGpuLimits *limits);
void limn_plan_free (LimnPlan *plan);
const LimnGpuLimits *limn_plan_limits (LimnPlan *plan);

/* ---- Writing ---- */

/* A temporary of the plan, written by some dispatch before any reads it. */
LimnArray limn_plan_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c);
/* Host-mapped storage that lives as long as the plan, zeros at first: inputs, outputs. */
LimnArray limn_plan_host_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c);
/* Storage of someone else, outliving the plan: limn_plan_place () says which. */
LimnArray limn_plan_external (LimnPlan *plan, LimnStore store, int n, int h, int w, int c);
/* Storage that is only read, and asked of the provider by name when the plan is realised.  Matrices are [rows, k],
 * convolutions [rows, 9, k], vectors fp32 [rows].  A name that the plan knows already is the same storage. */
LimnArray limn_plan_weight (LimnPlan *plan, const char *name, LimnStore store, int n, int h, int w, int c);
/* Channels first .. first + count of array: the same storage.  first: a multiple of 8. */
LimnArray limn_array_channels (LimnArray array, int first, int count);
/* The channels of each row as so many rows of their own: [n, h * w * parts, c / parts], the same storage.  array has
 * all channels of its rows, without padding, and each part is a multiple of 8. */
LimnArray limn_array_split (LimnArray array, int parts);
/* Its items' rows as those of so many items: [n, h * w * array.n / n, c], the same storage. */
LimnArray limn_array_items (LimnArray array, int n);
/* The temporary's storage is its own until the run is over, so that it can be downloaded. */
void limn_plan_keep (LimnPlan *plan, LimnArray array);

/* What a dispatch reads or writes. */
typedef struct {
  LimnArray array;      /* LIMN_NO_ARRAY: zeros are bound */
  guint64 offset, size; /* within it; size 0: to its end */
  gboolean write;
} LimnBinding;

typedef struct {
  LimnPipelineSpec pipeline; /* copied */
  LimnBinding bindings[LIMN_MAX_BINDINGS];
  const void *push; /* copied */
  guint32 groups[3];
  double flop; /* for slicing and profiles */
} LimnDispatch;

void limn_plan_dispatch (LimnPlan *plan, const LimnDispatch *dispatch);

/* Called after each run for every named array, in order, with its values as [n * h * w, c].  Set before the first
 * array; tracing keeps all arrays apart, which costs memory. */
typedef void (*LimnTraceFunc) (const char *name, LimnArray array, const float *rows, gpointer data);
void limn_plan_set_trace (LimnPlan *plan, LimnTraceFunc func, gpointer data);
void limn_plan_trace (LimnPlan *plan, LimnArray array, const char *name);

/* ---- What it comes to: ends the writing ---- */

/* Bytes of the arena as a device is asked for them, and what it would be if no two arrays shared memory. */
guint64 limn_plan_arena_bytes (LimnPlan *plan, guint64 *unshared);
double limn_plan_flop (LimnPlan *plan);
guint limn_plan_dispatches (LimnPlan *plan);

/* ---- Weights that do not stay ---- */

/* Whether the weight of that name, if the plan has it, is brought anew for each run, or lies on the device. */
gboolean limn_plan_stream (LimnPlan *plan, const char *name, gboolean streamed);
/* Cuts the plan where no streamed weight is in use, into segments of which each one's fit into window bytes, if that
 * can be.  Returns what the largest takes: so large is each half of the window through which they come, one segment's
 * being brought into one while the device is at work on another's in the other. */
guint64 limn_plan_cut (LimnPlan *plan, guint64 window);
/* Bytes of weights that a run brings. */
guint64 limn_plan_streamed_bytes (LimnPlan *plan);

/* ---- On a device ---- */

/* Where the storage of an external array lies: before limn_plan_finish (). */
void limn_plan_place (LimnPlan *plan, LimnArray array, LimnSlice slice);

/* Whence streamed weights come in every run, and where to; it outlives the plan.  Plans that do not run at the same
 * time may have one. */
typedef struct {
  /* Writes the weight of that name, limn_array_bytes (), to out. */
  gboolean (*bring) (const char *name, guint8 *out, gpointer data, GError **error);
  gpointer data;
  LimnBuffer *halves[2]; /* LIMN_BUFFER_DEVICE: the window */
  LimnBuffer *mapped[2]; /* LIMN_BUFFER_HOST, as large: from where the device copies; NULL where it maps the window */
} LimnStream;

typedef struct {
  /* Gives the weight of that name its place, of limn_array_bytes () bytes, outliving the plan. */
  gboolean (*weight) (const char *name, LimnSlice *slice, gpointer data, GError **error);
  /* NULL, or called once all have theirs: so that what was asked for is there. */
  gboolean (*placed) (gpointer data, GError **error);
  gpointer data;
  const LimnStream *stream; /* NULL where no weight is streamed */
  /* NULL, or whether the weights were all the time what they are: asked with check_data, which outlives the plan, after
   * each run. */
  gboolean (*check) (gpointer check_data, GError **error);
  gpointer check_data;
} LimnProvider;

/* gpu: of the limits that the plan was written for; borrowed.  provider: may be NULL where there are no weights.  tick
 * is called between pipelines and weights.  A plan that failed can only be freed. */
gboolean limn_plan_finish (LimnPlan *plan, LimnGpu *gpu, const LimnProvider *provider, const LimnTick *tick,
                           GError **error);
/* Has a plan that is on its device, and not at work, read each weight where provider says that it lies by now. */
gboolean limn_plan_rebind (LimnPlan *plan, const LimnProvider *provider, GError **error);
/* Blocking; tick is called between submissions. */
gboolean limn_plan_run (LimnPlan *plan, const LimnTick *tick, GError **error);
/* The same in two: what is written between is no array of the plan's.  A plan that could be started must be waited
 * for; two slices of it are at work meanwhile, which should be all of it. */
gboolean limn_plan_start (LimnPlan *plan, GError **error);
gboolean limn_plan_wait (LimnPlan *plan, GError **error);

/* Host arrays: between runs.  values: [n, c, h, w] (as PyTorch has pictures). */
void limn_plan_write_nchw (LimnPlan *plan, LimnArray array, const float *values);
void limn_plan_read_nchw (LimnPlan *plan, LimnArray array, float *values);
/* values: [n * h * w, c]. */
void limn_plan_write_rows (LimnPlan *plan, LimnArray array, const float *values);
void limn_plan_read_rows (LimnPlan *plan, LimnArray array, float *values);
/* Any kept or external array, through a download; values: [n * h * w, c]. */
gboolean limn_plan_download (LimnPlan *plan, LimnArray array, float *values, GError **error);
/* Makes no number of all its values, so that what does not write them is found out. */
gboolean limn_plan_poison (LimnPlan *plan, LimnArray array, GError **error);
/* The mapped bytes of a host array. */
void *limn_plan_map (LimnPlan *plan, LimnArray array);

/* One class of kernels in a timed run. */
typedef struct {
  const char *kernel;
  guint dispatches;
  double seconds, gflop;
  double gbytes; /* of the arrays that they are bound to, each counted once a dispatch */
} LimnProfileRow;

/* Runs once with timestamps around every dispatch; on a software device, seconds of the CPU.  (element-type
 * LimnProfileRow), longest first. */
GArray *limn_plan_profile (LimnPlan *plan, const LimnTick *tick, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPlan, limn_plan_free)

G_END_DECLS
