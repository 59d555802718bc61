/* shape-icon.h - a small outline of a picture's shape.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_SHAPE_ICON (limn_shape_icon_get_type ())
G_DECLARE_FINAL_TYPE (LimnShapeIcon, limn_shape_icon, LIMN, SHAPE_ICON, GtkWidget)

GtkWidget *limn_shape_icon_new (void);
/* 0: no shape, draws nothing. */
void limn_shape_icon_set_size (LimnShapeIcon *self, int width, int height);

G_END_DECLS
