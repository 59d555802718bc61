/* attention_sums.c - cases of the attention_sums kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>

typedef struct {
  CaseHead head;
  int n, rows, heads, size; /* size: of a head */
  gboolean packed;          /* q and k are parts of wider rows */
  float deviation;          /* of q; 0: 1 */
  TrialTolerance tolerance;
} Case;

static const Case cases[] = {
  { { "one" }, 1, 1, 1, 8 },
  { { "size-8" }, 2, 9, 2, 8 },
  { { "size-40" }, 1, 33, 8, 40 },
  { { "size-64", CASE_ALL }, 2, 67, 5, 64, .packed = TRUE },
  { { "nine-heads" }, 1, 31, 9, 64 },
  { { "size-160", CASE_ALL }, 1, 40, 2, 160, .packed = TRUE },
  { { "seven" }, 3, 7, 3, 16 },
  { { "thirty-two" }, 1, 32, 1, 64 },
  { { "spread" }, 1, 700, 1, 64, .deviation = 0.01f },
  { { "sharp" }, 2, 60, 2, 64, .deviation = 20, .tolerance = { 2e-5, 1e-10 } },
};

static const Case bench[] = {
  { { "1024, 20 x 64" }, 1, 1024, 20, 64, .packed = TRUE },
  { { "64, 8 x 160" }, 1, 64, 8, 160, .packed = TRUE },
};

/* What each of the item's keys gets of one head's queries. */
static void
expect (const Case *c, const float *q, const float *k, double *out)
{
  const int channels = c->heads * c->size;
  g_autofree double *weights = g_new (double, c->rows);

  for (int i = 0; i < c->rows; i++) {
    double highest = -INFINITY, sum = 0;

    for (int j = 0; j < c->rows; j++) {
      weights[j] = 0;
      for (int e = 0; e < c->size; e++)
        weights[j] += (double) q[i * channels + e] * k[j * channels + e];
      weights[j] /= sqrt (c->size);
      highest = fmax (highest, weights[j]);
    }
    for (int j = 0; j < c->rows; j++)
      sum += exp (weights[j] - highest);
    for (int j = 0; j < c->rows; j++)
      out[j * c->heads] += exp (weights[j] - highest) / sum;
  }
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *q, *k;
  int channels = c->heads * c->size, around = c->packed ? channels : 0;
  LimnAttentionSumsArgs args = {
    .q = trial_input (trial, (TrialInput){ c->n, c->rows, 1, channels, 0, 2 * around, .deviation = c->deviation }, &q),
    .k = trial_input (trial, (TrialInput){ c->n, c->rows, 1, channels, around, around }, &k),
    .heads = c->heads,
  };

  trial_run (trial, limn_kernel_attention_sums (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  for (int item = 0; item < c->n; item++)
    for (int head = 0; head < c->heads; head++) {
      int at = item * c->rows * channels + head * c->size;

      expect (c, q + at, k + at, expected + item * c->rows * c->heads + head);
    }
  trial_compare (trial, LIMN_STORE_F32, expected, c->tolerance);
}

const Suite attention_sums_suite = {
  "attention_sums", cases, bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench), run, .floats = TRUE,
};
