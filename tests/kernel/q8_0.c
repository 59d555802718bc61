/* q8_0.c - Q8_0 is what other programs take it for: blocks of a GGUF file, as gguf-py reads and writes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "common/golden.h"

#define BLOCK 32
#define BLOCK_BYTES 34 /* in a file: the scale, then the values */

static const LimnWeightKind *
kind (void)
{
  const LimnWeightKind *kind = limn_weight_kinds;

  while (g_strcmp0 (kind->name, "q8_0") != 0)
    kind++;
  return kind;
}

/* A row of k values: those, and scales in fp16 from the next texel on. */
static const guint8 *
scales_of (const guint8 *row, int k)
{
  return row + (k + 15) / 16 * 16;
}

/* Of the values of a block, before it is rounded. */
static double
step_of (const float *values)
{
  double most = 0;

  for (int i = 0; i < BLOCK; i++)
    most = fmax (most, fabs (values[i]));
  return most / 127;
}

/* Every block is the one that gguf-py makes, and no value is farther off than half a step and what rounding the scale
 * adds. */
static void
test_pack (void)
{
  g_autoptr (LimnTensors) file = golden_open ("q8_0.safetensors");
  const LimnTensor *source = golden_tensor (file, "quantize/Q8_0/src");
  gsize count;
  g_autofree float *values = golden_floats (file, &count, "quantize/Q8_0/src");
  g_autofree int *raw = golden_ints (file, NULL, "quantize/Q8_0/raw");
  int k = (int) source->shape[1];
  g_autofree guint8 *row = g_malloc (kind ()->row_bytes (LIMN_STORE_F16, k));

  for (gsize first = 0; first < count; first += k) {
    kind ()->pack (LIMN_STORE_F16, values + first, k, row);
    for (int i = 0; i < k; i++) {
      const int *block = raw + (first + i) / BLOCK * BLOCK_BYTES;
      const guint8 *scale = scales_of (row, k) + i / BLOCK * 2;
      guint16 half = (guint16) (scale[0] | scale[1] << 8);
      double value = (gint8) row[i] * (double) limn_half_to_float (half),
             step = step_of (values + first + i / BLOCK * BLOCK);

      g_assert_cmpint (half, ==, block[0] | block[1] << 8);
      g_assert_cmpint (row[i], ==, block[2 + i % BLOCK]);
      g_assert_cmpfloat (fabs (value - values[first + i]), <=, step / 2 + 127 * fmax (step / 2048, 0x1p-25));
    }
  }
}

/* Rows end where they are said to, whatever k is, and what is past k is zero. */
static void
test_rows (void)
{
  for (int k = 1; k < 600; k += k < 70 ? 1 : 37) {
    guint64 bytes = kind ()->row_bytes (LIMN_STORE_F16, k);
    g_autofree float *values = g_new (float, k);
    g_autofree guint8 *row = g_malloc (bytes + 1);

    for (int i = 0; i < k; i++)
      values[i] = (float) (i + 1);
    memset (row, 0xa5, bytes + 1);
    kind ()->pack (LIMN_STORE_F16, values, k, row);
    g_assert_cmpuint (bytes % 16, ==, 0);
    g_assert_cmpuint (row[bytes], ==, 0xa5);
    for (const guint8 *at = row + k; at < scales_of (row, k); at++)
      g_assert_cmpuint (*at, ==, 0);
    for (const guint8 *at = scales_of (row, k) + (k + BLOCK - 1) / BLOCK * 2; at < row + bytes; at++)
      g_assert_cmpuint (*at, ==, 0);
  }
}

/* Blocks of a file, one a row, times one: the values that gguf-py reads there, to the bit. */
static void
test_read (gconstpointer data)
{
  static const char *const sets[] = { "typical", "random" };
  g_autoptr (LimnTensors) file = golden_open ("q8_0.safetensors");

  for (guint s = 0; s < G_N_ELEMENTS (sets); s++) {
    LimnGpu *gpu = *(LimnGpu *const *) data;
    g_autoptr (Trial) trial = trial_new (gpu, limn_gpu_limits (gpu), LIMN_STORE_F32, kind (), 1, FALSE);
    g_autofree float *expected = golden_floats (file, NULL, "Q8_0/%s/f32", sets[s]);
    g_autofree int *raw = golden_ints (file, NULL, "Q8_0/%s/raw", sets[s]);
    int rows = (int) golden_tensor (file, "Q8_0/%s/raw", sets[s])->shape[0];
    guint64 row_bytes = kind ()->row_bytes (LIMN_STORE_F32, BLOCK);
    g_autofree guint8 *bytes = g_malloc0 (rows * row_bytes);
    const float *ones;
    LimnMatmulArgs args = {
      .x = trial_input (trial, (TrialInput){ .n = 1, .h = BLOCK, .w = 1, .c = BLOCK, .ones = TRUE }, &ones),
      .columns = rows,
    };

    for (int i = 0; i < rows * BLOCK_BYTES; i++) {
      int at = i % BLOCK_BYTES;
      bytes[i / BLOCK_BYTES * row_bytes + (at < 2 ? BLOCK + at : at - 2)] = (guint8) raw[i];
    }
    args.weight = trial_packed (trial, rows, 1, row_bytes, bytes);
    trial_run (trial, limn_kernel_matmul (trial->plan, &args));
    for (int i = 0; i < rows * BLOCK; i++)
      g_assert_cmpfloat (trial->actual[i % BLOCK * rows + i / BLOCK], ==, expected[i]);
  }
}

void
q8_0_tests_add (LimnGpu *const *gpu)
{
  g_test_add_func ("/kernel/q8_0/pack", test_pack);
  g_test_add_func ("/kernel/q8_0/rows", test_rows);
  g_test_add_data_func ("/kernel/q8_0/read", gpu, test_read);
}
