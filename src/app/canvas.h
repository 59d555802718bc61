/* canvas.h - the picture: the live preview while it is painted, then the picture itself; fit, zoom and pan.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/picture.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CANVAS (limn_canvas_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvas, limn_canvas, LIMN, CANVAS, GtkWidget)

/* A rough look at a picture that will be width x height pixels. */
void limn_canvas_show_preview (LimnCanvas *self, const LimnImage *preview, int width, int height);
void limn_canvas_show_picture (LimnCanvas *self, LimnPicture *picture);
/* What is shown now; NULL: nothing yet. */
GdkTexture *limn_canvas_get_texture (LimnCanvas *self);

/* Property "zoom": screen pixels for a pixel of the picture; 0: as large as fits. */
void limn_canvas_set_zoom (LimnCanvas *self, double zoom);

G_END_DECLS
