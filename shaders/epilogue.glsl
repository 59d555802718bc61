// epilogue.glsl - what happens to a tile after its product: bias, time embedding, activation, residual, store.
#ifndef LIMN_EPILOGUE_GLSL
#define LIMN_EPILOGUE_GLSL

#include "matmul.h"
#include "store.glsl"

layout (constant_id = 2) const bool ACTIVATED = false;
layout (constant_id = 3) const bool HAS_ROW_BIAS = false;
layout (constant_id = 4) const bool OUT_F32 = false;
layout (constant_id = 5) const bool GATED = false; // the bias is added already, before the gate

layout (binding = OPERAND_OUT) writeonly buffer Out { uvec4 out_chunks[]; };
READS (OPERAND_BIAS, bias);         // [columns] fp32
READS (OPERAND_RESIDUAL, residual); // [rows, columns]
READS (OPERAND_ROW_BIAS, row_bias); // [steps, items, columns] fp32
layout (binding = OPERAND_STEP) readonly buffer Step { int step_index; };
#ifdef OUTER
READS (OPERAND_OUTER, outer); // [rows, columns], or [columns] fp32
#endif

// erf by Abramowitz and Stegun 7.1.26 is good to 1.5e-7.
vec4
erf4 (vec4 x)
{
  vec4 a = abs (x), t = 1.0 / fma (a, vec4 (0.3275911), vec4 (1));
  vec4 p = fma (t, vec4 (1.061405429), vec4 (-1.453152027));
  p = fma (p, t, vec4 (1.421413741));
  p = fma (p, t, vec4 (-0.284496736));
  p = fma (p, t, vec4 (0.254829592));
  return sign (x) * (1.0 - p * t * exp (-a * a));
}

vec4
gelu (vec4 x)
{
  return 0.5 * x * (1.0 + erf4 (x * 0.7071067811865476));
}

vec4
silu (vec4 x)
{
  return x / (1.0 + exp (-x));
}

// slope: where x is negative.  What is not a number stays so.
vec4
leak (vec4 x, vec4 slope)
{
  return mix (x, slope * x, lessThan (x, vec4 (0)));
}

vec4
activate (int activation, vec4 x)
{
  if (activation == ACTIVATION_SILU)
    return silu (x);
  if (activation == ACTIVATION_GELU)
    return gelu (x);
  if (activation == ACTIVATION_QUICK_GELU)
    return x / (1.0 + exp (-1.702 * x));
  if (activation == ACTIVATION_LEAKY_RELU)
    return leak (x, vec4 (0.2));
  return x;
}

void
add (inout Chunk c, Chunk d)
{
  c.lo += d.lo;
  c.hi += d.hi;
}

// c: row's columns 8 * chunk .. 8 * chunk + 7; item: row's, of the batch.
void
finish_chunk (LimnEpiloguePush e, int row, int item, int chunk, Chunk c)
{
  int chunks = (e.columns + 7) / 8;
  if (row >= e.row1 || chunk >= chunks)
    return;
  if (!GATED)
    add (c, load_f32 (bias, chunk * e.bias));
  if (HAS_ROW_BIAS)
    add (c, load_f32 (row_bias, ((step_index * e.items + item) * chunks + chunk) * e.row_bias));
  if (ACTIVATED) {
    c.lo = activate (e.activation, c.lo);
    c.hi = activate (e.activation, c.hi);
  }
#ifdef OUTER
  if (ACTIVATED && e.activation == ACTIVATION_PRELU) {
    Chunk slopes = load_f32 (outer, chunk);
    c = Chunk (leak (c.lo, slopes.lo), leak (c.hi, slopes.hi));
  }
#endif
  add (c, load_chunk (residual, (row * e.residual_stride + e.residual_first + chunk) * e.residual));
  if (ACTIVATED && e.activation == ACTIVATION_RELU)
    c = Chunk (leak (c.lo, vec4 (0)), leak (c.hi, vec4 (0)));
#ifdef OUTER
  if (ACTIVATED && e.outer_scale != 0.0) {
    Chunk own = c;
    c = load_chunk (outer, row * e.outer_stride + e.outer_first + chunk);
    add (c, Chunk (e.outer_scale * own.lo, e.outer_scale * own.hi));
  }
#endif
  c = mask_chunk (c, 8 * chunk, e.columns);
  int at = (row - e.row0) * e.out_stride + e.out_first + chunk;
  if (OUT_F32) {
    STORE_CHUNK_F32 (out_chunks, at, c);
  } else {
    STORE_CHUNK (out_chunks, at, c);
  }
}

int group (); // the number of the group of lanes that holds a tile

// Which of the tiles is this group's: along rows, and along columns.
ivec2
tile_of (LimnEpiloguePush e)
{
  int g = group ();
  return e.rows_fastest != 0 ? ivec2 (g % e.row_tiles, g / e.row_tiles)
                             : ivec2 (g / e.column_tiles, g % e.column_tiles);
}

// The first row and column of this group's tile of rows x columns.
ivec2
tile_origin (LimnEpiloguePush e, int rows, int columns)
{
  ivec2 tile = tile_of (e);
  return ivec2 (e.row0 + tile.x * rows, tile.y * columns);
}

#endif
