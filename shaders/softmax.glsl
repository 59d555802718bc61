// softmax.glsl - attention_staged.comp's scores become weights, in shared memory.
//
// Each lane has a row, a query's, or shares it with its neighbours.
#ifndef LIMN_SOFTMAX_GLSL
#define LIMN_SOFTMAX_GLSL

#include "rows.glsl"

const int ROW_CHUNKS = TILE_COLUMNS / 8 / ROW_LANES;
const bool VALUES_APART = false;

float highest = NEVER;  // of the row's scores so far
float weight_sum = 0.0; // this lane's share

void
soften_begin ()
{
}

void
scores_put ()
{
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
      sums_put (i, STAGE_RIGHT + (part_row () * PART_ROWS + i * MATRIX_M) * SCORE_STRIDE, SCORE_STRIDE);
}

float
row_max (float v)
{
  [[unroll]] for (int step = 1; step < ROW_LANES; step *= 2) v = max (v, subgroupShuffleXor (v, uint (step)));
  return v;
}

// Eight of a row's scores: those of keys that its query does not see become NEVER.
void
hide_chunk (int row, int chunk)
{
  int at = STAGE_RIGHT + row * SCORE_STRIDE + 2 * chunk;
  bool alone = item + zero >= p.alone_from;
  int last = p.keys + zero - 1, first = alone ? min (query + row, last) : 0;

  if (alone || p.causal + zero != 0)
    last = min (query + row, last);

  [[dont_unroll]] for (int i = 0; i < 8; i++)
  {
    int key = key0 + 8 * chunk + i;
    bool hides = key < first || key > last;
    if (!hides && p.hides + zero != 0)
      hides = FETCH (hidden, 2 * ((item + zero) * p.keys + key)).x != 0;
    if (hides)
      staged[at + i / 4][i % 4] = floatBitsToUint (NEVER);
  }
}

// Of all the workgroup's scores.  Most tiles have none to hide.
void
hide_scores ()
{
  int seen = p.causal + zero != 0 ? query + 1 : p.keys;

  if (key0 + TILE_COLUMNS <= seen && item < p.alone_from && p.hides + zero == 0)
    return;
  [[dont_unroll]] for (int i = 0; i < ROW_CHUNKS; i++) hide_chunk (lane_row (), i * ROW_LANES + lane_share ());
}

// Scores to weights exp (score - highest), as halves: what is summed is what is multiplied.  What was gathered under a
// lower highest shrinks.
void
soften ()
{
  meet ();
  next_stage (1);
  scores_put ();
  meet ();
  next_stage (2);

  int row = lane_row (), first = lane_share (), at = STAGE_RIGHT + row * SCORE_STRIDE + 2 * first;
  float unit = p.scale * LOG2_E;
  vec4 s[2 * ROW_CHUNKS], most = vec4 (NEVER);

  hide_scores ();
  [[unroll]] for (int i = 0; i < 2 * ROW_CHUNKS; i++)
  {
    s[i] = uintBitsToFloat (staged[at + i / 2 * 2 * ROW_LANES + i % 2]);
    most = max (most, s[i]);
  }
  float top = max (highest, row_max (max (max (most.x, most.y), max (most.z, most.w))));
  float shrink = exp2 ((highest - top) * unit);
  highest = top;
  weight_sum *= shrink;
  meet ();
  [[unroll]] for (int i = 0; i < ROW_CHUNKS; i++)
  {
    f16vec4 lo = f16vec4 (exp2 ((s[2 * i] - top) * unit)), hi = f16vec4 (exp2 ((s[2 * i + 1] - top) * unit));
    vec4 both = vec4 (lo) + vec4 (hi);
    weight_sum += both.x + both.y + both.z + both.w;
    staged[STAGE_RIGHT + row * WEIGHT_STRIDE + i * ROW_LANES + first] =
        uvec4 (packFloat2x16 (lo.xy), packFloat2x16 (lo.zw), packFloat2x16 (hi.xy), packFloat2x16 (hi.zw));
  }
  if (first == 0)
    staged[SHRINK + row / 4][row % 4] = floatBitsToUint (shrink);
}

// By how much the sums of a row of matrices shrink: all columns by the same.
SUMS_MATRIX
shrink_of (int i)
{
  SUMS_MATRIX shrink;

  coopMatLoad (shrink, staged, SHRINK + (part_row () * PART_ROWS + i * MATRIX_M) / 4, 0,
               gl_CooperativeMatrixLayoutColumnMajor);
  return shrink;
}

// Of a row of matrices, the weights of keys from the tile's chunk on.
LEFT_MATRIX
weights_of (int i, int chunk)
{
  LEFT_MATRIX weights;

  coopMatLoad (weights, staged, STAGE_RIGHT + (part_row () * PART_ROWS + i * MATRIX_M) * WEIGHT_STRIDE + chunk,
               WEIGHT_STRIDE, gl_CooperativeMatrixLayoutRowMajor);
  return weights;
}

void
results_end ()
{
}

// By what this lane's row of sums is yet to be multiplied.
float
row_scale ()
{
  float sum = weight_sum;

  [[unroll]] for (int step = 1; step < ROW_LANES; step *= 2) sum += subgroupShuffleXor (sum, uint (step));
  return 1.0 / sum;
}

#endif
