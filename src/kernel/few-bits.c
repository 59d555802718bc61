/* few-bits.c - see few-bits.h; GGML's blocks: github.com/ggml-org/llama.cpp, ggml/src/ggml-common.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/few-bits.h"

#include <math.h>
#include <string.h>

#include "base/half.h"

#define BLOCK 32
#define TEXEL 16 /* bytes */

/* 32 values: number * scale - least; of six bits, (number - 32) * scale, by the scale of their half. */
typedef struct {
  guint8 numbers[BLOCK];
  union {
    struct {
      float scale, least;
    };
    float halves[2];
  };
} Values;

/* ---- On the device ---- */

static int
blocks_in (int k)
{
  return (k + BLOCK - 1) / BLOCK;
}

static int
texels_of (int blocks, int bits)
{
  return blocks + (blocks + 1) / 2 + (bits == 5 ? (blocks + 3) / 4 : bits == 6 ? (blocks + 1) / 2 : 0);
}

static guint64
row_bytes (int k, int bits)
{
  return (guint64) texels_of (blocks_in (k), bits) * TEXEL;
}

guint64
limn_few_bits_four_bytes (LimnStore store, int k)
{
  return row_bytes (k, 4);
}

guint64
limn_few_bits_five_bytes (LimnStore store, int k)
{
  return row_bytes (k, 5);
}

guint64
limn_few_bits_six_bytes (LimnStore store, int k)
{
  return row_bytes (k, 6);
}

/* block: its place in the row. */
static void
put (const Values *values, int k, int block, int bits, guint8 *row)
{
  int n = blocks_in (k);
  guint8 *four = row + block * TEXEL, *scales = row + n * TEXEL + block * 8;
  guint8 *beyond = row + texels_of (n, 4) * TEXEL + block * 4 * (bits - 4);
  guint64 high = 0;

  for (int i = 0; i < BLOCK; i += 2)
    four[i / 2] = (guint8) ((values->numbers[i] & 15) | (values->numbers[i + 1] & 15) << 4);
  memcpy (scales, values->halves, 8);
  for (int i = 0; i < BLOCK; i++)
    high |= (guint64) (values->numbers[i] >> 4) << i * (bits - 4);
  memcpy (beyond, &high, (gsize) (4 * (bits - 4)));
}

/* From first to end, of a block that begins at base: as GGML's Q4_0 and Q5_0 are made, the value of the largest size
 * becomes the least number exactly.  half: the number that is 0.  The scale. */
static float
pack_part (const float *values, int base, int first, int end, int half, guint8 *numbers)
{
  float most = 0;

  for (int i = first; i < end; i++)
    if (fabsf (values[i]) > fabsf (most))
      most = values[i];
  float scale = most / (float) -half, inverse = scale != 0 ? 1 / scale : 0;
  for (int i = first; i < end; i++)
    numbers[i - base] = (guint8) CLAMP ((int) (values[i] * inverse + (float) half + 0.5f), 0, 2 * half - 1);
  return limn_half_to_float (limn_half_from_float (scale));
}

static void
pack (const float *values, int k, int bits, guint8 *row)
{
  int half = 1 << (bits - 1), part = bits == 6 ? BLOCK / 2 : BLOCK;

  memset (row, 0, row_bytes (k, bits));
  for (int base = 0; base < k; base += BLOCK) {
    Values out = { 0 };

    memset (out.numbers, half, sizeof out.numbers);
    for (int i = 0; i < BLOCK / part && base + i * part < k; i++)
      out.halves[i] = pack_part (values, base, base + i * part, MIN (base + (i + 1) * part, k), half, out.numbers);
    if (bits < 6)
      out.least = (float) half * out.scale;
    put (&out, k, base / BLOCK, bits, row);
  }
}

void
limn_few_bits_pack_four (LimnStore store, const float *values, int k, guint8 *row)
{
  pack (values, k, 4, row);
}

void
limn_few_bits_pack_five (LimnStore store, const float *values, int k, guint8 *row)
{
  pack (values, k, 5, row);
}

void
limn_few_bits_pack_six (LimnStore store, const float *values, int k, guint8 *row)
{
  pack (values, k, 6, row);
}

/* ---- From files ---- */

static float
half_at (const guint8 *at)
{
  return limn_half_to_float ((guint16) (at[0] | at[1] << 8));
}

/* Sixteen bytes: a value's four bits, and of the one 16 further. */
static void
take_nibbles (const guint8 *bytes, guint32 fifths, Values *out)
{
  for (int i = 0; i < BLOCK; i++)
    out->numbers[i] = (guint8) ((i < 16 ? bytes[i] & 15 : bytes[i - 16] >> 4) | (fifths >> i & 1) << 4);
}

static guint32
word_at (const guint8 *at)
{
  return (guint32) at[0] | (guint32) at[1] << 8 | (guint32) at[2] << 16 | (guint32) at[3] << 24;
}

