/* outpaint.h - a picture made larger: its edges carried on and softened, and the mask of what is to be painted there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"
#include "session/settings/mask.h"

G_BEGIN_DECLS

/* Pixels added at each side. */
typedef struct {
  int left, top, right, bottom;
} LimnMargins;

/* How far a mask of limn_outpaint_extend () fades into a picture of this size. */
int limn_outpaint_overlap (int width, int height);

/* The picture, every pixel of it as it was, with the colours of its edges around it, softer with the distance: see
 * limn_image_fill_border ().  margins: none negative; the whole at most 65535 a side.  mask: NULL, or what of the
 * picture itself was to be painted anew, of its size.  mask_out: NULL, or receives one as large as the result: 255 in
 * what is new, fading over overlap pixels into the picture; (transfer full).  Any thread.  (transfer full) */
LimnImage *limn_outpaint_extend (const LimnImage *image, const LimnMargins *margins, int overlap, LimnMask *mask,
                                 LimnMask **mask_out);

G_END_DECLS
