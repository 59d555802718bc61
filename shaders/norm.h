/* norm.h - what the normalisations are told; included by C and GLSL.  Chunks are eight channels. */
#ifndef LIMN_NORM_H
#define LIMN_NORM_H

/* Rows that one lane of group_norm_stats sums. */
#define GROUP_NORM_BAND 64

/* What becomes of values. */
#define GROUP_NORM_PLAIN 0 /* scaled and shifted */
#define GROUP_NORM_SILU 1  /* then SiLU */
#define GROUP_NORM_COPY 2  /* nothing */

struct LimnGroupNormStatsPush {
  int rows;       /* of one item */
  int items;
  int bands;      /* of one item */
  int chunks;     /* of this input */
  int stride, first; /* chunks of its row, before its first */
  int all_chunks; /* of all inputs together */
  int chunk0;     /* where this input's begin among them */
  int band0;      /* where its bands begin, where it is a part of one item */
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
  int way;        /* GROUP_NORM_PLAIN ... */
  int to;         /* row of the output that row0 becomes */
};

struct LimnNagPush {
  int row0, row1;
  int chunks, channels;
  int positive_stride, positive_first, negative_stride, negative_first;
  int out_stride;
  float scale, tau, alpha;
};

struct LimnAddPush {
  int row0, row1;
  int chunks, channels;
  int first_stride, first_first, second_stride, second_first;
  int second_rows; /* after which the second begins again */
  int out_stride;
  int share;       /* where in the table of shares; -1: all of it */
};

#define MERGE_ROWS 8 /* that a lane of merge holds: as many as share a row's factors each */

struct LimnMergePush {
  int row0, row1;
  int chunks;    /* of a row: of all taps */
  int rank;
  int up_stride; /* chunks of a row */
};

struct LimnMixPush {
  int row0, row1;
  int chunks, channels;
  int first_stride, first_first, second_stride, second_first;
  int share_rows;   /* after which the shares begin again */
  int share_stride; /* floats of their row */
  int share;        /* which of them */
  int out_stride;
};

/* Rows that one lane of freeu_waves, or eight of freeu_mean, sum. */
#define FREEU_BAND 64
/* What freeu.glsl tells the lowest frequencies by. */
#define FREEU_WAVES 7

struct LimnFreeuPush {
  int row0, row1;    /* of all items' rows */
  int rows, width;   /* of one item; pixels of a line of it */
  int items, bands;  /* of one item */
  int chunks, channels;
  int stride, first; /* chunks of the input's row, before its first */
  float scale;
  int weighted;      /* by the rows' means */
};

struct LimnResizePush {
  int row0, row1;    /* of all items' rows of the result */
  int in_h, in_w, out_h, out_w;
  int span_h, span_w; /* of the input's rows and columns, which its own edge goes on to fill: what becomes the result */
  int chunks, channels;
  int stride, first; /* chunks of the input's row, before its first */
  int bilinear;      /* else bicubic */
  int nearest;       /* else as bilinear says */
};

struct LimnMaxPoolPush {
  int row0, row1;    /* of all items' rows */
  int h, w;
  int reach;         /* pixels each way */
  int chunks, channels;
  int stride, first; /* chunks of the input's row, before its first */
  int out_stride, out_first;
};

struct LimnLayerNormPush {
  int row0, row1;
  int chunks, channels;
  int stride, first; /* chunks of the input's row, before its first */
  int out_stride;
  float epsilon;
};

#endif
