// attention_sums.comp - how much each key is looked at: of softmax (Q K^T / sqrt (d)) the sums over the queries.
//
// Twice: of each query the logarithm of the sum of exp (score) over all keys; then, with p.folds, of each key the sum
// of exp (score - that) over all queries.  Eight lanes take a row of one head, four rows of the other side each a time.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "attention.h"
#include "lanes.glsl"
#include "store.glsl"

layout (push_constant) uniform Push { LimnAttentionSumsPush p; };
layout (binding = 0) writeonly buffer Out { float y[]; }; // [items, rows, heads], rows padded to chunks
READS (1, x);    // queries; with p.folds keys
READS (2, z);    // keys; with p.folds queries
READS (3, sums); // with p.folds: fp32, what the first time gave

const float NEVER = -3.0e38;

float
product (Chunk a, Chunk b)
{
  return dot (a.lo, b.lo) + dot (a.hi, b.hi);
}

vec4
scores (int x_at, ivec4 z_at)
{
  vec4 score = vec4 (0);

  for (int c = 0; c < p.head_chunks; c++) {
    Chunk a = load_chunk (x, x_at + c);
    score += vec4 (product (a, load_chunk (z, z_at.x + c)), product (a, load_chunk (z, z_at.y + c)),
                   product (a, load_chunk (z, z_at.z + c)), product (a, load_chunk (z, z_at.w + c)));
  }
  return score * p.scale;
}

float
sum_of (int row, int head)
{
  return uintBitsToFloat (FETCH (sums, (row * p.out_stride + head) / 4)[head & 3]);
}

void
main ()
{
  int g = p.first_group + group ();
  bool beyond = g >= p.groups;
  g = min (g, p.groups - 1);
  int head = g % p.out_stride, row = g / p.out_stride, item0 = row / p.rows * p.rows;
  int own = min (head, p.heads - 1), x_at = row * p.x_stride + p.x_first + own * p.head_chunks;
  float highest = NEVER, sum = 0.0;

  for (int i = 0; head < p.heads && i < p.rows; i += 32) {
    ivec4 at = i + lane () + ivec4 (0, 8, 16, 24), there = item0 + min (at, ivec4 (p.rows - 1));
    vec4 s = scores (x_at, there * p.z_stride + p.z_first + own * p.head_chunks);
    if (p.folds != 0) {
      s -= vec4 (sum_of (there.x, own), sum_of (there.y, own), sum_of (there.z, own), sum_of (there.w, own));
      highest = 0.0;
    }
    s = mix (s, vec4 (NEVER), greaterThanEqual (at, ivec4 (p.rows)));
    float top = max (highest, max (max (s.x, s.y), max (s.z, s.w)));
    top = p.folds != 0 ? 0.0 : top;
    s = exp (s - top);
    sum = sum * exp (highest - top) + s.x + s.y + s.z + s.w;
    highest = top;
  }
  float top = lanes_max (highest), total = lanes_sum (sum * exp (highest - top));
  if (p.folds == 0)
    total = log (total) + top;
  if (!beyond && lane () == 0)
    y[row * p.out_stride + head] = head < p.heads ? total : 0.0;
}
