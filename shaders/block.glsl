// block.glsl - the product of a staged tile by multiplying and adding, where a device has no matrix units.
//
// A lane holds PART_ROWS x PART_COLUMNS of the tile, rows and columns that lie a slab apart: lanes side by side read
// neighbours, at different banks.
#ifndef LIMN_BLOCK_GLSL
#define LIMN_BLOCK_GLSL

#include "stage.glsl"

const int ACROSS = TILE_COLUMNS / PART_COLUMNS; // lanes

float sums[PART_ROWS * PART_COLUMNS];

// A chunk of K.
void
multiply (int left_at, int right_at)
{
  Chunk right[PART_COLUMNS];

  [[unroll]] for (int j = 0; j < PART_COLUMNS; j++)
      right[j] = unpack_f16 (staged[right_at + j * ACROSS * STAGE_STRIDE]);
  [[unroll]] for (int i = 0; i < PART_ROWS; i++)
  {
    Chunk left = unpack_f16 (staged[left_at + i * SLAB_ROWS * STAGE_STRIDE]);
    [[unroll]] for (int k = 0; k < 8; k++)
    {
      [[unroll]] for (int j = 0; j < PART_COLUMNS; j++)
          sums[i * PART_COLUMNS + j] =
              fma (chunk_element (left, k), chunk_element (right[j], k), sums[i * PART_COLUMNS + j]);
    }
  }
}

void
slab_put (int at, int slab)
{
  [[unroll]] for (int i = 0; i < PART_ROWS; i++)
  {
    if (i == slab) {
      [[unroll]] for (int j = 0; j < PART_COLUMNS; j++)
      {
        int column = at + j * ACROSS;
        staged[column / 4][column % 4] = floatBitsToUint (sums[i * PART_COLUMNS + j]);
      }
    }
  }
}

void
product (int chunks)
{
  int row = int (gl_LocalInvocationIndex) / ACROSS, column = int (gl_LocalInvocationIndex) % ACROSS;

  [[unroll]] for (int i = 0; i < PART_ROWS * PART_COLUMNS; i++) sums[i] = 0.0;
  stage_fetch (0, chunks);
  for (int first = 0; first < chunks; first += STAGE_CHUNKS) {
    barrier ();
    stage_put ();
    barrier ();
    if (first + STAGE_CHUNKS < chunks)
      stage_fetch (first + STAGE_CHUNKS, chunks);
    [[dont_unroll]] for (int k = 0; k < STAGE_CHUNKS; k++)
        multiply (row * STAGE_STRIDE + k, STAGE_RIGHT + column * STAGE_STRIDE + k);
  }
  [[dont_unroll]] for (int slab = 0; slab < SLABS; slab++)
  {
    barrier ();
    slab_put (row * SLAB_STRIDE * 4 + column, slab);
    barrier ();
    slab_finish (slab);
  }
}

#endif
