/* image-pixbuf.c - JPEG, WebP and whatever else gdk-pixbuf reads; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "base/i18n.h"

#define MOST_SIDE 16384

static guint8
over_white (guint8 value, guint8 alpha)
{
  return (guint8) ((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

static LimnImage *
to_image (GdkPixbuf *pixbuf)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int channels = gdk_pixbuf_get_n_channels (pixbuf), stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  LimnImage *image = limn_image_new (width, height);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const guint8 *from = pixels + (gsize) y * stride + (gsize) x * channels;
      guint8 *to = image->rgb + ((gsize) y * width + x) * 3;
      for (int c = 0; c < 3; c++)
        to[c] = over_white (from[c], channels == 4 ? from[3] : 255);
    }
  return image;
}

LimnImage *
limn_cli_load_other_image (const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  int width = 0, height = 0;

  if (gdk_pixbuf_get_file_info (path, &width, &height) != NULL && (width > MOST_SIDE || height > MOST_SIDE)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: %d x %d pixels, but at most %d a side are read"), path,
                 width, height, MOST_SIDE);
    return NULL;
  }

  g_autoptr (GdkPixbuf) stored = gdk_pixbuf_new_from_file (path, &reason);
  if (stored == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, reason->message);
    return NULL;
  }
  /* Cameras store how they were held. */
  g_autoptr (GdkPixbuf) upright = gdk_pixbuf_apply_embedded_orientation (stored);
  return to_image (upright);
}
