/* lora-factors.c - LoRAs as two matrices, of which what they add is the product.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "model/lora-private.h"

guint64
limn_lora_rank (LimnLora *lora, LimnPartId part, const char *name, gboolean made)
{
  const LimnLoraTarget *target = limn_lora_target (lora, part, name);
  guint64 rank = 0;

  for (guint i = 0; target != NULL && i < target->changes->len; i++) {
    const LimnLoraChange *change = &g_array_index (target->changes, LimnLoraChange, i);
    guint64 own = change->kind->rank != NULL ? change->kind->rank (change->module) : 0;

    if (own == 0 || limn_lora_is_decomposed (change->module) || (!made && change->kind->delta != NULL))
      return 0;
    rank += own;
  }
  return rank;
}

/* What a row is multiplied by to be no longer than 1, and longer than a half: a power of two, so that it loses no bit;
 * 1 where it is 0. */
static float
shorten (const float *row, guint64 n)
{
  double sum = 0;
  int exponent = 0;

  for (guint64 i = 0; i < n; i++)
    sum += (double) row[i] * row[i];
  if (sum > 0 && isfinite (sum))
    frexp (sqrt (sum), &exponent);
  return ldexpf (1, -CLAMP (exponent, -120, 120));
}

/* The first of them; returns how many. */
static guint64
write_factors (const LimnLoraChange *change, const LimnLoraShape *shape, double strength, float *down, float *up,
               guint64 stride, float *sum)
{
  g_auto (LimnMatrix) left = { 0 }, right = { 0 };
  double factor = strength * change->kind->factors (change->module, shape, &left, &right);
  g_autofree float *scales = g_new (float, right.rows);

  for (guint64 r = 0; r < right.rows; r++) {
    const float *row = right.values + r * shape->columns;
    float by = shorten (row, shape->columns);

    scales[r] = (float) (factor / by);
    for (guint64 i = 0; i < shape->columns; i++)
      *sum += row[i] - row[i];
    for (guint64 i = 0; down != NULL && i < shape->columns; i++)
      down[r * shape->columns + i] = row[i] * by;
  }
  for (guint64 i = 0; up != NULL && i < shape->rows; i++)
    for (guint64 r = 0; r < right.rows; r++) {
      float value = left.values[i * right.rows + r] * scales[r];

      up[i * stride + r] = value;
      *sum += value - value;
    }
  return right.rows;
}

gboolean
limn_lora_factors (LimnLora *lora, LimnPartId part, const char *name, double strength, float *down, float *up,
                   guint64 stride, GError **error)
{
  const LimnLoraTarget *target = limn_lora_target (lora, part, name);
  guint64 first = 0;
  float sum = 0;

  g_return_val_if_fail (target != NULL, FALSE);

  for (guint i = 0; i < target->changes->len; i++)
    first += write_factors (&g_array_index (target->changes, LimnLoraChange, i), &target->shape, strength,
                            down != NULL ? down + first * target->shape.columns : NULL, up != NULL ? up + first : NULL,
                            stride, &sum);
  return limn_lora_check (lora, name, sum, error);
}
