/* attention.c - cases of the attention kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

typedef struct {
  CaseHead head;
  int n, queries, keys, heads, size; /* size: of a head */
  gboolean causal;
  gboolean packed; /* q, k and v are parts of wider rows */
  float deviation; /* of q; 0: 1 */
  TrialTolerance tolerance;
  int alone; /* of the last items */
  gboolean hides;
} Case;

static const Case cases[] = {
  { { "one" }, 1, 1, 1, 1, 8 },
  { { "size-8" }, 2, 9, 33, 2, 8 },
  { { "size-16" }, 2, 17, 32, 4, 16 },
  { { "size-40" }, 1, 20, 77, 8, 40 },
  { { "size-64" }, 2, 67, 67, 5, 64, .packed = TRUE },
  { { "size-80" }, 1, 19, 31, 2, 80 },
  { { "size-160", CASE_MORE }, 1, 13, 40, 2, 160 },
  { { "size-512" }, 1, 35, 35, 1, 512 },
  { { "size-512-packed" }, 1, 65, 65, 1, 512, .packed = TRUE },
  { { "cross-77" }, 2, 64, 77, 10, 64 },
  { { "cross-154" }, 1, 30, 154, 5, 64, .packed = TRUE },
  { { "seven-queries" }, 1, 7, 64, 3, 64 },
  { { "eight-queries-31-keys" }, 1, 8, 31, 3, 64 },
  { { "nine-queries-33-keys" }, 1, 9, 33, 3, 64 },
  { { "one-key" }, 2, 11, 1, 2, 64 },
  { { "clip", CASE_ALL }, 2, 77, 77, 3, 64, .causal = TRUE, .packed = TRUE },
  { { "causal-odd" }, 1, 45, 45, 3, 40, .causal = TRUE },
  { { "causal-one" }, 1, 1, 1, 1, 64, .causal = TRUE },
  { { "hidden", CASE_ALL }, 2, 77, 77, 3, 64, .causal = TRUE, .packed = TRUE, .hides = TRUE },
  { { "hidden-odd" }, 3, 45, 45, 3, 40, .causal = TRUE, .hides = TRUE },
  { { "hidden-across" }, 2, 19, 70, 2, 80, .hides = TRUE },
  { { "hidden-512" }, 1, 35, 35, 1, 512, .hides = TRUE },
  { { "hidden-sharp" }, 2, 40, 200, 2, 64, .deviation = 20, .tolerance = { 2e-5, 1e-10 }, .hides = TRUE },
  { { "alone", CASE_ALL }, 3, 77, 77, 2, 64, .packed = TRUE, .tolerance = { 0, 1.1e-7 }, .alone = 1 },
  { { "alone-odd" }, 3, 45, 45, 3, 40, .tolerance = { 0, 1.1e-7 }, .alone = 2 },
  { { "alone-512" }, 2, 35, 35, 1, 512, .tolerance = { 0, 1.1e-7 }, .alone = 1 },
  { { "alone-causal" }, 2, 33, 33, 1, 64, .causal = TRUE, .tolerance = { 0, 1.1e-7 }, .alone = 1 },
  { { "alone-sharp" }, 2, 40, 40, 2, 64, .deviation = 20, .alone = 2 },
  { { "sharp" }, 1, 40, 200, 2, 64, .deviation = 20, .tolerance = { 2e-5, 1e-10 } },
  { { "spread" }, 1, 16, 700, 1, 64, .deviation = 0.01f },
};

static const Case bench[] = {
  { { "1024 x 1024, 10 x 64" }, 1, 1024, 1024, 10, 64 },
  { { "256 x 256, 20 x 64" }, 1, 256, 256, 20, 64 },
  { { "1024 x 77, 10 x 64" }, 1, 1024, 77, 10, 64 },
  { { "1024 x 1024, 8 x 40" }, 1, 1024, 1024, 8, 40 },
  { { "1024 x 1024, 1 x 512" }, 1, 1024, 1024, 1, 512 },
  { { "77 x 77 causal, 20 x 64" }, 2, 77, 77, 20, 64, .causal = TRUE },
};

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *q, *k, *v, *hidden = NULL;
  int channels = c->heads * c->size, around = c->packed ? channels : 0;
  LimnAttentionArgs args = {
    .q = trial_input (trial, (TrialInput){ c->n, c->queries, 1, channels, 0, 2 * around, .deviation = c->deviation },
                      &q),
    .k = trial_input (trial, (TrialInput){ c->n, c->keys, 1, channels, around, around }, &k),
    .v = trial_input (trial, (TrialInput){ c->n, c->keys, 1, channels, 2 * around, 0 }, &v),
    .heads = c->heads,
    .causal = c->causal,
    .alone = c->alone,
  };

  if (c->hides)
    args.hidden = trial_input (trial, (TrialInput){ c->n, c->keys, 1, 1, .f32 = TRUE, .some = TRUE }, &hidden);

  trial_run (trial, limn_kernel_attention (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  const RefAttention attention = { c->n, c->queries, c->keys, c->heads, c->size, c->causal, c->alone, hidden };
  ref_attention (&attention, q, k, v, expected);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite attention_suite = { "attention",          cases, bench, sizeof (Case), G_N_ELEMENTS (cases),
                                G_N_ELEMENTS (bench), run };
