// matrix.glsl - the product of a staged tile by the device's matrix units (VK_KHR_cooperative_matrix).
//
// A subgroup holds PART_ROWS x PART_COLUMNS of the tile in matrices of MATRIX_M x MATRIX_N sums.
#ifndef LIMN_MATRIX_GLSL
#define LIMN_MATRIX_GLSL

#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require

#include "stage.glsl"

#define LEFT_MATRIX coopmat<float16_t, gl_ScopeSubgroup, MATRIX_M, MATRIX_K, gl_MatrixUseA>
#define RIGHT_MATRIX coopmat<float16_t, gl_ScopeSubgroup, MATRIX_K, MATRIX_N, gl_MatrixUseB>
#define SUMS_MATRIX coopmat<float, gl_ScopeSubgroup, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator>

const int MATRICES_M = PART_ROWS / MATRIX_M, MATRICES_N = PART_COLUMNS / MATRIX_N;

void
product (int chunks)
{
  int part = int (gl_SubgroupID), across = TILE_COLUMNS / PART_COLUMNS;
  int row = part / across, column = part % across * PART_COLUMNS;
  int left_at = row * PART_ROWS * STAGE_STRIDE, right_at = STAGE_RIGHT + column * STAGE_STRIDE;
  SUMS_MATRIX sums[MATRICES_M * MATRICES_N];

  [[unroll]] for (int i = 0; i < MATRICES_M * MATRICES_N; i++) sums[i] = SUMS_MATRIX (0.0);
  stage_fetch (0, chunks);
  for (int first = 0; first < chunks; first += STAGE_CHUNKS) {
    barrier ();
    stage_put ();
    barrier ();
    if (first + STAGE_CHUNKS < chunks)
      stage_fetch (first + STAGE_CHUNKS, chunks);
    [[unroll]] for (int k = 0; k < STAGE_CHUNKS; k += MATRIX_K / 8)
    {
      LEFT_MATRIX left[MATRICES_M];
      [[unroll]] for (int i = 0; i < MATRICES_M; i++)
          coopMatLoad (left[i], staged, left_at + i * MATRIX_M * STAGE_STRIDE + k, STAGE_STRIDE,
                       gl_CooperativeMatrixLayoutRowMajor);
      [[unroll]] for (int j = 0; j < MATRICES_N; j++)
      {
        RIGHT_MATRIX right;
        coopMatLoad (right, staged, right_at + j * MATRIX_N * STAGE_STRIDE + k, STAGE_STRIDE,
                     gl_CooperativeMatrixLayoutColumnMajor);
        [[unroll]] for (int i = 0; i < MATRICES_M; i++)
            sums[i * MATRICES_N + j] = coopMatMulAdd (left[i], right, sums[i * MATRICES_N + j]);
      }
    }
  }
  [[dont_unroll]] for (int slab = 0; slab < SLABS; slab++)
  {
    barrier ();
    [[unroll]] for (int i = 0; i < MATRICES_M; i++)
    {
      if (i == slab) {
        [[unroll]] for (int j = 0; j < MATRICES_N; j++)
            coopMatStore (sums[i * MATRICES_N + j], staged,
                          row * MATRIX_M * SLAB_STRIDE + (column + j * MATRIX_N) / 4, SLAB_STRIDE,
                          gl_CooperativeMatrixLayoutRowMajor);
      }
    }
    barrier ();
    slab_finish (slab);
  }
}

#endif
