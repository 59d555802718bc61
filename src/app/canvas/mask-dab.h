/* mask-dab.h - a brush's touch from one point to the next, antialiased.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pixels; empty where width is 0. */
typedef struct {
  int x, y, width, height;
} LimnMaskRect;

LimnMaskRect limn_mask_rect_union (LimnMaskRect a, LimnMaskRect b);

/* In pixels; the middle of the first pixel is at 0.5, 0.5. */
typedef struct {
  double x0, y0, radius0, x1, y1, radius1;
  double feather; /* 0..1: the share of the radius over which it fades */
} LimnMaskDab;

/* Raises density [height, width] to dab's own where that is denser.  Returns what was looked at. */
LimnMaskRect limn_mask_dab_paint (const LimnMaskDab *dab, guint8 *density, int width, int height);

G_END_DECLS
