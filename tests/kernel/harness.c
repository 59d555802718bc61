/* harness.c - inputs, poison, the run, and the comparison.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/half.h"
#include "gpu/plan-device.h"
#include "kernel/variant.h"

/* All bits set is NaN in fp16 and in fp32. */
#define POISON 0xff
#define GUARD 4096

typedef struct {
  LimnArray whole, array; /* the same storage; what is not array's is poisoned */
  const float *values;
} Input;

static void
result_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  Trial *trial = data;

  trial->n_actual = limn_array_rows (array) * array.c;
  trial->actual = g_memdup2 (rows, trial->n_actual * sizeof (float));
  g_ptr_array_add (trial->owned, trial->actual);
}

Trial *
trial_new (LimnGpu *gpu, const LimnGpuLimits *limits, LimnStore store, const LimnWeightKind *kind, guint64 seed,
           gboolean bench)
{
  Trial *trial = g_new0 (Trial, 1);

  trial->gpu = gpu;
  trial->store = store;
  trial->kind = kind;
  trial->halves = limn_variant_of (limits, LIMN_SHAPE_PIXELS, "matmul", store, kind->suffix, NULL)->product.k > 0;
  trial->bench = bench;
  trial->plan = limn_plan_new (limits);
  trial->inputs = g_array_new (FALSE, TRUE, sizeof (Input));
  trial->rng = limn_rng_new (LIMN_RNG_TORCH, seed);
  trial->owned = g_ptr_array_new_with_free_func (g_free);
  trial->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  trial->guards = g_array_new (FALSE, FALSE, sizeof (LimnBuffer *));
  /* A traced plan keeps all arrays apart, so that what lies between them can be checked. */
  if (!bench)
    limn_plan_set_trace (trial->plan, result_cb, trial);
  return trial;
}

void
trial_free (Trial *trial)
{
  limn_plan_free (trial->plan);
  g_array_unref (trial->inputs);
  limn_rng_free (trial->rng);
  g_ptr_array_unref (trial->owned);
  g_ptr_array_unref (trial->buffers);
  g_array_unref (trial->guards);
  g_free (trial);
}

static float *
values_new (Trial *trial, gsize n, float mean, float deviation)
{
  float *values = g_new (float, n);

  g_ptr_array_add (trial->owned, values);
  limn_rng_normal (trial->rng, values, n);
  for (gsize i = 0; i < n; i++)
    values[i] = mean + values[i] * deviation;
  return values;
}

static void
round_values (float *values, gsize n, LimnStore store)
{
  for (gsize i = 0; store == LIMN_STORE_F16 && i < n; i++)
    values[i] = limn_half_to_float (limn_half_from_float (values[i]));
}

static void
fill_poison_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  memset (out, POISON, size);
}

static void
fill_copy_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  memcpy (out, (const guint8 *) data + offset, size);
}

static LimnBuffer *
buffer_new (Trial *trial, guint64 size, LimnFillFunc fill, gpointer data)
{
  g_autoptr (GError) error = NULL;
  LimnBuffer *buffer = limn_buffer_new (trial->gpu, LIMN_BUFFER_DEVICE, size, &error);

  g_assert_no_error (error);
  g_ptr_array_add (trial->buffers, buffer);
  limn_buffer_upload ((LimnSlice){ buffer, 0, size }, 16, fill, data, &error);
  g_assert_no_error (error);
  return buffer;
}

LimnArray
trial_input (Trial *trial, TrialInput input, const float **values)
{
  gsize n = (gsize) input.n * input.h * input.w * input.c;
  LimnStore store = input.f32 ? LIMN_STORE_F32 : trial->store;
  float *fresh = values_new (trial, n, input.mean, input.deviation == 0 ? 1 : input.deviation);
  LimnArray whole =
      limn_plan_host_array (trial->plan, store, input.n, input.h, input.w, input.before + input.c + input.after);
  const Input wanted = { whole, limn_array_channels (whole, input.before, input.c), fresh };

  if (input.zeros || input.ones || input.some)
    memset (fresh, 0, n * sizeof (float));
  for (gsize i = 0; input.ones && i < n; i += input.c + 1)
    fresh[i] = 1;
  for (gsize i = 0; input.some && i < n; i++)
    fresh[i] = i % (n / (gsize) input.n) > 0 && i * 7 % 5 < 2;
  round_values (fresh, n, store);
  g_array_append_val (trial->inputs, wanted);
  *values = fresh;
  return wanted.array;
}

