// matmul.comp - y = epilogue (x1 . W1^T + x2 . W2^T + low . up^T), W = [W1 W2]: linear layers and 1 x 1 convolutions.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "matmul.h"
#include "tile.glsl"
#include "epilogue.glsl"
#include "weight.glsl"

layout (constant_id = 6) const int INPUTS = 0;
const bool SECOND = (INPUTS & MATMUL_SECOND) != 0, LOW = (INPUTS & MATMUL_LOW) != 0;

layout (push_constant) uniform Push { LimnMatmulPush p; };
READS (OPERAND_X, x1); // [rows, k1]
READS (OPERAND_X2, x2); // [rows, k2]
READS (OPERAND_LOW, low); // [rows, k3]
READS (OPERAND_UP, up); // [columns, k3]: values, whatever W is

// x0, x1: of this lane's two rows; w: where its four columns begin, and i: the chunk of them.
void
product (Chunk x0, Chunk x1, ivec4 w, int i)
{
  int all = p.k1 + p.k2;

  tile_chunk (x0, x1, load_weight (w.x, i, all), load_weight (w.y, i, all), load_weight (w.z, i, all),
              load_weight (w.w, i, all));
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
  ivec2 at = ivec2 (row0, row1) * p.stride1 + p.first1;
  for (int i = 0; i < p.k1; i++) product (load_chunk (x1, at.x + i), load_chunk (x1, at.y + i), w, i);
  if (SECOND) {
    at = ivec2 (row0, row1) * p.stride2 + p.first2;
    for (int i = 0; i < p.k2; i++) product (load_chunk (x2, at.x + i), load_chunk (x2, at.y + i), w, p.k1 + i);
  }
  if (LOW) {
    at = ivec2 (row0, row1) * p.stride3 + p.first3;
    w = column * p.k3;
    for (int i = 0; i < p.k3; i++)
      tile_chunk (load_chunk (low, at.x + i), load_chunk (low, at.y + i), load_chunk (up, w.x + i),
                  load_chunk (up, w.y + i), load_chunk (up, w.z + i), load_chunk (up, w.w + i));
  }

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
