/* merge.c - cases of the merge kernel: beside the definition, and to the bit beside what the CPU makes of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "base/half.h"
#include "gpu/pipeline.h"
#include "harness.h"

typedef struct {
  CaseHead head;
  int rows, taps, k, rank;
} Case;

static const Case cases[] = {
  { { "one" }, 1, 1, 1, 1 },
  { { "primes", CASE_ALL }, 13, 1, 37, 3 },
  { { "matrix", CASE_ALL }, 64, 1, 96, 8 },
  { { "conv", CASE_ALL }, 17, 9, 24, 5 },
  { { "thin" }, 257, 1, 8, 32 },
  { { "wide" }, 3, 1, 1288, 64 },
  { { "many" }, 33, 1, 64, 130 },
};

static const Case bench[] = {
  { { "1280 x 1280, 32" }, 1280, 1, 1280, 32 },
  { { "10240 x 1280, 32" }, 10240, 1, 1280, 32 },
};

/* What the CPU makes of it: base + up . down, in fp32, one product after the other. */
static float
as_cpu (const float *x, const float *up, const float *down, const Case *c, gsize row, gsize column)
{
  gsize columns = (gsize) c->taps * (gsize) c->k;
  float sum = x[row * columns + column];

  for (int r = 0; r < c->rank; r++) {
    volatile float product = up[row * (gsize) c->rank + (gsize) r] * down[(gsize) r * columns + column];
    sum += product;
  }
  return sum;
}

static void
run (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const float *x, *up, *down;
  LimnMergeArgs args = {
    .x = trial_input (trial, (TrialInput){ 1, c->rows, c->taps, c->k }, &x),
    .down = trial_input (trial, (TrialInput){ 1, c->rank, c->taps, c->k, .f32 = TRUE }, &down),
    .up = trial_input (trial, (TrialInput){ 1, c->rows, 1, c->rank, .f32 = TRUE, .deviation = 0.3f }, &up),
    .into = trial_guarded (trial, trial->store, 1, c->rows, c->taps, c->k),
  };
  gsize columns = (gsize) c->taps * (gsize) c->k;

  trial_run (trial, limn_kernel_merge (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  for (gsize i = 0; i < (gsize) c->rows * columns; i++) {
    float right = as_cpu (x, up, down, c, i / columns, i % columns);

    expected[i] = right;
    if (trial->store == LIMN_STORE_F16)
      right = limn_half_to_float (limn_half_from_float (right));
    if (!trial->toward_zero && !(trial->actual[i] == right)) {
      g_test_fail_printf ("value %" G_GSIZE_FORMAT " is %a, on the CPU %a", i, (double) trial->actual[i],
                          (double) right);
      return;
    }
  }
  trial_compare (trial, trial->store, expected, (TrialTolerance){ 0 });
}

const Suite merge_suite = { "merge", cases, bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench), run };

/* ---- What drivers are told ---- */

#define HEADER_WORDS 5
#define OP_DECORATE 71
#define OP_FADD 129
#define OP_FMUL 133
#define OP_VECTOR_TIMES_SCALAR 142
#define NO_CONTRACTION 42

/* Of a shader: its products, and the products and sums that must not be fused. */
static void
count_products (const LimnShader *shader, guint *products, guint *apart, guint *apart_sums)
{
  g_autoptr (GHashTable) marked = g_hash_table_new (NULL, NULL);

  *products = *apart = *apart_sums = 0;
  for (gsize i = HEADER_WORDS; i < shader->size / 4; i += shader->code[i] >> 16) {
    guint32 op = shader->code[i] & 0xffff;
    gboolean product = op == OP_FMUL || op == OP_VECTOR_TIMES_SCALAR;

    if (op == OP_DECORATE && shader->code[i + 2] == NO_CONTRACTION)
      g_hash_table_add (marked, GUINT_TO_POINTER (shader->code[i + 1]));
    if (!product && op != OP_FADD)
      continue;
    gboolean own = g_hash_table_contains (marked, GUINT_TO_POINTER (shader->code[i + 2]));
    *products += product;
    *apart += product && own;
    *apart_sums += !product && own;
  }
}

/* A driver may fuse a product and a sum where it is not told otherwise, and the result is another then than the CPU's;
 * not all do, so that it is looked for here.  (An optimiser that unrolls loops forgets to say it of the copies.) */
static void
test_apart (void)
{
  guint seen = 0;

  for (const LimnShader *shader = limn_shaders; shader->name != NULL; shader++) {
    guint products, apart, apart_sums;

    if (!g_str_has_prefix (shader->name, "merge."))
      continue;
    count_products (shader, &products, &apart, &apart_sums);
    g_test_message ("%s: %u products, %u apart from their sums, %u of these", shader->name, products, apart,
                    apart_sums);
    g_assert_cmpuint (products, >=, 2);
    g_assert_cmpuint (apart, ==, products);
    g_assert_cmpuint (apart_sums, >=, apart);
    seen++;
  }
  g_assert_cmpuint (seen, ==, 6);
}

void
merge_tests_add (LimnGpu *const *gpu)
{
  g_test_add_func ("/kernel/merge/apart", test_apart);
}
