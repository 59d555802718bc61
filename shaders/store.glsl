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
unpack_f16 (uvec4 u)
{
  return Chunk (vec4 (unpackHalf2x16 (u.x), unpackHalf2x16 (u.y)), vec4 (unpackHalf2x16 (u.z), unpackHalf2x16 (u.w)));
}

// What is read: texels, or, where a device's texel buffers hold too few (STORAGE), the same in a storage buffer.
// Macros, since GLSL cannot pass a buffer.
#ifdef STORAGE
#define READS(at, name) layout (binding = at) readonly buffer Read_##name { uvec4 name[]; }
#define FETCH(from, i) from[i]
#else
#define READS(at, name) layout (binding = at) uniform usamplerBuffer name
#define FETCH(from, i) texelFetch (from, i)
#endif

#define load_f16(from, chunk) unpack_f16 (FETCH (from, chunk))
#define load_f32(from, chunk)                                                                                          \
  Chunk (uintBitsToFloat (FETCH (from, 2 * (chunk))), uintBitsToFloat (FETCH (from, 2 * (chunk) + 1)))

#ifdef STORE_F16
#define load_chunk load_f16
#else
#define load_chunk load_f32
#endif

// What a store must not do, and AMD's and NVIDIA's packHalf2x16 does: for a test that this would be noticed.
#ifdef TOWARD_ZERO
#define ROUNDED(v) uintBitsToFloat (floatBitsToUint (v) & 0xffffe000u)
#else
#define ROUNDED(v) (v)
#endif

#ifdef FLOAT16

#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require

// A conversion rounds to the nearest, as the integers below do.
uvec4
pack_f16 (Chunk c)
{
  f16vec4 lo = f16vec4 (ROUNDED (c.lo)), hi = f16vec4 (ROUNDED (c.hi));

  return uvec4 (packFloat2x16 (lo.xy), packFloat2x16 (lo.zw), packFloat2x16 (hi.xy), packFloat2x16 (hi.zw));
}

#else

// The nearest half, of two the even one, as IEEE 754 has it.  packHalf2x16 may round as it likes, and does toward zero
// on AMD and NVIDIA: four times the error, and a bias.  Past the largest half comes infinity, which the stages look
// for.
uvec4
half_bits (vec4 v)
{
  uvec4 u = floatBitsToUint (v), size = u & 0x7fffffffu;
  // the exponent's bias from 127 to 15, and half of the last place that stays; a carry runs on into the exponent
  uvec4 normal = (size - 0x38000000u + 0xfffu + ((size >> 13) & 1u)) >> 13;
  // below 2^-14 the last place is 2^-24, that of 0.5: the addition rounds to it
  uvec4 small = floatBitsToUint (uintBitsToFloat (size) + 0.5) - 0x3f000000u;
  uvec4 half_size = mix (normal, small, lessThan (size, uvec4 (0x38800000u)));

  half_size = mix (half_size, uvec4 (0x7c00u), greaterThanEqual (size, uvec4 (0x477ff000u)));
  half_size = mix (half_size, uvec4 (0x7e00u), greaterThan (size, uvec4 (0x7f800000u)));
  return half_size | ((u >> 16) & 0x8000u);
}

uvec4
pack_f16 (Chunk c)
{
  uvec4 lo = half_bits (ROUNDED (c.lo)), hi = half_bits (ROUNDED (c.hi));

  return uvec4 (lo.x | lo.y << 16, lo.z | lo.w << 16, hi.x | hi.y << 16, hi.z | hi.w << 16);
}

#endif

// to: a uvec4 array.
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
