// freeu_mean.comp - the mean of each row's channels, and the least and the most of these over bands of rows.
//
// Eight lanes a band.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnFreeuPush p; };
layout (binding = 0) writeonly buffer Means { vec4 means[]; };   // [items, rows, 2]: the first value of each
layout (binding = 1) writeonly buffer Ranges { vec4 ranges[]; }; // [items, bands, 2]: the first two of each
READS (2, x);

void
main ()
{
  int id = group (), band = id % p.bands, item = min (id / p.bands, p.items - 1);
  float least = 3.0e38, most = -3.0e38;

  // as often for all, who share values: a last row once more changes nothing
  for (int i = 0; i < FREEU_BAND; i++) {
    int row = item * p.rows + min (band * FREEU_BAND + i, p.rows - 1);
    float sum = 0.0;

    for (int k = lane (); k < p.chunks; k += 8) {
      Chunk c = load_chunk (x, row * p.stride + p.first + k);
      vec4 s = c.lo + c.hi;

      sum += s.x + s.y + s.z + s.w;
    }
    float mean = lanes_sum (sum) / float (p.channels);
    least = min (least, mean);
    most = max (most, mean);
    if (id < p.bands * p.items && lane () < 2)
      means[2 * row + lane ()] = vec4 (lane () == 0 ? mean : 0.0, 0, 0, 0);
  }
  if (id < p.bands * p.items && lane () < 2)
    ranges[2 * id + lane ()] = lane () == 0 ? vec4 (least, most, 0, 0) : vec4 (0);
}
