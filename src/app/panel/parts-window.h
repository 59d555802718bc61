/* parts-window.h - a model made of parts: which file each of them is in.
 *
 * Signal "chosen" (const char *path): the person wants this model, which is made.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "base/types.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PARTS_WINDOW (limn_parts_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnPartsWindow, limn_parts_window, LIMN, PARTS_WINDOW, AdwWindow)

/* model: the path of what it begins with; "": the starter, or nothing where that is not installed. */
LimnPartsWindow *limn_parts_window_new (const char *model);
void limn_parts_window_set (LimnPartsWindow *self, LimnPartId part, const char *path);

G_END_DECLS
