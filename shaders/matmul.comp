// matmul.comp - y = epilogue (x1 . W1^T + x2 . W2^T), W = [W1 W2]: linear layers and 1 x 1 convolutions.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "matmul.h"
#include "tile.glsl"
#include "epilogue.glsl"
#include "weight.glsl"

layout (constant_id = 6) const bool SECOND = false;

layout (push_constant) uniform Push { LimnMatmulPush p; };
layout (binding = OPERAND_X) uniform usamplerBuffer x1; // [rows, k1]
layout (binding = OPERAND_X2) uniform usamplerBuffer x2; // [rows, k2]

// at0, at1: this lane's two rows, chunk indices; w: where its four columns begin, and first: the chunk of them.
void
product (usamplerBuffer x, int at0, int at1, ivec4 w, int first, int k)
{
  int all = p.k1 + p.k2;

  for (int i = 0; i < k; i++)
    tile_chunk (load_chunk (x, at0 + i), load_chunk (x, at1 + i), load_weight (w.x, first + i, all),
                load_weight (w.y, first + i, all), load_weight (w.z, first + i, all),
                load_weight (w.w, first + i, all));
}

void
main ()
{
  ivec2 origin = tile_origin (p.e, TILE_ROWS, GATED ? TILE_COLUMNS / 2 : TILE_COLUMNS);
  if (origin.y >= p.e.columns || origin.x >= p.e.row1)
    return;
  int row0 = min (origin.x + lane (), p.e.row1 - 1), row1 = min (origin.x + 8 + lane (), p.e.row1 - 1);
  ivec4 column = min (origin.y + lane () + ivec4 (0, 8, GATED ? 0 : 16, GATED ? 8 : 24), p.e.columns - 1);
  if (GATED)
    column += ivec4 (0, 0, p.e.columns, p.e.columns);
  ivec4 w = weight_rows (column, p.k1 + p.k2);

  tile_clear ();
  product (x1, row0 * p.stride1 + p.first1, row1 * p.stride1 + p.first1, w, 0, p.k1);
  if (SECOND)
    product (x2, row0 * p.stride2 + p.first2, row1 * p.stride2 + p.first2, w, p.k1, p.k2);

  int chunk = origin.y / 8;
  ivec2 items = (origin.x + lane () + ivec2 (0, 8)) / p.e.rows_per_item;
  [[dont_unroll]] for (int i = 0; i < 8; i++)
  {
    int h = i / 4, b = i % 4, row = origin.x + 8 * h + lane (), item = h == 0 ? items.x : items.y;
    if (GATED) {
      if (b >= 2)
        continue;
      Chunk value = tile_block (h, b), gate = tile_block (h, b + 2);
      add (value, load_f32 (bias, chunk + b));
      add (gate, load_f32 (bias, p.e.columns / 8 + chunk + b));
      finish_chunk (p.e, row, item, chunk + b, Chunk (value.lo * gelu (gate.lo), value.hi * gelu (gate.hi)));
    } else {
      finish_chunk (p.e, row, item, chunk + b, tile_block (h, b));
    }
  }
}
