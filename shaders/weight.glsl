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

#elif defined WEIGHT_BITS

// Four bits of 32 values a texel; then scales and least values, or of six bits the scales of 16, of two such blocks a
// texel; then what there is beyond four bits: of four blocks a texel where that is one bit, of two where it is two
// (src/kernel/few-bits.h).
int
blocks_of (int chunks)
{
  return (chunks + 3) / 4;
}

// Where what is beyond four bits begins.
int
beyond_of (int n)
{
  return n + (n + 1) / 2;
}

ivec4
weight_rows (ivec4 row, int chunks)
{
  int n = blocks_of (chunks);

  return row * (beyond_of (n) + (WEIGHT_BITS == 5 ? (n + 3) / 4 : WEIGHT_BITS == 6 ? (n + 1) / 2 : 0));
}

uint
quarter (uvec4 texel, int i)
{
  uvec2 two = (i & 2) == 0 ? texel.xy : texel.zw;

  return (i & 1) == 0 ? two.x : two.y;
}

// high: as many bits of each as are beyond four.
vec4
numbers (uint fours, uint high)
{
  uvec4 bits = uvec4 (fours, fours >> 4, fours >> 8, fours >> 12) & 15u;

#if WEIGHT_BITS == 5
  bits |= (uvec4 (high, high >> 1, high >> 2, high >> 3) & 1u) << 4;
#elif WEIGHT_BITS == 6
  bits |= (uvec4 (high, high >> 2, high >> 4, high >> 6) & 3u) << 4;
#endif
  return vec4 (bits);
}

Chunk
load_weight (int row, int chunk, int chunks)
{
  int n = blocks_of (chunks), block = chunk / 4;
  uint fours = quarter (FETCH (weight, row + block), chunk & 3);
  uvec4 scales = FETCH (weight, row + n + block / 2);
  vec2 scale = uintBitsToFloat ((block & 1) == 0 ? scales.xy : scales.zw);

#if WEIGHT_BITS == 6
  uint high = quarter (FETCH (weight, row + beyond_of (n) + block / 2), (block & 1) * 2 + (chunk & 2) / 2)
              >> 16 * (chunk & 1);
  float own = (chunk & 2) == 0 ? scale.x : scale.y;

  return Chunk ((numbers (fours, high) - 32) * own, (numbers (fours >> 16, high >> 8) - 32) * own);
#else
  uint high = 0;
#if WEIGHT_BITS == 5
  high = quarter (FETCH (weight, row + beyond_of (n) + block / 4), block & 3) >> 8 * (chunk & 3);
#endif
  return Chunk (numbers (fours, high) * scale.x - scale.y, numbers (fours >> 16, high >> 4) * scale.x - scale.y);
#endif
}

#elif defined WEIGHT_FP8

// Two chunks of eight-bit floats a texel, then one that says how the row's are read (src/kernel/fp8.h).
int
reading_of (int chunks)
{
  return (chunks + 1) / 2;
}

ivec4
weight_rows (ivec4 row, int chunks)
{
  return row * (reading_of (chunks) + 1);
}

// Four of them.  A float has the same bits elsewhere, and another bias, which is added.  What has no bits of an
// exponent is not that but twice that less the least that has some: the lesser of both always.  So no float is met that
// is too small for a device's own exponents.
vec4
fp8_values (uint codes, uvec4 reading)
{
  uvec4 code = uvec4 (codes, codes >> 8, codes >> 16, codes >> 24);
  vec4 size = uintBitsToFloat (((code & 0x7fu) << reading.y) + reading.z);

  size = min (size, 2 * size - uintBitsToFloat (reading.w));
  return uintBitsToFloat (floatBitsToUint (size) | (code & 0x80u) << 24) * uintBitsToFloat (reading.x);
}

Chunk
load_weight (int row, int chunk, int chunks)
{
  uvec4 texel = FETCH (weight, row + chunk / 2), reading = FETCH (weight, row + reading_of (chunks));
  uvec2 codes = (chunk & 1) == 0 ? texel.xy : texel.zw;

  return Chunk (fp8_values (codes.x, reading), fp8_values (codes.y, reading));
}

#else

#define WEIGHT_PLAIN

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
#ifdef WEIGHT_PLAIN
  return FETCH (weight, row + chunk);
#else
  return pack_f16 (load_weight (row, chunk, chunks));
#endif
}

#endif

#endif
