/* texture.c - conversions of pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/widget/texture.h"

GdkTexture *
limn_texture_from_image (const LimnImage *image)
{
  gsize stride = (gsize) image->width * 3;
  g_autoptr (GBytes) bytes = g_bytes_new (image->rgb, stride * image->height);

  return gdk_memory_texture_new (image->width, image->height, GDK_MEMORY_R8G8B8, bytes, stride);
}

GdkTexture *
limn_texture_thumbnail (const LimnImage *image, int side)
{
  double scale = MIN (1.0, (double) side / MAX (image->width, image->height));
  int width = MAX (1, (int) (image->width * scale + 0.5)), height = MAX (1, (int) (image->height * scale + 0.5));
  g_autoptr (GdkPixbuf) whole = gdk_pixbuf_new_from_data (image->rgb, GDK_COLORSPACE_RGB, FALSE, 8, image->width,
                                                          image->height, image->width * 3, NULL, NULL);
  g_autoptr (GdkPixbuf) small = gdk_pixbuf_scale_simple (whole, width, height, GDK_INTERP_BILINEAR);

  return small != NULL ? gdk_texture_new_for_pixbuf (small) : NULL;
}

LimnImage *
limn_image_from_texture (GdkTexture *texture, gboolean *transparent)
{
  int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  gsize stride = (gsize) width * 4;
  g_autofree guint32 *pixels = g_malloc (stride * height);
  LimnImage *image = limn_image_new (width, height);
  guint most = 0;

  /* premultiplied, alpha in the top byte whatever the machine's byte order */
  gdk_texture_download (texture, (guchar *) pixels, stride);
  for (gsize i = 0; i < (gsize) width * height; i++) {
    guint white = 255 - (pixels[i] >> 24);

    most = MAX (most, white);
    image->rgb[i * 3] = MIN (255, ((pixels[i] >> 16) & 255) + white);
    image->rgb[i * 3 + 1] = MIN (255, ((pixels[i] >> 8) & 255) + white);
    image->rgb[i * 3 + 2] = MIN (255, (pixels[i] & 255) + white);
  }
  if (transparent != NULL)
    *transparent = most > 0;
  return image;
}
