/* canvas-extend-bar.h - how far the picture is extended at each of its edges.
 *
 * Signals: "changed" (): limn_canvas_extend_bar_get_margins () has another answer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/settings/outpaint.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CANVAS_EXTEND_BAR (limn_canvas_extend_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvasExtendBar, limn_canvas_extend_bar, LIMN, CANVAS_EXTEND_BAR, GtkWidget)

LimnMargins limn_canvas_extend_bar_get_margins (LimnCanvasExtendBar *self);
/* Not echoed by "changed". */
void limn_canvas_extend_bar_set_margins (LimnCanvasExtendBar *self, const LimnMargins *margins);
/* Of the picture that is extended. */
void limn_canvas_extend_bar_set_size (LimnCanvasExtendBar *self, int width, int height);

G_END_DECLS
