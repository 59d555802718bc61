/* ref.h - the kernels' definitions in plain C with double sums: slow, and meant to be read.
 *
 * Arrays are packed: [items, rows, channels] without padding, channel-last.  Expected values come out as doubles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/kernel.h"

G_BEGIN_DECLS

/* What matmul and conv do after the product; NULL: not done. */
typedef struct {
  int items, rows, columns; /* rows of one item */
  const float *bias;        /* [columns] */
  const float *row_bias;    /* [items, columns]: of the step that is asked for */
  const float *residual;    /* [items * rows, columns] */
  LimnActivation activation;
  const float *slopes; /* [columns]: of PReLU */
  const float *outer;  /* [items * rows, columns] or NULL */
  float outer_scale;
} RefEpilogue;

/* The exact functions, by erf where they need it. */
double ref_activate (double x, LimnActivation activation);
/* In place: [items * rows, columns]. */
void ref_epilogue (const RefEpilogue *epilogue, double *out);

/* In place: what a device sees of a row of k values that is packed as kind, beside arrays of store. */
void ref_weight (const LimnWeightKind *kind, LimnStore store, float *values, int k);

/* x: [rows, k1]; x2: [rows, k2] or NULL; weight: [columns, k1 + k2], twice the columns (and biases) where gated. */
void ref_matmul (const float *x, int k1, const float *x2, int k2, const float *weight, gboolean gated,
                 const RefEpilogue *epilogue, double *out);

typedef struct {
  int items, h, w, k;
  int up_h, up_w; /* the stretched input; h, w: not stretched */
  int out_h, out_w;
  int stride, pad; /* pad: above and left of the picture */
  guint around;    /* LimnAround bits */
} RefConv;

/* x: [items, h * w, k]; weight: [columns, 3 * 3, k]. */
void ref_conv (const RefConv *conv, const float *x, const float *weight, const RefEpilogue *epilogue, double *out);

/* x: [items, rows, channels]. */
void ref_group_norm (const float *x, int items, int rows, int channels, int groups, const float *gamma,
                     const float *beta, double epsilon, gboolean silu, double *out);
/* x: [rows, channels]. */
void ref_layer_norm (const float *x, int rows, int channels, const float *gamma, const float *beta, double epsilon,
                     double *out);

typedef struct {
  int items, queries, keys, heads, head; /* head: channels of one */
  gboolean causal;
  int alone;           /* of the last items: each query sees its own key only */
  const float *hidden; /* NULL, or [items, keys]: other than 0 where no query sees the key */
} RefAttention;

/* q: [items, queries, heads * head]; k, v: [items, keys, heads * head]. */
void ref_attention (const RefAttention *attention, const float *q, const float *k, const float *v, double *out);

G_END_DECLS
