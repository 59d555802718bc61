/* canvas-enlarge.h - small pictures made large for the screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* times as wide and high, between its pixels smooth to the second derivative (a cubic B-spline), so that a rough
 * preview looks out of focus rather than made of blocks; milliseconds.  (transfer full) */
LimnImage *limn_canvas_enlarge (const LimnImage *image, int times);
/* Half as wide and high: each pixel the mean of four.  (transfer full) */
LimnImage *limn_canvas_halve (const LimnImage *image);

/* What is seen of image through a window: pixel x, y of the result shows the pixel of image under (x + 0.5 - left) /
 * zoom, (y + 0.5 - top) / zoom, or the nearest to it.  No pixel is mixed with another.  (transfer full) */
LimnImage *limn_canvas_magnify (const LimnImage *image, double left, double top, double zoom, int width, int height);

G_END_DECLS
