// block.glsl - the product of a staged tile by multiplying and adding, where a device has no matrix units.
//
// A lane holds a part of the tile, PART_ROWS x PART_COLUMNS, rows and columns that lie a slab apart: lanes side by side
// read neighbours, at different banks.
#ifndef LIMN_BLOCK_GLSL
#define LIMN_BLOCK_GLSL

#include "staging.glsl"

const int PARTS_DOWN = TILE_ROWS / PART_ROWS;

float sums[PART_ROWS * PART_COLUMNS];

int
part_row ()
{
  return int (gl_LocalInvocationIndex) / ACROSS;
}

int
part_column ()
{
  return int (gl_LocalInvocationIndex) % ACROSS;
}

void
sums_clear ()
{
  [[unroll]] for (int i = 0; i < PART_ROWS * PART_COLUMNS; i++) sums[i] = 0.0;
}

// A chunk of K.
void
multiply (int left_at, int right_at)
{
  Chunk right[PART_COLUMNS];

  [[unroll]] for (int j = 0; j < PART_COLUMNS; j++)
      right[j] = unpack_f16 (staged[right_at + j * ACROSS * STAGE_STRIDE]);
  [[unroll]] for (int i = 0; i < PART_ROWS; i++)
  {
    Chunk left = unpack_f16 (staged[left_at + i * PARTS_DOWN * STAGE_STRIDE]);
    [[unroll]] for (int k = 0; k < 8; k++)
    {
      [[unroll]] for (int j = 0; j < PART_COLUMNS; j++)
          sums[i * PART_COLUMNS + j] =
              fma (chunk_element (left, k), chunk_element (right[j], k), sums[i * PART_COLUMNS + j]);
    }
  }
}

void
multiply_staged ()
{
  int left_at = part_row () * STAGE_STRIDE, right_at = STAGE_RIGHT + part_column () * STAGE_STRIDE;

  [[dont_unroll]] for (int k = 0; k < STAGE_CHUNKS; k++) multiply (left_at + k, right_at + k);
}

// Row i of this part's sums, to the one that begins at at.
void
sums_put (int i, int at, int stride)
{
  [[unroll]] for (int j = 0; j < PART_COLUMNS; j++)
  {
    int column = part_column () + j * ACROSS;
    staged[at + column / 4][column % 4] = floatBitsToUint (sums[i * PART_COLUMNS + j]);
  }
}

#endif
