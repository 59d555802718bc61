// tile.glsl - a 16 x 32 tile of a matrix product, held by eight lanes.
//
// Lane j holds columns j, 8 + j, 16 + j and 24 + j of all 16 rows: acc[row][block].  Along K both operands are read
// eight elements a lane at once; the rows' elements go round by shuffle.  On lavapipe this is the fastest shape known:
// few loads, all arithmetic on whole registers.
#ifndef LIMN_TILE_GLSL
#define LIMN_TILE_GLSL

#include "lanes.glsl"
#include "store.glsl"
#include "tile.h"

float acc[4 * TILE_ROWS]; // [row][block]; not vec4: lavapipe copies vectors once more each time round a loop

void
tile_clear ()
{
  [[unroll]] for (int i = 0; i < 4 * TILE_ROWS; i++) acc[i] = 0.0;
}

// a0, a1: this lane's rows (lane and 8 + lane); w0..w3: its columns of the four blocks; eight elements of K each.
void
tile_chunk (Chunk a0, Chunk a1, Chunk w0, Chunk w1, Chunk w2, Chunk w3)
{
  lanes_open ();
  [[unroll]] for (int k = 0; k < 8; k++)
  {
    lanes_offer (k, chunk_element (a0, k));
    lanes_offer (8 + k, chunk_element (a1, k));
  }
  lanes_close ();
  // Rows outside: a row's sums stay in registers while K runs.
  [[unroll]] for (int r = 0; r < 8; r++)
  {
    [[unroll]] for (int k = 0; k < 8; k++)
    {
      float x0 = lanes_take (k, r), x1 = lanes_take (8 + k, r);
      float v0 = chunk_element (w0, k), v1 = chunk_element (w1, k);
      float v2 = chunk_element (w2, k), v3 = chunk_element (w3, k);
      acc[4 * r] = fma (x0, v0, acc[4 * r]);
      acc[4 * r + 1] = fma (x0, v1, acc[4 * r + 1]);
      acc[4 * r + 2] = fma (x0, v2, acc[4 * r + 2]);
      acc[4 * r + 3] = fma (x0, v3, acc[4 * r + 3]);
      acc[4 * r + 32] = fma (x1, v0, acc[4 * r + 32]);
      acc[4 * r + 33] = fma (x1, v1, acc[4 * r + 33]);
      acc[4 * r + 34] = fma (x1, v2, acc[4 * r + 34]);
      acc[4 * r + 35] = fma (x1, v3, acc[4 * r + 35]);
    }
  }
}

// Block of the tile, transposed: this lane's row of rows 8 * half .. 8 * half + 7, eight consecutive columns.
//
// To be called in a loop that is not unrolled: half and block are picked by value, since eight copies of what follows
// would take lavapipe seconds to compile.
Chunk
tile_block (int half_, int block)
{
  float v[8];
  [[unroll]] for (int i = 0; i < 8; i++)
  {
    float b0 = half_ == 0 ? acc[4 * i] : acc[4 * i + 32], b1 = half_ == 0 ? acc[4 * i + 1] : acc[4 * i + 33];
    float b2 = half_ == 0 ? acc[4 * i + 2] : acc[4 * i + 34], b3 = half_ == 0 ? acc[4 * i + 3] : acc[4 * i + 35];
    v[i] = block < 2 ? (block == 0 ? b0 : b1) : (block == 2 ? b2 : b3);
  }
  lanes_transpose (v);
  return Chunk (vec4 (v[0], v[1], v[2], v[3]), vec4 (v[4], v[5], v[6], v[7]));
}

#endif
