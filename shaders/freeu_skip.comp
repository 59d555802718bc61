// freeu_skip.comp - what FreeU's filter changes, added to what it was made of.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "freeu.glsl"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnFreeuPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, x);
READS (2, folded); // [items, waves, chunks * 8] fp32

void
main ()
{
  int id = group () * 8 + lane (), chunk = id % p.chunks, row = p.row0 + id / p.chunks;
  if (row >= p.row1)
    return;
  Chunk c = load_chunk (x, row * p.stride + p.first + chunk);
  int at = row / p.rows * FREEU_WAVES * p.chunks + chunk;
  float wave[FREEU_WAVES];

  waves_at (row % p.rows, p.rows / p.width, p.width, wave);
  [[unroll]] for (int w = 0; w < FREEU_WAVES; w++)
  {
    Chunk added = load_f32 (folded, at + w * p.chunks);

    c.lo += wave[w] * added.lo;
    c.hi += wave[w] * added.hi;
  }
  c = mask_chunk (c, 8 * chunk, p.channels);
  STORE_CHUNK (y, (row - p.row0) * p.chunks + chunk, c);
}
