// freeu_backbone.comp - the first half of the channels times a factor (Si et al. 2024, section 3.2): the same for all
// pixels, or, in the paper's second version, more where the mean of the channels is high among those of the picture.
//
// Eight lanes a row.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnFreeuPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, x);
layout (binding = 2) readonly buffer Means { float means[]; };   // [items, rows, 8]
layout (binding = 3) readonly buffer Ranges { float ranges[]; }; // [items, bands, 8]

float
factor_of (int row)
{
  int item = row / p.rows;
  float least = 3.0e38, most = -3.0e38;

  if (p.weighted == 0)
    return p.scale;
  for (int band = lane (); band < p.bands; band += 8) {
    least = min (least, ranges[(item * p.bands + band) * 8]);
    most = max (most, ranges[(item * p.bands + band) * 8 + 1]);
  }
  least = -lanes_max (-least);
  most = lanes_max (most);
  return most > least ? 1.0 + (p.scale - 1.0) * (means[row * 8] - least) / (most - least) : 1.0;
}

void
main ()
{
  int row = p.row0 + group (), half_ = p.channels / 2;
  float factor = factor_of (min (row, p.row1 - 1));
  if (row >= p.row1)
    return;

  for (int i = lane (); i < p.chunks; i += 8) {
    Chunk c = load_chunk (x, row * p.stride + p.first + i);

    c.lo *= mix (vec4 (1), vec4 (factor), lessThan (ivec4 (0, 1, 2, 3) + 8 * i, ivec4 (half_)));
    c.hi *= mix (vec4 (1), vec4 (factor), lessThan (ivec4 (4, 5, 6, 7) + 8 * i, ivec4 (half_)));
    STORE_CHUNK (y, (row - p.row0) * p.chunks + i, c);
  }
}
