/* test-quantize.c - float to fp8 and to GGML's blocks, beside what public code makes of the same values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "common/golden.h"

static const LimnType formulas[] = { LIMN_TYPE_Q8_0, LIMN_TYPE_Q4_0, LIMN_TYPE_Q4_1, LIMN_TYPE_Q5_0, LIMN_TYPE_Q5_1 };
static const LimnType searched[] = { LIMN_TYPE_Q4_K, LIMN_TYPE_Q5_K, LIMN_TYPE_Q6_K };
static const LimnType eighths[] = { LIMN_TYPE_F8_E4M3, LIMN_TYPE_F8_E5M2 };

/* (transfer full) */
static guint8 *
quantize (LimnType type, const float *values, gsize count, gsize *bytes)
{
  guint64 n;

  g_assert_true (limn_type_is_written (type));
  g_assert_true (limn_type_bytes (type, count, &n));
  guint8 *out = g_malloc (n);
  limn_type_from_float (type, values, count, out);
  *bytes = n;
  return out;
}

static double
squared_error (LimnType type, const guint8 *blocks, const float *values, gsize count)
{
  g_autofree float *back = g_new (float, count);
  double sum = 0;

  limn_type_to_float (type, blocks, 0, count, back);
  for (gsize i = 0; i < count; i++)
    sum += ((double) back[i] - values[i]) * ((double) back[i] - values[i]);
  return sum;
}

/* gguf-py's blocks, bit by bit: zeros, constants, ties and outliers among them.  Whether a least value that is zero has
 * a sign is chance there. */
static void
test_formula (gconstpointer data)
{
  LimnType type = *(const LimnType *) data;
  g_autoptr (LimnTensors) file = golden_open ("quantize.safetensors");
  const LimnTensor *expected = golden_tensor (file, "%s/raw", limn_type_name (type));
  gsize count, bytes;
  g_autofree float *values = golden_floats (file, &count, "%s/src", limn_type_name (type));
  g_autofree guint8 *blocks = quantize (type, values, count, &bytes);

  g_assert_cmpuint (bytes, ==, expected->count);
  for (gsize i = 0; i < bytes; i += limn_type_size (type)) {
    gboolean zero = (type == LIMN_TYPE_Q4_1 || type == LIMN_TYPE_Q5_1) && blocks[i + 2] == 0
                    && (blocks[i + 3] & 0x7f) == 0 && expected->data[i + 2] == 0;

    if (zero)
      blocks[i + 3] = expected->data[i + 3] & 0x7f ? blocks[i + 3] : expected->data[i + 3];
    g_assert_cmpmem (blocks + i, limn_type_size (type), expected->data + i, limn_type_size (type));
  }
}

/* Searched blocks come no further from the values than llama-quantize's of a model, whose search weighs large values
 * more: 1.0 times its squared error at most, over each tensor. */
static void
test_search (gconstpointer data)
{
  LimnType type = *(const LimnType *) data;
  g_autoptr (LimnTensors) file = golden_open ("quantize.safetensors");

  for (int i = 0; i < 6; i++) {
    gsize count, bytes;
    g_autofree float *values = golden_floats (file, &count, "%s/%d/src", limn_type_name (type), i);
    g_autofree guint8 *blocks = quantize (type, values, count, &bytes);
    const LimnTensor *raw = golden_tensor (file, "%s/%d/raw", limn_type_name (type), i);
    double own = squared_error (type, blocks, values, count), theirs = squared_error (type, raw->data, values, count);

    g_assert_cmpuint (bytes, ==, raw->count);
    g_test_message ("%s, tensor %d: %.4f times the squared error", limn_type_name (type), i, own / theirs);
    g_assert_cmpfloat (own, <=, theirs);
  }
}

/* torch's codes: ties to even, what is too large to NaN and infinity; and each code's own value gives it back. */
static void
test_fp8 (gconstpointer data)
{
  LimnType type = *(const LimnType *) data;
  const char *name = type == LIMN_TYPE_F8_E4M3 ? "e4m3fn" : "e5m2";
  g_autoptr (LimnTensors) file = golden_open ("quantize.safetensors");
  const LimnTensor *expected = golden_tensor (file, "fp8/%s/encode_codes", name);
  gsize count, bytes;
  g_autofree float *values = golden_floats (file, &count, "fp8/%s/encode_src", name);
  g_autofree guint8 *codes = quantize (type, values, count, &bytes);

  g_assert_cmpmem (codes, bytes, expected->data, expected->count);
  for (guint code = 0; code < 256; code++) {
    guint8 byte = (guint8) code, again;
    float value;

    limn_type_to_float (type, &byte, 0, 1, &value);
    limn_type_from_float (type, &value, 1, &again);
    if (!isnan (value))
      g_assert_cmpuint (again, ==, byte);
  }
}

/* ---- Properties ---- */

#define VALUES 512

