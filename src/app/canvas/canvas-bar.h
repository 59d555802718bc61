/* canvas-bar.h - in a corner of the canvas: how large the picture is shown, before and after, mask, extend.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "app/canvas/canvas.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CANVAS_BAR (limn_canvas_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvasBar, limn_canvas_bar, LIMN, CANVAS_BAR, GtkWidget)

void limn_canvas_bar_bind (LimnCanvasBar *self, LimnCanvas *canvas);
/* "87 %" */
const char *limn_canvas_bar_get_text (LimnCanvasBar *self);

G_END_DECLS
