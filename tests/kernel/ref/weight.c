/* weight.c - what is left of weights of a kind.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "ref/ref.h"

#include <math.h>
#include <string.h>

#include "base/half.h"

static void
ref_plain (LimnStore store, float *values, int k)
{
  for (int i = 0; store == LIMN_STORE_F16 && i < k; i++)
    values[i] = limn_half_to_float (limn_half_from_float (values[i]));
}

/* What gguf-py's quantize and dequantize leave. */
static void
ref_q8_0 (LimnStore store, float *values, int k)
{
  for (int i = 0; i < k; i += 32) {
    int n = MIN (32, k - i);
    float most = 0;

    for (int j = 0; j < n; j++)
      most = fmaxf (most, fabsf (values[i + j]));
    float scale = most / 127, inverse = scale > 0 ? 1 / scale : 0;
    for (int j = 0; j < n; j++)
      values[i + j] = roundf (values[i + j] * inverse) * limn_half_to_float (limn_half_from_float (scale));
  }
}

/* The same of Q4_0 and Q5_0; half: the number that is 0; of six bits, in blocks of 16. */
static void
ref_few_bits (float *values, int k, int half)
{
  int block = half == 32 ? 16 : 32;

  for (int i = 0; i < k; i += block) {
    int n = MIN (block, k - i);
    float most = 0;

    for (int j = 0; j < n; j++)
      most = fabsf (values[i + j]) > fabsf (most) ? values[i + j] : most;
    float scale = most / (float) -half, inverse = scale != 0 ? 1 / scale : 0;
    for (int j = 0; j < n; j++) {
      float number = fminf (floorf (values[i + j] * inverse + (float) half + 0.5f), (float) (2 * half - 1));
      values[i + j] = (number - (float) half) * limn_half_to_float (limn_half_from_float (scale));
    }
  }
}

static void
ref_four (LimnStore store, float *values, int k)
{
  ref_few_bits (values, k, 8);
}

static void
ref_five (LimnStore store, float *values, int k)
{
  ref_few_bits (values, k, 16);
}

static void
ref_six (LimnStore store, float *values, int k)
{
  ref_few_bits (values, k, 32);
}

/* E4M3: four bits from the first one on, which is worth 2^-6 at least; the largest becomes 448. */
static void
ref_fp8 (LimnStore store, float *values, int k)
{
  float most = 0;

  for (int i = 0; i < k; i++)
    most = fmaxf (most, fabsf (values[i]));
  float scale = most > 0 ? most / 448 : 1;
  for (int i = 0; i < k; i++) {
    int exponent;

    frexpf (values[i] / scale, &exponent);
    double step = ldexp (1, MAX (exponent - 1, -6) - 3);
    values[i] = (float) (rint ((double) (values[i] / scale) / step) * step) * scale;
  }
}

static const struct {
  const char *name;
  void (*round) (LimnStore store, float *values, int k);
} kinds[] = {
  { "plain", ref_plain }, { "q8_0", ref_q8_0 }, { "four", ref_four },
  { "five", ref_five },   { "six", ref_six },   { "fp8", ref_fp8 },
};

void
ref_weight (const LimnWeightKind *kind, LimnStore store, float *values, int k)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (kinds) && strcmp (kinds[i].name, kind->name) != 0)
    i++;
  g_assert_cmpuint (i, <, G_N_ELEMENTS (kinds));
  kinds[i].round (store, values, k);
}