/* Any kind of values: all of one size, of very different ones, one that stands out, tiny, zeros. */
static void
random_values (float *values)
{
  int kind = g_test_rand_int_range (0, 6), place = g_test_rand_int_range (0, VALUES);
  double size = pow (10, g_test_rand_double_range (-5, 3)), shift = kind == 1 ? g_test_rand_double_range (-2, 2) : 0;

  for (int i = 0; i < VALUES; i++) {
    double value = g_test_rand_double_range (-1, 1) + shift;

    if (kind == 2)
      value *= pow (10, g_test_rand_double_range (-3, 0));
    if (kind == 3)
      value = i / 32 % 2 == 0 ? 0 : value;
    if (kind == 4)
      value = fabs (value);
    values[i] = (float) (size * value);
  }
  if (kind == 5)
    values[place] *= 20;
}

/* How far a value may lie from what is read back, beside the largest of its block: half a step and what halves round; a
 * whole step of Q4_0, Q5_0 and Q6_K, whose numbers end that far before the other end of the range; and what small
 * scales are rounded, and candidates leave beyond their last number. */
static double
bound_of (LimnType type)
{
  switch (type) {
  case LIMN_TYPE_Q8_0:
    return 0.57 / 127;
  case LIMN_TYPE_Q4_0:
    return 1.02 / 8;
  case LIMN_TYPE_Q5_0:
    return 1.03 / 16;
  case LIMN_TYPE_Q4_1:
    return 1.04 / 15;
  case LIMN_TYPE_Q5_1:
    return 1.06 / 31;
  case LIMN_TYPE_Q4_K:
    return 2.6 / 15;
  case LIMN_TYPE_Q5_K:
    return 2.6 / 31;
  default:
    return 2.8 / 32;
  }
}

/* Small scales of what is nearly nothing are rounded to the least that halves have. */
static void
test_bound (gconstpointer data)
{
  LimnType type = *(const LimnType *) data;
  guint block = limn_type_block (type);
  double bound = bound_of (type), least = block == 32 ? 128 * 3e-8 : 128 * 32 * 3e-8;

  for (int trial = 0; trial < 500; trial++) {
    float values[VALUES], back[VALUES];
    gsize bytes;

    random_values (values);
    g_autofree guint8 *blocks = quantize (type, values, VALUES, &bytes);
    limn_type_to_float (type, blocks, 0, VALUES, back);
    for (guint first = 0; first < VALUES; first += block) {
      double most = 0;

      for (guint i = first; i < first + block; i++)
        most = fmax (most, fabs ((double) values[i]));
      for (guint i = first; i < first + block; i++)
        g_assert_cmpfloat (fabs ((double) back[i] - values[i]), <=, bound * most + least);
    }
  }
}

/* What is in no block's reach makes something, and no error but its own; zeros stay zeros. */
static void
test_extremes (gconstpointer data)
{
  static const float extremes[] = { 0, -0.0f, 1e-45f, -1e-38f, 3e38f, -3e38f };
  LimnType type = *(const LimnType *) data;
  float values[VALUES], back[VALUES];
  gsize bytes;

  for (guint k = 0; k < G_N_ELEMENTS (extremes); k++) {
    for (int i = 0; i < VALUES; i++)
      values[i] = i % 3 == 0 ? extremes[k] : k < 2 ? 0 : -extremes[k] / 3;
    g_autofree guint8 *blocks = quantize (type, values, VALUES, &bytes);
    limn_type_to_float (type, blocks, 0, VALUES, back);
    for (int i = 0; i < VALUES; i++)
      if (fabsf (extremes[k]) < 1)
        g_assert_cmpfloat (fabsf (back[i]), <=, 1e-6);
      else
        g_assert_false (fabsf (back[i]) < 1e30f && back[i] != 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (formulas); i++) {
    g_autofree char *path = g_strdup_printf ("/quantize/formula/%s", limn_type_name (formulas[i]));
    g_test_add_data_func (path, &formulas[i], test_formula);
  }
  for (guint i = 0; i < G_N_ELEMENTS (searched); i++) {
    g_autofree char *path = g_strdup_printf ("/quantize/search/%s", limn_type_name (searched[i]));
    if (searched[i] != LIMN_TYPE_Q5_K)
      g_test_add_data_func (path, &searched[i], test_search);
  }
  for (guint i = 0; i < G_N_ELEMENTS (eighths); i++) {
    g_autofree char *path = g_strdup_printf ("/quantize/fp8/%s", limn_type_name (eighths[i]));
    g_test_add_data_func (path, &eighths[i], test_fp8);
  }
  for (guint i = 0; i < G_N_ELEMENTS (formulas) + G_N_ELEMENTS (searched); i++) {
    const LimnType *type = i < G_N_ELEMENTS (formulas) ? &formulas[i] : &searched[i - G_N_ELEMENTS (formulas)];
    g_autofree char *bound = g_strdup_printf ("/quantize/bound/%s", limn_type_name (*type));
    g_autofree char *extremes = g_strdup_printf ("/quantize/extremes/%s", limn_type_name (*type));

    g_test_add_data_func (bound, type, test_bound);
    g_test_add_data_func (extremes, type, test_extremes);
  }
  return g_test_run ();
}
