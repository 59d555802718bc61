/* surface.h - pictures as cairo draws them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <cairo.h>

#include "base/types.h"

G_BEGIN_DECLS

/* A copy; cairo_surface_destroy () it. */
cairo_surface_t *limn_surface_new (const LimnImage *image);
/* surface: of CAIRO_FORMAT_RGB24.  (transfer full) */
LimnImage *limn_surface_to_image (cairo_surface_t *surface);
/* surface in the middle of the box, as large as fits; pixels stay sharp where that is its own size. */
void limn_surface_draw (cairo_t *cairo, cairo_surface_t *surface, double x, double y, double width, double height);

G_END_DECLS
