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
Pixel pixels[LEFT_EACH]; // of this lane's rows of the tile
// The same where nothing is stretched on the way: the top left pixel's chunk, and a bit for each tap in the picture.
int corners[LEFT_EACH];
uint inside[LEFT_EACH];
float of_tap; // what a chunk is of a tap's

// Taps are few, so that rounding does not matter: dividing integers takes a dozen times as long.
int
tap_with (int chunk)
{
  return int ((float (chunk) + 0.5) * of_tap);
}

int
corner_tap (int i, int tap)
{
  int at = corners[i] + (tap / ACROSS_TAPS * p.in_w + tap % ACROSS_TAPS) * p.in_stride;

  return (inside[i] >> tap & 1u) != 0u ? at : -1;
}

void
corner_set (int i)
{
  Pixel pixel = pixels[i];

  corners[i] = pixel.item + (pixel.y * p.in_w + pixel.x) * p.in_stride;
  inside[i] = 0u;
  [[dont_unroll]] for (int tap = 0; tap < TAPS; tap++) inside[i] |= tap_of (pixel, tap) < 0 ? 0u : 1u << tap;
}

uvec4
left_chunk (int i, int chunk)
{
  int tap = tap_with (chunk), at = STRETCHES || AROUND ? tap_of (pixels[i], tap) : corner_tap (i, tap);
  uvec4 u = FETCH (x, max (at, 0) + chunk - tap * p.k);

  return at < 0 ? uvec4 (0) : u;
}

uvec4
right_chunk (int i, int chunk)
{
  int column = min (origin.y + stage_row (i), p.e.columns - 1);

#ifdef WEIGHT_PLAIN
  // Taps lie one after the other.
  return FETCH (weight, (column * WEIGHT_TAPS + weight_tap (0)) * p.k + chunk);
#else
  int tap = tap_with (chunk);
  return load_weight_f16 (weight_rows (ivec4 (column * WEIGHT_TAPS + weight_tap (tap)), p.k).x, chunk - tap * p.k, p.k);
#endif
}

void
finish (int row, int chunk, Chunk value, Chunk gate)
{
  row = result_row (origin.x + row);
  finish_chunk (p.e, row, row / p.e.rows_per_item, origin.y / 8 + chunk, value);
}

void
main ()
{
  origin = conv_origin (TILE_ROWS, TILE_COLUMNS);
  if (origin.y >= p.e.columns || origin.x >= rows_end ())
    return;
  of_tap = 1.0 / float (p.k);
  [[unroll]] for (int i = 0; i < LEFT_EACH; i++)
  {
    pixels[i] = pixel_of (min (origin.x + stage_row (i), rows_end () - 1));
    corner_set (i);
  }
  product (TAPS * p.k);
}
