// attention_staged.comp - attention.comp's by workgroups on matrix units: both products, and softmax between them.
//
// A workgroup takes TILE_ROWS queries of one head and sees TILE_COLUMNS keys at a time, a part of the head, TILE_K
// channels, after the other.  Scores are a product as any (staging.glsl).  They go through shared memory to lanes that
// have a row each, or share one (softmax.glsl), and come back as weights: the left operand of the second product, whose
// sums stay in matrices all along.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

#include "attention.h"
#include "stage.glsl"
#include "store.glsl"

layout (constant_id = 3) const int HEAD_PARTS = 1;

// What lies in shared memory behind the queries: first the keys, then scores, then weights, values turned on their side
// (a row a channel), and by how much the sums shrink.
const int SCORE_STRIDE = TILE_COLUMNS / 4 + 1;
const int WEIGHT_STRIDE = TILE_COLUMNS / 8 + 1;
const int RESULT_STRIDE = TILE_K / 4 + 1;
const int VALUES = STAGE_RIGHT + TILE_ROWS * WEIGHT_STRIDE;
const int SHRINK = VALUES + TILE_K * WEIGHT_STRIDE;
const int SCORES_END = STAGE_RIGHT + TILE_ROWS * SCORE_STRIDE;
const int RESULT_END = STAGE_RIGHT + TILE_ROWS * RESULT_STRIDE;
const int SHRINK_END = SHRINK + TILE_ROWS / 4;
const int ROWS_END = SCORES_END > RESULT_END ? SCORES_END : RESULT_END;
const int SECOND_END = ROWS_END > SHRINK_END ? ROWS_END : SHRINK_END;

shared uvec4 staged[STAGE_SIZE > SECOND_END ? STAGE_SIZE : SECOND_END];

#include "matrix.glsl"

layout (push_constant) uniform Push { LimnAttentionPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; }; // [items, queries, heads * head size]
READS (1, q);
READS (2, k);
READS (3, v);
READS (4, hidden); // fp32, a row a key: whether no query sees it

const float NEVER = -3.0e38;
const int BEYOND = 0x7fffffff;
const int PART_CHANNELS = TILE_K / ACROSS; // of each part of the head: a subgroup's
const int RESULTS_N = PART_CHANNELS / MATRIX_N;
const int RESULTS = MATRICES_M * RESULTS_N;

SUMS_MATRIX results[HEAD_PARTS * RESULTS];

int query, key0;
bool alone; // a query sees itself alone
int q_at, k_at, v_at, hidden_at; // where the head's first chunk lies, of the item's first row; and that of hidden

uvec4
left_chunk (int i, int chunk)
{
  return FETCH (q, q_at + min (query + stage_row (i), p.queries - 1) * p.q_stride + chunk);
}

uvec4
right_chunk (int i, int chunk)
{
  return FETCH (k, k_at + min (key0 + stage_row (i), p.keys - 1) * p.k_stride + chunk);
}

#include "softmax.glsl"

// Four keys of eight channels of the values.
void
values_turn (int part, int keys, int chunk)
{
  int from = v_at + min (part * STAGE_CHUNKS + chunk, p.head_chunks - 1);
  int at = VALUES + 8 * chunk * WEIGHT_STRIDE + keys / 2, half_ = keys % 2 * 2;
  uvec4 x[4];

  [[unroll]] for (int i = 0; i < 4; i++)
      x[i] = FETCH (v, from + min (key0 + 4 * keys + i, p.keys - 1) * p.v_stride);
  [[unroll]] for (int c = 0; c < 8; c++)
  {
    uvec2 low = uvec2 (x[0][c / 2], x[2][c / 2]), high = uvec2 (x[1][c / 2], x[3][c / 2]);
    uvec2 turned = c % 2 == 0 ? (low & 0xffffu) | high << 16 : low >> 16 | (high & 0xffff0000u);
    staged[at + c * WEIGHT_STRIDE][half_] = turned.x;
    staged[at + c * WEIGHT_STRIDE][half_ + 1] = turned.y;
  }
}

// The values of a part of the head.
void
values_put (int part)
{
  const int across = TILE_COLUMNS / 4, blocks = across * STAGE_CHUNKS;

  [[unroll]] for (int first = 0; first < blocks; first += WORKGROUP)
  {
    int block = first + lane ();
    if (block < blocks)
      values_turn (part, block % across, block / across);
  }
}

