/* lora-matrix.c - the products that LoRAs are made of, on the CPU.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora-private.h"

#define MOST_THREADS 16
#define LEAST_WORK (1u << 22) /* multiplications that are worth another thread */
#define TALL 4
#define WIDE 8

LimnMatrix
limn_matrix_read (const LimnTensor *tensor)
{
  LimnMatrix matrix = { limn_lora_rows (tensor), limn_lora_columns (tensor), g_new (float, MAX (tensor->count, 1)) };

  limn_tensor_to_float (tensor, matrix.values);
  return matrix;
}

void
limn_matrix_clear (LimnMatrix *matrix)
{
  g_clear_pointer (&matrix->values, g_free);
}

/* Rows [first, last) of the result. */
typedef struct {
  const LimnMatrix *a, *b;
  float *out;
  guint64 first, last;
} Stripe;

typedef float Lanes __attribute__ ((vector_size (WIDE * sizeof (float)), aligned (sizeof (float)), may_alias));

/* TALL rows of the result from i on: WIDE columns at a time stay in registers while the rank is walked.  Each value's
 * sum is in the order of the rank, so that it is the same whichever instructions a processor has. */
static inline __attribute__ ((always_inline)) void
multiply_rows (const Stripe *stripe, guint64 i)
{
  guint64 rank = stripe->a->columns, n = stripe->b->columns, j = 0;
  const float *a = stripe->a->values + i * rank;
  float *out = stripe->out + i * n;

  for (; j + WIDE <= n; j += WIDE) {
    const float *b = stripe->b->values + j;
    Lanes sums[TALL];

    for (int t = 0; t < TALL; t++)
      sums[t] = *(const Lanes *) (const void *) (out + t * n + j);
    for (guint64 r = 0; r < rank; r++, b += n) {
      const Lanes row = *(const Lanes *) (const void *) b;
      for (int t = 0; t < TALL; t++)
        sums[t] += a[t * rank + r] * row;
    }
    for (int t = 0; t < TALL; t++)
      *(Lanes *) (void *) (out + t * n + j) = sums[t];
  }
  for (int t = 0; t < TALL; t++)
    for (guint64 k = j; k < n; k++)
      for (guint64 r = 0; r < rank; r++)
        out[t * n + k] += a[t * rank + r] * stripe->b->values[r * n + k];
}

static inline __attribute__ ((always_inline)) void
multiply_all (const Stripe *stripe)
{
  guint64 rank = stripe->a->columns, n = stripe->b->columns, i = stripe->first;

  for (; i + TALL <= stripe->last; i += TALL)
    multiply_rows (stripe, i);
  for (; i < stripe->last; i++)
    for (guint64 r = 0; r < rank; r++)
      for (guint64 j = 0; j < n; j++)
        stripe->out[i * n + j] += stripe->a->values[i * rank + r] * stripe->b->values[r * n + j];
}

static void
multiply_plain (const Stripe *stripe)
{
  multiply_all (stripe);
}

#if defined(__x86_64__)
/* Without fused products, which would round otherwise. */
__attribute__ ((target ("avx2"))) static void
multiply_avx2 (const Stripe *stripe)
{
  multiply_all (stripe);
}

static gboolean
has_avx2 (void)
{
  return __builtin_cpu_supports ("avx2");
}
#else
static void
multiply_avx2 (const Stripe *stripe)
{
  multiply_all (stripe);
}

static gboolean
has_avx2 (void)
{
  return FALSE;
}
#endif

static gpointer
multiply_stripe (gpointer data)
{
  if (has_avx2 ())
    multiply_avx2 (data);
  else
    multiply_plain (data);
  return NULL;
}

void
limn_matrix_multiply (const LimnMatrix *a, const LimnMatrix *b, float *out)
{
  double work = (double) a->rows * (double) a->columns * (double) b->columns;
  guint64 most = MIN (MIN (MOST_THREADS, g_get_num_processors ()), a->rows), n = 1;
  Stripe stripes[MOST_THREADS];
  GThread *threads[MOST_THREADS];

  if (a->rows == 0)
    return;
  n = CLAMP ((guint64) (work / LEAST_WORK), 1, most);
  for (guint64 i = 0; i < n; i++) {
    stripes[i] = (Stripe){ a, b, out, a->rows * i / n, a->rows * (i + 1) / n };
    threads[i] = i + 1 < n ? g_thread_new ("limn-lora", multiply_stripe, &stripes[i]) : NULL;
  }
  multiply_stripe (&stripes[n - 1]);
  for (guint64 i = 0; i + 1 < n; i++)
    g_thread_join (threads[i]);
}
