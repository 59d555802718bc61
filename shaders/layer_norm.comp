// layer_norm.comp - each row to mean 0 and variance 1, times gamma plus beta (Ba, Kiros and Hinton 2016).
//
// Eight lanes a row; the deviations are taken in a second pass, so nothing cancels.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnLayerNormPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, x);
READS (2, gamma); // fp32
READS (3, beta);

float
total (Chunk c)
{
  vec4 s = c.lo + c.hi;
  return s.x + s.y + s.z + s.w;
}

void
main ()
{
  int row = p.row0 + group (), from = min (row, p.row1 - 1) * p.stride + p.first;

  float sum = 0.0;
  for (int i = lane (); i < p.chunks; i += 8) sum += total (load_chunk (x, from + i));
  float mean = lanes_sum (sum) / float (p.channels);

  float squares = 0.0;
  for (int i = lane (); i < p.chunks; i += 8) {
    Chunk c = load_chunk (x, from + i);
    c.lo -= mean;
    c.hi -= mean;
    c = mask_chunk (c, 8 * i, p.channels);
    squares += dot (c.lo, c.lo) + dot (c.hi, c.hi);
  }
  float r = 1.0 / sqrt (lanes_sum (squares) / float (p.channels) + p.epsilon);

  if (row >= p.row1)
    return;
  for (int i = lane (); i < p.chunks; i += 8) {
    Chunk c = load_chunk (x, from + i), g = load_f32 (gamma, i), b = load_f32 (beta, i);
    c.lo = fma ((c.lo - mean) * r, g.lo, b.lo);
    c.hi = fma ((c.hi - mean) * r, g.hi, b.hi);
    c = mask_chunk (c, 8 * i, p.channels);
    STORE_CHUNK (y, (row - p.row0) * p.out_stride + i, c);
  }
}
