/* test-golden.c - the comparison that the golden tests stand on: what is wrong must show.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/golden.h"

#include <math.h>

static void
test_figures (void)
{
  const float a[] = { 1, 2, 3, 4 }, b[] = { 1, 2, 3, 8 };
  GoldenDiff diff = golden_compare (a, b, 4);

  g_assert_cmpfloat (diff.max_abs, ==, 4);
  g_assert_cmpfloat (diff.rel, ==, 0.5);
  g_assert_cmpfloat (diff.rms, ==, 2);
  g_assert_cmpfloat_with_epsilon (diff.rms_rel, 2 / sqrt (78.0 / 4), 1e-12);
  g_assert_cmpuint (diff.worst, ==, 3);
}

static void
test_equal (void)
{
  const float zeros[] = { 0, 0 };
  GoldenDiff diff = golden_compare (zeros, zeros, 2);

  g_assert_cmpfloat (diff.max_abs, ==, 0);
  g_assert_cmpfloat (diff.rel, ==, 0);
  g_assert_cmpfloat (diff.rms_rel, ==, 0);
}

/* No comparison with a tolerance may hold. */
static void
test_not_finite (void)
{
  const float bad[] = { NAN, INFINITY, -INFINITY };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    float a[] = { 1, 1, 1 };
    const float b[] = { 1, 1, 1 };
    a[1] = bad[i];
    GoldenDiff diff = golden_compare (a, b, 3);
    g_assert_false (diff.max_abs <= 1e30);
    g_assert_false (diff.rel <= 1e30);
    g_assert_false (diff.rms <= 1e30);
    g_assert_cmpuint (diff.worst, ==, 1);
    diff = golden_compare (b, a, 3);
    g_assert_false (diff.rel <= 1e30);
  }
  /* Expected zeros, found something. */
  const float one = 1, zero = 0;
  g_assert_false (golden_compare (&one, &zero, 1).rel <= 1e30);
}

static void
test_reading (void)
{
  g_autoptr (LimnTensors) file = golden_open ("rng.safetensors");
  gsize n;
  g_autofree float *values = golden_floats (file, &n, "torch/%d/n%d", 42, 17);
  g_autofree int *whole = golden_ints (file, NULL, "torch/42/mt19937_mod_2e31");

  g_assert_cmpuint (n, ==, 17);
  g_assert_true (isfinite (values[16]));
  g_assert_cmpint (whole[0], >, 0);
  g_assert_true (golden_has (file, "torch/42/n17"));
  g_assert_false (golden_has (file, "torch/42/n18"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/golden/figures", test_figures);
  g_test_add_func ("/golden/equal", test_equal);
  g_test_add_func ("/golden/not-finite", test_not_finite);
  g_test_add_func ("/golden/reading", test_reading);
  return g_test_run ();
}
