/* weight.c - the table of weight kinds, and how each is packed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/weight.h"

#include <math.h>
#include <string.h>

#include "base/half.h"

static guint64
plain_bytes (LimnStore store, int k)
{
  return (guint64) ((k + 7) / 8 * 8) * (store == LIMN_STORE_F16 ? 2 : 4);
}

static void
pack_plain (LimnStore store, const float *values, int k, guint8 *row)
{
  memset (row, 0, plain_bytes (store, k));
  if (store == LIMN_STORE_F16)
    limn_half_from_float_row (values, (guint16 *) (void *) row, k);
  else
    memcpy (row, values, sizeof (float) * k);
}

/* GGML's Q8_0: a scale, fp16, for 32 values that are int8 beside it.  A row's values lie together, then its scales. */
#define Q8_0_BLOCK 32

static gsize
q8_0_values (int k)
{
  return (gsize) (k + 15) / 16 * 16;
}

static guint64
q8_0_bytes (LimnStore store, int k)
{
  return q8_0_values (k) + (guint64) (k + 8 * Q8_0_BLOCK - 1) / (8 * Q8_0_BLOCK) * 16;
}

static void
pack_q8_0 (LimnStore store, const float *values, int k, guint8 *row)
{
  gint8 *out = (gint8 *) row;
  guint16 *scales = (guint16 *) (void *) (row + q8_0_values (k));

  memset (row, 0, q8_0_bytes (store, k));
  for (int first = 0; first < k; first += Q8_0_BLOCK) {
    int end = MIN (first + Q8_0_BLOCK, k);
    float most = 0;

    for (int i = first; i < end; i++)
      most = fmaxf (most, fabsf (values[i]));
    float scale = most / 127, inverse = scale > 0 ? 1 / scale : 0;
    scales[first / Q8_0_BLOCK] = limn_half_from_float (scale);
    for (int i = first; i < end; i++)
      out[i] = (gint8) roundf (values[i] * inverse);
  }
}

const LimnWeightKind limn_weight_kinds[] = {
  { "plain", "", plain_bytes, pack_plain },
  { "q8_0", ".q8_0", q8_0_bytes, pack_q8_0 },
  { NULL },
};