static void
write_inputs (Trial *trial)
{
  for (guint i = 0; i < trial->inputs->len; i++) {
    const Input *input = &g_array_index (trial->inputs, Input, i);

    if (input->array.c < input->whole.c)
      memset (limn_plan_map (trial->plan, input->whole), POISON, limn_array_bytes (input->whole));
    limn_plan_write_rows (trial->plan, input->array, input->values);
  }
}

/* Storage that holds bytes: of the store, or fp32. */
static LimnArray
weight_of (Trial *trial, LimnStore store, int h, int w, int c, const void *bytes)
{
  LimnArray array = limn_plan_external (trial->plan, store, 1, h, w, c);
  guint64 size = limn_array_bytes (array);

  limn_plan_place (trial->plan, array,
                   (LimnSlice){ buffer_new (trial, size, fill_copy_cb, (gpointer) bytes), 0, size });
  return array;
}

LimnWeight
trial_packed (Trial *trial, int rows, int taps, guint64 row_bytes, const guint8 *bytes)
{
  gboolean plain = trial->kind == limn_weight_kinds;
  LimnStore store = plain ? trial->store : LIMN_STORE_F16;
  int channels = (int) (row_bytes / (store == LIMN_STORE_F16 ? 2 : 4));

  return (LimnWeight){ weight_of (trial, store, rows, taps, channels, bytes), plain ? NULL : trial->kind };
}

LimnWeight
trial_matrix (Trial *trial, int rows, int taps, int k, const float **values)
{
  gsize n = (gsize) rows * taps;
  guint64 row_bytes = trial->kind->row_bytes (trial->store, k);
  float *fresh = values_new (trial, n * k, 0, 1 / sqrtf ((float) taps * k));
  g_autofree guint8 *bytes = g_malloc (n * row_bytes);

  for (gsize i = 0; i < n; i++) {
    trial->kind->pack (trial->store, fresh + i * k, k, bytes + i * row_bytes);
    ref_weight (trial->kind, trial->store, fresh + i * k, k);
    round_values (fresh + i * k, k, trial->halves ? LIMN_STORE_F16 : LIMN_STORE_F32);
  }
  *values = fresh;
  return trial_packed (trial, rows, taps, row_bytes, bytes);
}

LimnWeight
trial_phases (Trial *trial, int rows, int k, const float **values)
{
  const LimnWeightKind *plain = limn_weight_kinds;
  guint64 row_bytes = plain->row_bytes (trial->store, k);
  float *fresh = values_new (trial, (gsize) rows * 9 * k, 0, 1 / sqrtf (9.0f * (float) k));
  g_autofree guint8 *bytes = g_malloc ((gsize) rows * LIMN_PHASE_TAPS * row_bytes);
  g_autofree float *sums = g_new (float, (gsize) LIMN_PHASE_TAPS *k);

  /* Multiples of so much that sums of four are halves. */
  float grid = exp2f (floorf (-log2f (9.0f * (float) k) / 2)) / 64;

  g_assert_true (trial->kind == plain);
  for (gsize i = 0; i < (gsize) rows * 9 * k; i++)
    fresh[i] = roundf (fresh[i] / grid) * grid;
  for (int row = 0; row < rows; row++) {
    limn_weight_sum_taps (fresh + (gsize) row * 9 * k, k, sums);
    for (int tap = 0; tap < LIMN_PHASE_TAPS; tap++)
      plain->pack (trial->store, sums + (gsize) tap * k, k, bytes + (row * LIMN_PHASE_TAPS + tap) * row_bytes);
  }
  *values = fresh;
  return trial_packed (trial, rows, LIMN_PHASE_TAPS, row_bytes, bytes);
}

LimnArray
trial_vector_of (Trial *trial, int n, const float *values)
{
  g_autofree float *bytes = g_new0 (float, (n + 7) / 8 * 8);

  memcpy (bytes, values, sizeof (float) * n);
  return weight_of (trial, LIMN_STORE_F32, 1, 1, n, bytes);
}

LimnArray
trial_table_of (Trial *trial, int rows, int n, const float *values)
{
  gsize stride = (gsize) (n + 7) / 8 * 8;
  g_autofree float *bytes = g_new0 (float, rows *stride);

  for (int row = 0; row < rows; row++)
    memcpy (bytes + row * stride, values + (gsize) row * n, sizeof (float) * n);
  return weight_of (trial, LIMN_STORE_F32, rows, 1, n, bytes);
}

LimnArray
trial_vector (Trial *trial, int n, float mean, float deviation, const float **values)
{
  *values = values_new (trial, n, mean, deviation);
  return trial_vector_of (trial, n, *values);
}

