// freeu_waves.comp - sums of every channel times FreeU's waves, over bands of rows.
//
// One lane takes eight channels of a band.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "freeu.glsl"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnFreeuPush p; };
layout (binding = 0) writeonly buffer Out { vec4 sums[]; }; // [items, bands, chunks, waves, 2]
READS (1, x);

void
main ()
{
  int id = group () * 8 + lane ();
  int chunk = id % p.chunks, band = id / p.chunks % p.bands, item = id / p.chunks / p.bands;
  if (item >= p.items)
    return;
  int row0 = band * FREEU_BAND, n = min (FREEU_BAND, p.rows - row0);
  int at = (item * p.rows + row0) * p.stride + p.first + chunk;
  Chunk sum[FREEU_WAVES];
  float wave[FREEU_WAVES];

  [[unroll]] for (int w = 0; w < FREEU_WAVES; w++) sum[w] = Chunk (vec4 (0), vec4 (0));
  for (int i = 0; i < n; i++) {
    Chunk c = load_chunk (x, at + i * p.stride);

    waves_at (row0 + i, p.rows / p.width, p.width, wave);
    [[unroll]] for (int w = 0; w < FREEU_WAVES; w++)
    {
      sum[w].lo += wave[w] * c.lo;
      sum[w].hi += wave[w] * c.hi;
    }
  }
  int to = ((item * p.bands + band) * p.chunks + chunk) * 2 * FREEU_WAVES;
  [[unroll]] for (int w = 0; w < FREEU_WAVES; w++)
  {
    sums[to + 2 * w] = sum[w].lo;
    sums[to + 2 * w + 1] = sum[w].hi;
  }
}
