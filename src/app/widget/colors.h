/* colors.h - the colours of a run's parts, from the theme's palette.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  LIMN_COLOR_BASE,
  LIMN_COLOR_REFINER,
  LIMN_COLOR_OTHER,
  LIMN_COLOR_TROUGH,
  LIMN_COLOR_NEGATIVE, /* what belongs to the negative prompt */
  LIMN_COLOR_MEMORY,
  LIMN_COLOR_LACK,   /* of memory */
  LIMN_COLOR_CHOSEN, /* what is looked at, and what is under it */
  LIMN_COLOR_GROUND,
} LimnColor;

GdkRGBA limn_color_get (GtkWidget *widget, LimnColor color);

G_END_DECLS
