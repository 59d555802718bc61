/* help-window.h - what the settings do, in plain words beside what the starter painted with them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define LIMN_TYPE_HELP_WINDOW (limn_help_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnHelpWindow, limn_help_window, LIMN, HELP_WINDOW, AdwWindow)

/* Its window is the one that it is transient for: a click on a picture paints it there. */
LimnHelpWindow *limn_help_window_new (void);

G_END_DECLS
