// slab.glsl - a workgroup's product on its way to memory: back through shared memory by slabs, SLAB_ROWS rows of sums
// at a time, in fp32.
#ifndef LIMN_SLAB_GLSL
#define LIMN_SLAB_GLSL

#include "stage.glsl"
#include "store.glsl"

// Rows of a slab that are one part's.
#ifdef MATRIX
const int SLAB_EACH = MATRIX_M;
#else
const int SLAB_EACH = 1;
#endif
const int SLABS = PART_ROWS / SLAB_EACH;
const int SLAB_ROWS = TILE_ROWS / SLABS;
const int SLAB_STRIDE = TILE_COLUMNS / 4 + 1;
const int SLAB_SIZE = SLAB_ROWS * SLAB_STRIDE;

shared uvec4 staged[STAGE_SIZE > SLAB_SIZE ? STAGE_SIZE : SLAB_SIZE];

#ifdef MATRIX
#include "matrix.glsl"
#else
#include "block.glsl"
#endif

// What a kernel does with a slab: rows and columns are the tile's.
void finish (int row, int chunk, Chunk value, Chunk gate);

void
slab_put (int slab)
{
  int at = part_row () * SLAB_EACH * SLAB_STRIDE;

  [[unroll]] for (int i = 0; i < SLABS; i++)
  {
    if (i == slab)
      sums_put (i, at, SLAB_STRIDE);
  }
}

Chunk
slab_chunk (int row, int chunk)
{
  int at = row * SLAB_STRIDE + 2 * chunk;
  return Chunk (uintBitsToFloat (staged[at]), uintBitsToFloat (staged[at + 1]));
}

// The tile's row that the slab's is.
int
slab_row (int slab, int row)
{
#ifdef MATRIX
  return row / SLAB_EACH * PART_ROWS + slab * SLAB_EACH + row % SLAB_EACH;
#else
  return slab * SLAB_ROWS + row;
#endif
}

// Gated, the second half of the tile's columns are the gates of the first.
void
slab_finish (int slab)
{
  const int chunks = GATED ? TILE_COLUMNS / 16 : TILE_COLUMNS / 8;

  [[dont_unroll]] for (int i = int (gl_LocalInvocationIndex); i < SLAB_ROWS * chunks; i += WORKGROUP)
  {
    Chunk value = slab_chunk (i / chunks, i % chunks), gate = value;
    if (GATED)
      gate = slab_chunk (i / chunks, chunks + i % chunks);
    finish (slab_row (slab, i / chunks), i % chunks, value, gate);
  }
}

void
product (int chunks)
{
  sums_clear ();
  stage_product (chunks);
  [[dont_unroll]] for (int slab = 0; slab < SLABS; slab++)
  {
    meet ();
    slab_put (slab);
    meet ();
    slab_finish (slab);
  }
}

#endif
