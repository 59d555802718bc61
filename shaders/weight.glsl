// weight.glsl - the weight of a product, whatever kind it is of (src/kernel/weight.c): rows along K, eight values at a
// time.
#ifndef LIMN_WEIGHT_GLSL
#define LIMN_WEIGHT_GLSL

#include "matmul.h"
#include "store.glsl"

READS (OPERAND_WEIGHT, weight); // [columns, k]

#ifdef WEIGHT_Q8_0

// Two chunks of int8 a texel, then the scales of eight blocks of four chunks a texel.
int
scales_of (int chunks)
{
  return (chunks + 1) / 2;
}

ivec4
weight_rows (ivec4 row, int chunks)
{
  return row * (scales_of (chunks) + (chunks + 31) / 32);
}

vec4
signed_bytes (uint u)
{
  return vec4 (ivec4 (u << 24, u << 16, u << 8, u) >> 24);
}

Chunk
load_weight (int row, int chunk, int chunks)
{
  uvec4 texel = FETCH (weight, row + chunk / 2);
  uvec2 values = (chunk & 1) == 0 ? texel.xy : texel.zw;
  int block = chunk / 4;
  uvec4 scales = FETCH (weight, row + scales_of (chunks) + block / 8);
  uvec2 four = (block & 4) == 0 ? scales.xy : scales.zw;
  vec2 two = unpackHalf2x16 ((block & 2) == 0 ? four.x : four.y);
  float scale = (block & 1) == 0 ? two.x : two.y;

  return Chunk (signed_bytes (values.x) * scale, signed_bytes (values.y) * scale);
}

#else

// Where rows begin, each being so many chunks long.
ivec4
weight_rows (ivec4 row, int chunks)
{
  return row * chunks;
}

// A chunk of the row that begins at row.
Chunk
load_weight (int row, int chunk, int chunks)
{
  return load_chunk (weight, row + chunk);
}

#endif

#ifdef STORE_F16

// The same as halves.
uvec4
load_weight_f16 (int row, int chunk, int chunks)
{
#ifdef WEIGHT_Q8_0
  return pack_f16 (load_weight (row, chunk, chunks));
#else
  return FETCH (weight, row + chunk);
#endif
}

#endif

#endif
