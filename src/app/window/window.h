/* window.h - the window: controls at the left, the picture, and the run below it.
 *
 * Everything it can do is an action of its GActionMap ("win."), which is how tests drive it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/foreign/foreign.h"
#include "session/queue/queue.h"

G_BEGIN_DECLS

#define LIMN_TYPE_WINDOW (limn_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnWindow, limn_window, LIMN, WINDOW, AdwApplicationWindow)

/* state: NULL: nothing is kept, see limn_state_open (). */
LimnWindow *limn_window_new (GtkApplication *application, LimnSession *session, LimnQueue *queue, GSettings *state);

LimnSettings *limn_window_get_settings (LimnWindow *self);
/* The last finished picture, or NULL. */
LimnPicture *limn_window_get_picture (LimnWindow *self);
/* What is on the canvas: a preview or a picture; NULL: nothing yet. */
GdkTexture *limn_window_get_texture (LimnWindow *self);
/* The sentence of the notice that is shown, or NULL. */
const char *limn_window_get_notice (LimnWindow *self);

/* A picture to start from, or a model. */
void limn_window_open_file (LimnWindow *self, GFile *file);
/* Takes what was dropped or pasted: a GdkFileList, a GFile, a GdkTexture, or text with an address. */
gboolean limn_window_take_value (LimnWindow *self, const GValue *value);

/* Paints what painted was painted with; Ctrl+Z takes its settings back. */
void limn_window_paint_example (LimnWindow *self, LimnForeign *painted);

G_END_DECLS
