// group_norm_stats.comp - mean and sum of squared deviations of every channel over bands of rows.
//
// One lane takes eight channels of a band, twice through: the deviations are taken from the band's own mean, so nothing
// cancels (Chan, Golub and LeVeque 1979).
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnGroupNormStatsPush p; };
layout (binding = 0) writeonly buffer Out { vec4 stats[]; }; // [items, bands, all chunks, 4]: mean, squares; lo, hi
READS (1, x);

void
main ()
{
  int id = group () * 8 + lane ();
  int chunk = id % p.chunks, band = id / p.chunks % p.bands, item = id / p.chunks / p.bands;
  if (item >= p.items)
    return;
  int row0 = band * GROUP_NORM_BAND, n = min (GROUP_NORM_BAND, p.rows - row0);
  int at = (item * p.rows + row0) * p.stride + p.first + chunk;

  Chunk mean = Chunk (vec4 (0), vec4 (0)), squares = Chunk (vec4 (0), vec4 (0));
  for (int i = 0; i < n; i++) {
    Chunk c = load_chunk (x, at + i * p.stride);
    mean.lo += c.lo;
    mean.hi += c.hi;
  }
  mean.lo /= float (n);
  mean.hi /= float (n);
  for (int i = 0; i < n; i++) {
    Chunk c = load_chunk (x, at + i * p.stride);
    vec4 lo = c.lo - mean.lo, hi = c.hi - mean.hi;
    squares.lo += lo * lo;
    squares.hi += hi * hi;
  }
  int to = ((item * p.bands + p.band0 + band) * p.all_chunks + p.chunk0 + chunk) * 4;
  stats[to] = mean.lo;
  stats[to + 1] = mean.hi;
  stats[to + 2] = squares.lo;
  stats[to + 3] = squares.hi;
}
