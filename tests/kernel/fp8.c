/* fp8.c - eight-bit floats on the device are what the formats say, whatever their scale.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>
#include <string.h>

#define CODES 256
#define SEEDS 25

static const LimnWeightKind *
kind (void)
{
  const LimnWeightKind *kind = limn_weight_kinds;

  while (g_strcmp0 (kind->name, "fp8") != 0)
    kind++;
  return kind;
}

/* As Micikevicius et al. 2022 have it; NaN where it is not finite. */
static double
value_of (const char *type, int code)
{
  int mantissa = g_str_equal (type, "F8_E4M3") ? 3 : 2, bias = mantissa == 3 ? 7 : 15;
  int exponent = (code & 0x7f) >> mantissa, rest = code & ((1 << mantissa) - 1);
  double size = ldexp (rest + (exponent > 0 ? 1 << mantissa : 0), MAX (exponent, 1) - bias - mantissa);

  if (mantissa == 3 ? (code & 0x7f) == 0x7f : exponent == 31)
    return NAN;
  return code >= 128 ? -size : size;
}

/* All codes of each format, a row of 1 to 40 of them with a scale of its own, times one: their values times the scale,
 * rounded once. */
static void
check_rows (LimnGpu *gpu, GRand *random)
{
  int k = g_rand_int_range (random, 1, 41), rows = 2 * CODES / k + 2;
  g_autoptr (Trial) trial = trial_new (gpu, limn_gpu_limits (gpu), LIMN_STORE_F32, kind (), 1, FALSE);
  guint64 row_bytes = kind ()->row_bytes (LIMN_STORE_F32, k);
  g_autofree guint8 *bytes = g_malloc (rows * row_bytes), *codes = g_malloc (rows * k);
  g_autofree float *expected = g_new (float, rows *k);
  const float *ones;
  LimnMatmulArgs args = {
    .x = trial_input (trial, (TrialInput){ .n = 1, .h = k, .w = 1, .c = k, .ones = TRUE }, &ones),
    .columns = rows,
  };

  memset (bytes, 0xa5, rows * row_bytes);
  for (int row = 0; row < rows; row++) {
    const LimnWeightBlocks *blocks = &kind ()->blocks[row % 2];
    float scale = row % 5 == 0 ? 1 : (float) exp (g_rand_double_range (random, -9, 3));

    for (int i = row * k; i < (row + 1) * k; i++) {
      codes[i] = (guint8) (row / 2 * k + i % k);
      if (isnan (value_of (blocks->type, codes[i])))
        codes[i] = 0x80;
      expected[i] = (float) value_of (blocks->type, codes[i]) * scale;
    }
    g_assert_true (blocks->lay (codes, (guint64) (row * k), k, bytes + row * row_bytes));
    g_assert_true (scale == 1 || kind ()->scale (LIMN_STORE_F32, k, scale, bytes + row * row_bytes));
  }
  args.weight = trial_packed (trial, rows, 1, row_bytes, bytes);
  trial_run (trial, limn_kernel_matmul (trial->plan, &args));
  for (int i = 0; i < rows * k; i++)
    g_assert_cmpfloat (trial->actual[i % k * rows + i / k], ==, expected[i]);
}

static void
test_read (gconstpointer data)
{
  for (guint32 seed = 0; seed < SEEDS; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    check_rows (*(LimnGpu *const *) data, random);
  }
}

/* What is not finite is told, wherever it stands; and nothing else is. */
static void
test_not_finite (void)
{
  guint8 codes[20] = { 0 }, row[64];

  for (const LimnWeightBlocks *blocks = kind ()->blocks; blocks->type != NULL; blocks++)
    for (int code = 0; code < CODES; code++) {
      memset (codes, 0, sizeof codes);
      codes[code % 20] = (guint8) code;
      g_assert_cmpint (blocks->lay (codes, 0, 20, row), ==, !isnan (value_of (blocks->type, code)));
    }
}

/* A scale that makes the largest value more than a half holds is told where values are to be halves. */
static void
test_range (void)
{
  guint8 codes[3] = { 0x08, 0xfb, 0x3c }, row[64]; /* E5M2: the largest is 57344 */
  const LimnWeightBlocks *blocks = limn_weight_blocks (kind (), "F8_E5M2");

  for (int i = 0; i < 5; i++) {
    static const float scales[] = { 1, 1.14f, 1.15f, -2, INFINITY };
    gboolean fits = fabsf (scales[i]) * 57344 < 65520;

    g_assert_true (blocks->lay (codes, 0, 3, row));
    g_assert_cmpint (kind ()->scale (LIMN_STORE_F16, 3, scales[i], row), ==, fits);
    g_assert_true (blocks->lay (codes, 0, 3, row));
    g_assert_cmpint (kind ()->scale (LIMN_STORE_F32, 3, scales[i], row), ==, isfinite (scales[i]));
  }
}

void
fp8_tests_add (LimnGpu *const *gpu)
{
  g_test_add_data_func ("/kernel/fp8/read", gpu, test_read);
  g_test_add_func ("/kernel/fp8/not-finite", test_not_finite);
  g_test_add_func ("/kernel/fp8/range", test_range);
}
