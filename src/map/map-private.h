/* map-private.h - the functions of the table's rows, and what they share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "map/map.h"

G_BEGIN_DECLS

/* canny.c: numbers: the thresholds of what an edge goes on with, and of what it begins with. */
LimnImage *limn_map_canny (const LimnImage *image, const double *numbers);
/* lines.c: numbers: the width of lines, the contrast. */
LimnImage *limn_map_lines (const LimnImage *image, const double *numbers);
LimnImage *limn_map_soft (const LimnImage *image, const double *numbers);
/* plain.c: numbers: the blur's deviation, the grid's pixels, the brightness that parts dark from light. */
LimnImage *limn_map_blur (const LimnImage *image, const double *numbers);
LimnImage *limn_map_grid (const LimnImage *image, const double *numbers);
LimnImage *limn_map_grey (const LimnImage *image, const double *numbers);
LimnImage *limn_map_scribble (const LimnImage *image, const double *numbers);
LimnImage *limn_map_invert (const LimnImage *image, const double *numbers);

/* Rec. 601 luma, 0..255.  (transfer full): [height, width] */
float *limn_map_luma (const LimnImage *image);
/* Gaussian blur; what lies beyond an edge is as at the edge.  deviation: in pixels; 0: none. */
void limn_map_smooth (float *plane, int width, int height, double deviation);
/* White on black. */
LimnImage *limn_map_from_plane (const float *plane, int width, int height);

G_END_DECLS
