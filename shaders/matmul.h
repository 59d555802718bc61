/* matmul.h - what matmul.comp and conv.comp are told; included by C and GLSL.
 *
 * Rows and chunks (eight channels) are counted, not bytes.
 */
#ifndef LIMN_MATMUL_H
#define LIMN_MATMUL_H

#ifdef GL_core_profile
#define LIMN_STRUCT
#else
#define LIMN_STRUCT struct
#endif

/* Specialisation constants of both, after lanes.glsl's 0 and 1.  Few, since each of their combinations is compiled by
 * itself on the device; an operand that is a load a tile's row is not among them, but bound to zeros where it is not
 * there. */
#define MATMUL_ACTIVATED 2
#define MATMUL_ROW_BIAS 3
#define MATMUL_OUT_F32 4
#define MATMUL_GATED 5   /* matmul: columns n .. 2n gate columns 0 .. n (GEGLU) */
#define MATMUL_INPUTS 6  /* matmul: MATMUL_ bits below */
#define CONV_WAY 6       /* conv: a CONV_ below */
#define MATMUL_CONSTANTS 7

#define MATMUL_SECOND 1 /* a second input continues K */
#define MATMUL_LOW 2    /* what few channels come to is added */

#define CONV_ANY 0    /* the input may be stretched, as the push constants say */
#define CONV_STILL 1  /* it is not */
#define CONV_PHASES 2 /* it is, to twice its size, by weights of each phase (kernel.h) */
#define CONV_AROUND 3 /* as CONV_ANY, and CONV_PHASES, where what lies beyond an edge is what lies at the other ... */
#define CONV_PHASES_AROUND 4
#define AROUND_X 1 /* ... in these directions */
#define AROUND_Y 2

/* Operands of both: the bindings. */
#define OPERAND_OUT 0
#define OPERAND_WEIGHT 1
#define OPERAND_BIAS 2
#define OPERAND_RESIDUAL 3
#define OPERAND_ROW_BIAS 4
#define OPERAND_STEP 5
#define OPERAND_X 6
#define OPERAND_X2 7    /* matmul */
#define OPERAND_OUTER 7 /* conv: the outer residual, or the slopes of a PReLU */
#define OPERAND_LOW 8   /* matmul: few channels ... */
#define OPERAND_UP 9    /* ... and their weight */

#define ACTIVATION_NONE 0
#define ACTIVATION_SILU 1
#define ACTIVATION_GELU 2
#define ACTIVATION_QUICK_GELU 3
#define ACTIVATION_RELU 4 /* after the residual */
#define ACTIVATION_LEAKY_RELU 5
#define ACTIVATION_PRELU 6 /* conv */

struct LimnEpiloguePush {
  int row0;            /* first row of this band */
  int row1;            /* row past its last */
  int columns;         /* of the output */
  int out_stride;      /* chunks a row */
  int out_first;       /* before the first column's */
  int residual_stride; /* chunks a row */
  int residual_first;
  int rows_per_item;   /* of one batch item, for the row bias */
  int items;           /* of the batch */
  int column_tiles;
  int rows_fastest;    /* groups walk the row tiles first */
  int row_tiles;
  int activation;
  int bias, residual, row_bias; /* 1: is there; 0: its first texels are zeros */
  int outer_stride, outer_first;
  float outer_scale;            /* 0: there is no outer residual */
};

struct LimnMatmulPush {
  LIMN_STRUCT LimnEpiloguePush e;
  int k1, stride1, first1; /* chunks of K from x1, of its row, before its first */
  int k2, stride2, first2;
  int k3, stride3, first3; /* of the few */
};

struct LimnConvPush {
  LIMN_STRUCT LimnEpiloguePush e;
  int in_h, in_w, out_h, out_w;
  int up_h, up_w;          /* the size that the input is stretched to, nearest neighbour; in_h, in_w: not at all */
  int stride, pad_top, pad_left;
  int k, in_stride, in_first; /* chunks of the input's channels, of its row, before its first */
  int around;                 /* AROUND_ bits */
};

#endif
