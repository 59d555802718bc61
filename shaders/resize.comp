// resize.comp - a picture at another size, as PyTorch's interpolate has it without corners aligned: bicubic (Keys 1981,
// a = -0.75), bilinear or nearest, pixels beyond the edge being those of the edge.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnResizePush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, x);

// Of four pixels from first on, how much each counts for pixel i of n; there are m to take from.
struct Taps {
  int first;
  vec4 weight;
};

float
near (float t)
{
  return (1.25 * t - 2.25) * t * t + 1.0;
}

float
far (float t)
{
  return ((-0.75 * t + 3.75) * t - 6.0) * t + 3.0;
}

Taps
taps_at (int i, int n, int m)
{
  if (p.nearest != 0)
    return Taps (i * m / n - 1, vec4 (0, 1, 0, 0));
  // where its middle lies, in 1 / 2n, by integers: floor and fraction are exact
  int at = (2 * i + 1) * m + n, whole = at / (2 * n) - 1;
  float t = float (at % (2 * n)) / float (2 * n);

  if (p.bilinear != 0)
    return Taps (whole - 1, vec4 (0, 1.0 - t, t, 0));
  return Taps (whole - 1, vec4 (far (1.0 + t), near (t), near (1.0 - t), far (2.0 - t)));
}

void
main ()
{
  int id = group () * 8 + lane (), chunk = id % p.chunks, row = p.row0 + id / p.chunks;
  if (row >= p.row1)
    return;
  int pixel = row % (p.out_h * p.out_w), item = row / (p.out_h * p.out_w);
  Taps down = taps_at (pixel / p.out_w, p.out_h, p.span_h), across = taps_at (pixel % p.out_w, p.out_w, p.span_w);
  Chunk sum = Chunk (vec4 (0), vec4 (0));

  for (int i = 0; i < 4; i++) {
    int line = (item * p.in_h + clamp (down.first + i, 0, p.in_h - 1)) * p.in_w;

    for (int j = 0; j < 4; j++) {
      float weight = down.weight[i] * across.weight[j];
      Chunk c = load_chunk (x, (line + clamp (across.first + j, 0, p.in_w - 1)) * p.stride + p.first + chunk);

      sum.lo += weight * c.lo;
      sum.hi += weight * c.hi;
    }
  }
  sum = mask_chunk (sum, 8 * chunk, p.channels);
  STORE_CHUNK (y, (row - p.row0) * p.chunks + chunk, sum);
}
