/* frame-view.h - the size hints as one sees them: a photo, and the frame that is cut out of it.
 *
 * hints.h says which of the six numbers is what of the drawing.  The photo blurs where it would have been enlarged and
 * shows finer things where it would have been made smaller.  While something is dragged the drawing keeps its scale, so
 * that the pointer stays on what it holds; afterwards it fits itself again.
 *
 * Pointer: the frame's inside moves it, its edges and corners resize it (Shift: in its shape), the grip at the photo's
 * outer corner sets the original size (kept in its shape where near it, or with Shift).  Keys: arrows move the frame,
 * Shift and arrows resize it, Alt and arrows resize the photo; with Ctrl in single pixels.
 *
 * Property: "negative", whether the frame of the negative prompt is the one that is dragged; the other shows as a
 * ghost.  Only where the settings have a separate negative.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "app/panel/hints.h"

G_BEGIN_DECLS

#define LIMN_TYPE_FRAME_VIEW (limn_frame_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnFrameView, limn_frame_view, LIMN, FRAME_VIEW, GtkWidget)

void limn_frame_view_bind (LimnFrameView *self, LimnSettings *settings);

/* Where on the widget a grip can be taken. */
graphene_point_t limn_frame_view_grip_point (LimnFrameView *self, LimnGrip grip);
LimnGrip limn_frame_view_grip_at (LimnFrameView *self, double x, double y);

G_END_DECLS
