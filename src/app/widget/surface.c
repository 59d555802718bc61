/* surface.c - see surface.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/widget/surface.h"

cairo_surface_t *
limn_surface_new (const LimnImage *image)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, image->width, image->height);
  int stride = cairo_image_surface_get_stride (surface);
  guint8 *data = cairo_image_surface_get_data (surface);

  cairo_surface_flush (surface);
  for (int y = 0; y < image->height && data != NULL; y++) {
    const guint8 *from = image->rgb + (gsize) y * image->width * 3;
    guint32 *to = (guint32 *) (data + (gsize) y * stride);

    for (int x = 0; x < image->width; x++, from += 3)
      to[x] = (guint32) from[0] << 16 | (guint32) from[1] << 8 | from[2];
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

LimnImage *
limn_surface_to_image (cairo_surface_t *surface)
{
  int width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
  int stride = cairo_image_surface_get_stride (surface);
  LimnImage *image = limn_image_new (width, height);

  cairo_surface_flush (surface);
  for (int y = 0; y < height; y++) {
    const guint32 *from = (const guint32 *) (cairo_image_surface_get_data (surface) + (gsize) y * stride);
    guint8 *to = image->rgb + (gsize) y * width * 3;

    for (int x = 0; x < width; x++, to += 3) {
      to[0] = from[x] >> 16 & 0xff;
      to[1] = from[x] >> 8 & 0xff;
      to[2] = from[x] & 0xff;
    }
  }
  return image;
}

void
limn_surface_draw (cairo_t *cairo, cairo_surface_t *surface, double x, double y, double width, double height)
{
  int wide = cairo_image_surface_get_width (surface), high = cairo_image_surface_get_height (surface);
  double scale = MIN (width / wide, height / high);

  cairo_save (cairo);
  cairo_translate (cairo, x + (width - wide * scale) / 2, y + (height - high * scale) / 2);
  cairo_scale (cairo, scale, scale);
  cairo_set_source_surface (cairo, surface, 0, 0);
  if (scale == 1)
    cairo_pattern_set_filter (cairo_get_source (cairo), CAIRO_FILTER_NEAREST);
  cairo_paint (cairo);
  cairo_restore (cairo);
}
