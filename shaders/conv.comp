// conv.comp - a 3 x 3 convolution over [h * w, c] as an implicit matrix product: no im2col buffer.
//
// Weights are [columns, 3 * 3, k], so that K runs over the taps' channels.  The input may be stretched first (nearest
// neighbour): upsample and convolve in one kernel; to twice its size also by four 2 x 2 convolutions (pixel.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require

#define OUTER
#include "matmul.h"
#include "tile.glsl"
#include "epilogue.glsl"
#include "weight.glsl"

layout (push_constant) uniform Push { LimnConvPush p; };
READS (OPERAND_X, x); // [items, in_h * in_w, k]

#include "pixel.glsl"

Chunk
load_pixel (int at, int i)
{
  Chunk c = load_chunk (x, max (at, 0) + i);
  return at < 0 ? Chunk (vec4 (0), vec4 (0)) : c;
}

void
main ()
{
  ivec2 origin = conv_origin (TILE_ROWS, TILE_COLUMNS);
  if (origin.y >= p.e.columns || origin.x >= rows_end ())
    return;
  Pixel pixel0 = pixel_of (min (origin.x + lane (), rows_end () - 1));
  Pixel pixel1 = pixel_of (min (origin.x + 8 + lane (), rows_end () - 1));
  ivec4 column = min (origin.y + lane () + ivec4 (0, 8, 16, 24), p.e.columns - 1);

  tile_clear ();
  for (int tap = 0; tap < TAPS; tap++) {
    int at0 = tap_of (pixel0, tap), at1 = tap_of (pixel1, tap);
    ivec4 w = weight_rows (column * WEIGHT_TAPS + weight_tap (tap), p.k);
    for (int i = 0; i < p.k; i++)
      tile_chunk (load_pixel (at0, i), load_pixel (at1, i), load_weight (w.x, i, p.k), load_weight (w.y, i, p.k),
                  load_weight (w.z, i, p.k), load_weight (w.w, i, p.k));
  }
  int row0 = result_row (origin.x + lane ()), row1 = result_row (origin.x + 8 + lane ());
  ivec2 items = ivec2 (row0, row1) / p.e.rows_per_item;
  [[dont_unroll]] for (int i = 0; i < 8; i++)
      finish_chunk (p.e, i < 4 ? row0 : row1, i < 4 ? items.x : items.y, origin.y / 8 + i % 4,
                    tile_block (i / 4, i % 4));
}
