// freeu_fold.comp - from the bands' sums to what is added of each of FreeU's waves.
//
// A side of one pixel has no frequency but 0, which is counted once.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"

layout (push_constant) uniform Push { LimnFreeuPush p; };
layout (binding = 0) writeonly buffer Out { float folded[]; }; // [items, waves, chunks * 8]
layout (binding = 1) readonly buffer Sums { float sums[]; };   // [items, bands, chunks, waves, 8]

void
main ()
{
  int id = group () * 8 + lane (), channels = 8 * p.chunks;
  int channel = id % channels, wave = id / channels % FREEU_WAVES, item = id / channels / FREEU_WAVES;
  if (item >= p.items)
    return;
  bool down = p.rows > p.width || wave == 0 || wave == 3 || wave == 4;
  bool across = p.width > 1 || wave < 3;

  float sum = 0.0;
  for (int band = 0; band < p.bands; band++)
    sum += sums[(((item * p.bands + band) * p.chunks + channel / 8) * FREEU_WAVES + wave) * 8 + channel % 8];
  folded[id] = down && across ? sum * (p.scale - 1.0) / float (p.rows) : 0.0;
}
