/* mask-place.h - where in the picture to start from a mask's pixels are, so that it can follow when size or crop
 * change.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/mask-editor.h"
#include "base/mask-area.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

/* A pixel x of the output shows the source's (x - left) / across, and likewise down. */
typedef struct {
  int width, height; /* of the output; 0: there is no source */
  double left, top, across, down;
} LimnMaskPlace;

/* all: all of the source, as it is. */
LimnMaskPlace limn_mask_place_of (LimnSettings *settings, gboolean all);
/* What settings paint by itself of the source that editor's mask lies over.  FALSE: no such part. */
gboolean limn_mask_place_area (LimnSettings *settings, LimnMaskEditor *editor, LimnArea *area);
gboolean limn_mask_place_equal (const LimnMaskPlace *a, const LimnMaskPlace *b);

/* mask, painted at from, as it is at to.  lost: NULL, or whether some of it now lies outside.  (transfer full) */
LimnMask *limn_mask_place_move (LimnMask *mask, const LimnMaskPlace *from, const LimnMaskPlace *to, gboolean *lost);
/* limn_mask_fit (), or where all of it is over all of the source, limn_mask_cover ().  (transfer full) */
LimnMask *limn_mask_scale (LimnMask *mask, int width, int height, gboolean all);

/* What a grey picture says as a mask of width x height pixels (limn_mask_fit ()), or NULL where it has colours.
 * (transfer full) */
LimnMask *limn_mask_from_image (const LimnImage *image, int width, int height);
/* (transfer full) */
LimnImage *limn_mask_to_image (LimnMask *mask);

G_END_DECLS
