/* quantize-private.h - what blocks of 32 and of 256 values are made with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <math.h>

#include "base/half.h"
#include "file/quantize.h"

G_BEGIN_DECLS

/* Returns what will be read of it. */
static inline float
put_half (guint8 *at, float value)
{
  guint16 half = limn_half_from_float (value);

  at[0] = (guint8) half;
  at[1] = (guint8) (half >> 8);
  return limn_half_to_float (half);
}

/* 0 where there is none: of values that are 0, or nearly. */
static inline float
inverse_of (float scale)
{
  return isfinite (1 / scale) ? 1 / scale : 0;
}

G_END_DECLS
