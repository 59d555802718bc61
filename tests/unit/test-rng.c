/* test-rng.c - tests of base/rng against every tensor of golden/rng.safetensors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/golden.h"

#define TOLERANCE 2e-6

static const char *const seeds[] = { "0", "42", "4294967295", "12345678901" };

/* Drawing in another type gives other numbers; Limn draws noise in float only. */
static const char *const skipped[] = { "fp16_1x4x8x8", "bf16_1x4x8x8", "fp64_1x4x8x8_f64" };

typedef struct {
  LimnTensors *file;
  LimnRngKind kind;
  const char *kind_name, *seed;
} Stream;

static LimnRng *
stream_new (const Stream *stream)
{
  return limn_rng_new (stream->kind, g_ascii_strtoull (stream->seed, NULL, 10));
}

static void
check_values (const char *name, const float *ours, const float *expected, gsize n, double *worst)
{
  GoldenDiff diff = golden_compare (ours, expected, n);

  if (!(diff.max_abs <= TOLERANCE))
    g_test_fail_printf ("%s: value %" G_GSIZE_FORMAT " is %.9g, expected %.9g", name, diff.worst,
                        (double) ours[diff.worst], (double) expected[diff.worst]);
  *worst = fmax (*worst, diff.max_abs);
}

/* One call of n values, n being in the name: "n17", "seq1_n5", "1x4x8x8". */
static void
check_draw (const Stream *stream, LimnRng *rng, const char *name, double *worst)
{
  gsize n;
  g_autofree float *expected = golden_floats (stream->file, &n, "%s/%s/%s", stream->kind_name, stream->seed, name);
  g_autofree float *ours = g_new0 (float, n);

  limn_rng_normal (rng, ours, n);
  check_values (name, ours, expected, n, worst);
}

static void
check_fresh (const Stream *stream, const char *name, double *worst)
{
  g_autoptr (LimnRng) rng = stream_new (stream);

  check_draw (stream, rng, name, worst);
}

static void
check_large (const Stream *stream, const char *shape, gsize n, double *worst)
{
  g_autoptr (LimnRng) rng = stream_new (stream);
  g_autofree float *ours = g_new0 (float, n);
  g_autofree float *first =
      golden_floats (stream->file, NULL, "%s/%s/%s/first64", stream->kind_name, stream->seed, shape);
  g_autofree float *last =
      golden_floats (stream->file, NULL, "%s/%s/%s/last64", stream->kind_name, stream->seed, shape);
  const LimnTensor *sums = golden_tensor (stream->file, "%s/%s/%s/sums_f64", stream->kind_name, stream->seed, shape);
  double expected[3], found[3] = { 0 };

  limn_rng_normal (rng, ours, n);
  check_values (shape, ours, first, 64, worst);
  check_values (shape, ours + n - 64, last, 64, worst);
  memcpy (expected, sums->data, sizeof expected);
  for (gsize i = 0; i < n; i++) {
    double x = ours[i];
    found[0] += x;
    found[1] += x * x;
    found[2] += x * (double) (i + 1) / (double) n;
  }
  /* n independent errors of up to the tolerance; far less than one wrong value would make. */
  for (guint i = 0; i < 3; i++)
    if (!(fabs (found[i] - expected[i]) <= 4 * TOLERANCE * sqrt ((double) n)))
      g_test_fail_printf ("%s: sum %u is %.9g, expected %.9g", shape, i, found[i], expected[i]);
}

static void
check_uniform (const Stream *stream, double *worst)
{
  g_autoptr (LimnRng) rng = stream_new (stream);
  g_autofree float *expected = golden_floats (stream->file, NULL, "torch/%s/uniform32", stream->seed);
  float ours[32];

  limn_rng_uniform (rng, ours, 32);
  for (guint i = 0; i < 32; i++)
    g_assert_cmpfloat (ours[i], ==, expected[i]);
  check_values ("uniform32", ours, expected, 32, worst);
}

static void
check_bits (const Stream *stream)
{
  g_autoptr (LimnRng) rng = stream_new (stream);
  gsize n;
  g_autofree int *expected = golden_ints (stream->file, &n, "torch/%s/mt19937_mod_2e31", stream->seed);

  for (gsize i = 0; i < n; i++)
    g_assert_cmpint ((int) (limn_rng_bits (rng) & 0x7fffffff), ==, expected[i]);
}

static int
sequence_length (const Stream *stream, int index)
{
  for (int n = 1; n <= 256; n++) {
    g_autofree char *name = g_strdup_printf ("%s/%s/seq%d_n%d", stream->kind_name, stream->seed, index, n);
    if (golden_has (stream->file, name))
      return n;
  }
  return 0;
}

