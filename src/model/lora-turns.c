/* lora-turns.c - LoRAs that turn a tensor's rows: OFT (Qiu et al. 2023) and its butterfly, BOFT (Liu et al. 2024).
 *
 * Blocks of rows are multiplied by (1 + Q) (1 - Q)^-1, which is a rotation, as Q = B - B' for the block B that the file
 * has.  alpha is no scale here, but the most that all of Q may come to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora-private.h"

#include <math.h>
#include <string.h>

#define MOST_BLOCK 2048

/* Solves turn (1 - q) = 1 + q for one block.  q: size x size. */
static void
turn_of (const double *q, guint64 size, double *turn)
{
  g_autofree double *left = g_new (double, size *size);

  /* Transposed: (1 - q)' turn' = (1 + q)', and q' = -q, so that left is 1 + q, and turn becomes what it is, turned. */
  for (guint64 i = 0; i < size; i++)
    for (guint64 j = 0; j < size; j++) {
      left[i * size + j] = (i == j) + q[i * size + j];
      turn[i * size + j] = (i == j) - q[i * size + j];
    }
  for (guint64 c = 0; c < size; c++) {
    guint64 best = c;
    for (guint64 i = c + 1; i < size; i++)
      if (fabs (left[i * size + c]) > fabs (left[best * size + c]))
        best = i;
    for (guint64 j = 0; best != c && j < size; j++) {
      double one = left[c * size + j], other = turn[c * size + j];
      left[c * size + j] = left[best * size + j];
      turn[c * size + j] = turn[best * size + j];
      left[best * size + j] = one;
      turn[best * size + j] = other;
    }
    double pivot = left[c * size + c];
    for (guint64 j = 0; j < size; j++) {
      left[c * size + j] /= pivot;
      turn[c * size + j] /= pivot;
    }
    for (guint64 i = 0; i < size; i++) {
      double factor = left[i * size + c];
      for (guint64 j = 0; i != c && j < size; j++) {
        left[i * size + j] -= factor * left[c * size + j];
        turn[i * size + j] -= factor * turn[c * size + j];
      }
    }
  }
}

/* All blocks' turns, [count, size, size], the strength in them: strength turn + (1 - strength).  transposed: of each,
 * for those who read it the other way.  (transfer full) */
static float *
turns_of (const LimnLoraModule *module, guint64 count, guint64 size, double strength, gboolean transposed)
{
  const LimnTensor *tensor = module->roles[LIMN_LORA_TURNS], *alpha = module->roles[LIMN_LORA_ALPHA];
  gsize n = count * size * size;
  g_autofree float *blocks = g_new (float, n);
  g_autofree double *q = g_new (double, n), *turn = g_new (double, size *size);
  float *turns = g_new (float, n), most = 0;
  double sum = 0;

  limn_tensor_to_float (tensor, blocks);
  if (alpha != NULL && alpha->count == 1)
    limn_tensor_to_float (alpha, &most);
  for (gsize i = 0; i < n; i++) {
    gsize block = i / (size * size), row = i / size % size, column = i % size;
    q[i] = (double) blocks[i] - blocks[(block * size + column) * size + row];
    sum += q[i] * q[i];
  }
  double norm = sqrt (sum) + 1e-8, shrunk = most > 0 && norm > most ? most / norm : 1;
  for (gsize i = 0; i < n; i++)
    q[i] *= shrunk;
  for (guint64 block = 0; block < count; block++) {
    turn_of (q + block * size * size, size, turn);
    for (guint64 i = 0; i < size; i++)
      for (guint64 j = 0; j < size; j++) {
        /* turn_of () leaves the transposed one. */
        double value = transposed ? turn[i * size + j] : turn[j * size + i];
        turns[(block * size + i) * size + j] = (float) (strength * value + (1 - strength) * (i == j));
      }
  }
  return turns;
}

/* Each row of what delta makes of weight times its factor. */
static void
rescale (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, float *delta)
{
  const LimnTensor *tensor = module->roles[LIMN_LORA_RESCALE];

  if (tensor == NULL)
    return;
  g_autofree float *factors = g_new (float, tensor->count);
  limn_tensor_to_float (tensor, factors);
  for (guint64 i = 0; i < shape->rows; i++)
    for (guint64 c = 0; c < shape->columns; c++) {
      gsize at = i * shape->columns + c;
      delta[at] = (weight[at] + delta[at]) * factors[i] - weight[at];
    }
}

