// max_pool.comp - each pixel becomes the largest of those around it, channel by channel; beyond the edge there are
// none.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnMaxPoolPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, x);

void
main ()
{
  int id = group () * 8 + lane (), chunk = id % p.chunks, row = p.row0 + id / p.chunks;
  if (row >= p.row1)
    return;
  int pixel = row % (p.h * p.w), first = row - pixel, line = pixel / p.w, column = pixel % p.w;
  Chunk most = load_chunk (x, row * p.stride + p.first + chunk);

  for (int i = max (line - p.reach, 0); i <= min (line + p.reach, p.h - 1); i++)
    for (int j = max (column - p.reach, 0); j <= min (column + p.reach, p.w - 1); j++) {
      Chunk c = load_chunk (x, (first + i * p.w + j) * p.stride + p.first + chunk);

      most.lo = max (most.lo, c.lo);
      most.hi = max (most.hi, c.hi);
    }
  most = mask_chunk (most, 8 * chunk, p.channels);
  STORE_CHUNK (y, (row - p.row0) * p.out_stride + p.out_first + chunk, most);
}
