/* frame-scene.h - the photo that stands in where the size hints are drawn: a cat on a hill before the sun.
 *
 * Its subject sits in the middle, so that one sees at a glance what a frame cuts off; it has things so fine that only a
 * large photo shows them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <cairo.h>

/* Composed for width x height, never stretched.  detail: 0..1, how much of what is fine can be seen. */
void limn_frame_scene_draw (cairo_t *cr, double width, double height, double detail);
