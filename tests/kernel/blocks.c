/* blocks.c - blocks of GGUF files that lie on the device with their numbers and scales are what gguf-py reads there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <string.h>

#include "common/golden.h"

typedef struct {
  LimnGpu *const *gpu;
  const LimnWeightKind *kind;
  const LimnWeightBlocks *blocks;
} Item;

/* Rows of k values of a file's, times one: the values that gguf-py reads, to the bit.  A row with a scale that is no
 * number is told. */
static void
check_rows (const Item *item, const guint8 *raw, const float *expected, int values, int k)
{
  g_autoptr (Trial) trial = trial_new (*item->gpu, limn_gpu_limits (*item->gpu), LIMN_STORE_F32, item->kind, 1, FALSE);
  guint64 row_bytes = item->kind->row_bytes (LIMN_STORE_F32, k);
  int rows = values / k;
  g_autofree guint8 *bytes = g_malloc (rows * row_bytes);
  g_autofree gboolean *good = g_new (gboolean, rows);
  const float *ones;
  LimnMatmulArgs args = {
    .x = trial_input (trial, (TrialInput){ .n = 1, .h = k, .w = 1, .c = k, .ones = TRUE }, &ones),
    .columns = rows,
  };

  for (int row = 0; row < rows; row++) {
    good[row] = item->blocks->lay (raw, (guint64) row * (guint64) k, k, bytes + row * row_bytes);
    if (!good[row])
      memset (bytes + row * row_bytes, 0, row_bytes);
  }
  args.weight = trial_packed (trial, rows, 1, row_bytes, bytes);
  trial_run (trial, limn_kernel_matmul (trial->plan, &args));
  for (int i = 0; i < rows * k; i++)
    if (good[i / k])
      g_assert_cmpfloat (trial->actual[i % k * rows + i / k], ==, expected[i]);
}

static void
test_blocks (gconstpointer data)
{
  static const char *const sets[] = { "typical", "random" };
  const Item *item = data;
  g_autoptr (LimnTensors) file = golden_open ("blocks.safetensors");

  for (guint s = 0; s < G_N_ELEMENTS (sets); s++) {
    gsize count, n;
    g_autofree float *expected = golden_floats (file, &count, "%s/%s/f32", item->blocks->type, sets[s]);
    g_autofree int *codes = golden_ints (file, &n, "%s/%s/raw", item->blocks->type, sets[s]);
    g_autofree guint8 *raw = g_malloc (n);

    for (gsize i = 0; i < n; i++)
      raw[i] = (guint8) codes[i];
    /* Whole blocks; and rows that begin inside of those of 256. */
    for (int k = 256; k >= item->blocks->block; k /= 2)
      check_rows (item, raw, expected, (int) count, k);
    check_rows (item, raw, expected, (int) count, 5 * 32);
  }
}

void
blocks_tests_add (LimnGpu *const *gpu)
{
  for (const LimnWeightKind *kind = limn_weight_kinds; kind->name != NULL; kind++)
    for (const LimnWeightBlocks *blocks = kind->blocks; blocks != NULL && blocks->type != NULL; blocks++) {
      const Item item = { gpu, kind, blocks };
      g_autofree char *path = g_strdup_printf ("/kernel/blocks/%s", blocks->type);

      if (strcmp (blocks->type, "Q8_0") != 0 && blocks->block > 1) /* q8_0.c, fp8.c */
        g_test_add_data_func_full (path, g_memdup2 (&item, sizeof item), test_blocks, g_free);
    }
}
