/* image-fit.h - pictures and masks at other sizes.
 *
 * But for limn_image_fit_as (), limn_image_window () and limn_mask_stretch () none changes the aspect ratio: the result
 * is the middle of what is given that has the ratio width:height.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/image-pad.h"

G_BEGIN_DECLS

/* Where no size is asked for, that of a picture in its own shape with about the area of width x height, which it takes
 * the place of; never more than it has. */
void limn_size_fit (int photo_width, int photo_height, int *width, int *height);
/* By Lanczos' kernel of three lobes, as programs enlarge pictures that look at what they do. */
LimnImage *limn_image_fit_lanczos (const LimnImage *image, int width, int height, gboolean across, gboolean down);
/* image with so many pixels more on each side, as if it repeated. */
LimnImage *limn_image_around (const LimnImage *image, int across, int down);
/* Bicubic. */
LimnImage *limn_image_fit (const LimnImage *image, int width, int height);

/* Which of it comes to another shape: the middle; all of it, with black around; all of it, stretched. */
typedef enum { LIMN_FIT_CROP, LIMN_FIT_PAD, LIMN_FIT_STRETCH } LimnFit;

/* "crop", "pad", "stretch" */
const char *limn_fit_name (LimnFit fit);
gboolean limn_fit_find (const char *name, LimnFit *fit);
LimnImage *limn_image_fit_as (const LimnImage *image, int width, int height, LimnFit fit);
/* mask: [from_height, from_width], 0 where the picture is kept, 255 where it is painted anew.  Each pixel is the mean
 * of what it covers: what is wholly kept, or wholly painted, stays so.  (transfer full) */
guint8 *limn_mask_fit (const guint8 *mask, int from_width, int from_height, int width, int height);
/* The same of all of it, whatever becomes of its shape.  (transfer full) */
guint8 *limn_mask_stretch (const guint8 *mask, int from_width, int from_height, int width, int height);
/* What window, within image, shows, bicubic; of the same size the pixels as they are, deep ones as well. */
LimnImage *limn_image_window (const LimnImage *image, const LimnCrop *window, int width, int height);

G_END_DECLS
