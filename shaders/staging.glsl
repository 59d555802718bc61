// staging.glsl - a workgroup's tile of a product: both operands pass through shared memory as halves, TILE_K of each
// row at a time.
//
// Lanes read chunks side by side, so that memory is read in whole lines; while the workgroup multiplies what lies in
// shared memory, the next chunks are on their way to registers.  Whoever includes it has declared staged.
#ifndef LIMN_STAGING_GLSL
#define LIMN_STAGING_GLSL

#extension GL_EXT_control_flow_attributes : require

#include "stage.glsl"

const int STAGE_STEP = WORKGROUP / STAGE_CHUNKS; // rows that all lanes read at once
const int LEFT_EACH = TILE_ROWS / STAGE_STEP;    // of them a lane reads so many
const int RIGHT_EACH = TILE_COLUMNS / STAGE_STEP;

uvec4 left_next[LEFT_EACH], right_next[RIGHT_EACH];

// What a kernel says of its operands: eight halves of this lane's i-th row of the tile, along K.
uvec4 left_chunk (int i, int chunk);
uvec4 right_chunk (int i, int chunk);
// What multiplies (matrix.glsl, block.glsl): adds the product of what lies in shared memory.
void multiply_staged ();

// Which row of the tile this lane's i-th is.
int
stage_row (int i)
{
  return int ((gl_LocalInvocationIndex + ANEW) / uint (STAGE_CHUNKS)) + i * STAGE_STEP;
}

// And which of a row's chunks is its.
int
stage_chunk ()
{
  return int ((gl_LocalInvocationIndex + ANEW) % uint (STAGE_CHUNKS));
}

// From chunk first of all chunks on; the last one may end K, of which there is no more then.
void
fetch_left (int first, int chunks)
{
  int chunk = first + stage_chunk (), at = chunk < chunks + int (ANEW) ? chunk : 0;

  [[unroll]] for (int i = 0; i < LEFT_EACH; i++) left_next[i] = chunk < chunks ? left_chunk (i, at) : uvec4 (0);
}

void
fetch_right (int first, int chunks)
{
  int chunk = first + stage_chunk (), at = chunk < chunks + int (ANEW) ? chunk : 0;

  [[unroll]] for (int i = 0; i < RIGHT_EACH; i++) right_next[i] = right_chunk (i, at);
}

void
put_left ()
{
  int at = stage_row (0) * STAGE_STRIDE + stage_chunk ();

  [[unroll]] for (int i = 0; i < LEFT_EACH; i++) staged[at + i * STAGE_STEP * STAGE_STRIDE] = left_next[i];
}

void
put_right ()
{
  int at = stage_row (0) * STAGE_STRIDE + stage_chunk ();

  [[unroll]] for (int i = 0; i < RIGHT_EACH; i++)
      staged[STAGE_RIGHT + at + i * STAGE_STEP * STAGE_STRIDE] = right_next[i];
}

// The product along all of K.
void
stage_product (int chunks)
{
  fetch_left (0, chunks);
  fetch_right (0, chunks);
  for (int first = 0; first < chunks; first += STAGE_CHUNKS) {
    meet ();
    put_left ();
    put_right ();
    meet ();
    if (first + STAGE_CHUNKS < chunks) {
      fetch_left (first + STAGE_CHUNKS, chunks);
      fetch_right (first + STAGE_CHUNKS, chunks);
    }
    multiply_staged ();
  }
}

#endif
