/* grid-window.h - asks which settings an X/Y/Z grid compares, shows what will be painted, and puts it in the queue.
 *
 * Not modal.  Signal: "start" (LimnGrid *, const char *const *): begin; the grid is the signal's for the time of the
 * call, and so are the texts of its axes, by LimnGridSide.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/queue/grid.h"

G_BEGIN_DECLS

#define LIMN_TYPE_GRID_WINDOW (limn_grid_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnGridWindow, limn_grid_window, LIMN, GRID_WINDOW, AdwWindow)

LimnGridWindow *limn_grid_window_new (LimnSettings *settings);

/* "Guidance" for "guidance".  For people. */
const char *limn_grid_property_title (const char *property);

G_END_DECLS
