// attention.comp - softmax (Q K^T / sqrt (d)) V, streamed over the keys: no score matrix in memory.
//
// Dao et al. 2022 (FlashAttention).  Eight lanes take QUERIES queries of one head.  Lane j loads queries j
// and 8 + j.  Scores: lane j holds keys j, 8 + j, 16 + j, 24 + j of 32 at a time.  Output: lane j holds chunks j,
// 8 + j, ... of the head.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "attention.h"
#include "lanes.glsl"
#include "store.glsl"

layout (constant_id = 2) const int QUERIES = 8;
layout (constant_id = 3) const int LANE_CHUNKS = 1;

layout (push_constant) uniform Push { LimnAttentionPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; }; // [items, queries, heads * head size]
READS (1, q);
READS (2, k);
READS (3, v);
READS (4, hidden); // fp32, a row a key: whether no query sees it

const float NEVER = -3.0e38;
const int BEYOND = 0x7fffffff;
const int WIDTH = 8 * LANE_CHUNKS; // channels of the output that a lane holds

// Scalars, not vectors: lavapipe copies vectors once more each time round a loop.
float score[QUERIES * 4];          // [query][block of 8 keys]
float highest[QUERIES];            // of the scores so far
float weight_sum[QUERIES];         // this lane's share
float result[QUERIES * WIDTH];

void
scores (ivec2 q_at, ivec4 k_at)
{
  [[unroll]] for (int i = 0; i < QUERIES * 4; i++) score[i] = 0.0;
  for (int c = 0; c < p.head_chunks; c++) {
    Chunk a0 = load_chunk (q, q_at.x + c), a1 = a0;
    if (QUERIES > 8)
      a1 = load_chunk (q, q_at.y + c);
    Chunk k0 = load_chunk (k, k_at.x + c), k1 = load_chunk (k, k_at.y + c);
    Chunk k2 = load_chunk (k, k_at.z + c), k3 = load_chunk (k, k_at.w + c);
    lanes_open ();
    [[unroll]] for (int e = 0; e < 8; e++)
    {
      lanes_offer (e, chunk_element (a0, e));
      lanes_offer (8 + e, chunk_element (a1, e));
    }
    lanes_close ();
    [[unroll]] for (int i = 0; i < QUERIES; i++)
    {
      [[unroll]] for (int e = 0; e < 8; e++)
      {
        float x = lanes_take (i < 8 ? e : 8 + e, i & 7);
        score[4 * i] = fma (x, chunk_element (k0, e), score[4 * i]);
        score[4 * i + 1] = fma (x, chunk_element (k1, e), score[4 * i + 1]);
        score[4 * i + 2] = fma (x, chunk_element (k2, e), score[4 * i + 2]);
        score[4 * i + 3] = fma (x, chunk_element (k3, e), score[4 * i + 3]);
      }
    }
  }
}

// Keys; those that are hidden lie beyond all.
ivec4
seen_keys (int item, ivec4 key)
{
  if (p.hides == 0)
    return key;
  ivec4 at = 2 * (item * p.keys + min (key, ivec4 (p.keys - 1)));
  uvec4 is_hidden =
      uvec4 (FETCH (hidden, at.x).x, FETCH (hidden, at.y).x, FETCH (hidden, at.z).x, FETCH (hidden, at.w).x);
  return mix (key, ivec4 (BEYOND), notEqual (is_hidden, uvec4 (0)));
}

// Scores to weights exp (score - highest); what was gathered under a lower highest is scaled down.
void
soften (int query, bool alone, ivec4 key)
{
  [[unroll]] for (int i = 0; i < QUERIES; i++)
  {
    int last = p.causal != 0 || alone ? min (query + i, p.keys - 1) : p.keys - 1, first = alone ? last : 0;
    vec4 s = vec4 (score[4 * i], score[4 * i + 1], score[4 * i + 2], score[4 * i + 3]) * p.scale;
    s = mix (s, vec4 (NEVER), greaterThan (uvec4 (key - first), uvec4 (last - first)));
    float top = max (highest[i], lanes_max (max (max (s.x, s.y), max (s.z, s.w))));
    float shrink = exp (highest[i] - top);
    highest[i] = top;
    s = exp (s - top);
    weight_sum[i] = weight_sum[i] * shrink + s.x + s.y + s.z + s.w;
    score[4 * i] = s.x;
    score[4 * i + 1] = s.y;
    score[4 * i + 2] = s.z;
    score[4 * i + 3] = s.w;
    [[unroll]] for (int c = 0; c < WIDTH; c++) result[i * WIDTH + c] *= shrink;
  }
}

