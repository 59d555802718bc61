// softmax.glsl - attention_staged.comp's scores become weights, in shared memory.
//
// Each lane has a row, a query's, or shares it with its neighbours.
#ifndef LIMN_SOFTMAX_GLSL
#define LIMN_SOFTMAX_GLSL

const int ROW_LANES = WORKGROUP / TILE_ROWS;
const int ROW_CHUNKS = TILE_COLUMNS / 8 / ROW_LANES;

float highest = NEVER;  // of the row's scores so far
float weight_sum = 0.0; // this lane's share

int
lane ()
{
  return int (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID);
}

float
row_max (float v)
{
  [[unroll]] for (int step = 1; step < ROW_LANES; step *= 2) v = max (v, subgroupShuffleXor (v, uint (step)));
  return v;
}

float
row_sum (float v)
{
  [[unroll]] for (int step = 1; step < ROW_LANES; step *= 2) v += subgroupShuffleXor (v, uint (step));
  return v;
}

// Keys; those that are hidden lie beyond all.
ivec4
seen_keys (ivec4 key)
{
  if (p.hides == 0)
    return key;
  ivec4 at = 2 * (hidden_at + min (key, ivec4 (p.keys - 1)));
  uvec4 is_hidden =
      uvec4 (FETCH (hidden, at.x).x, FETCH (hidden, at.y).x, FETCH (hidden, at.z).x, FETCH (hidden, at.w).x);
  return mix (key, ivec4 (BEYOND), notEqual (is_hidden, uvec4 (0)));
}

// Eight of a row's scores.
Chunk
score_chunk (int row, int chunk)
{
  int at = STAGE_RIGHT + row * SCORE_STRIDE + 2 * chunk;
  ivec4 first_keys = key0 + 8 * chunk + ivec4 (0, 1, 2, 3);
  ivec4 low = seen_keys (first_keys), high = seen_keys (first_keys + 4);
  int last = p.causal != 0 || alone ? min (query + row, p.keys - 1) : p.keys - 1, first = alone ? last : 0;
  uvec4 reach = uvec4 (last - first);
  vec4 lo = uintBitsToFloat (staged[at]) * p.scale, hi = uintBitsToFloat (staged[at + 1]) * p.scale;

  return Chunk (mix (lo, vec4 (NEVER), greaterThan (uvec4 (low - first), reach)),
                mix (hi, vec4 (NEVER), greaterThan (uvec4 (high - first), reach)));
}

// Scores to weights exp (score - highest), as halves: what is summed is what is multiplied.  What was gathered under a
// lower highest shrinks.
void
soften ()
{
  int row = lane () / ROW_LANES, first = lane () % ROW_LANES;
  Chunk s[ROW_CHUNKS];
  float top = highest;

  [[unroll]] for (int i = 0; i < ROW_CHUNKS; i++)
  {
    s[i] = score_chunk (row, i * ROW_LANES + first);
    vec4 most = max (s[i].lo, s[i].hi);
    top = max (top, max (max (most.x, most.y), max (most.z, most.w)));
  }
  top = row_max (top);
  float shrink = exp (highest - top);
  highest = top;
  weight_sum *= shrink;
  meet ();
  [[unroll]] for (int i = 0; i < ROW_CHUNKS; i++)
  {
    uvec4 weights = pack_f16 (Chunk (exp (s[i].lo - top), exp (s[i].hi - top)));
    Chunk w = unpack_f16 (weights);
    vec4 both = w.lo + w.hi;
    weight_sum += both.x + both.y + both.z + both.w;
    staged[STAGE_RIGHT + row * WEIGHT_STRIDE + i * ROW_LANES + first] = weights;
  }
  if (first == 0)
    staged[SHRINK + row / 4][row % 4] = floatBitsToUint (shrink);
}

#endif
