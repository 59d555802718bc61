/* store.c - a half on the device is the nearest one, of two the even one, whatever the driver's own conversion does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/half.h"

#define COLUMNS 4096

static float
float_of (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* Halves, what lies in the middle between two, and that a little more or less: around zero, the subnormal, the largest
 * and past it; both signs; and any bits. */
static void
fill (float *values, gsize n, GRand *random)
{
  for (gsize i = 0; i < n; i++) {
    guint16 half = (guint16) g_rand_int_range (random, 0, i % 3 == 0 ? 0x800 : 0x7c00);
    double low = limn_half_to_float (half), high = limn_half_to_float (half + 1);
    float middle = isinf (high) ? 65520 : (float) ((low + high) / 2);
    float kinds[] = { (float) low, middle, nextafterf (middle, 0), nextafterf (middle, INFINITY) };

    values[i] = i % 5 == 4 ? float_of (g_rand_int (random)) : kinds[g_rand_int_range (random, 0, 4)];
    if (fabsf (values[i]) < FLT_MIN)
      values[i] = 0; /* devices may take fp32's own subnormal values for zero */
    if (g_rand_boolean (random))
      values[i] = -values[i];
  }
}

/* A product of zeros, so that the bias alone is stored. */
static void
test_nearest (gconstpointer data)
{
  LimnGpu *const *gpu = data;
  g_autoptr (Trial) trial = trial_new (*gpu, limn_gpu_limits (*gpu), LIMN_STORE_F16, limn_weight_kinds, 1, FALSE);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autofree float *bias = g_new (float, COLUMNS);
  const float *x, *weight;
  LimnMatmulArgs args = {
    .x = trial_input (trial, (TrialInput){ .n = 1, .h = 1, .w = 1, .c = 8, .zeros = TRUE }, &x),
    .weight = trial_matrix (trial, COLUMNS, 1, 8, &weight),
    .columns = COLUMNS,
  };

  fill (bias, COLUMNS, random);
  args.bias = trial_vector_of (trial, COLUMNS, bias);
  trial_run (trial, limn_kernel_matmul (trial->plan, &args));
  for (int i = 0; i < COLUMNS; i++) {
    float expected = limn_half_to_float (limn_half_from_float (bias[i]));

    if (isnan (expected) ? !isnan (trial->actual[i]) : trial->actual[i] != expected)
      g_test_fail_printf ("%a is stored as %a, not %a", bias[i], trial->actual[i], expected);
  }
}

void
store_tests_add (LimnGpu *const *gpu)
{
  g_test_add_data_func ("/kernel/store/f16/nearest", gpu, test_nearest);
}
