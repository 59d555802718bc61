// merge.comp - x + up . down: what a LoRA adds to a weight of values.
//
// Each value's sum is in the order of the rank and no product of it is fused: so it is what the CPU gives, to the bit.
// Eight lanes hold a chunk each of eight rows.  x and the result may be the same memory: who writes a chunk has
// read it, and nobody else does.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "norm.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnMergePush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; };
READS (1, x);    // [rows, chunks], from the first of this band on
READS (2, down); // fp32 [rank, chunks]
READS (3, up);   // fp32 [rows, rank]

// Sums of eight rows, which this lane has a chunk of each of.
vec4 lo[MERGE_ROWS], hi[MERGE_ROWS];

void
add_product (int i, float factor, Chunk d)
{
  precise vec4 more_lo = factor * d.lo, more_hi = factor * d.hi;
  precise vec4 sum_lo = lo[i] + more_lo, sum_hi = hi[i] + more_hi;

  lo[i] = sum_lo;
  hi[i] = sum_hi;
}

// Eight of the rank: each lane reads a row's factors, and all take them.
void
add_eight (int from, int r, int chunk)
{
  Chunk mine = load_f32 (up, from + r / 8);

  lanes_open ();
  [[unroll]] for (int k = 0; k < 8; k++) lanes_offer (k, chunk_element (mine, k));
  lanes_close ();
  [[unroll]] for (int k = 0; k < 8; k++)
  {
    Chunk d = load_f32 (down, (r + k) * p.chunks + chunk);
    [[unroll]] for (int i = 0; i < MERGE_ROWS; i++) add_product (i, lanes_take (k, i), d);
  }
}

void
main ()
{
  int tiles = (p.chunks + 7) / 8, row = p.row0 + group () / tiles * MERGE_ROWS, chunk = group () % tiles * 8 + lane ();
  if (row >= p.row1)
    return;
  int at = min (chunk, p.chunks - 1), last = p.row1 - 1, r = 0;
  [[unroll]] for (int i = 0; i < MERGE_ROWS; i++)
  {
    Chunk own = load_chunk (x, (min (row + i, last) - p.row0) * p.chunks + at);
    lo[i] = own.lo;
    hi[i] = own.hi;
  }
  for (; r + 8 <= p.rank; r += 8) add_eight (min (row + lane (), last) * p.up_stride, r, at);
  // no zeros for what is left of eight: they would make 0 of -0
  for (; r < p.rank; r++) {
    Chunk d = load_f32 (down, r * p.chunks + at);
    [[unroll]] for (int i = 0; i < MERGE_ROWS; i++)
    {
      uvec4 four = FETCH (up, 2 * min (row + i, last) * p.up_stride + r / 4);
      uvec2 two = (r & 2) == 0 ? four.xy : four.zw;
      add_product (i, uintBitsToFloat ((r & 1) == 0 ? two.x : two.y), d);
    }
  }
  [[unroll]] for (int i = 0; i < MERGE_ROWS; i++)
  {
    if (row + i < p.row1 && chunk < p.chunks)
      STORE_CHUNK (y, (row + i - p.row0) * p.chunks + chunk, Chunk (lo[i], hi[i]));
  }
}
