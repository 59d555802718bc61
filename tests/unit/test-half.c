/* test-half.c - tests of base/half: every half, every rounding boundary, rows against single values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/half.h"

#include <math.h>
#include <string.h>

static guint32
bits_of (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

/* The definition, in double. */
static double
half_by_definition (guint16 half)
{
  int exponent = (half >> 10) & 31, mantissa = half & 1023;
  double magnitude = exponent == 0 ? ldexp (mantissa, -24) : ldexp (1024 + mantissa, exponent - 25);

  return half & 0x8000 ? -magnitude : magnitude;
}

static void
test_to_float (void)
{
  for (guint half = 0; half < 0x10000; half++) {
    float value = limn_half_to_float ((guint16) half);
    if ((half & 0x7c00) != 0x7c00) {
      g_assert_cmpfloat (value, ==, half_by_definition ((guint16) half));
      g_assert_cmpint (signbit (value) != 0, ==, half >> 15);
    } else if ((half & 0x3ff) == 0) {
      g_assert_true (isinf (value) && (signbit (value) != 0) == (half >> 15));
    } else {
      g_assert_true (isnan (value));
    }
  }
}

static void
test_from_float (void)
{
  for (guint half = 0; half < 0x7c00; half++) {
    float value = limn_half_to_float ((guint16) half);
    /* Beyond the largest half comes what 2^16 would be. */
    float next = half == 0x7bff ? 65536.0f : limn_half_to_float ((guint16) (half + 1));
    float middle = (value + next) / 2;
    guint even = half + (half & 1);
    g_assert_cmphex (limn_half_from_float (value), ==, half);
    g_assert_cmphex (limn_half_from_float (-value), ==, half | 0x8000);
    g_assert_cmphex (limn_half_from_float (middle), ==, even);
    g_assert_cmphex (limn_half_from_float (-middle), ==, even | 0x8000);
    g_assert_cmphex (limn_half_from_float (nextafterf (middle, 0)), ==, half);
    g_assert_cmphex (limn_half_from_float (nextafterf (middle, INFINITY)), ==, half + 1);
  }
  g_assert_cmphex (limn_half_from_float (INFINITY), ==, 0x7c00);
  g_assert_cmphex (limn_half_from_float (-INFINITY), ==, 0xfc00);
  g_assert_cmphex (limn_half_from_float (3e38f), ==, 0x7c00);
  g_assert_true (isnan (limn_half_to_float (limn_half_from_float (NAN))));
}

static void
test_bfloat (void)
{
  for (guint b = 0; b < 0x10000; b++) {
    float value = limn_bfloat_to_float ((guint16) b);
    g_assert_cmphex (bits_of (value), ==, b << 16);
    if (isnan (value)) {
      g_assert_true (isnan (limn_bfloat_to_float (limn_bfloat_from_float (value))));
      continue;
    }
    g_assert_cmphex (limn_bfloat_from_float (value), ==, b);
  }
  g_assert_cmphex (limn_bfloat_from_float (0x1.01p0f), ==, 0x3f80); /* a tie, to the even one below */
  g_assert_cmphex (limn_bfloat_from_float (0x1.03p0f), ==, 0x3f82); /* a tie, to the even one above */
  g_assert_cmphex (limn_bfloat_from_float (0x1.0101p0f), ==, 0x3f81);
  g_assert_cmphex (limn_bfloat_from_float (3.4e38f), ==, 0x7f80);
}

/* The rows may use the processor's instructions; offset makes both sides unaligned. */
static void
test_rows_to_float (void)
{
  for (guint offset = 0; offset < 2; offset++) {
    g_autofree guint8 *in = g_malloc (0x20000 + 8);
    g_autofree guint8 *out = g_malloc (0x40000 + 8);
    for (guint half = 0; half < 0x10000; half++) {
      guint16 value = (guint16) half;
      memcpy (in + offset + 2 * half, &value, 2);
    }
    limn_half_to_float_row ((const guint16 *) (void *) (in + offset), (float *) (void *) (out + offset), 0x10000 - 3);
    for (guint half = 0; half < 0x10000 - 3; half++) {
      guint32 bits;
      memcpy (&bits, out + offset + 4 * half, 4);
      g_assert_cmphex (bits, ==, bits_of (limn_half_to_float ((guint16) half)));
    }
    limn_bfloat_to_float_row ((const guint16 *) (void *) (in + offset), (float *) (void *) (out + offset), 0x10000);
    for (guint b = 0; b < 0x10000; b++) {
      guint32 bits;
      memcpy (&bits, out + offset + 4 * b, 4);
      g_assert_cmphex (bits, ==, b << 16);
    }
  }
}

static void
test_rows_from_float (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autofree float *in = g_new (float, 1 << 20);
  g_autofree guint16 *out = g_new0 (guint16, (1 << 20) + 1);

  for (guint i = 0; i < 1 << 20; i++) {
    guint32 bits = g_rand_int (random);
    /* Half of them near the range of halves, where rounding matters. */
    if (i & 1)
      bits = (bits & 0x807fffff) | (guint32) g_rand_int_range (random, 127 - 27, 127 + 18) << 23;
    memcpy (&in[i], &bits, 4);
  }
  limn_half_from_float_row (in, out, (1 << 20) - 5);
  for (guint i = 0; i < (1 << 20) - 5; i++)
    g_assert_cmphex (out[i], ==, limn_half_from_float (in[i]));
  for (guint i = (1 << 20) - 5; i <= 1 << 20; i++)
    g_assert_cmphex (out[i], ==, 0);
}

static void
test_speed (void)
{
  const gsize n = 1 << 22;
  g_autofree guint16 *halves = g_new0 (guint16, n);
  g_autofree float *floats = g_new0 (float, n);

  memset (halves, 0x3c, n * sizeof *halves);
  memset (floats, 0, n * sizeof *floats);
  gint64 start = g_get_monotonic_time ();
  limn_half_to_float_row (halves, floats, n);
  gint64 middle = g_get_monotonic_time ();
  limn_half_from_float_row (floats, halves, n);
  gint64 end = g_get_monotonic_time ();
  g_test_message ("rows of %" G_GSIZE_FORMAT ": to float %.2f ns, from float %.2f ns a value", n,
                  (double) (middle - start) * 1e3 / (double) n, (double) (end - middle) * 1e3 / (double) n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/half/to-float", test_to_float);
  g_test_add_func ("/half/from-float", test_from_float);
  g_test_add_func ("/half/bfloat", test_bfloat);
  g_test_add_func ("/half/rows-to-float", test_rows_to_float);
  g_test_add_func ("/half/rows-from-float", test_rows_from_float);
  g_test_add_func ("/half/speed", test_speed);
  return g_test_run ();
}
