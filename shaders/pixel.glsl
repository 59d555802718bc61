// pixel.glsl - where a convolution's pixels and taps lie in its input, and in its result; after its push constants.
//
// By phases, a tile is of one of the four that a pixel of the input becomes, and its rows are pixels of the input.
#ifndef LIMN_PIXEL_GLSL
#define LIMN_PIXEL_GLSL

layout (constant_id = CONV_WAY) const int WAY = CONV_ANY;

const bool BY_PHASES = WAY == CONV_PHASES || WAY == CONV_PHASES_AROUND;
const bool STRETCHES = WAY == CONV_ANY || WAY == CONV_AROUND;
const bool AROUND = WAY == CONV_AROUND || WAY == CONV_PHASES_AROUND;
const int ACROSS_TAPS = BY_PHASES ? 2 : 3;
const int TAPS = ACROSS_TAPS * ACROSS_TAPS;
const int WEIGHT_TAPS = BY_PHASES ? 16 : 9;

int phase = 0;

struct Pixel {
  int item; // chunk index of the picture
  int y, x; // of the kernel's top left, in the stretched input
};

// The first row and column of this group's tile of rows x columns, and its phase.
ivec2
conv_origin (int rows, int columns)
{
  ivec2 tile = tile_of (p.e);

  if (!BY_PHASES)
    return ivec2 (p.e.row0 + tile.x * rows, tile.y * columns);
  phase = tile.x % 4;
  return ivec2 (p.e.row0 / 4 + tile.x / 4 * rows, tile.y * columns);
}

// Past the last row.
int
rows_end ()
{
  return BY_PHASES ? p.e.row1 / 4 : p.e.row1;
}

// Of the result, which a row is.
int
result_row (int row)
{
  if (!BY_PHASES)
    return row;
  return (row / p.in_w * 2 + phase / 2) * p.out_w + row % p.in_w * 2 + phase % 2;
}

Pixel
pixel_of (int row)
{
  if (BY_PHASES) {
    int size = p.out_h / 2 * p.in_w, at = row % size;
    return Pixel (row / size * p.in_h * p.in_w * p.in_stride + p.in_first, at / p.in_w - p.pad_top + phase / 2,
                  at % p.in_w - p.pad_left + phase % 2);
  }
  int size = p.out_h * p.out_w, at = row % size;
  return Pixel (row / size * p.in_h * p.in_w * p.in_stride + p.in_first, at / p.out_w * p.stride - p.pad_top,
                at % p.out_w * p.stride - p.pad_left);
}

// Where at is beyond 0 .. size by less than that: what lies there if the picture repeats.
int
around (int at, int size)
{
  return at < 0 ? at + size : at >= size ? at - size : at;
}

// Chunk index of the pixel under tap, or -1 outside.
int
tap_of (Pixel pixel, int tap)
{
  int y = pixel.y + tap / ACROSS_TAPS, x_ = pixel.x + tap % ACROSS_TAPS;
  if (AROUND && (p.around & AROUND_X) != 0)
    x_ = around (x_, p.up_w);
  if (AROUND && (p.around & AROUND_Y) != 0)
    y = around (y, p.up_h);
  if (y < 0 || y >= p.up_h || x_ < 0 || x_ >= p.up_w)
    return -1;
  if (STRETCHES && p.up_h != p.in_h)
    y = y * p.in_h / p.up_h;
  if (STRETCHES && p.up_w != p.in_w)
    x_ = x_ * p.in_w / p.up_w;
  return pixel.item + (y * p.in_w + x_) * p.in_stride;
}

// Which of a column's WEIGHT_TAPS it is.
int
weight_tap (int tap)
{
  return BY_PHASES ? phase * 4 + tap : tap;
}

#endif
