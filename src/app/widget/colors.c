/* colors.c - named colours of style.css, for widgets that draw themselves.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/widget/colors.h"

GdkRGBA
limn_color_get (GtkWidget *widget, LimnColor color)
{
  static const char *const names[] = {
    [LIMN_COLOR_BASE] = "limn_base_color",         [LIMN_COLOR_REFINER] = "limn_refiner_color",
    [LIMN_COLOR_OTHER] = "limn_other_color",       [LIMN_COLOR_TROUGH] = "limn_trough_color",
    [LIMN_COLOR_NEGATIVE] = "limn_negative_color", [LIMN_COLOR_MEMORY] = "limn_memory_color",
    [LIMN_COLOR_LACK] = "error_bg_color",          [LIMN_COLOR_CHOSEN] = "window_fg_color",
    [LIMN_COLOR_GROUND] = "window_bg_color",
  };
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  GdkRGBA rgba;

  if (!gtk_style_context_lookup_color (context, names[color], &rgba)) {
    gtk_style_context_get_color (context, &rgba);
    if (color == LIMN_COLOR_TROUGH)
      rgba.alpha *= 0.15f;
  }
  return rgba;
}
