// attention.comp - softmax (Q K^T / sqrt (d)) V, streamed over the keys: no score matrix in memory.
//
// Dao et al. 2022 (FlashAttention).  Eight lanes take QUERIES queries of one head.  Scores: lane j holds keys j, 8 + j,
// 16 + j, 24 + j of 32 at a time.  Output: lane j holds chunks j, 8 + j, ... of the head.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "attention.h"
#include "lanes.glsl"
#include "store.glsl"

layout (constant_id = 2) const int QUERIES = 8;
layout (constant_id = 3) const int LANE_CHUNKS = 1;
layout (constant_id = 4) const bool CAUSAL = false;

layout (push_constant) uniform Push { LimnAttentionPush p; };
layout (binding = 0) writeonly buffer Out { uvec4 y[]; }; // [items, queries, heads * head size]
layout (binding = 1) uniform usamplerBuffer q;
layout (binding = 2) uniform usamplerBuffer k;
layout (binding = 3) uniform usamplerBuffer v;

const float NEVER = -3.0e38;

vec4 score[QUERIES];              // [query][block of 8 keys]
float highest[QUERIES];           // of the scores so far
float weight_sum[QUERIES];        // this lane's share
Chunk result[QUERIES * LANE_CHUNKS];

void
scores (int q_at, ivec4 k_at)
{
  for (int i = 0; i < QUERIES; i++) score[i] = vec4 (0);
  for (int c = 0; c < p.head_chunks; c++) {
    Chunk a = load_chunk (q, q_at + c);
    Chunk k0 = load_chunk (k, k_at.x + c), k1 = load_chunk (k, k_at.y + c);
    Chunk k2 = load_chunk (k, k_at.z + c), k3 = load_chunk (k, k_at.w + c);
    [[unroll]] for (int e = 0; e < 4; e++)
    {
      vec4 lo = vec4 (k0.lo[e], k1.lo[e], k2.lo[e], k3.lo[e]), hi = vec4 (k0.hi[e], k1.hi[e], k2.hi[e], k3.hi[e]);
      [[unroll]] for (int i = 0; i < QUERIES; i++)
          score[i] = fma (vec4 (lane_get (a.lo[e], i)), lo, fma (vec4 (lane_get (a.hi[e], i)), hi, score[i]));
    }
  }
}

// Scores to weights exp (score - highest); what was gathered under a lower highest is scaled down.
void
soften (int query, ivec4 key)
{
  [[unroll]] for (int i = 0; i < QUERIES; i++)
  {
    int last = CAUSAL ? min (query + i, p.keys - 1) : p.keys - 1;
    score[i] = mix (score[i] * p.scale, vec4 (NEVER), greaterThan (key, ivec4 (last)));
    vec4 s = score[i];
    float top = max (highest[i], lanes_max (max (max (s.x, s.y), max (s.z, s.w))));
    float shrink = exp (highest[i] - top);
    highest[i] = top;
    s = exp (s - top);
    score[i] = s;
    weight_sum[i] = weight_sum[i] * shrink + s.x + s.y + s.z + s.w;
    [[unroll]] for (int c = 0; c < LANE_CHUNKS; c++)
    {
      result[i * LANE_CHUNKS + c].lo *= shrink;
      result[i * LANE_CHUNKS + c].hi *= shrink;
    }
  }
}

void
gather (int v_at, int key0)
{
  for (int block = 0; block < 4; block++) {
    [[unroll]] for (int j = 0; j < 8; j++)
    {
      int at = v_at + min (key0 + 8 * block + j, p.keys - 1) * p.v_stride;
      [[unroll]] for (int c = 0; c < LANE_CHUNKS; c++)
      {
        Chunk x = load_chunk (v, at + min (8 * c + lane (), p.head_chunks - 1));
        [[unroll]] for (int i = 0; i < QUERIES; i++)
        {
          float w = lane_get (score[i][block], j);
          result[i * LANE_CHUNKS + c].lo = fma (vec4 (w), x.lo, result[i * LANE_CHUNKS + c].lo);
          result[i * LANE_CHUNKS + c].hi = fma (vec4 (w), x.hi, result[i * LANE_CHUNKS + c].hi);
        }
      }
    }
  }
}

void
main ()
{
  int g = p.first_group + group ();
  bool beyond = g >= p.groups;
  g = min (g, p.groups - 1);
  int query = g % p.query_tiles * QUERIES, head = g / p.query_tiles % p.heads, item = g / p.query_tiles / p.heads;
  int q_at = (item * p.queries + min (query + lane (), p.queries - 1)) * p.q_stride + p.q_first + head * p.head_chunks;
  int k_at = item * p.keys * p.k_stride + p.k_first + head * p.head_chunks;
  int v_at = item * p.keys * p.v_stride + p.v_first + head * p.head_chunks;

  for (int i = 0; i < QUERIES; i++) {
    highest[i] = NEVER;
    weight_sum[i] = 0.0;
    for (int c = 0; c < LANE_CHUNKS; c++) result[i * LANE_CHUNKS + c] = Chunk (vec4 (0), vec4 (0));
  }
  int keys = CAUSAL ? min (p.keys, query + QUERIES) : p.keys;
  for (int key0 = 0; key0 < keys; key0 += 32) {
    ivec4 key = key0 + lane () + ivec4 (0, 8, 16, 24);
    scores (q_at, k_at + min (key, ivec4 (p.keys - 1)) * p.k_stride);
    soften (query, key);
    gather (v_at, key0);
  }
  [[unroll]] for (int i = 0; i < QUERIES; i++)
  {
    float r = 1.0 / lanes_sum (weight_sum[i]);
    [[unroll]] for (int c = 0; c < LANE_CHUNKS; c++)
    {
      int chunk = 8 * c + lane ();
      if (!beyond && query + i < p.queries && chunk < p.head_chunks) {
        Chunk x = result[i * LANE_CHUNKS + c];
        int to = (item * p.queries + query + i) * p.out_stride + head * p.head_chunks + chunk;
        STORE_CHUNK (y, to, Chunk (x.lo * r, x.hi * r));
      }
    }
  }
}
