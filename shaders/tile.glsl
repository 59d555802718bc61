// tile.glsl - a 16 x 32 tile of a matrix product, held by eight lanes.
//
// Lane j holds columns j, 8 + j, 16 + j and 24 + j of all 16 rows: acc[row][block].  Along K both operands are read
// eight elements a lane at once; the rows' elements go round by shuffle.  On lavapipe this is the fastest shape known:
// few loads, all arithmetic on whole registers.
#ifndef LIMN_TILE_GLSL
#define LIMN_TILE_GLSL

#include "lanes.glsl"
#include "store.glsl"

const int TILE_ROWS = 16;
const int TILE_COLUMNS = 32;

vec4 acc[TILE_ROWS];

void
tile_clear ()
{
  [[unroll]] for (int r = 0; r < TILE_ROWS; r++) acc[r] = vec4 (0);
}

void
tile_step (float a0, float a1, vec4 w)
{
  [[unroll]] for (int r = 0; r < 8; r++)
  {
    acc[r] = fma (vec4 (lane_get (a0, r)), w, acc[r]);
    acc[r + 8] = fma (vec4 (lane_get (a1, r)), w, acc[r + 8]);
  }
}

// a0, a1: this lane's rows (lane and 8 + lane); w0..w3: this lane's columns of the four blocks; eight elements of K each.
void
tile_chunk (Chunk a0, Chunk a1, Chunk w0, Chunk w1, Chunk w2, Chunk w3)
{
  [[unroll]] for (int k = 0; k < 4; k++) tile_step (a0.lo[k], a1.lo[k], vec4 (w0.lo[k], w1.lo[k], w2.lo[k], w3.lo[k]));
  [[unroll]] for (int k = 0; k < 4; k++) tile_step (a0.hi[k], a1.hi[k], vec4 (w0.hi[k], w1.hi[k], w2.hi[k], w3.hi[k]));
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
    vec4 row = half_ == 0 ? acc[i] : acc[8 + i];
    vec2 pair = block < 2 ? row.xy : row.zw;
    v[i] = (block & 1) == 0 ? pair.x : pair.y;
  }
  lanes_transpose (v);
  return Chunk (vec4 (v[0], v[1], v[2], v[3]), vec4 (v[4], v[5], v[6], v[7]));
}

#endif
