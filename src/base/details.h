/* details.h - boxes of a picture that are painted again by themselves, as text and as masks.
 *
 * One box a line, or several with semicolons between where all but the last have no prompt: where it lies, left, top,
 * width and height as shares of the picture; then, where it is to be told something of its own, a negative prompt, a
 * colon and its prompt.
 *
 *   0.4,0.1,0.2,0.2
 *   0.1,0.5,0.1,0.15 negative="six fingers": a hand
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/image-pad.h"
#include "base/regions.h"

G_BEGIN_DECLS

#define LIMN_MOST_DETAILS 64

/* (element-type LimnRegion), with a function that frees them: place, prompt, "" where it is the picture's, and negative
 * count.  NULL with what is wrong, and in which box. */
GPtrArray *limn_details_read (const char *text, GError **error);
gboolean limn_details_check (const char *text, GError **error);

/* The pixels that box touches of a picture of that size: at least one. */
LimnCrop limn_detail_crop (const LimnRegion *box, int width, int height);
/* 255 within crop, 0 outside, rising over feather pixels inwards from its edges, but for those that are the picture's.
 * [height, width] (transfer full) */
guint8 *limn_detail_mask (const LimnCrop *crop, int feather, int width, int height);

G_END_DECLS
