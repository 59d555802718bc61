/* attention.h - what attention.comp, attention_staged.comp and attention_sums.comp are told; included by C and GLSL. */
#ifndef LIMN_ATTENTION_H
#define LIMN_ATTENTION_H

/* Specialisation constants, after lanes.glsl's 0 and 1. */
#define ATTENTION_QUERIES 2 /* a group takes at once, <= 16 */
#define ATTENTION_PARTS 3   /* of the head: 64 channels each, of which eight lanes hold a chunk; or the tile's k */
#define ATTENTION_CONSTANTS 4

struct LimnAttentionPush {
  int queries, keys;   /* tokens of one item */
  int heads;
  int head_chunks;     /* chunks a head */
  int q_stride, q_first, k_stride, k_first, v_stride, v_first; /* chunks of a row, before the first head's */
  int out_stride;
  int first_group;     /* number of the first group of this band */
  int groups;          /* past its last */
  int query_tiles;     /* of one head of one item */
  int causal;          /* a query sees no key after itself */
  int alone_from;      /* the item from which on a query sees itself alone */
  int hides;           /* some keys are seen by no query */
  float scale;         /* 1 / sqrt (head size) */
};

struct LimnAttentionSumsPush {
  int rows;            /* of one item: queries, and as many keys */
  int heads;
  int head_chunks;     /* chunks a head */
  int x_stride, x_first, z_stride, z_first; /* as above; see there */
  int out_stride;      /* values of a row */
  int first_group;     /* number of the first group of this band */
  int groups;          /* past its last */
  int folds;           /* x are keys, and the queries' sums are known */
  float scale;         /* 1 / sqrt (head size) */
};

#endif
