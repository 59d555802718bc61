// conv.comp - a 3 x 3 convolution over [h * w, c] as an implicit matrix product: no im2col buffer.
//
// Weights are [columns, 3 * 3, k], so that K runs over the taps' channels.  The input may be stretched first (nearest
// neighbour): upsample and convolve in one kernel.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "matmul.h"
#include "epilogue.glsl"
#include "weight.glsl"

layout (push_constant) uniform Push { LimnConvPush p; };
layout (binding = OPERAND_X) uniform usamplerBuffer x; // [items, in_h * in_w, k]

struct Pixel {
  int item; // chunk index of the picture
  int y, x; // of the kernel's top left, in the stretched input
};

Pixel
pixel_of (int row)
{
  int size = p.out_h * p.out_w, at = row % size;
  return Pixel (row / size * p.in_h * p.in_w * p.in_stride + p.in_first, at / p.out_w * p.stride - p.pad_top,
                at % p.out_w * p.stride - p.pad_left);
}

// Chunk index of the pixel under tap, or -1 outside.
int
tap_of (Pixel pixel, int tap)
{
  int y = pixel.y + tap / 3, x_ = pixel.x + tap % 3;
  if (y < 0 || y >= p.up_h || x_ < 0 || x_ >= p.up_w)
    return -1;
  if (p.up_h != p.in_h)
    y = y * p.in_h / p.up_h;
  if (p.up_w != p.in_w)
    x_ = x_ * p.in_w / p.up_w;
  return pixel.item + (y * p.in_w + x_) * p.in_stride;
}

Chunk
load_pixel (int at, int i)
{
  Chunk c = load_chunk (x, max (at, 0) + i);
  return at < 0 ? Chunk (vec4 (0), vec4 (0)) : c;
}

void
main ()
{
  ivec2 origin = tile_origin (p.e, TILE_COLUMNS);
  if (origin.y >= p.e.columns || origin.x >= p.e.row1)
    return;
  Pixel pixel0 = pixel_of (min (origin.x + lane (), p.e.row1 - 1));
  Pixel pixel1 = pixel_of (min (origin.x + 8 + lane (), p.e.row1 - 1));
  ivec4 column = min (origin.y + lane () + ivec4 (0, 8, 16, 24), p.e.columns - 1);

  tile_clear ();
  for (int tap = 0; tap < 9; tap++) {
    int at0 = tap_of (pixel0, tap), at1 = tap_of (pixel1, tap);
    ivec4 w = weight_rows (column * 9 + tap, p.k);
    for (int i = 0; i < p.k; i++)
      tile_chunk (load_pixel (at0, i), load_pixel (at1, i), load_weight (w.x, i, p.k), load_weight (w.y, i, p.k),
                  load_weight (w.z, i, p.k), load_weight (w.w, i, p.k));
  }
  ivec2 items = (origin.x + lane () + ivec2 (0, 8)) / p.e.rows_per_item;
  [[dont_unroll]] for (int i = 0; i < 8; i++)
      finish_chunk (p.e, origin.x + i / 4 * 8 + lane (), i < 4 ? items.x : items.y, origin.y / 8 + i % 4,
                    tile_block (i / 4, i % 4));
}
