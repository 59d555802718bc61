/* weight.c - the table of weight kinds, and how each is packed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/weight.h"

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

const LimnWeightKind limn_weight_kinds[] = {
  { "plain", "", plain_bytes, pack_plain },
  { NULL },
};
