/* restore-bar.h - what to do with a dropped picture that carries settings, and afterwards why a new one may look
 * different.
 *
 * Nothing modal: it stands above the picture like a notice.  Its buttons are the window's actions "win.restore-image",
 * "-control", "-settings", "-both", "-previous", "-next" and "-dismiss".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "app/window/dropped.h"

G_BEGIN_DECLS

#define LIMN_TYPE_RESTORE_BAR (limn_restore_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnRestoreBar, limn_restore_bar, LIMN, RESTORE_BAR, GtkWidget)

/* Asks about dropped, number index of count (from 0).  follows: a ControlNet is there, which could follow it. */
void limn_restore_bar_ask (LimnRestoreBar *self, const LimnDropped *dropped, guint index, guint count,
                           gboolean follows);
/* Says what of foreign's settings could not be had. */
void limn_restore_bar_tell (LimnRestoreBar *self, const LimnForeign *foreign);
void limn_restore_bar_hide (LimnRestoreBar *self);
gboolean limn_restore_bar_is_shown (LimnRestoreBar *self);
/* The keyboard goes to what is most likely wanted. */
void limn_restore_bar_focus (LimnRestoreBar *self);

G_END_DECLS
