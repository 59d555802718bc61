/* details.h - boxes of a picture, each painted again by itself at the model's own size: a detailer of faces, hands.
 *
 * A box with padding around it is cut out, brought to the size that the model knows, painted over by the strength, and
 * put back with its edges feathered (engine/area.h does all of that); the next one begins with what there is then.  A
 * tile of a grid is shown without padding, since it overlaps the others, and is told its own size, not where in the
 * picture it lies: a crop that does not begin at 0 asks SDXL for what looks cut off (SDXL, section 2.2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/details.h"
#include "engine/limn.h"

G_BEGIN_DECLS

/* What painting part, the index'th of request's, is asked for, but for the picture, of width x height pixels; borrows
 * what request has.  mask: gets its request's, to be freed; said: get its prompt and negative, likewise, where these
 * are its own. */
LimnRequest limn_detail_request (const LimnRequest *request, const LimnDetailPart *part, guint index, int width,
                                 int height, guint8 **mask, char *said[2]);
/* Whether request's boxes can be painted again, if it has some. */
gboolean limn_detail_check (const LimnRequest *request, GError **error);

G_END_DECLS
