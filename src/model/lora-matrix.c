/* lora-matrix.c - the products that LoRAs are made of, on the CPU.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora-private.h"

#define MOST_THREADS 16
#define LEAST_WORK (1u << 22) /* multiplications that are worth another thread */

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

/* out += the sum of four rows of b, each times its factor: the result is read and written a fourth as often. */
static void
add_four (const float *factors, const float *b, guint64 n, float *restrict out)
{
  const float *b1 = b + n, *b2 = b1 + n, *b3 = b2 + n;

  for (guint64 j = 0; j < n; j++)
    out[j] += factors[0] * b[j] + factors[1] * b1[j] + factors[2] * b2[j] + factors[3] * b3[j];
}

static gpointer
multiply_stripe (gpointer data)
{
  const Stripe *stripe = data;
  guint64 rank = stripe->a->columns, n = stripe->b->columns;

  for (guint64 i = stripe->first; i < stripe->last; i++) {
    const float *factors = stripe->a->values + i * rank;
    float *restrict out = stripe->out + i * n;
    guint64 r = 0;

    for (; r + 4 <= rank; r += 4)
      add_four (factors + r, stripe->b->values + r * n, n, out);
    for (; r < rank; r++)
      for (guint64 j = 0; j < n; j++)
        out[j] += factors[r] * stripe->b->values[r * n + j];
  }
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