LimnArray
trial_int (Trial *trial, gint32 value)
{
  gint32 bytes[8] = { value };

  return weight_of (trial, LIMN_STORE_F32, 1, 1, 1, bytes);
}

LimnArray
trial_guarded (Trial *trial, LimnStore store, int n, int h, int w, int c)
{
  guint64 size = (guint64) n * h * w * ((c + 7) / 8 * 8) * (store == LIMN_STORE_F16 ? 2 : 4);
  LimnBuffer *buffer = buffer_new (trial, size + 2 * GUARD, fill_poison_cb, NULL);
  LimnArray array = limn_plan_external (trial->plan, store, n, h, w, c);

  g_array_append_val (trial->guards, buffer);
  limn_plan_place (trial->plan, array, (LimnSlice){ buffer, GUARD, size });
  return array;
}

static void
poison_arena (Trial *trial)
{
  GPtrArray *blocks = trial->plan->device->blocks;

  for (guint i = 0; i < blocks->len; i++) {
    LimnBuffer *block = blocks->pdata[i];
    g_autoptr (GError) error = NULL;

    limn_buffer_upload ((LimnSlice){ block, 0, limn_buffer_size (block) }, 16, fill_poison_cb, NULL, &error);
    g_assert_no_error (error);
  }
}

/* Lets the kernel reach past the end of its result: a driver would hide writes outside of a binding. */
static void
open_guard (LimnPlan *plan, LimnArray out)
{
  PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, out.id - 1);

  storage->bytes += GUARD;
  storage->slice.size += GUARD;
  for (guint i = 0; i < plan->dispatches->len; i++) {
    PlanDispatch *dispatch = &g_array_index (plan->dispatches, PlanDispatch, i);

    for (int b = 0; b < LIMN_MAX_BINDINGS; b++) {
      if (dispatch->bindings[b].size != 0 && dispatch->bindings[b].storage == out.id - 1)
        dispatch->bindings[b].size += GUARD;
    }
  }
}

static void
check_poison (const guint8 *bytes, guint64 begin, guint64 end, const char *where)
{
  for (guint64 i = begin; i < end; i++) {
    if (bytes[i] != POISON) {
      g_test_fail_printf ("%s: byte %" G_GUINT64_FORMAT " was written", where, i);
      return;
    }
  }
}

static guint8 *
download (LimnBuffer *buffer)
{
  g_autoptr (GError) error = NULL;
  guint8 *bytes = g_malloc (limn_buffer_size (buffer));

  limn_buffer_download ((LimnSlice){ buffer, 0, limn_buffer_size (buffer) }, bytes, &error);
  g_assert_no_error (error);
  return bytes;
}

/* Whatever lies outside of the arrays must not have been written. */
static void
check_guards (Trial *trial, LimnArray out)
{
  LimnPlan *plan = trial->plan;

  for (guint i = 0; i < trial->guards->len; i++) {
    LimnBuffer *buffer = g_array_index (trial->guards, LimnBuffer *, i);
    g_autofree guint8 *bytes = download (buffer);

    check_poison (bytes, 0, GUARD, "guard before the result");
    check_poison (bytes, limn_buffer_size (buffer) - GUARD, limn_buffer_size (buffer), "guard after the result");
  }
  for (guint i = 0; i < plan->device->blocks->len; i++) {
    LimnBuffer *block = plan->device->blocks->pdata[i];
    g_autofree guint8 *bytes = download (block);

    for (guint j = 0; j < plan->storage->len; j++) {
      PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, j);
      guint64 size = j == out.id - 1 ? limn_array_bytes (out) : storage->bytes;

      if (storage->kind == STORAGE_TEMPORARY && storage->slice.buffer == block)
        memset (bytes + storage->slice.offset, POISON, size);
    }
    check_poison (bytes, 0, limn_buffer_size (block), "arena between the arrays");
  }
}

/* Keeps out's channels of whole rows in trial->actual; what pads them must be zeros. */
static void
strip_padding (Trial *trial, LimnArray out)
{
  gsize rows = trial->n_actual / out.stride;
  gboolean good = TRUE;

  for (gsize row = 0; row < rows; row++) {
    const float *from = trial->actual + row * out.stride + out.first;

    for (int c = out.c; c % 8 != 0 && good; c++) {
      good = from[c] == 0;
      if (!good)
        g_test_fail_printf ("padding of row %" G_GSIZE_FORMAT ", channel %d is %g", row, c, from[c]);
    }
    memmove (trial->actual + row * out.c, from, sizeof (float) * out.c);
  }
  trial->n_actual = rows * out.c;
}

