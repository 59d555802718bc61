/* fp8.c - see fp8.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/fp8.h"

#include <math.h>
#include <string.h>

#include "base/fp8.h"

/* As shaders/weight.glsl has it. */
typedef struct {
  float scale;
  guint32 shift, bias;
  float least;
} Reading;

G_STATIC_ASSERT (sizeof (Reading) == 16);

static const Reading readings[] = {
  [LIMN_FP8_E4M3] = { 1, 23 - 3, (127 - 7) << 23, 0x1p-6f },
  [LIMN_FP8_E5M2] = { 1, 23 - 2, (127 - 15) << 23, 0x1p-14f },
};

/* Where a row's codes end. */
static gsize
codes_end (int k)
{
  return (gsize) (k + 15) / 16 * 16;
}

guint64
limn_fp8_row_bytes (LimnStore store, int k)
{
  return codes_end (k) + sizeof (Reading);
}

static void
put_reading (LimnFp8 format, int k, float scale, guint8 *row)
{
  Reading reading = readings[format];

  reading.scale = scale;
  memset (row + k, 0, codes_end (k) - (gsize) k);
  memcpy (row + codes_end (k), &reading, sizeof reading);
}

void
limn_fp8_pack (LimnStore store, const float *values, int k, guint8 *row)
{
  float most = 0;

  for (int i = 0; i < k; i++)
    most = fmaxf (most, fabsf (values[i]));
  float scale = most > 0 ? most / LIMN_FP8_E4M3_MOST : 1;
  for (int i = 0; i < k; i++)
    row[i] = limn_fp8_from_float (LIMN_FP8_E4M3, values[i] / scale);
  put_reading (LIMN_FP8_E4M3, k, scale, row);
}

static gboolean
lay (LimnFp8 format, const guint8 *data, guint64 first, int k, guint8 *row)
{
  gboolean finite = TRUE;

  memcpy (row, data + first, (gsize) k);
  put_reading (format, k, 1, row);
  for (int i = 0; i < k; i++)
    finite &= limn_fp8_is_finite (format, row[i]);
  return finite;
}

static gboolean
lay_e4m3 (const guint8 *data, guint64 first, int k, guint8 *row)
{
  return lay (LIMN_FP8_E4M3, data, first, k, row);
}

static gboolean
lay_e5m2 (const guint8 *data, guint64 first, int k, guint8 *row)
{
  return lay (LIMN_FP8_E5M2, data, first, k, row);
}

/* Of the row's size that is largest: of two codes without their signs, the larger is the larger value. */
gboolean
limn_fp8_scale (LimnStore store, int k, float scale, guint8 *row)
{
  guint8 most = 0;
  Reading reading;
  float value;

  memcpy (&reading, row + codes_end (k), sizeof reading);
  for (int i = 0; i < k; i++)
    most = MAX (most, row[i] & 0x7f);
  limn_fp8_to_float_row (reading.shift == readings[LIMN_FP8_E4M3].shift ? LIMN_FP8_E4M3 : LIMN_FP8_E5M2, &most, &value,
                         1);
  reading.scale *= scale;
  memcpy (row + codes_end (k), &reading, sizeof reading);
  return isfinite (reading.scale) && fabsf (value * reading.scale) < (store == LIMN_STORE_F16 ? 65520.0f : INFINITY);
}

const LimnWeightBlocks limn_fp8_blocks[] = { { "F8_E5M2", 1, lay_e5m2 }, { "F8_E4M3", 1, lay_e4m3 }, { NULL } };
