// mix.comp - of each row so much of one array, the rest of another; shares of 0 and 1 give either to the bit.
//
// Eight lanes a row.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnMixPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, first);
READS (2, second);
layout (binding = 3) readonly buffer Shares { float shares[]; };

void
main ()
{
  int row = p.row0 + group ();
  if (row >= p.row1)
    return;
  int from = row * p.first_stride + p.first_first, other = row * p.second_stride + p.second_first;
  float share = shares[row % p.share_rows * p.share_stride + p.share], rest = 1.0 - share;

  for (int i = lane (); i < p.chunks; i += 8) {
    Chunk x = load_chunk (first, from + i), z = load_chunk (second, other + i);
    Chunk c = Chunk (rest * x.lo + share * z.lo, rest * x.hi + share * z.hi);
    STORE_CHUNK (y, (row - p.row0) * p.out_stride + i, mask_chunk (c, 8 * i, p.channels));
  }
}
