/* details.h - boxes of a picture that are painted again by themselves, as text and as masks.
 *
 * One box a line, or several with semicolons between where all but the last have no prompt: where it lies, left, top,
 * width and height as shares of the picture; then, where it is to be told something of its own, a negative prompt, a
 * colon and its prompt.
 *
 *   0.4,0.1,0.2,0.2
 *   0.1,0.5,0.1,0.15 negative="six fingers": a hand
 *   tiles=1024/128
 *
 * The last is a grid over all of the picture: tiles of that many pixels a side, fewer where the picture has fewer, as
 * few of them as overlap by at least as much as stands after the slash, an eighth of the side where nothing does.  It
 * is laid when the size of the picture is known.  Negative prompt and prompt as for a box.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/image-pad.h"
#include "base/regions.h"

G_BEGIN_DECLS

#define LIMN_MOST_DETAILS 64
#define LIMN_MOST_DETAIL_PARTS 128 /* tiles, and boxes that are none */
#define LIMN_LEAST_DETAIL_TILE 64
#define LIMN_MOST_DETAIL_TILE 2048

typedef struct {
  LimnRegion box;    /* place, prompt, "" where it is the picture's, and negative count */
  int tile, overlap; /* pixels; 0: the box itself, else a grid, whose box is the whole picture */
} LimnDetail;

/* One box, or one tile of a grid. */
typedef struct {
  const LimnDetail *detail;
  int column, row; /* in its grid; 0 for a box */
} LimnDetailPart;

/* (element-type LimnDetail), with a function that frees them.  NULL with what is wrong, and in which box. */
GPtrArray *limn_details_read (const char *text, GError **error);
gboolean limn_details_check (const char *text, GError **error);

/* What details are over a picture of that size, in the order in which it is painted: a grid's tiles row by row.  They
 * borrow details.  (element-type LimnDetailPart) (transfer full) */
GArray *limn_details_lay (const GPtrArray *details, int width, int height);
/* How many those are. */
guint limn_details_count (const GPtrArray *details, int width, int height);
/* The pixels of one. */
LimnCrop limn_detail_part_crop (const LimnDetailPart *part, int width, int height);
/* limn_detail_mask () of one.  Tiles of a grid fade over half of what they overlap by, so that there is one at each
 * pixel that counts fully: painted one over the other they leave nothing of what was there, their shares sum to 1, and
 * neither the result nor what a later tile begins with has an edge where an earlier one ends.
 * [height, width] (transfer full) */
guint8 *limn_detail_part_mask (const LimnDetailPart *part, int feather, int width, int height);

/* The pixels that box touches of a picture of that size: at least one. */
LimnCrop limn_detail_crop (const LimnRegion *box, int width, int height);
/* 255 within crop, 0 outside, rising over feather pixels inwards from its edges, but for those that are the picture's.
 * [height, width] (transfer full) */
guint8 *limn_detail_mask (const LimnCrop *crop, int feather, int width, int height);

G_END_DECLS
