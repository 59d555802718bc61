/* quantize-k.c - blocks of 256 values; see quantize.h.
 *
 * A part's scale is searched for in a row of candidates around the one that its range gives.  For each, the values take
 * their nearest numbers, and for these the scale (and least value) of the least squared error is solved for, which is
 * what the candidate comes to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/quantize-private.h"

#include <string.h>

#define BLOCK 256
#define PART 32
#define HALF_PART 16
#define CANDIDATES 20
#define SIX_BITS 63

/* value = number * scale - least */
typedef struct {
  float scale, least;
} Fit;

/* The whole number nearest to value, of those from 0 to most; value may be anything.  All that is asked of a whole part
 * is written so that compilers make vectors of it. */
static inline float
nearest (float value, float most)
{
  float within = value > 0 ? value : 0;

  return (float) (int) ((within < most ? within : most) + 0.5f);
}

/* Sums are of so many lanes, so that their order does not depend on the compiler. */
#define LANES 4

static inline float
sum_of (const float *lanes)
{
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

/* ---- Scales and least values, of 32 values each ---- */

/* numbers: sums over them.  Least values are never below 0: where the best would be, it is 0. */
static Fit
solve (float n, float numbers, float squares, float values, float products)
{
  float determinant = n * squares - numbers * numbers;
  Fit fit = { 0, 0 };

  if (determinant > 0) {
    fit.scale = (n * products - numbers * values) / determinant;
    fit.least = (numbers * products - squares * values) / determinant;
  }
  if (determinant <= 0 || fit.least < 0)
    fit = (Fit){ squares > 0 ? products / squares : 0, 0 };
  return fit;
}

/* What fit leaves of the values. */
static float
error_of (const float *values, float most, const Fit *fit)
{
  float inverse = inverse_of (fit->scale), errors[LANES] = { 0 };

  for (int i = 0; i < PART; i += LANES)
    for (int k = 0; k < LANES; k++) {
      float value = values[i + k];
      float off = nearest ((value + fit->least) * inverse, most) * fit->scale - fit->least - value;

      errors[k] += off * off;
    }
  return sum_of (errors);
}

/* What the numbers that inverse gives leave at best, and with which fit. */
static float
try_inverse (const float *values, float of_values, float inverse, float least, float most, Fit *fit)
{
  float numbers[PART], sums[LANES] = { 0 }, squares[LANES] = { 0 }, products[LANES] = { 0 }, errors[LANES] = { 0 };

  for (int i = 0; i < PART; i++)
    numbers[i] = nearest ((values[i] + least) * inverse, most);
  for (int i = 0; i < PART; i += LANES)
    for (int k = 0; k < LANES; k++) {
      sums[k] += numbers[i + k];
      squares[k] += numbers[i + k] * numbers[i + k];
      products[k] += numbers[i + k] * values[i + k];
    }
  *fit = solve (PART, sum_of (sums), sum_of (squares), of_values, sum_of (products));
  for (int i = 0; i < PART; i += LANES)
    for (int k = 0; k < LANES; k++) {
      float off = numbers[i + k] * fit->scale - fit->least - values[i + k];

      errors[k] += off * off;
    }
  return sum_of (errors);
}

/* most: the largest number. */
static Fit
search (const float *values, float most)
{
  float least = 0, greatest = values[0], sum = 0, error = INFINITY;
  Fit best = { 0, 0 };

  for (int i = 0; i < PART; i++) {
    least = MIN (least, values[i]);
    greatest = MAX (greatest, values[i]);
    sum += values[i];
  }
  if (!(greatest > least))
    return (Fit){ 0, -least };
  for (int i = 0; i <= CANDIDATES; i++) {
    Fit fit;
    float off = try_inverse (values, sum, (most - 1 + 0.1f * (float) i) / (greatest - least), -least, most, &fit);

    if (off < error) {
      error = off;
      best = fit;
    }
  }
  return best;
}

/* Six bits each of eight scales and least values, in 12 bytes. */
static void
put_sixes (const guint8 *scales, const guint8 *leasts, guint8 *out)
{
  for (int part = 0; part < 4; part++) {
    out[part] = (guint8) (scales[part] | (scales[part + 4] >> 4) << 6);
    out[part + 4] = (guint8) (leasts[part] | (leasts[part + 4] >> 4) << 6);
    out[part + 8] = (guint8) ((scales[part + 4] & 15) | (leasts[part + 4] & 15) << 4);
  }
}

/* The six bits each of a scale and a least value, near those of fit, that leave the least; fit becomes theirs. */
static void
round_fit (const float *values, float most, Fit step, Fit *fit, guint8 *six, guint8 *least_six)
{
  int scale = (int) nearest (fit->scale * inverse_of (step.scale), SIX_BITS);
  int least = (int) nearest (fit->least * inverse_of (step.least), SIX_BITS);
  float error = INFINITY;

  for (int s = MAX (scale - 1, 0); s <= MIN (scale + 1, SIX_BITS); s++)
    for (int l = MAX (least - 1, 0); l <= MIN (least + 1, SIX_BITS); l++) {
      const Fit tried = { step.scale * (float) s, step.least * (float) l };
      float off = error_of (values, most, &tried);

      if (off < error) {
        error = off;
        *fit = tried;
        *six = (guint8) s;
        *least_six = (guint8) l;
      }
    }
}

/* The head of a block: halves, then the sixes of both.  fits becomes what is read back. */
static void
put_fits (const float *values, float most, Fit *fits, guint8 *block)
{
  guint8 scales[BLOCK / PART] = { 0 }, leasts[BLOCK / PART] = { 0 };
  float scale = 0, least = 0;

  for (int part = 0; part < BLOCK / PART; part++) {
    scale = fmaxf (scale, fits[part].scale);
    least = fmaxf (least, fits[part].least);
  }
  const Fit step = { put_half (block, scale / SIX_BITS), put_half (block + 2, least / SIX_BITS) };
  for (int part = 0; part < BLOCK / PART; part++)
    round_fit (values + part * PART, most, step, &fits[part], &scales[part], &leasts[part]);
  put_sixes (scales, leasts, block + 4);
}

/* fifths: NULL, or 32 bytes with a bit for each part. */
static void
put_parts (const float *values, int most, guint8 *block, guint8 *fifths, guint8 *fours)
{
  Fit fits[BLOCK / PART];

  for (int part = 0; part < BLOCK / PART; part++)
    fits[part] = search (values + part * PART, (float) most);
  put_fits (values, (float) most, fits, block);
  memset (fours, 0, BLOCK / 2);
  if (fifths != NULL)
    memset (fifths, 0, PART);
  for (int part = 0; part < BLOCK / PART; part++) {
    float inverse = inverse_of (fits[part].scale);

    for (int i = 0; i < PART; i++) {
      int number = (int) nearest ((values[part * PART + i] + fits[part].least) * inverse, (float) most);

      fours[part / 2 * PART + i] |= (guint8) ((number & 15) << part % 2 * 4);
      if (fifths != NULL)
        fifths[i] |= (guint8) (number >> 4 << part);
    }
  }
}

void
limn_quantize_q4_k (const float *values, guint8 *block)
{
  put_parts (values, 15, block, NULL, block + 16);
}

void
limn_quantize_q5_k (const float *values, guint8 *block)
{
  put_parts (values, 31, block, block + 16, block + 48);
}

/* ---- Scales alone, of 16 values each ---- */

/* Numbers go from -32 to 31. */
static float
search_scale (const float *values)
{
  float most = 0, best = 0, gain = 0;

  for (int i = 0; i < HALF_PART; i++)
    if (fabsf (values[i]) > fabsf (most))
      most = values[i];
  for (int c = -CANDIDATES / 2; most != 0 && c <= CANDIDATES / 2; c++) {
    float inverse = (-32 + 0.1f * (float) c) / most, squares = 0, products = 0;

    for (int i = 0; i < HALF_PART; i++) {
      float number = nearest (values[i] * inverse + 32, 63) - 32;
      squares += number * number;
      products += number * values[i];
    }
    if (squares > 0 && products * products / squares > gain) {
      gain = products * products / squares;
      best = products / squares;
    }
  }
  return best;
}

void
limn_quantize_q6_k (const float *values, guint8 *block)
{
  guint8 *fours = block, *twos = block + 128, *bytes = block + 192;
  float scales[BLOCK / HALF_PART], most = 0;

  for (int part = 0; part < BLOCK / HALF_PART; part++) {
    scales[part] = search_scale (values + part * HALF_PART);
    if (fabsf (scales[part]) > fabsf (most))
      most = scales[part];
  }
  float scale = put_half (block + 208, most / -128), inverse = inverse_of (scale);
  memset (block, 0, 192);
  for (int part = 0; part < BLOCK / HALF_PART; part++) {
    int small = (int) nearest (scales[part] * inverse + 128, 255) - 128, piece = part / 2 % 4;
    float own = inverse_of (scale * (float) small);

    bytes[part] = (guint8) (gint8) small;
    for (int i = 0; i < HALF_PART; i++) {
      int number = (int) nearest (values[part * HALF_PART + i] * own + 32, 63), at = part % 2 * HALF_PART + i;

      fours[part / 8 * 64 + piece % 2 * 32 + at] |= (guint8) ((number & 15) << piece / 2 * 4);
      twos[part / 8 * 32 + at] |= (guint8) (number >> 4 << 2 * piece);
    }
  }
}
