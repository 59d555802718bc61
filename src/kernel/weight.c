/* weight.c - the table of weight kinds, and how each is packed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/weight.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "kernel/few-bits.h"
#include "kernel/fp8.h"

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

/* A block of a file is its scale and its values after that. */
static gboolean
lay_q8_0 (const guint8 *data, guint64 first, int k, guint8 *row)
{
  const guint8 *stored = data + first / Q8_0_BLOCK * (2 + Q8_0_BLOCK);
  guint8 *scales = row + q8_0_values (k);
  gboolean finite = TRUE;

  memset (scales, 0, q8_0_bytes (LIMN_STORE_F16, k) - q8_0_values (k));
  for (; k > 0; k -= Q8_0_BLOCK, stored += 2 + Q8_0_BLOCK, row += Q8_0_BLOCK, scales += 2) {
    memcpy (scales, stored, 2);
    memcpy (row, stored + 2, Q8_0_BLOCK);
    finite &= (stored[1] & 0x7c) != 0x7c;
  }
  return finite;
}

static const LimnWeightBlocks q8_0_blocks[] = { { "Q8_0", Q8_0_BLOCK, lay_q8_0 }, { NULL } };

const LimnWeightKind limn_weight_kinds[] = {
  { "plain", "", plain_bytes, pack_plain },
  { "q8_0", ".q8_0", q8_0_bytes, pack_q8_0, q8_0_blocks },
  { "four", ".four", limn_few_bits_four_bytes, limn_few_bits_pack_four, limn_few_bits_four },
  { "five", ".five", limn_few_bits_five_bytes, limn_few_bits_pack_five, limn_few_bits_five },
  { "six", ".six", limn_few_bits_six_bytes, limn_few_bits_pack_six, limn_few_bits_six },
  { "fp8", ".fp8", limn_fp8_row_bytes, limn_fp8_pack, limn_fp8_blocks, limn_fp8_scale },
  { NULL },
};

const LimnWeightBlocks *
limn_weight_blocks (const LimnWeightKind *kind, const char *type)
{
  for (const LimnWeightBlocks *blocks = kind->blocks; blocks != NULL && blocks->type != NULL; blocks++)
    if (g_str_equal (blocks->type, type))
      return blocks;
  return NULL;
}

const LimnWeightKind *
limn_weight_kind_for (const char *type, guint64 k)
{
  for (const LimnWeightKind *kind = limn_weight_kinds; kind->name != NULL; kind++) {
    const LimnWeightBlocks *blocks = limn_weight_blocks (kind, type);

    if (blocks != NULL)
      return k % (guint64) blocks->block == 0 ? kind : NULL;
  }
  return NULL;
}

void
limn_weight_sum_taps (const float *taps, int k, float *phases)
{
  memset (phases, 0, sizeof (float) * LIMN_PHASE_TAPS * k);
  for (int phase = 0; phase < 4; phase++) {
    for (int tap = 0; tap < 9; tap++) {
      int y = (tap / 3 + 1 - phase / 2) / 2, x = (tap % 3 + 1 - phase % 2) / 2;
      float *sums = phases + (4 * phase + 2 * y + x) * k;

      for (int i = 0; i < k; i++)
        sums[i] += taps[tap * k + i];
    }
  }
}