/* Successive draws from one generator. */
static guint
check_sequence (const Stream *stream, double *worst)
{
  g_autoptr (LimnRng) rng = stream_new (stream);
  guint count = 0;

  for (int n; (n = sequence_length (stream, (int) count)) > 0; count++) {
    g_autofree char *name = g_strdup_printf ("seq%u_n%d", count, n);
    check_draw (stream, rng, name, worst);
  }
  return count;
}

static guint
check_stream (const Stream *stream, double *worst)
{
  guint checked = 0, n_skipped = 0, n_large = 0;
  g_autofree char *prefix = g_strdup_printf ("%s/%s/", stream->kind_name, stream->seed);

  guint n_sequence = check_sequence (stream, worst);
  g_assert_cmpuint (n_sequence, >=, 4);
  for (guint i = 0; i < limn_tensors_count (stream->file); i++) {
    const char *full = limn_tensors_nth (stream->file, i)->name;
    if (!g_str_has_prefix (full, prefix))
      continue;
    const char *name = full + strlen (prefix);
    checked++;
    if (g_strv_contains (skipped, name))
      n_skipped++;
    else if (strcmp (name, "uniform32") == 0)
      check_uniform (stream, worst);
    else if (strcmp (name, "mt19937_mod_2e31") == 0)
      check_bits (stream);
    else if (strcmp (name, "1x4x8x8") == 0 || *name == 'n')
      check_fresh (stream, name, worst);
    else if (g_str_has_prefix (name, "1x4x128x128/") || g_str_has_prefix (name, "1x4x104x152/"))
      n_large++;
    else if (!g_str_has_prefix (name, "seq"))
      g_test_fail_printf ("%s: this test does not know what to do with it", full);
  }
  g_assert_cmpuint (n_large, ==, 6);
  check_large (stream, "1x4x128x128", 4 * 128 * 128, worst);
  check_large (stream, "1x4x104x152", 4 * 104 * 152, worst);
  if (n_skipped > 0)
    g_test_message ("%s: skipped %u draws in other types (fp16_, bf16_, fp64_)", prefix, n_skipped);
  return checked;
}

static void
test_golden (gconstpointer kind)
{
  g_autoptr (LimnTensors) file = golden_open ("rng.safetensors");
  Stream stream = { .file = file, .kind = GPOINTER_TO_INT (kind) };
  double worst = 0;
  guint checked = 0;

  stream.kind_name = stream.kind == LIMN_RNG_TORCH ? "torch" : "philox";
  for (guint i = 0; i < G_N_ELEMENTS (seeds); i++) {
    stream.seed = seeds[i];
    checked += check_stream (&stream, &worst);
  }
  for (guint i = 0; i < limn_tensors_count (file); i++)
    checked -= g_str_has_prefix (limn_tensors_nth (file, i)->name, stream.kind_name);
  g_assert_cmpuint (checked, ==, 0);
  g_test_message ("%s: largest difference %.3g (allowed %.3g)", stream.kind_name, worst, TOLERANCE);
}

/* PyTorch seeds mt19937 with the low 32 bits. */
static void
test_low_bits (void)
{
  g_autoptr (LimnRng) a = limn_rng_new (LIMN_RNG_TORCH, G_GUINT64_CONSTANT (12345678901));
  g_autoptr (LimnRng) b = limn_rng_new (LIMN_RNG_TORCH, 3755744309);
  float x[40], y[40];

  limn_rng_normal (a, x, 40);
  limn_rng_normal (b, y, 40);
  g_assert_cmpmem (x, sizeof x, y, sizeof y);
}

static void
test_moments (gconstpointer kind)
{
  g_autoptr (LimnRng) rng = limn_rng_new (GPOINTER_TO_INT (kind), 7);
  const gsize n = 1 << 18;
  g_autofree float *values = g_new (float, n);
  double sum = 0, squares = 0;

  limn_rng_normal (rng, values, n);
  for (gsize i = 0; i < n; i++) {
    sum += values[i];
    squares += (double) values[i] * values[i];
  }
  g_assert_true (fabs (sum / (double) n) < 0.01);
  g_assert_true (fabs (squares / (double) n - 1) < 0.02);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/rng/golden/torch", GINT_TO_POINTER (LIMN_RNG_TORCH), test_golden);
  g_test_add_data_func ("/rng/golden/philox", GINT_TO_POINTER (LIMN_RNG_PHILOX), test_golden);
  g_test_add_func ("/rng/low-bits", test_low_bits);
  g_test_add_data_func ("/rng/moments/torch", GINT_TO_POINTER (LIMN_RNG_TORCH), test_moments);
  g_test_add_data_func ("/rng/moments/philox", GINT_TO_POINTER (LIMN_RNG_PHILOX), test_moments);
  return g_test_run ();
}