void
results_shrink ()
{
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
  {
    SUMS_MATRIX shrink; // all of its columns are one
    coopMatLoad (shrink, staged, SHRINK + (part_row () * PART_ROWS + i * MATRIX_M) / 4, 0,
                 gl_CooperativeMatrixLayoutColumnMajor);
    [[unroll]] for (int part = 0; part < HEAD_PARTS; part++)
    {
      [[unroll]] for (int j = 0; j < RESULTS_N; j++) results[part * RESULTS + i * RESULTS_N + j] *= shrink;
    }
  }
}

void
results_add (int part)
{
  int left_at = STAGE_RIGHT + part_row () * PART_ROWS * WEIGHT_STRIDE;
  int right_at = VALUES + part_column () * PART_CHANNELS * WEIGHT_STRIDE;

  [[unroll]] for (int key = 0; key < TILE_COLUMNS / 8; key += MATRIX_K / 8)
  {
    LEFT_MATRIX left[MATRICES_M];
    [[unroll]] for (int i = 0; i < MATRICES_M; i++)
        coopMatLoad (left[i], staged, left_at + i * MATRIX_M * WEIGHT_STRIDE + key, WEIGHT_STRIDE,
                     gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (int j = 0; j < RESULTS_N; j++)
    {
      RIGHT_MATRIX right;
      coopMatLoad (right, staged, right_at + j * MATRIX_N * WEIGHT_STRIDE + key, WEIGHT_STRIDE,
                   gl_CooperativeMatrixLayoutColumnMajor);
      [[unroll]] for (int i = 0; i < MATRICES_M; i++)
          results[part * RESULTS + i * RESULTS_N + j] =
              coopMatMulAdd (left[i], right, results[part * RESULTS + i * RESULTS_N + j]);
    }
  }
}

void
results_store (int item, int head, int part)
{
  int row = lane () / ROW_LANES, to = (item * p.queries + query + row) * p.out_stride + head * p.head_chunks;
  float r = 1.0 / row_sum (weight_sum);

  meet ();
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
  {
    [[unroll]] for (int j = 0; j < RESULTS_N; j++)
        coopMatStore (results[part * RESULTS + i * RESULTS_N + j], staged,
                      STAGE_RIGHT + (part_row () * PART_ROWS + i * MATRIX_M) * RESULT_STRIDE
                          + (part_column () * PART_CHANNELS + j * MATRIX_N) / 4,
                      RESULT_STRIDE, gl_CooperativeMatrixLayoutRowMajor);
  }
  meet ();
  [[unroll]] for (int i = 0; i < STAGE_CHUNKS; i += ROW_LANES)
  {
    int c = i + lane () % ROW_LANES, at = STAGE_RIGHT + row * RESULT_STRIDE + 2 * c, chunk = part * STAGE_CHUNKS + c;
    if (c < STAGE_CHUNKS && query + row < p.queries && chunk < p.head_chunks)
      STORE_CHUNK (y, to + chunk, Chunk (uintBitsToFloat (staged[at]) * r, uintBitsToFloat (staged[at + 1]) * r));
  }
}

void
main ()
{
  int g = p.first_group + group ();
  if (g >= p.groups)
    return;
  int head = g / p.query_tiles % p.heads, item = g / p.query_tiles / p.heads;
  query = g % p.query_tiles * TILE_ROWS;
  alone = item >= p.alone_from;
  q_at = item * p.queries * p.q_stride + p.q_first + head * p.head_chunks;
  k_at = item * p.keys * p.k_stride + p.k_first + head * p.head_chunks;
  v_at = item * p.keys * p.v_stride + p.v_first + head * p.head_chunks;
  hidden_at = item * p.keys;

  [[unroll]] for (int i = 0; i < HEAD_PARTS * RESULTS; i++) results[i] = SUMS_MATRIX (0.0);
  int keys = p.causal != 0 ? min (p.keys, query + TILE_ROWS) : p.keys;
  for (key0 = 0; key0 < keys; key0 += TILE_COLUMNS) {
    sums_clear ();
    stage_product (HEAD_PARTS > 1 || key0 == 0, p.head_chunks);
    meet ();
    [[unroll]] for (int i = 0; i < MATRICES_M; i++)
        sums_put (i, STAGE_RIGHT + (part_row () * PART_ROWS + i * MATRIX_M) * SCORE_STRIDE, SCORE_STRIDE);
    meet ();
    soften ();
    [[unroll]] for (int part = 0; part < HEAD_PARTS; part++)
    {
      if (part > 0)
        meet ();
      values_put (part);
      meet ();
      if (part == 0)
        results_shrink ();
      results_add (part);
    }
  }
  [[unroll]] for (int part = 0; part < HEAD_PARTS; part++) results_store (item, head, part);
}
