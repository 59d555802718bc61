// stage.glsl - a workgroup's tile of a product: both operands pass through shared memory as halves, TILE_K of each row
// at a time.
//
// Lanes read chunks side by side, so that memory is read in whole lines; while the workgroup multiplies what lies in
// shared memory, the next chunks are on their way to registers.  A row there is a chunk longer than it need be, so that
// eight rows begin at different banks.
#ifndef LIMN_STAGE_GLSL
#define LIMN_STAGE_GLSL

#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require

#include "stage.h"

layout (local_size_x_id = 0, local_size_y = 1, local_size_z = 1) in;
layout (constant_id = 0) const int WORKGROUP = 128; // lanes
layout (constant_id = 7) const int TILE_ROWS = 128;
layout (constant_id = 8) const int TILE_COLUMNS = 64;
layout (constant_id = 9) const int TILE_K = 32;
layout (constant_id = 10) const int PART_ROWS = 8;
layout (constant_id = 11) const int PART_COLUMNS = 8;
layout (constant_id = 12) const int MATRIX_M = 16;
layout (constant_id = 13) const int MATRIX_N = 16;
layout (constant_id = 14) const int MATRIX_K = 16;

const int STAGE_CHUNKS = TILE_K / 8;
const int STAGE_STRIDE = STAGE_CHUNKS + 1;
const int STAGE_RIGHT = TILE_ROWS * STAGE_STRIDE; // where the right operand's rows begin
const int STAGE_STEP = WORKGROUP / STAGE_CHUNKS;  // rows that all lanes read at once
const int LEFT_EACH = TILE_ROWS / STAGE_STEP;     // of them a lane reads so many
const int RIGHT_EACH = TILE_COLUMNS / STAGE_STEP;

// The product goes back through shared memory by slabs: SLAB_ROWS rows of sums at a time, in fp32.
#ifdef MATRIX
const int SLAB_ROWS = TILE_ROWS / PART_ROWS * MATRIX_M;
#else
const int SLAB_ROWS = TILE_ROWS / PART_ROWS;
#endif
const int SLABS = TILE_ROWS / SLAB_ROWS;
const int SLAB_STRIDE = TILE_COLUMNS / 4 + 1;

const int STAGE_SIZE = (TILE_ROWS + TILE_COLUMNS) * STAGE_STRIDE;
const int SLAB_SIZE = SLAB_ROWS * SLAB_STRIDE;
shared uvec4 staged[STAGE_SIZE > SLAB_SIZE ? STAGE_SIZE : SLAB_SIZE];

uvec4 left_next[LEFT_EACH], right_next[RIGHT_EACH];

// What a kernel says of its operands: eight halves of this lane's i-th row of the tile, along K.
uvec4 left_chunk (int i, int chunk);
uvec4 right_chunk (int i, int chunk);
// And what becomes of a slab: rows and columns are the tile's.
void finish (int row, int chunk, Chunk value, Chunk gate);

int
group ()
{
  return int (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x);
}

// Which row of the tile this lane's i-th is.
int
stage_row (int i)
{
  return int (gl_LocalInvocationIndex) / STAGE_CHUNKS + i * STAGE_STEP;
}

// From chunk first of all chunks on; the last one may end K, of which there is no more then.
void
stage_fetch (int first, int chunks)
{
  int chunk = first + int (gl_LocalInvocationIndex) % STAGE_CHUNKS, at = min (chunk, chunks - 1);

  [[unroll]] for (int i = 0; i < LEFT_EACH; i++) left_next[i] = chunk < chunks ? left_chunk (i, at) : uvec4 (0);
  [[unroll]] for (int i = 0; i < RIGHT_EACH; i++) right_next[i] = right_chunk (i, at);
}

void
stage_put ()
{
  int at = stage_row (0) * STAGE_STRIDE + int (gl_LocalInvocationIndex) % STAGE_CHUNKS;

  [[unroll]] for (int i = 0; i < LEFT_EACH; i++) staged[at + i * STAGE_STEP * STAGE_STRIDE] = left_next[i];
  [[unroll]] for (int i = 0; i < RIGHT_EACH; i++)
      staged[STAGE_RIGHT + at + i * STAGE_STEP * STAGE_STRIDE] = right_next[i];
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
  return row / MATRIX_M * PART_ROWS + slab * MATRIX_M + row % MATRIX_M;
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

#endif
