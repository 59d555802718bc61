// matmul_staged.comp - matmul.comp's product by workgroups that share their operands: on matrix units, or without.
#version 460
#extension GL_GOOGLE_include_directive : require

#include "matmul.h"
#include "epilogue.glsl"
#include "weight.glsl"
#include "slab.glsl"

layout (constant_id = 6) const int INPUTS = 0;
const bool SECOND = (INPUTS & MATMUL_SECOND) != 0, LOW = (INPUTS & MATMUL_LOW) != 0;

layout (push_constant) uniform Push { LimnMatmulPush p; };
READS (OPERAND_X, x1); // [rows, k1]
READS (OPERAND_X2, x2); // [rows, k2]
READS (OPERAND_LOW, low); // [rows, k3]
READS (OPERAND_UP, up); // [columns, k3]: halves, whatever the weight is

ivec2 origin;

uvec4
left_chunk (int i, int chunk)
{
  int row = min (origin.x + stage_row (i), p.e.row1 - 1);

  if (LOW && chunk >= p.k1 + p.k2)
    return FETCH (low, row * p.stride3 + p.first3 + chunk - p.k1 - p.k2);
  if (SECOND && chunk >= p.k1)
    return FETCH (x2, row * p.stride2 + p.first2 + chunk - p.k1);
  return FETCH (x1, row * p.stride1 + p.first1 + chunk);
}

uvec4
right_chunk (int i, int chunk)
{
  int half_ = TILE_COLUMNS / 2, column = stage_row (i), first = 0;

  if (GATED && column >= half_) {
    column -= half_;
    first = p.e.columns;
  }
  column = first + min (origin.y + column, p.e.columns - 1);
  if (LOW && chunk >= p.k1 + p.k2)
    return FETCH (up, column * p.k3 + chunk - p.k1 - p.k2);
  return load_weight_f16 (weight_rows (ivec4 (column), p.k1 + p.k2).x, chunk, p.k1 + p.k2);
}

void
finish (int row, int chunk, Chunk value, Chunk gate)
{
  int at = origin.y / 8 + chunk;

  row += origin.x;
  if (GATED && 8 * at < p.e.columns) {
    add (value, load_f32 (bias, at));
    add (gate, load_f32 (bias, p.e.columns / 8 + at));
    value = Chunk (value.lo * gelu (gate.lo), value.hi * gelu (gate.hi));
  }
  finish_chunk (p.e, row, row / p.e.rows_per_item, at, value);
}

void
main ()
{
  origin = tile_origin (p.e, TILE_ROWS, GATED ? TILE_COLUMNS / 2 : TILE_COLUMNS);
  if (origin.y < p.e.columns && origin.x < p.e.row1)
    product (LOW ? p.k1 + p.k2 + p.k3 : p.k1 + p.k2);
}
