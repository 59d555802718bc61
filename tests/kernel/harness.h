/* harness.h - runs a kernel on seeded inputs and compares it with its reference.
 *
 * A kernel's test file lists its cases in a table and has one function that builds a case.  The harness runs every case
 * as fp16 and fp32 in the variants that the device can run, and banded.  Everything a kernel may write is poisoned with
 * NaN first; what it must not write is checked to be poisoned still.  A trial owns all that its functions return.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/rng.h"
#include "kernel/kernel.h"
#include "ref/ref.h"

G_BEGIN_DECLS

typedef struct {
  LimnGpu *gpu;
  LimnStore store;
  const LimnWeightKind *kind; /* of trial_matrix () */
  gboolean halves;            /* whatever the kind, products expand weights to halves */
  gboolean bench;             /* measure; there is nothing to compare */
  gboolean toward_zero;       /* so the shaders round: what is compared must show it */
  LimnPlan *plan;
  GArray *inputs; /* what host arrays are to hold */
  LimnRng *rng;
  GPtrArray *owned; /* what to g_free */
  GPtrArray *buffers;
  GArray *guards; /* LimnBuffer *, whose ends must stay poisoned */
  float *actual;  /* [rows, channels] of the result, after trial_run () */
  gsize n_actual;
  gboolean telling; /* after trial_compare (): it shows how the shaders round */
} Trial;

/* Other variants than the device's first compile slowly, and test lanes.glsl more than the kernels. */
typedef enum {
  CASE_USUAL, /* the first variant, whole and banded */
  CASE_MORE,  /* also the other variants, fp16 */
  CASE_ALL,
} CaseExtent;

/* The first member of every case. */
typedef struct {
  const char *name;
  CaseExtent extent;
} CaseHead;

typedef struct {
  const char *kernel;
  gconstpointer cases, bench; /* tables of a type that starts with CaseHead */
  gsize case_size;
  guint n_cases, n_bench;
  void (*run) (Trial *trial, gconstpointer test_case);
  gboolean weighs; /* its operands have a weight: all kinds */
  gboolean floats; /* its results are fp32 whatever the store is, or values of its input: no rounding shows in them */
} Suite;

/* What a case's run function calls, in this order. */

typedef struct {
  int n, h, w, c;
  int before, after;     /* channels of the stored row around this array: poisoned */
  float mean, deviation; /* 0: 1 */
  gboolean f32;          /* whatever the trial's store is */
  gboolean zeros, ones;  /* instead of values; ones: where row and channel are the same */
  gboolean some;         /* the same: 1 here and there, but for an item's first row, else 0 */
} TrialInput;

/* values: [n * h * w, c], as the device sees them (rounded to fp16 there). */
LimnArray trial_input (Trial *trial, TrialInput input, const float **values);
/* [rows, taps, k] of the trial's kind; deviation 1 / sqrt (taps * k).  values: as the device sees them, without
 * padding. */
LimnWeight trial_matrix (Trial *trial, int rows, int taps, int k, const float **values);
/* The same of a convolution by phases, values in the trial's store.  values: [rows, 9, k], of which each phase's
 * weights are sums, without rounding. */
LimnWeight trial_phases (Trial *trial, int rows, int k, const float **values);
/* fp32, padded. */
LimnArray trial_vector (Trial *trial, int n, float mean, float deviation, const float **values);
LimnArray trial_vector_of (Trial *trial, int n, const float *values);
/* Of so many rows of n each. */
LimnArray trial_table_of (Trial *trial, int rows, int n, const float *values);
LimnArray trial_int (Trial *trial, gint32 value);
/* Rows of a kind, as they are packed. */
LimnWeight trial_packed (Trial *trial, int rows, int taps, guint64 row_bytes, const guint8 *bytes);
/* Storage for a result, with poisoned guards around it. */
LimnArray trial_guarded (Trial *trial, LimnStore store, int n, int h, int w, int c);

/* Runs the plan that ends in out; benches: prints what was measured. */
void trial_run (Trial *trial, LimnArray out);

/* max: of |actual - expected| relative to the largest |expected|; square: sum of squared errors relative to that of
 * squared expected values.  What rounding of the result explains is always allowed. */
typedef struct {
  double max, square;
} TrialTolerance;

/* As many doubles as the result has values. */
double *trial_expected (Trial *trial);
/* Fails the test with the first bad index; and where only rounding is allowed, if a store that rounds toward zero would
 * pass, or, where the shaders round so, does.  out_store: of the result. */
void trial_compare (Trial *trial, LimnStore out_store, const double *expected, TrialTolerance tolerance);

/* For kernel-tests.c. */
/* limits: what the kernels heed, as if they were gpu's. */
Trial *trial_new (LimnGpu *gpu, const LimnGpuLimits *limits, LimnStore store, const LimnWeightKind *kind, guint64 seed,
                  gboolean bench);
void trial_free (Trial *trial);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Trial, trial_free)

/* store.glsl */
void store_tests_add (LimnGpu *const *gpu);
/* src/gpu/upload.c */
void upload_tests_add (LimnGpu *const *gpu);
/* src/kernel/weight.c */
void q8_0_tests_add (LimnGpu *const *gpu);
void blocks_tests_add (LimnGpu *const *gpu);
void fp8_tests_add (LimnGpu *const *gpu);
/* merge.comp */
void merge_tests_add (LimnGpu *const *gpu);
/* src/kernel/choose.c */
void choose_tests_add (LimnGpu *const *gpu);

extern const Suite add_suite, attention_suite, attention_sums_suite, conv_suite, freeu_backbone_suite, freeu_skip_suite,
    group_norm_suite, layer_norm_suite, matmul_suite, max_pool_suite, merge_suite, mix_suite, nag_suite, resize_suite;

G_END_DECLS
