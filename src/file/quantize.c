/* quantize.c - blocks of 32 values; see quantize.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/quantize-private.h"

#define BLOCK 32

void
limn_quantize_q8_0 (const float *values, guint8 *block)
{
  float most = 0;

  for (int i = 0; i < BLOCK; i++)
    most = fmaxf (most, fabsf (values[i]));
  float scale = most / 127, inverse = inverse_of (scale);
  put_half (block, scale);
  for (int i = 0; i < BLOCK; i++)
    block[2 + i] = (guint8) (gint8) roundf (values[i] * inverse);
}

/* fifths: NULL, or where the numbers' fifth bits go. */
static void
put_numbers (const guint8 *numbers, guint8 *fifths, guint8 *fours)
{
  for (int i = 0; i < BLOCK / 2; i++)
    fours[i] = (guint8) ((numbers[i] & 15) | (numbers[i + BLOCK / 2] & 15) << 4);
  for (int i = 0; fifths != NULL && i < BLOCK; i++)
    fifths[i / 8] = (guint8) ((i % 8 == 0 ? 0 : fifths[i / 8]) | (numbers[i] >> 4) << i % 8);
}

/* The value of the largest size becomes the least number exactly.  half: the number that is 0. */
static float
number_around (const float *values, int half, guint8 *numbers)
{
  float most = 0;

  for (int i = 0; i < BLOCK; i++)
    if (fabsf (values[i]) > fabsf (most))
      most = values[i];
  float scale = most / (float) -half, inverse = inverse_of (scale);
  for (int i = 0; i < BLOCK; i++) /* in double, where others multiply and add in one step */
    numbers[i] = (guint8) fmin (fmax ((double) values[i] * (double) inverse + half + 0.5, 0), 2 * half - 1);
  return scale;
}

/* most: the largest number. */
static float
number_from_least (const float *values, int most, guint8 *numbers, float *least)
{
  float greatest = values[0];

  *least = values[0];
  for (int i = 1; i < BLOCK; i++) {
    *least = fminf (*least, values[i]);
    greatest = fmaxf (greatest, values[i]);
  }
  float scale = (greatest - *least) / (float) most, inverse = inverse_of (scale);
  for (int i = 0; i < BLOCK; i++)
    numbers[i] = (guint8) fminf (fmaxf ((values[i] - *least) * inverse + 0.5f, 0), (float) most);
  return scale;
}

void
limn_quantize_q4_0 (const float *values, guint8 *block)
{
  guint8 numbers[BLOCK];

  put_half (block, number_around (values, 8, numbers));
  put_numbers (numbers, NULL, block + 2);
}

void
limn_quantize_q5_0 (const float *values, guint8 *block)
{
  guint8 numbers[BLOCK];

  put_half (block, number_around (values, 16, numbers));
  put_numbers (numbers, block + 2, block + 6);
}

void
limn_quantize_q4_1 (const float *values, guint8 *block)
{
  guint8 numbers[BLOCK];
  float least;

  put_half (block, number_from_least (values, 15, numbers, &least));
  put_half (block + 2, least);
  put_numbers (numbers, NULL, block + 4);
}

void
limn_quantize_q5_1 (const float *values, guint8 *block)
{
  guint8 numbers[BLOCK];
  float least;

  put_half (block, number_from_least (values, 31, numbers, &least));
  put_half (block + 2, least);
  put_numbers (numbers, block + 4, block + 8);
}
