// nag.comp - normalised attention guidance (Chen et al. 2025): away from what attention to the negative prompt gives.
//
// Eight lanes a row; its length is the sum of sizes, and grows by tau at most.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnNagPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, positive);
READS (2, negative);

const float LEAST = 1e-7;

float
sizes (Chunk c)
{
  vec4 s = abs (c.lo) + abs (c.hi);
  return s.x + s.y + s.z + s.w;
}

Chunk
away (Chunk x, Chunk z)
{
  return Chunk (x.lo * p.scale - z.lo * (p.scale - 1.0), x.hi * p.scale - z.hi * (p.scale - 1.0));
}

void
main ()
{
  int row = p.row0 + group (), at = min (row, p.row1 - 1);
  int from = at * p.positive_stride + p.positive_first, other = at * p.negative_stride + p.negative_first;

  float length_ = 0.0, guided = 0.0;
  for (int i = lane (); i < p.chunks; i += 8) {
    Chunk x = load_chunk (positive, from + i), z = load_chunk (negative, other + i);
    length_ += sizes (x);
    guided += sizes (away (x, z));
  }
  length_ = lanes_sum (length_);
  guided = lanes_sum (guided);
  float shorter = guided > p.tau * (length_ + LEAST) ? p.tau * length_ / (guided + LEAST) : 1.0;

  if (row >= p.row1)
    return;
  for (int i = lane (); i < p.chunks; i += 8) {
    Chunk x = load_chunk (positive, from + i), g = away (x, load_chunk (negative, other + i));
    float share = p.alpha * shorter;
    Chunk c = Chunk (g.lo * share + x.lo * (1.0 - p.alpha), g.hi * share + x.hi * (1.0 - p.alpha));
    c = mask_chunk (c, 8 * i, p.channels);
    STORE_CHUNK (y, (row - p.row0) * p.out_stride + i, c);
  }
}
