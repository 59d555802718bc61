// stage.glsl - the numbers of a workgroup's tile of a product: see staging.glsl.
#ifndef LIMN_STAGE_GLSL
#define LIMN_STAGE_GLSL

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

const int ACROSS = TILE_COLUMNS / PART_COLUMNS; // parts

// A row in shared memory is a chunk longer than it need be, so that eight rows begin at different banks.
const int STAGE_CHUNKS = TILE_K / 8;
const int STAGE_STRIDE = STAGE_CHUNKS + 1;
const int STAGE_RIGHT = TILE_ROWS * STAGE_STRIDE; // where the right operand's rows begin
const int STAGE_SIZE = (TILE_ROWS + TILE_COLUMNS) * STAGE_STRIDE;

// Added where what is cheap is found anew rather than kept in registers: see attention_staged.comp.
#ifndef ANEW
#define ANEW 0u
#endif

#ifdef MATRIX
#extension GL_KHR_memory_scope_semantics : require
#endif

// All lanes of the workgroup come here, and see what any of them wrote to shared memory before.
void
meet ()
{
#ifdef MATRIX
  // relax.c leaves it to this alone.
  controlBarrier (gl_ScopeWorkgroup, gl_ScopeWorkgroup, gl_StorageSemanticsShared,
                  gl_SemanticsAcquireRelease | gl_SemanticsMakeAvailable | gl_SemanticsMakeVisible);
#else
  barrier ();
#endif
}

int
group ()
{
  return int (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x);
}

#endif