static double
cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* The best of some runs, so that other work on the machine counts little. */
static void
measure (Trial *trial)
{
  double gflop = limn_plan_flop (trial->plan) * 1e-9, best_wall = G_MAXDOUBLE, best_cpu = G_MAXDOUBLE, spent = 0;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 3 || (spent < 2 && i < 100); i++) {
    gint64 start = g_get_monotonic_time ();
    double cpu = cpu_seconds ();

    limn_plan_run (trial->plan, NULL, &error);
    g_assert_no_error (error);
    double wall = (double) (g_get_monotonic_time () - start) * 1e-6;
    best_wall = MIN (best_wall, wall);
    best_cpu = MIN (best_cpu, cpu_seconds () - cpu);
    spent += wall;
  }
  g_print ("%9.3f %9.2f %10.4f %9.2f\n", gflop, gflop / best_wall, best_cpu, gflop / best_cpu);
}

void
trial_run (Trial *trial, LimnArray out)
{
  g_autoptr (GError) error = NULL;

  if (trial->bench) {
    limn_plan_finish (trial->plan, trial->gpu, NULL, NULL, &error);
    g_assert_no_error (error);
    write_inputs (trial);
    measure (trial);
    return;
  }
  LimnArray whole = out;
  whole.first = 0;
  whole.c = out.stride;
  limn_plan_trace (trial->plan, whole, "out");
  open_guard (trial->plan, out);
  limn_plan_finish (trial->plan, trial->gpu, NULL, NULL, &error);
  g_assert_no_error (error);
  write_inputs (trial);
  poison_arena (trial);
  limn_plan_run (trial->plan, NULL, &error);
  g_assert_no_error (error);
  check_guards (trial, out);
  strip_padding (trial, out);
}

double *
trial_expected (Trial *trial)
{
  double *expected = g_new0 (double, trial->n_actual);

  g_ptr_array_add (trial->owned, expected);
  return expected;
}

/* The squared error of a store that rounds toward zero, as some drivers' packHalf2x16 does. */
static double
truncation_error (const double *expected, gsize n)
{
  double errors = 0;

  for (gsize i = 0; i < n; i++) {
    int exponent;
    double unit = (frexp (expected[i], &exponent), ldexp (1, MAX (exponent - 11, -24)));
    double error = expected[i] - trunc (expected[i] / unit) * unit;

    errors += error * error;
  }
  return errors;
}

void
trial_compare (Trial *trial, LimnStore out_store, const double *expected, TrialTolerance tolerance)
{
  gboolean half = out_store == LIMN_STORE_F16;
  /* Half a unit in the last place of each, or, of many, what rounding makes of them on average. */
  double rounding = trial->n_actual < 1000 ? 2.4e-7 : 1e-7;
  double max = fmax (half ? 6e-4 : 4e-6, tolerance.max), square = fmax (half ? rounding : 1e-12, tolerance.square);
  double largest = 0, worst = 0, errors = 0, squares = 0;
  gssize bad = -1;

  for (gsize i = 0; i < trial->n_actual; i++)
    largest = fmax (largest, fabs (expected[i]));
  for (gsize i = 0; i < trial->n_actual; i++) {
    double error = fabs (trial->actual[i] - expected[i]);

    if (!(error <= max * largest) && bad < 0)
      bad = (gssize) i;
    worst = fmax (worst, error);
    errors += error * error;
    squares += expected[i] * expected[i];
  }
  g_test_message ("max error %.2e of %.2e allowed, squared %.2e of %.2e, over %" G_GSIZE_FORMAT " values",
                  worst / largest, max, errors / squares, square, trial->n_actual);
  double truncated = half ? truncation_error (expected, trial->n_actual) : 0;
  /* 0: the results are halves without rounding, as where attention has one key. */
  trial->telling = truncated > 0 && square <= rounding && trial->n_actual >= 1000;
  if (trial->telling)
    g_assert_cmpfloat (truncated, >, square * squares);
  if (trial->toward_zero) {
    if (trial->telling && !(errors > square * squares && errors < 1.5 * truncated))
      g_test_fail_printf ("a store toward zero makes a squared error of %g, not %g", truncated, errors);
    return;
  }
  if (bad >= 0)
    g_test_fail_printf ("value %" G_GSSIZE_FORMAT " is %.9g, expected %.9g", bad, trial->actual[bad], expected[bad]);
  if (!(errors <= square * squares))
    g_test_fail_printf ("normalised squared error %g, allowed %g", errors / squares, square);
}
