// group_norm.comp - y = x * scale + shift a channel, then perhaps SiLU; two inputs are joined along the channels.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnGroupNormPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, x1);
READS (2, x2);
READS (3, folded); // [items, 2, chunks * 8] fp32

void
main ()
{
  int id = group () * 8 + lane (), chunks = p.chunks1 + p.chunks2;
  int chunk = id % chunks, row = p.row0 + id / chunks;
  if (row >= p.row1)
    return;
  Chunk c;
  if (chunk < p.chunks1)
    c = load_chunk (x1, row * p.stride1 + p.first1 + chunk);
  else
    c = load_chunk (x2, row * p.stride2 + p.first2 + chunk - p.chunks1);
  int at = row / p.rows * 2 * chunks + chunk;
  Chunk scale = load_f32 (folded, at), shift = load_f32 (folded, at + chunks);
  if (p.way != GROUP_NORM_COPY) {
    c.lo = fma (c.lo, scale.lo, shift.lo);
    c.hi = fma (c.hi, scale.hi, shift.hi);
  }
  if (p.way == GROUP_NORM_SILU) {
    c.lo /= 1.0 + exp (-c.lo);
    c.hi /= 1.0 + exp (-c.hi);
  }
  STORE_CHUNK (y, (row - p.row0 + p.to) * chunks + chunk, c);
}
