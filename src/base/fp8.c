/* fp8.c - see fp8.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/fp8.h"

#include <math.h>
#include <string.h>

#include "base/half.h"

static const struct {
  int mantissa, bias;
  guint8 beyond; /* the first code that is not finite */
} formats[] = {
  [LIMN_FP8_E4M3] = { 3, 7, 0x7f },
  [LIMN_FP8_E5M2] = { 2, 15, 0x7c },
};

gboolean
limn_fp8_is_finite (LimnFp8 format, guint8 code)
{
  return (code & 0x7f) < formats[format].beyond;
}

/* E5M2 is the upper byte of a half.  E4M3 has four exponent bits with bias 7, so that its bits, moved to a half's
 * place, are the value times 2^-8; and no infinity. */
void
limn_fp8_to_float_row (LimnFp8 format, const guint8 *in, float *out, gsize n)
{
  gboolean e4m3 = format == LIMN_FP8_E4M3;
  guint16 halves[256];

  for (gsize at = 0; at < n; at += G_N_ELEMENTS (halves)) {
    gsize count = MIN (n - at, G_N_ELEMENTS (halves));

    for (gsize i = 0; i < count; i++) {
      guint16 byte = in[at + i];
      halves[i] = (guint16) (e4m3 ? (byte & 0x80) << 8 | (byte & 0x7f) << 7 : byte << 8);
    }
    limn_half_to_float_row (halves, out + at, count);
    for (gsize i = 0; e4m3 && i < count; i++)
      out[at + i] = limn_fp8_is_finite (format, in[at + i]) ? out[at + i] * 256 : NAN;
  }
}

guint8
limn_fp8_from_float (LimnFp8 format, float value)
{
  int mantissa = formats[format].mantissa, bias = formats[format].bias, shift = 23 - mantissa;
  guint32 bits, code;

  memcpy (&bits, &value, sizeof bits);
  guint8 sign = (guint8) (bits >> 24 & 0x80);
  bits &= 0x7fffffff;
  if (isnan (value))
    return sign | 0x7f;
  if (fabsf (value) < ldexpf (1, 1 - bias))
    code = (guint32) rintf (ldexpf (fabsf (value), bias - 1 + mantissa));
  else
    code = ((bits + (1u << (shift - 1)) - 1 + (bits >> shift & 1)) >> shift) - ((guint32) (127 - bias) << mantissa);
  return sign | (guint8) MIN (code, formats[format].beyond);
}