void
gather (int v_at, int key0)
{
  int blocks = min (8, (p.keys - key0 + 3) / 4);
  [[dont_unroll]] for (int half_ = 0; half_ < blocks; half_++)
  {
    int block = half_ / 2, first = half_ % 2 * 4;
    lanes_open ();
    [[unroll]] for (int i = 0; i < QUERIES; i++)
    {
      float low = block == 0 ? score[4 * i] : score[4 * i + 1], high = block == 2 ? score[4 * i + 2] : score[4 * i + 3];
      lanes_offer (i, block < 2 ? low : high);
    }
    lanes_close ();
    [[unroll]] for (int c = 0; c < LANE_CHUNKS; c++)
    {
      Chunk x[4];
      [[unroll]] for (int j = 0; j < 4; j++)
          x[j] = load_chunk (v, v_at + min (key0 + 4 * half_ + j, p.keys - 1) * p.v_stride
                                    + min (8 * c + lane (), p.head_chunks - 1));
      // Queries outside: a query's sums stay in registers while the keys run.
      [[unroll]] for (int i = 0; i < QUERIES; i++)
      {
        [[unroll]] for (int j = 0; j < 4; j++)
        {
          float w = lanes_take (i, first + j);
          [[unroll]] for (int e = 0; e < 8; e++)
              result[i * WIDTH + 8 * c + e] = fma (w, chunk_element (x[j], e), result[i * WIDTH + 8 * c + e]);
        }
      }
    }
  }
}

// The lane's chunk c of query i.
Chunk
result_chunk (int i, int c)
{
  int at = i * WIDTH + 8 * c;
  return Chunk (vec4 (result[at], result[at + 1], result[at + 2], result[at + 3]),
                vec4 (result[at + 4], result[at + 5], result[at + 6], result[at + 7]));
}

void
main ()
{
  int g = p.first_group + group ();
  bool beyond = g >= p.groups;
  g = min (g, p.groups - 1);
  int query = g % p.query_tiles * QUERIES, head = g / p.query_tiles % p.heads, item = g / p.query_tiles / p.heads;
  ivec2 q_row = item * p.queries + min (query + lane () + ivec2 (0, 8), p.queries - 1);
  int k_at = item * p.keys * p.k_stride + p.k_first + head * p.head_chunks;
  int v_at = item * p.keys * p.v_stride + p.v_first + head * p.head_chunks;

  [[unroll]] for (int i = 0; i < QUERIES; i++)
  {
    highest[i] = NEVER;
    weight_sum[i] = 0.0;
    [[unroll]] for (int c = 0; c < WIDTH; c++) result[i * WIDTH + c] = 0.0;
  }
  int keys = p.causal != 0 ? min (p.keys, query + QUERIES) : p.keys;
  for (int key0 = 0; key0 < keys; key0 += 32) {
    ivec4 key = key0 + lane () + ivec4 (0, 8, 16, 24);
    scores (q_row * p.q_stride + p.q_first + head * p.head_chunks, k_at + min (key, ivec4 (p.keys - 1)) * p.k_stride);
    soften (query, item >= p.alone_from, seen_keys (item, key));
    gather (v_at, key0);
  }
  [[unroll]] for (int i = 0; i < QUERIES; i++)
  {
    float r = 1.0 / lanes_sum (weight_sum[i]);
    [[unroll]] for (int c = 0; c < LANE_CHUNKS; c++)
    {
      int chunk = 8 * c + lane ();
      if (!beyond && query + i < p.queries && chunk < p.head_chunks) {
        Chunk x = result_chunk (i, c);
        int to = (item * p.queries + query + i) * p.out_stride + head * p.head_chunks + chunk;
        STORE_CHUNK (y, to, Chunk (x.lo * r, x.hi * r));
      }
    }
  }
}
