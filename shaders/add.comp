// add.comp - one array and a share of another, whose rows may be fewer: each is then added to several.
//
// Eight lanes a row.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnAddPush p; };
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
  int from = row * p.first_stride + p.first_first;
  int other = row % p.second_rows * p.second_stride + p.second_first;
  float share = p.share < 0 ? 1.0 : shares[p.share];

  for (int i = lane (); i < p.chunks; i += 8) {
    Chunk x = load_chunk (first, from + i), z = load_chunk (second, other + i);
    Chunk c = mask_chunk (Chunk (x.lo + share * z.lo, x.hi + share * z.hi), 8 * i, p.channels);
    STORE_CHUNK (y, (row - p.row0) * p.out_stride + i, c);
  }
}
