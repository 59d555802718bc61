// conv_staged.comp - conv.comp's product by workgroups that share their operands: on matrix units, or without.
//
// K runs over the taps' channels without a break, so that few channels waste nothing.
#version 460
#extension GL_GOOGLE_include_directive : require

#define OUTER
#include "matmul.h"
#include "epilogue.glsl"
#include "weight.glsl"
#include "slab.glsl"

layout (push_constant) uniform Push { LimnConvPush p; };
READS (OPERAND_X, x); // [items, in_h * in_w, k]

#include "pixel.glsl"

ivec2 origin;
Pixel pixels[LEFT_EACH];

uvec4
left_chunk (int i, int chunk)
{
  int at = tap_of (pixels[i], chunk / p.k);
  uvec4 u = FETCH (x, max (at, 0) + chunk % p.k);

  return at < 0 ? uvec4 (0) : u;
}

uvec4
right_chunk (int i, int chunk)
{
  int column = min (origin.y + stage_row (i), p.e.columns - 1);

  return load_weight_f16 (weight_rows (ivec4 (column * 9 + chunk / p.k), p.k).x, chunk % p.k, p.k);
}

void
finish (int row, int chunk, Chunk value, Chunk gate)
{
  row += origin.x;
  finish_chunk (p.e, row, row / p.e.rows_per_item, origin.y / 8 + chunk, value);
}

void
main ()
{
  origin = tile_origin (p.e, TILE_ROWS, TILE_COLUMNS);
  if (origin.y >= p.e.columns || origin.x >= p.e.row1)
    return;
  [[unroll]] for (int i = 0; i < LEFT_EACH; i++)
      pixels[i] = pixel_of (min (origin.x + stage_row (i), p.e.row1 - 1));
  product (9 * p.k);
}
