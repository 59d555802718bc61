// group_norm_fold.comp - from the bands' statistics to one scale and shift a channel.
//
// Eight lanes take one group of one item: y = x * scale + shift with scale = gamma / sqrt (variance + epsilon) and
// shift = beta - mean * scale (Wu and He 2018).
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnGroupNormFoldPush p; };
layout (binding = 0) writeonly buffer Out { float folded[]; }; // [items, 2, chunks * 8]: scales, shifts
layout (binding = 1) readonly buffer Stats { float stats[]; }; // [items, bands, chunks, 2, 8]
layout (binding = 2) readonly buffer Gamma { float gamma[]; };
layout (binding = 3) readonly buffer Beta { float beta[]; };

int
stat_at (int item, int band, int channel)
{
  return ((item * p.bands + band) * p.chunks + channel / 8) * 16 + channel % 8;
}

void
main ()
{
  int id = group (), g = id % p.groups, item = min (id / p.groups, p.items - 1);
  int size = p.channels / p.groups, n = size * p.bands;

  float sum = 0.0;
  for (int i = lane (); i < n; i += 8) {
    int band = i / size;
    float rows = float (min (GROUP_NORM_BAND, p.rows - band * GROUP_NORM_BAND));
    sum += stats[stat_at (item, band, g * size + i % size)] * rows;
  }
  float count = float (size) * float (p.rows);
  float mean = lanes_sum (sum) / count;

  float squares = 0.0;
  for (int i = lane (); i < n; i += 8) {
    int band = i / size, at = stat_at (item, band, g * size + i % size);
    float rows = float (min (GROUP_NORM_BAND, p.rows - band * GROUP_NORM_BAND));
    float d = stats[at] - mean;
    squares += stats[at + 8] + d * d * rows;
  }
  float r = 1.0 / sqrt (lanes_sum (squares) / count + p.epsilon);

  if (id >= p.groups * p.items)
    return;
  for (int i = lane (); i < size; i += 8) {
    int channel = g * size + i, to = item * p.chunks * 16 + channel;
    folded[to] = gamma[channel] * r;
    folded[to + p.chunks * 8] = beta[channel] - mean * gamma[channel] * r;
  }
}