static gboolean
rescale_fits (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  const LimnTensor *tensor = module->roles[LIMN_LORA_RESCALE];

  return tensor == NULL || tensor->count == shape->rows;
}

/* from, rows in blocks of size, turned into to, zeros. */
static void
turn_rows (const float *turns, const float *from, guint64 blocks, guint64 size, guint64 columns, float *to)
{
  for (guint64 block = 0; block < blocks; block++) {
    const LimnMatrix turn = { size, size, (float *) turns + block * size * size };
    const LimnMatrix part = { size, columns, (float *) from + block * size * columns };

    limn_matrix_multiply (&turn, &part, to + block * size * columns);
  }
}

gboolean
limn_lora_turns_fit (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  const LimnTensor *blocks = module->roles[LIMN_LORA_TURNS];
  guint64 product;

  return blocks->rank == 3 && blocks->shape[1] == blocks->shape[2] && blocks->shape[1] <= MOST_BLOCK
         && g_uint64_checked_mul (&product, blocks->shape[0], blocks->shape[1]) && product == shape->rows
         && rescale_fits (module, shape);
}

double
limn_lora_turns_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, double strength,
                       float *delta)
{
  const LimnTensor *blocks = module->roles[LIMN_LORA_TURNS];
  g_autofree float *turns = turns_of (module, blocks->shape[0], blocks->shape[1], strength, TRUE);

  turn_rows (turns, weight, blocks->shape[0], blocks->shape[1], shape->columns, delta);
  for (gsize i = 0; i < shape->rows * shape->columns; i++)
    delta[i] -= weight[i];
  rescale (module, shape, weight, delta);
  return 1;
}

/* ---- Butterflies: several such turns one after the other, each of rows farther apart ---- */

gboolean
limn_lora_butterfly_fits (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  const LimnTensor *blocks = module->roles[LIMN_LORA_TURNS];
  guint64 product;

  return blocks->rank == 4 && blocks->shape[2] == blocks->shape[3] && blocks->shape[3] <= MOST_BLOCK
         && blocks->shape[3] % 2 == 0 && blocks->shape[0] > 0 && blocks->shape[0] < 32
         && g_uint64_checked_mul (&product, blocks->shape[1], blocks->shape[2]) && product == shape->rows
         && shape->rows % (blocks->shape[3] << (blocks->shape[0] - 1)) == 0 && rescale_fits (module, shape);
}

/* Rows half a step apart become neighbours, or go back: of each 2 x apart, row g x apart + j is 2 x j + g. */
static void
shuffle_rows (const float *from, const LimnLoraShape *shape, guint64 apart, gboolean back, float *to)
{
  for (guint64 row = 0; row < shape->rows; row++) {
    guint64 in = row % (2 * apart), near = row - in + in % apart * 2 + in / apart;
    guint64 source = back ? near : row, target = back ? row : near;

    memcpy (to + target * shape->columns, from + source * shape->columns, shape->columns * sizeof (float));
  }
}

double
limn_lora_butterfly_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight,
                           double strength, float *delta)
{
  const LimnTensor *tensor = module->roles[LIMN_LORA_TURNS];
  guint64 count = tensor->shape[1], size = tensor->shape[2];
  gsize n = shape->rows * shape->columns;
  g_autofree float *turns = turns_of (module, tensor->shape[0] * count, size, strength, FALSE);
  g_autofree float *rows = g_memdup2 (weight, n * sizeof (float)), *near = g_new (float, n);

  for (guint64 i = 0; i < tensor->shape[0]; i++) {
    guint64 apart = size / 2 << i;

    shuffle_rows (rows, shape, apart, FALSE, near);
    memset (rows, 0, n * sizeof (float));
    turn_rows (turns + i * count * size * size, near, count, size, shape->columns, rows);
    memcpy (near, rows, n * sizeof (float));
    shuffle_rows (near, shape, apart, TRUE, rows);
  }
  for (gsize i = 0; i < n; i++)
    delta[i] = rows[i] - weight[i];
  rescale (module, shape, weight, delta);
  return 1;
}
