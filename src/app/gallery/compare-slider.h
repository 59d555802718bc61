/* compare-slider.h - two pictures in one place, with a line between them that is dragged.
 *
 * What is before stands at the start (left, or right in right-to-left locales), what is after at the end.  Property
 * "position": 0 shows only the second, 1 only the first.  Arrow keys, Page Up and Down, Home and End move the line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_COMPARE_SLIDER (limn_compare_slider_get_type ())
G_DECLARE_FINAL_TYPE (LimnCompareSlider, limn_compare_slider, LIMN, COMPARE_SLIDER, GtkWidget)

/* Either may be NULL.  Each is drawn as large as fits, in the middle. */
void limn_compare_slider_set_paintables (LimnCompareSlider *self, GdkPaintable *before, GdkPaintable *after);
double limn_compare_slider_get_position (LimnCompareSlider *self);
void limn_compare_slider_set_position (LimnCompareSlider *self, double position);

G_END_DECLS