static void
take_q4_0 (const guint8 *data, guint64 block, Values *out)
{
  const guint8 *at = data + block * 18;

  out->scale = half_at (at);
  out->least = 8 * out->scale;
  take_nibbles (at + 2, 0, out);
}

static void
take_q4_1 (const guint8 *data, guint64 block, Values *out)
{
  const guint8 *at = data + block * 20;

  out->scale = half_at (at);
  out->least = -half_at (at + 2);
  take_nibbles (at + 4, 0, out);
}

static void
take_q5_0 (const guint8 *data, guint64 block, Values *out)
{
  const guint8 *at = data + block * 22;

  out->scale = half_at (at);
  out->least = 16 * out->scale;
  take_nibbles (at + 6, word_at (at + 2), out);
}

static void
take_q5_1 (const guint8 *data, guint64 block, Values *out)
{
  const guint8 *at = data + block * 24;

  out->scale = half_at (at);
  out->least = -half_at (at + 2);
  take_nibbles (at + 8, word_at (at + 4), out);
}

/* Of 256: two scales of six-bit scales and least values of eight parts, then for each two parts 32 bytes, the first's
 * bits below the second's.  fifths: NULL, or 32 bytes with a bit for each part. */
static void
take_k (const guint8 *at, int part, const guint8 *fifths, const guint8 *bytes, Values *out)
{
  const guint8 *sixes = at + 4;
  int scale = part < 4 ? sixes[part] & 63 : (sixes[part + 4] & 15) | (sixes[part - 4] >> 6) << 4;
  int least = part < 4 ? sixes[part + 4] & 63 : sixes[part + 4] >> 4 | (sixes[part] >> 6) << 4;

  out->scale = half_at (at) * (float) scale;
  out->least = half_at (at + 2) * (float) least;
  for (int i = 0; i < BLOCK; i++) {
    int fifth = fifths != NULL ? fifths[i] >> part & 1 : 0;

    out->numbers[i] = (guint8) ((bytes[part / 2 * BLOCK + i] >> part % 2 * 4 & 15) | fifth << 4);
  }
}

static void
take_q4_k (const guint8 *data, guint64 block, Values *out)
{
  const guint8 *at = data + block / 8 * 144;

  take_k (at, (int) (block % 8), NULL, at + 16, out);
}

static void
take_q5_k (const guint8 *data, guint64 block, Values *out)
{
  const guint8 *at = data + block / 8 * 176;

  take_k (at, (int) (block % 8), at + 16, at + 48, out);
}

/* Of 256: four bits of each, 64 bytes for a half of them, then two bits of each, 32 bytes for a half, then scales of
 * 16, then their scale. */
static void
take_q6_k (const guint8 *data, guint64 block, Values *out)
{
  const guint8 *at = data + block / 8 * 210;
  int half = (int) (block % 8 / 4), part = (int) (block % 4);
  const guint8 *fours = at + 64 * half + part % 2 * BLOCK, *twos = at + 128 + 32 * half;

  for (int i = 0; i < BLOCK; i++)
    out->numbers[i] = (guint8) ((fours[i] >> part / 2 * 4 & 15) | (twos[i] >> 2 * part & 3) << 4);
  for (int i = 0; i < 2; i++)
    out->halves[i] = half_at (at + 208) * (float) (gint8) at[192 + 8 * half + 2 * part + i];
}

static gboolean
lay (void (*take) (const guint8 *data, guint64 block, Values *out), int bits, const guint8 *data, guint64 first, int k,
     guint8 *row)
{
  gboolean finite = TRUE;

  memset (row, 0, row_bytes (k, bits));
  for (int block = 0; block < k / BLOCK; block++) {
    Values values;

    take (data, first / BLOCK + (guint64) block, &values);
    finite &= isfinite (values.halves[0]) && isfinite (values.halves[1]);
    put (&values, k, block, bits, row);
  }
  return finite;
}

#define LAY(name, bits)                                                                                                \
  static gboolean lay_##name (const guint8 *data, guint64 first, int k, guint8 *row)                                   \
  {                                                                                                                    \
    return lay (take_##name, bits, data, first, k, row);                                                               \
  }

LAY (q4_0, 4)
LAY (q4_1, 4)
LAY (q4_k, 4)
LAY (q5_0, 5)
LAY (q5_1, 5)
LAY (q5_k, 5)
LAY (q6_k, 6)

const LimnWeightBlocks limn_few_bits_four[] = {
  { "Q4_0", BLOCK, lay_q4_0 }, { "Q4_1", BLOCK, lay_q4_1 }, { "Q4_K", BLOCK, lay_q4_k }, { NULL }
};
const LimnWeightBlocks limn_few_bits_five[] = {
  { "Q5_0", BLOCK, lay_q5_0 }, { "Q5_1", BLOCK, lay_q5_1 }, { "Q5_K", BLOCK, lay_q5_k }, { NULL }
};
const LimnWeightBlocks limn_few_bits_six[] = { { "Q6_K", BLOCK, lay_q6_k }, { NULL } };
