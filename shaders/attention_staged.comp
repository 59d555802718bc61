// attention_staged.comp - attention.comp's by workgroups on matrix units: both products, and softmax between them.
//
// A workgroup takes TILE_ROWS queries of one head and sees TILE_COLUMNS keys at a time, a part of the head, TILE_K
// channels, after the other.  Scores are a product as any (staging.glsl).  They go through shared memory to lanes that
// have a row each, or share one (softmax.glsl), and come back as weights: the left operand of the second product, whose
// sums stay in matrices all along.  Or scores stay there too (REDUCES: softmax_matrix.glsl), where a subgroup has all
// of its queries': values then lie beside the keys.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

#define ANEW uint (zero)
#include "attention.h"
#include "stage.glsl"
#include "store.glsl"

layout (constant_id = 3) const int HEAD_PARTS = 1;

// What lies in shared memory behind the queries: first the keys, then scores, then weights, values turned on their side
// (a row a channel), and by how much the sums shrink.  Or the keys, and values.
const int SCORE_STRIDE = TILE_COLUMNS / 4 + 1;
const int WEIGHT_STRIDE = TILE_COLUMNS / 8 + 1;
const int RESULT_STRIDE = TILE_K / 4 + 1;
#ifdef REDUCES
const int VALUES = STAGE_SIZE;
const int SHRINK = VALUES + TILE_K * WEIGHT_STRIDE;
const int SCORES_END = STAGE_SIZE;
const int SHRINK_END = SHRINK;
#else
const int VALUES = STAGE_RIGHT + TILE_ROWS * WEIGHT_STRIDE;
const int SHRINK = VALUES + TILE_K * WEIGHT_STRIDE;
const int SCORES_END = STAGE_RIGHT + TILE_ROWS * SCORE_STRIDE;
const int SHRINK_END = SHRINK + TILE_ROWS / 4;
#endif
const int RESULT_END = STAGE_RIGHT + TILE_ROWS * RESULT_STRIDE;
const int ROWS_END = SCORES_END > RESULT_END ? SCORES_END : RESULT_END;
const int SECOND_END = ROWS_END > SHRINK_END ? ROWS_END : SHRINK_END;

shared uvec4 staged[STAGE_SIZE > SECOND_END ? STAGE_SIZE : SECOND_END];

int query, key0;
// Nothing, which compilers cannot know.  They keep in registers, all along, what they can find before a loop, or find
// twice; Intel's are few.  So each stage has a zero of its own.
int zero = 0;

void
next_stage (int n)
{
  zero = min (key0 + n, 0);
}

#include "matrix.glsl"

layout (push_constant) uniform Push { LimnAttentionPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; }; // [items, queries, heads * head size]
READS (1, q);
READS (2, k);
READS (3, v);
READS (4, hidden); // fp32, a row a key: whether no query sees it

const float NEVER = -3.0e38;
const float LOG2_E = 1.44269504;
const int PART_CHANNELS = TILE_K / ACROSS; // of each part of the head: a subgroup's
const int RESULTS_N = PART_CHANNELS / MATRIX_N;
const int RESULTS = MATRICES_M * RESULTS_N;

SUMS_MATRIX results[HEAD_PARTS * RESULTS];

int item;
int k_at, v_at; // where the head's first chunk lies, of the item's first row

int
head_chunk ()
{
  uint g = uint (p.first_group + group () + zero);

  return int (g / uint (p.query_tiles + zero) % uint (p.heads + zero)) * p.head_chunks;
}

// Such a place, found anew: of wide heads' registers none is left for it.
int
first_of (int rows, int stride, int first)
{
  return (item + zero) * rows * stride + first + head_chunk ();
}

// i, or a row that is there.
int
within (int i, int n)
{
  return i < n + zero ? i : 0;
}

uvec4
left_chunk (int i, int chunk)
{
  int from = first_of (p.queries, p.q_stride, p.q_first);

  return FETCH (q, from + within (query + stage_row (i), p.queries) * p.q_stride + chunk);
}

uvec4
right_chunk (int i, int chunk)
{
  int from = HEAD_PARTS > 1 ? first_of (p.keys, p.k_stride, p.k_first) : k_at;

  return FETCH (k, from + within (key0 + stage_row (i), p.keys) * p.k_stride + chunk);
}

#ifdef REDUCES
#include "softmax_matrix.glsl"
#else
#include "softmax.glsl"
#endif

#include "values.glsl"

// What queries and keys give along a part of the head.  Queries of a head that is one part lie there already.
void
scores_add (int first)
{
  if (HEAD_PARTS > 1 || !VALUES_APART)
    meet ();
  if (HEAD_PARTS > 1) {
    fetch_left (first, p.head_chunks);
    put_left ();
  }
  fetch_right (first, p.head_chunks);
  put_right ();
  meet ();
  multiply_staged ();
}

void
main ()
{
  uint g = uint (p.first_group + group ());
  if (g >= uint (p.groups))
    return;
  item = int (g / uint (p.query_tiles) / uint (p.heads));
  query = int (g % uint (p.query_tiles)) * TILE_ROWS;
  int first = head_chunk ();
  k_at = item * p.keys * p.k_stride + p.k_first + first;
  v_at = item * p.keys * p.v_stride + p.v_first + first;

  [[unroll]] for (int i = 0; i < HEAD_PARTS * RESULTS; i++) results[i] = SUMS_MATRIX (0.0);
  soften_begin ();
  if (HEAD_PARTS == 1) {
    fetch_left (0, p.head_chunks);
    put_left ();
  }
  int keys = p.causal != 0 ? min (p.keys, query + TILE_ROWS) : p.keys;
  for (key0 = 0; key0 < keys; key0 += TILE_COLUMNS) {
    next_stage (0);
    sums_clear ();
    if (HEAD_PARTS == 1)
      scores_add (0);
    else {
      [[dont_unroll]] for (int part = 0; part < HEAD_PARTS; part++) scores_add (part * STAGE_CHUNKS);
    }
    next_stage (1);
    soften ();
    [[unroll]] for (int part = 0; part < HEAD_PARTS; part++)
    {
      if (part > 0)
        meet ();
      next_stage (3 * part + 3);
      values_put (part);
      meet ();
      next_stage (3 * part + 4);
      if (part == 0)
        results_shrink ();
      next_stage (3 * part + 5);
      results_add (part);
    }
  }
  next_stage (1);
  results_end ();
  [[unroll]] for (int part = 0; part < HEAD_PARTS; part++) results_store (part);
}
