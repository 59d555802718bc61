// softmax_matrix.glsl - attention_staged.comp's scores become weights in the matrices that they are
// (VK_NV_cooperative_matrix2): rows are reduced, elements computed on, and sums become a left operand.
//
// A subgroup has all of its queries' scores, so that PART_COLUMNS is TILE_COLUMNS; and MATRIX_N is MATRIX_K.
#ifndef LIMN_SOFTMAX_MATRIX_GLSL
#define LIMN_SOFTMAX_MATRIX_GLSL

#extension GL_NV_cooperative_matrix2 : require

#include "rows.glsl"

const bool VALUES_APART = true;

// In all columns of a row the same: the highest of its scores so far, and by how much what was gathered under a lower
// one shrinks.
SUMS_MATRIX highest[MATRICES_M], shrinks[MATRICES_M];
SUMS_MATRIX weight_sums[MATRICES_M]; // each column has a share

float
larger (const in float a, const in float b)
{
  return max (a, b);
}

float
sum (const in float a, const in float b)
{
  return a + b;
}

float
larger_of (const in uint row, const in uint column, const in float a, const in float b)
{
  return max (a, b);
}

float
inverse_of (const in uint row, const in uint column, const in float a)
{
  return 1.0 / a;
}

void
soften_begin ()
{
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
  {
    highest[i] = SUMS_MATRIX (NEVER);
    weight_sums[i] = SUMS_MATRIX (0.0);
  }
}

// The score of a key that its query does not see becomes NEVER.
float
seen (const in uint row, const in uint column, const in float score, const in int first_row, const in int first_key)
{
  int at = first_row + int (row), key = first_key + int (column), last = p.keys - 1, first = 0;
  bool alone = item >= p.alone_from;

  if (alone)
    first = min (at, last);
  if (alone || p.causal != 0)
    last = min (at, last);
  bool hides = key < first || key > last;
  if (!hides && p.hides != 0)
    hides = FETCH (hidden, 2 * (item * p.keys + key)).x != 0;
  return hides ? NEVER : score;
}

void
hide_row (int i)
{
  int first_row = query + part_row () * PART_ROWS + i * MATRIX_M;

  [[unroll]] for (int j = 0; j < MATRICES_N; j++)
      coopMatPerElementNV (sums[i * MATRICES_N + j], sums[i * MATRICES_N + j], seen, first_row, key0 + j * MATRIX_N);
}

// Of all the subgroup's scores.  Most tiles have none to hide.
void
hide_scores ()
{
  int known = p.causal + zero != 0 ? query + 1 : p.keys;

  if (key0 + TILE_COLUMNS > known || item >= p.alone_from || p.hides + zero != 0) {
    [[unroll]] for (int i = 0; i < MATRICES_M; i++) hide_row (i);
  }
}

// exp (score - highest), rounded to halves: what is summed is what is multiplied.
float
weight_of (const in uint row, const in uint column, const in float score, const in float top, const in float unit)
{
  return float (float16_t (exp2 ((score - top) * unit)));
}

float
shrink_from (const in uint row, const in uint column, const in float before, const in float top, const in float unit)
{
  return exp2 ((before - top) * unit);
}

void
soften ()
{
  float unit = p.scale * LOG2_E;

  hide_scores ();
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
  {
    SUMS_MATRIX most = sums[i * MATRICES_N], top;
    [[unroll]] for (int j = 1; j < MATRICES_N; j++)
        coopMatPerElementNV (most, most, larger_of, sums[i * MATRICES_N + j]);
    coopMatReduceNV (top, most, gl_CooperativeMatrixReduceRowNV, larger);
    coopMatPerElementNV (top, top, larger_of, highest[i]);
    coopMatPerElementNV (shrinks[i], highest[i], shrink_from, top, unit);
    highest[i] = top;
    weight_sums[i] *= shrinks[i];
    [[unroll]] for (int j = 0; j < MATRICES_N; j++)
    {
      coopMatPerElementNV (sums[i * MATRICES_N + j], sums[i * MATRICES_N + j], weight_of, top, unit);
      weight_sums[i] += sums[i * MATRICES_N + j];
    }
  }
}

SUMS_MATRIX
shrink_of (int i)
{
  return shrinks[i];
}

// Of a row of matrices, the weights of keys from the tile's chunk on.
LEFT_MATRIX
weights_of (int i, int chunk)
{
  return LEFT_MATRIX (sums[i * MATRICES_N + chunk * 8 / MATRIX_N]);
}

// The sums become means.
void
results_end ()
{
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
  {
    SUMS_MATRIX scale;
    coopMatReduceNV (scale, weight_sums[i], gl_CooperativeMatrixReduceRowNV, sum);
    coopMatPerElementNV (scale, scale, inverse_of);
    [[unroll]] for (int part = 0; part < HEAD_PARTS; part++)
    {
      [[unroll]] for (int j = 0; j < RESULTS_N; j++) results[part * RESULTS + i * RESULTS_N + j] *= scale;
    }
  }
}

float
row_scale ()
{
  return 1.0;
}

#endif
