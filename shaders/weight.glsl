// weight.glsl - the weight of a product, whatever kind it is of (src/kernel/weight.c): rows along K, eight values at a
// time.
#ifndef LIMN_WEIGHT_GLSL
#define LIMN_WEIGHT_GLSL

#include "matmul.h"
#include "store.glsl"

layout (binding = OPERAND_WEIGHT) uniform usamplerBuffer weight; // [columns, k]

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
