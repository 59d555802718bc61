/* rng.c - mt19937 and Philox 4x32-10, drawn the way PyTorch draws them.
 *
 * Matsumoto and Nishimura 1998; Salmon et al. 2011; Box and Muller 1958.  The order of draws is that of PyTorch's CPU
 * normal_ () and CUDA randn ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/rng.h"

#include <math.h>

#define MT_SIZE 624
#define MT_SHIFT 397

struct _LimnRng {
  LimnRngKind kind;
  guint64 seed;
  guint32 mt[MT_SIZE];
  guint mt_next;
  gboolean has_cached; /* the scalar path makes two values a time and keeps the second, across calls too */
  double cached;
  guint32 offset; /* Philox: number of randn calls so far */
};

LimnRng *
limn_rng_new (LimnRngKind kind, guint64 seed)
{
  LimnRng *rng = g_new0 (LimnRng, 1);

  rng->kind = kind;
  rng->seed = seed;
  rng->mt[0] = (guint32) seed;
  for (guint i = 1; i < MT_SIZE; i++)
    rng->mt[i] = 1812433253u * (rng->mt[i - 1] ^ (rng->mt[i - 1] >> 30)) + i;
  rng->mt_next = MT_SIZE;
  return rng;
}

void
limn_rng_free (LimnRng *rng)
{
  g_free (rng);
}

static void
refill (LimnRng *rng)
{
  for (guint i = 0; i < MT_SIZE; i++) {
    guint32 mixed = (rng->mt[i] & 0x80000000u) | (rng->mt[(i + 1) % MT_SIZE] & 0x7fffffffu);
    rng->mt[i] = rng->mt[(i + MT_SHIFT) % MT_SIZE] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908b0dfu : 0);
  }
  rng->mt_next = 0;
}

guint32
limn_rng_bits (LimnRng *rng)
{
  g_return_val_if_fail (rng->kind == LIMN_RNG_TORCH, 0);

  if (rng->mt_next == MT_SIZE)
    refill (rng);
  guint32 y = rng->mt[rng->mt_next++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

static float
uniform_float (LimnRng *rng)
{
  return (float) (limn_rng_bits (rng) & 0xffffff) * 0x1p-24f;
}

static double
uniform_double (LimnRng *rng)
{
  guint64 high = limn_rng_bits (rng);
  guint64 bits = high << 32 | limn_rng_bits (rng);

  return (double) (bits & ((G_GUINT64_CONSTANT (1) << 53) - 1)) * 0x1p-53;
}

void
limn_rng_uniform (LimnRng *rng, float *out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    out[i] = uniform_float (rng);
}

/* Sixteen uniforms in place to sixteen normals: value j pairs with value j + 8. */
static void
normals_from_uniforms (float *values)
{
  for (guint j = 0; j < 8; j++) {
    float radius = sqrtf (-2.0f * logf (1.0f - values[j]));
    float theta = (float) (2.0 * G_PI) * values[j + 8];
    values[j] = radius * cosf (theta);
    values[j + 8] = radius * sinf (theta);
  }
}

static void
normal_blocks (LimnRng *rng, float *out, gsize n)
{
  limn_rng_uniform (rng, out, n);
  for (gsize i = 0; i + 16 <= n; i += 16)
    normals_from_uniforms (out + i);
  if (n % 16 != 0) {
    float *last = out + n - 16;
    limn_rng_uniform (rng, last, 16);
    normals_from_uniforms (last);
  }
}

static double
normal_scalar (LimnRng *rng)
{
  if (rng->has_cached) {
    rng->has_cached = FALSE;
    return rng->cached;
  }
  double theta = 2.0 * G_PI * uniform_double (rng);
  double radius = sqrt (-2.0 * log1p (-uniform_double (rng)));
  rng->cached = radius * sin (theta);
  rng->has_cached = TRUE;
  return radius * cos (theta);
}

/* The first two of the four words of Philox 4x32-10 for counter (offset, 0, index) and key seed. */
static void
philox_words (guint64 seed, guint32 offset, guint64 index, guint32 out[2])
{
  guint32 counter[4] = { offset, 0, (guint32) index, (guint32) (index >> 32) };
  guint32 key[2] = { (guint32) seed, (guint32) (seed >> 32) };

  for (guint round = 0; round < 10; round++) {
    guint64 a = (guint64) counter[0] * 0xd2511f53u;
    guint64 b = (guint64) counter[2] * 0xcd9e8d57u;
    guint32 next[4] = { (guint32) (b >> 32) ^ counter[1] ^ key[0], (guint32) b,
                        (guint32) (a >> 32) ^ counter[3] ^ key[1], (guint32) a };
    for (guint i = 0; i < 4; i++)
      counter[i] = next[i];
    key[0] += 0x9e3779b9u;
    key[1] += 0xbb67ae85u;
  }
  out[0] = counter[0];
  out[1] = counter[1];
}

static void
normal_philox (LimnRng *rng, float *out, gsize n)
{
  /* The two constants are floats in CUDA's curand; the rest is in double so that radii near zero keep their digits. */
  const double unit = 0x1p-32;
  const double turn = (double) (0x1p-32f * (float) (2.0 * G_PI));

  for (gsize i = 0; i < n; i++) {
    guint32 words[2];
    philox_words (rng->seed, rng->offset, i, words);
    double u = words[0] * unit + unit / 2;
    double v = words[1] * turn + turn / 2;
    out[i] = (float) (sqrt (-2.0 * log (u)) * sin (v));
  }
  rng->offset++;
}

void
limn_rng_normal (LimnRng *rng, float *out, gsize n)
{
  if (rng->kind == LIMN_RNG_PHILOX) {
    normal_philox (rng, out, n);
  } else if (n >= 16) {
    normal_blocks (rng, out, n);
  } else {
    for (gsize i = 0; i < n; i++)
      out[i] = (float) normal_scalar (rng);
  }
}

void
limn_rng_skip (LimnRng *rng, guint calls, gsize n)
{
  gsize words = n % 16 != 0 ? n + 16 : n;

  if (rng->kind == LIMN_RNG_PHILOX) {
    rng->offset += calls;
    return;
  }
  for (; n < 16 && calls > 0; calls--)
    for (gsize i = 0; i < n; i++)
      normal_scalar (rng);
  for (; calls > 0; calls--)
    for (gsize i = 0; i < words; i++)
      limn_rng_bits (rng);
}
