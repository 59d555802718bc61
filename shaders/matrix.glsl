// matrix.glsl - the product of a staged tile by the device's matrix units (VK_KHR_cooperative_matrix).
//
// A subgroup holds a part of the tile, PART_ROWS x PART_COLUMNS, in matrices of MATRIX_M x MATRIX_N sums.
#ifndef LIMN_MATRIX_GLSL
#define LIMN_MATRIX_GLSL

#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require

#include "staging.glsl"

#define LEFT_MATRIX coopmat<float16_t, gl_ScopeSubgroup, MATRIX_M, MATRIX_K, gl_MatrixUseA>
#define RIGHT_MATRIX coopmat<float16_t, gl_ScopeSubgroup, MATRIX_K, MATRIX_N, gl_MatrixUseB>
#define SUMS_MATRIX coopmat<float, gl_ScopeSubgroup, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator>

const int MATRICES_M = PART_ROWS / MATRIX_M, MATRICES_N = PART_COLUMNS / MATRIX_N;

SUMS_MATRIX sums[MATRICES_M * MATRICES_N];

// Which part is this subgroup's, counted in parts.
int
part_row ()
{
  return int ((gl_SubgroupID + ANEW) / uint (ACROSS));
}

int
part_column ()
{
  return int ((gl_SubgroupID + ANEW) % uint (ACROSS));
}

void
sums_clear ()
{
  [[unroll]] for (int i = 0; i < MATRICES_M * MATRICES_N; i++) sums[i] = SUMS_MATRIX (0.0);
}

void
multiply_staged ()
{
  int left_at = part_row () * PART_ROWS * STAGE_STRIDE;
  int right_at = STAGE_RIGHT + part_column () * PART_COLUMNS * STAGE_STRIDE;

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

// Row i of this part's matrices, to rows of sums of which the first begins at at, and others stride further on.
void
sums_put (int i, int at, int stride)
{
  [[unroll]] for (int j = 0; j < MATRICES_N; j++)
      coopMatStore (sums[i * MATRICES_N + j], staged, at + (part_column () * PART_COLUMNS + j * MATRIX_N) / 4, stride,
                    gl_CooperativeMatrixLayoutRowMajor);
}

#endif
