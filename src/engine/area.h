/* area.h - the part of its picture that a request paints; beside limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/mask-area.h"
#include "engine/limn.h"

G_BEGIN_DECLS

/* Whether request paints the surroundings of its mask alone; area: which they are.  FALSE as well where its mask is
 * empty. */
gboolean limn_request_area (const LimnRequest *request, LimnArea *area);
/* What there is to say against that. */
gboolean limn_request_check_area (const LimnRequest *request, GError **error);
/* The size of the picture that it paints, before anything enlarges it; its mask has that size, too. */
void limn_request_size (const LimnRequest *request, int *width, int *height);
/* Previews of such a picture: what is painted in its place in the request's picture. */
typedef struct _LimnAreaView LimnAreaView;
/* NULL where request paints no area.  most: pixels of the longer side that is shown. */
LimnAreaView *limn_area_view_new (const LimnRequest *request, int most);
void limn_area_view_free (LimnAreaView *view);
/* painted: of any size, with the shape of what is painted.  (transfer full) */
LimnImage *limn_area_view_show (const LimnAreaView *view, const LimnImage *painted);

G_END_DECLS
