/* crop-view.h - how the picture to start from is used: the part that is cut out, or the whole with its borders filled.
 * Drag it, or use the arrow keys.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CROP_VIEW (limn_crop_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnCropView, limn_crop_view, LIMN, CROP_VIEW, GtkWidget)

/* Shows "source" and "source-fit" of settings, and sets "source-x" and "source-y". */
void limn_crop_view_bind (LimnCropView *self, LimnSettings *settings);

G_END_DECLS
