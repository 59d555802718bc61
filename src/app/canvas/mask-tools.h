/* mask-tools.h - a small bar over the canvas with the mask's brush and what can be done to the whole mask.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "app/canvas/mask-editor.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MASK_TOOLS (limn_mask_tools_get_type ())
G_DECLARE_FINAL_TYPE (LimnMaskTools, limn_mask_tools, LIMN, MASK_TOOLS, GtkWidget)

/* Its buttons are the window's actions "win.mask-...". */
void limn_mask_tools_bind (LimnMaskTools *self, LimnMaskEditor *editor, LimnSettings *settings);

G_END_DECLS
