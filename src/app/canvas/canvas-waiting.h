/* canvas-waiting.h - what the canvas says while a new picture is painted and there is nothing to see of it yet.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CANVAS_WAITING (limn_canvas_waiting_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvasWaiting, limn_canvas_waiting, LIMN, CANVAS_WAITING, GtkWidget)

/* prompt: of the picture to come; may be empty. */
void limn_canvas_waiting_begin (LimnCanvasWaiting *self, const char *prompt);
/* Shows how far the device's preparing is. */
void limn_canvas_waiting_set_progress (LimnCanvasWaiting *self, const LimnProgress *progress);

G_END_DECLS
