/* blocks.c - see blocks.h.
 *
 * The order of the operations is GGML's, so that results are equal to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/blocks.h"

#include "base/half.h"

static guint
word (const guint8 *at)
{
  return at[0] | (guint) at[1] << 8;
}

static float
half (const guint8 *at)
{
  return limn_half_to_float ((guint16) word (at));
}

/* ---- 32 values: a scale, perhaps a least value, a fifth bit of each, four bits of each ---- */

/* fifths: their fifth bits; less: taken off each. */
static void
nibbles (const guint8 *bytes, guint32 fifths, int less, float scale, float least, float *out)
{
  for (int i = 0; i < 16; i++) {
    int low = (bytes[i] & 15) | (int) (fifths >> i & 1) << 4;
    int high = bytes[i] >> 4 | (int) (fifths >> (i + 16) & 1) << 4;

    out[i] = (float) (low - less) * scale + least;
    out[i + 16] = (float) (high - less) * scale + least;
  }
}

void
limn_block_q4_0 (const guint8 *block, float *out)
{
  nibbles (block + 2, 0, 8, half (block), 0, out);
}

void
limn_block_q4_1 (const guint8 *block, float *out)
{
  nibbles (block + 4, 0, 0, half (block), half (block + 2), out);
}

void
limn_block_q5_0 (const guint8 *block, float *out)
{
  nibbles (block + 6, word (block + 2) | word (block + 4) << 16, 16, half (block), 0, out);
}

void
limn_block_q5_1 (const guint8 *block, float *out)
{
  nibbles (block + 8, word (block + 4) | word (block + 6) << 16, 0, half (block), half (block + 2), out);
}

void
limn_block_q8_0 (const guint8 *block, float *out)
{
  float scale = half (block);

  for (int i = 0; i < 32; i++)
    out[i] = (float) (gint8) block[2 + i] * scale;
}

static const gint8 levels[16] = { -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113 };

static void
levels_of (const guint8 *bytes, float scale, float *out)
{
  for (int i = 0; i < 16; i++) {
    out[i] = scale * levels[bytes[i] & 15];
    out[i + 16] = scale * levels[bytes[i] >> 4];
  }
}

void
limn_block_iq4_nl (const guint8 *block, float *out)
{
  levels_of (block + 2, half (block), out);
}

/* ---- 256 values: parts of 16 or 32 with small scales, and a scale of these ---- */

void
limn_block_iq4_xs (const guint8 *block, float *out)
{
  float scale = half (block);
  guint high = word (block + 2);

  for (int part = 0; part < 8; part++) {
    int six = (block[4 + part / 2] >> part % 2 * 4 & 15) | (int) (high >> 2 * part & 3) << 4;

    levels_of (block + 8 + 16 * part, scale * (float) (six - 32), out + 32 * part);
  }
}

/* 16 bytes of four bits each: a part's scale and least value. */
void
limn_block_q2_k (const guint8 *block, float *out)
{
  const guint8 *bytes = block + 16;
  float scale = half (block + 80), least = half (block + 82);

  for (int part = 0; part < 16; part++) {
    const guint8 *from = bytes + part / 8 * 32 + part % 2 * 16;
    float times = scale * (float) (block[part] & 15), less = least * (float) (block[part] >> 4);

    for (int i = 0; i < 16; i++)
      *out++ = times * (float) (from[i] >> part / 2 % 4 * 2 & 3) - less;
  }
}

/* A third bit of each value, two bits of each, six of each part's scale. */
void
limn_block_q3_k (const guint8 *block, float *out)
{
  const guint8 *thirds = block, *bytes = block + 32, *sixes = block + 96;
  float scale = half (block + 108);

  for (int part = 0; part < 16; part++) {
    int four = part < 8 ? sixes[part] & 15 : sixes[part - 8] >> 4;
    int six = four | (sixes[8 + part % 4] >> part / 4 * 2 & 3) << 4;
    const guint8 *from = bytes + part / 8 * 32 + part % 2 * 16, *third = thirds + part % 2 * 16;
    float times = scale * (float) (six - 32);

    for (int i = 0; i < 16; i++) {
      int two = from[i] >> part / 2 % 4 * 2 & 3;
      *out++ = times * (float) (two - (third[i] >> part / 2 & 1 ? 0 : 4));
    }
  }
}

/* Six bits each of a part's scale and least value, in 12 bytes of eight parts. */
static void
sixes_of (const guint8 *bytes, int part, int *scale, int *least)
{
  if (part < 4) {
    *scale = bytes[part] & 63;
    *least = bytes[part + 4] & 63;
  } else {
    *scale = (bytes[part + 4] & 15) | bytes[part - 4] >> 6 << 4;
    *least = bytes[part + 4] >> 4 | bytes[part] >> 6 << 4;
  }
}

/* fifths: 32 bytes of the values' fifth bits, a bit a part; NULL: there are none. */
static void
parts_of_32 (const guint8 *block, const guint8 *fifths, const guint8 *bytes, float *out)
{
  float scale = half (block), least = half (block + 2);

  for (int part = 0; part < 8; part++) {
    const guint8 *from = bytes + part / 2 * 32;
    int six, least_six;

    sixes_of (block + 4, part, &six, &least_six);
    float times = scale * (float) six, less = least * (float) least_six;
    for (int i = 0; i < 32; i++) {
      int fifth = fifths != NULL ? (fifths[i] >> part & 1) << 4 : 0;
      *out++ = times * (float) ((from[i] >> part % 2 * 4 & 15) + fifth) - less;
    }
  }
}

void
limn_block_q4_k (const guint8 *block, float *out)
{
  parts_of_32 (block, NULL, block + 16, out);
}

void
limn_block_q5_k (const guint8 *block, float *out)
{
  parts_of_32 (block, block + 16, block + 48, out);
}

/* Four low bits of each value, two high bits, and parts of 16 with scales of int8. */
void
limn_block_q6_k (const guint8 *block, float *out)
{
  float scale = half (block + 208);

  for (int part = 0; part < 16; part++) {
    int piece = part / 2 % 4; /* of 32 values, of which a half's 64 and 32 bytes hold four */
    const guint8 *low = block + part / 8 * 64 + piece % 2 * 32 + part % 2 * 16;
    const guint8 *high = block + 128 + part / 8 * 32 + part % 2 * 16;
    float times = scale * (float) (gint8) block[192 + part];

    for (int i = 0; i < 16; i++) {
      int six = (low[i] >> piece / 2 * 4 & 15) | (high[i] >> piece * 2 & 3) << 4;
      *out++ = times * (float) (six - 32);
    }
  }
}
