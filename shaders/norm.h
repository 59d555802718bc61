/* norm.h - what the normalisations are told; included by C and GLSL.  Chunks are eight channels. */
#ifndef LIMN_NORM_H
#define LIMN_NORM_H

/* Rows that one lane of group_norm_stats sums. */
#define GROUP_NORM_BAND 64

struct LimnGroupNormStatsPush {
  int rows;       /* of one item */
  int items;
  int bands;      /* of one item */
  int chunks;     /* of this input */
  int stride, first; /* chunks of its row, before its first */
  int all_chunks; /* of all inputs together */
  int chunk0;     /* where this input's begin among them */
};

struct LimnGroupNormFoldPush {
  int rows, items, bands;
  int chunks;     /* of all inputs */
  int channels;   /* real ones */
  int groups;
  float epsilon;
};

struct LimnGroupNormPush {
  int row0, row1; /* of all items' rows: this band */
  int rows;       /* of one item */
  int chunks1, stride1, first1;
  int chunks2, stride2, first2; /* a second input continues the channels */
  int silu;
};

struct LimnLayerNormPush {
  int row0, row1;
  int chunks, channels;
  int stride, first; /* chunks of the input's row, before its first */
  int out_stride;
  float epsilon;
};

#endif
