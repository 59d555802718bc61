/* half.c - IEEE binary16 and bfloat16 to and from float; F16C where the processor has it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/half.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_F16C_BUILD 1
#else
#define HAVE_F16C_BUILD 0
#endif

static inline guint32
bits_of (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static inline float
float_of (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

guint16
limn_half_from_float (float value)
{
  guint32 bits = bits_of (value);
  guint32 sign = (bits >> 16) & 0x8000;
  guint32 magnitude = bits & 0x7fffffff;

  if (magnitude > 0x7f800000)
    return (guint16) (sign | 0x7e00 | ((magnitude >> 13) & 0x3ff));
  if (magnitude >= 0x477ff000) /* 65520: the midpoint between the largest half and what would be 2^16 */
    return (guint16) (sign | 0x7c00);
  if (magnitude < 0x38800000) {
    /* Below 2^-14 the result counts units of 2^-24, which is what the last bit of a float in [0.5, 1) is worth. */
    return (guint16) (sign | (bits_of (float_of (magnitude) + 0.5f) - 0x3f000000));
  }
  return (guint16) (sign | ((magnitude - (112u << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13));
}

float
limn_half_to_float (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000) << 16;
  guint32 magnitude = half & 0x7fff;

  if (magnitude > 0x7c00)
    return float_of (sign | 0x7fc00000 | (magnitude << 13));
  if (magnitude == 0x7c00)
    return float_of (sign | 0x7f800000);
  if (magnitude < 0x400)
    return float_of (sign | bits_of ((float) magnitude * 0x1p-24f));
  return float_of (sign | ((magnitude << 13) + (112u << 23)));
}

guint16
limn_bfloat_from_float (float value)
{
  guint32 bits = bits_of (value);

  if ((bits & 0x7fffffff) > 0x7f800000)
    return (guint16) ((bits >> 16) | 0x40);
  return (guint16) ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

float
limn_bfloat_to_float (guint16 bfloat)
{
  return float_of ((guint32) bfloat << 16);
}

#if HAVE_F16C_BUILD

/* clang 14 cannot ask for F16C itself; every processor with AVX2 has it. */
static gboolean
has_f16c (void)
{
  return __builtin_cpu_supports ("avx2");
}

__attribute__ ((target ("avx,f16c"))) static gsize
from_float_f16c (const guint8 *in, guint8 *out, gsize n)
{
  gsize i = 0;

  for (; i + 8 <= n; i += 8) {
    __m256 values = _mm256_loadu_ps ((const float *) (const void *) (in + 4 * i));
    _mm_storeu_si128 ((__m128i *) (void *) (out + 2 * i), _mm256_cvtps_ph (values, _MM_FROUND_TO_NEAREST_INT));
  }
  return i;
}

__attribute__ ((target ("avx,f16c"))) static gsize
to_float_f16c (const guint8 *in, guint8 *out, gsize n)
{
  gsize i = 0;

  for (; i + 8 <= n; i += 8) {
    __m128i halves = _mm_loadu_si128 ((const __m128i *) (const void *) (in + 2 * i));
    _mm256_storeu_ps ((float *) (void *) (out + 4 * i), _mm256_cvtph_ps (halves));
  }
  return i;
}

#else

static gboolean
has_f16c (void)
{
  return FALSE;
}

static gsize
from_float_f16c (const guint8 *in, guint8 *out, gsize n)
{
  return 0;
}

static gsize
to_float_f16c (const guint8 *in, guint8 *out, gsize n)
{
  return 0;
}

#endif

/* Rows go through bytes and memcpy () because mapped tensors need not be aligned. */
void
limn_half_from_float_row (const float *in, guint16 *out, gsize n)
{
  const guint8 *src = (const guint8 *) in;
  guint8 *dst = (guint8 *) out;

  for (gsize i = has_f16c () ? from_float_f16c (src, dst, n) : 0; i < n; i++) {
    float value;
    memcpy (&value, src + 4 * i, sizeof value);
    guint16 half = limn_half_from_float (value);
    memcpy (dst + 2 * i, &half, sizeof half);
  }
}

void
limn_half_to_float_row (const guint16 *in, float *out, gsize n)
{
  const guint8 *src = (const guint8 *) in;
  guint8 *dst = (guint8 *) out;

  for (gsize i = has_f16c () ? to_float_f16c (src, dst, n) : 0; i < n; i++) {
    guint16 half;
    memcpy (&half, src + 2 * i, sizeof half);
    float value = limn_half_to_float (half);
    memcpy (dst + 4 * i, &value, sizeof value);
  }
}

void
limn_bfloat_to_float_row (const guint16 *in, float *out, gsize n)
{
  const guint8 *src = (const guint8 *) in;
  guint8 *dst = (guint8 *) out;

  for (gsize i = 0; i < n; i++) {
    guint16 bfloat;
    memcpy (&bfloat, src + 2 * i, sizeof bfloat);
    guint32 bits = (guint32) bfloat << 16;
    memcpy (dst + 4 * i, &bits, sizeof bits);
  }
}
