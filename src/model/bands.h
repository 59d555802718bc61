/* bands.h - pictures in bands of rows: arrays with lives of their own, so that a layer's result takes the place of what
 * it was made of while it is made.
 *
 * A convolution reads a row beyond each end of a band, from a window over its neighbours; the statistics of a norm are
 * the whole picture's.  So the values are those of whole arrays, to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/layers.h"

G_BEGIN_DECLS

#define LIMN_MOST_BANDS 64

/* A value: it names storage of the plan. */
typedef struct {
  int h, w, c; /* of the picture */
  int rows;    /* of each band but the last, which may have fewer */
  int n;       /* bands; 1: it is whole, and may be a batch */
  LimnArray bands[LIMN_MOST_BANDS];
} LimnBands;

LimnBands limn_bands_of (LimnArray whole);
LimnArray limn_bands_whole (LimnNet *net, const LimnBands *x);
/* How many rows bands of at most bytes have, in a picture of that size: what norms ask, and no more than h. */
int limn_bands_rows (LimnStore store, guint64 bytes, int h, int w, int c);

typedef struct {
  const char *norm; /* NULL, or the group norm, with SiLU, that comes first */
  int groups;
  float epsilon;
  int rows;                  /* of the result's bands; 0: as x's */
  const LimnBands *residual; /* NULL, or what is added, in the same bands */
  const LimnBands *into;     /* NULL, or the result, in bands of so many rows */
  const char *beside;        /* NULL, or a 1 x 1 convolution of x that is made on the way; */
  float beside_bias_scale;   /* of that */
  LimnBands *beside_result;
  LimnLayerOptions options; /* stride 2, or twice the size, or neither */
} LimnBandsConv;

/* 3 x 3. */
LimnBands limn_bands_conv (LimnNet *net, const char *name, const LimnBands *x, int columns, const LimnBandsConv *how);

G_END_DECLS
