/* mask-area.h - a part of a picture that is painted by itself, at another size, and put back: which part that is, and
 * the ways there and back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/image-pad.h"
#include "base/regions.h"

G_BEGIN_DECLS

typedef struct {
  LimnCrop box;      /* of the picture */
  LimnCrop inside;   /* where that is in what is painted: all of it, but where the picture is too small for its shape */
  int width, height; /* of what is painted */
} LimnArea;

/* The smallest box that holds all of mask, [height, width], that is not 0.  FALSE: there is none. */
gboolean limn_mask_box (const guint8 *mask, int width, int height, LimnCrop *box);
/* box, within a picture of that size, with padding more around it and then grown to the shape of width x height, as far
 * as the picture goes: it stays in its middle, or moves inwards. */
LimnArea limn_area_around (const LimnCrop *box, int padding, int image_width, int image_height, int width, int height);
gboolean limn_area_equal (const LimnArea *a, const LimnArea *b);

/* What is to be painted over; where the picture is too small for its shape, its edges go on.  (transfer full) */
LimnImage *limn_area_cut (const LimnArea *area, const LimnImage *image);
/* The same of a mask, [.., image_width]: nothing beyond the picture is painted.  (transfer full) */
guint8 *limn_area_cut_mask (const LimnArea *area, const guint8 *mask, int image_width);
/* image with what was painted of that size in its place.  (transfer full) */
LimnImage *limn_area_put (const LimnArea *area, const LimnImage *painted, const LimnImage *image);
/* Of a picture's deep, what is nearest to value and comes to byte. */
guint16 limn_deep_near (double value, guint8 byte);
/* image becomes original where mask is 0, stays where it is 255, and is a blend between.  Both are of one size. */
void limn_image_put_back (LimnImage *image, const LimnImage *original, const guint8 *mask);

/* Has region be what of it is seen in area of a picture of width x height pixels.  FALSE: nothing is. */
gboolean limn_area_cut_region (const LimnArea *area, int width, int height, LimnRegion *region);

G_END_DECLS
