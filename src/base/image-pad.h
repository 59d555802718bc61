/* image-pad.h - pictures of one shape in another: which part of them, or where, and what is around them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

typedef struct {
  int x, y, width, height;
} LimnCrop;

/* The largest rectangle of ratio width:height inside a picture of image_width x image_height pixels.  x, y: 0..1, where
 * it sits along the side that is cut (0.5: the middle). */
LimnCrop limn_crop_fit (int image_width, int image_height, int width, int height, double x, double y);
/* The other way round: where in width x height pixels the whole picture of that size goes, as large as it can be. */
LimnCrop limn_pad_fit (int image_width, int image_height, int width, int height, double x, double y);
/* Carries what image holds inside on to its borders: the mean of the edge's pixels within as far as a pixel lies from
 * it, so that the border is the edge's colours, ever softer. */
void limn_image_fill_border (LimnImage *image, const LimnCrop *inside);

/* What is around a picture: nothing, or its edges, see limn_image_fill_border (). */
typedef enum { LIMN_BORDER_BLACK, LIMN_BORDER_EDGES } LimnBorder;

/* All of image in width x height pixels, where limn_pad_fit () puts it.  (transfer full) */
LimnImage *limn_image_pad (const LimnImage *image, int width, int height, double x, double y, LimnBorder border);

G_END_DECLS
