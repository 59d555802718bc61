// store.glsl - how arrays lie in memory: eight channels ("a chunk") at a time, as halves in one uvec4 or floats in two.
// Arithmetic is always fp32.
#ifndef LIMN_STORE_GLSL
#define LIMN_STORE_GLSL

#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require

struct Chunk {
  vec4 lo, hi;
};

// i: 0 .. 7, a constant.
float
chunk_element (Chunk c, int i)
{
  return i < 4 ? c.lo[i & 3] : c.hi[i & 3];
}

Chunk
load_f16 (usamplerBuffer from, int chunk)
{
  uvec4 u = texelFetch (from, chunk);
  return Chunk (vec4 (unpackHalf2x16 (u.x), unpackHalf2x16 (u.y)), vec4 (unpackHalf2x16 (u.z), unpackHalf2x16 (u.w)));
}

Chunk
load_f32 (usamplerBuffer from, int chunk)
{
  return Chunk (uintBitsToFloat (texelFetch (from, 2 * chunk)), uintBitsToFloat (texelFetch (from, 2 * chunk + 1)));
}

#ifdef STORE_F16
#define load_chunk load_f16
#else
#define load_chunk load_f32
#endif

uvec4
pack_f16 (Chunk c)
{
  return uvec4 (packHalf2x16 (c.lo.xy), packHalf2x16 (c.lo.zw), packHalf2x16 (c.hi.xy), packHalf2x16 (c.hi.zw));
}

// to: a uvec4 array.  A macro, since GLSL cannot pass a buffer.
#define STORE_CHUNK_F16(to, chunk, c) to[chunk] = pack_f16 (c)
#define STORE_CHUNK_F32(to, chunk, c)                                                                                 \
  {                                                                                                                    \
    to[2 * (chunk)] = floatBitsToUint ((c).lo);                                                                        \
    to[2 * (chunk) + 1] = floatBitsToUint ((c).hi);                                                                    \
  }
#ifdef STORE_F16
#define STORE_CHUNK(to, chunk, c) STORE_CHUNK_F16 (to, chunk, c)
#else
#define STORE_CHUNK(to, chunk, c) STORE_CHUNK_F32 (to, chunk, c)
#endif

// Channels of chunk that lie at or past count are set to zero: the padding of a row.
Chunk
mask_chunk (Chunk c, int first, int count)
{
  if (first + 8 > count) {
    c.lo = mix (vec4 (0), c.lo, lessThan (ivec4 (0, 1, 2, 3) + first, ivec4 (count)));
    c.hi = mix (vec4 (0), c.hi, lessThan (ivec4 (4, 5, 6, 7) + first, ivec4 (count)));
  }
  return c;
}

#endif
