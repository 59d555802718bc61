/* texture.c - conversions of pictures, the slow ones on other threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/texture.h"

#include <glib/gi18n.h>

#define LARGEST 16384 /* pixels a side */

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

static LimnImage *
image_from_pixbuf (GdkPixbuf *pixbuf)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int channels = gdk_pixbuf_get_n_channels (pixbuf), stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  LimnImage *image = limn_image_new (width, height);

  for (int y = 0; y < height; y++) {
    const guint8 *from = pixels + (gsize) y * stride;
    guint8 *to = image->rgb + (gsize) y * width * 3;

    for (int x = 0; x < width; x++, from += channels, to += 3) {
      guint alpha = channels == 4 ? from[3] : 255;

      for (int c = 0; c < 3; c++)
        to[c] = (from[c] * alpha + 255 * (255 - alpha) + 127) / 255;
    }
  }
  return image;
}

static LimnImage *
image_from_texture (GdkTexture *texture)
{
  int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  gsize stride = (gsize) width * 4;
  g_autofree guint32 *pixels = g_malloc (stride * height);
  LimnImage *image = limn_image_new (width, height);

  /* premultiplied, alpha in the top byte whatever the machine's byte order */
  gdk_texture_download (texture, (guchar *) pixels, stride);
  for (gsize i = 0; i < (gsize) width * height; i++) {
    guint white = 255 - (pixels[i] >> 24);

    image->rgb[i * 3] = MIN (255, ((pixels[i] >> 16) & 255) + white);
    image->rgb[i * 3 + 1] = MIN (255, ((pixels[i] >> 8) & 255) + white);
    image->rgb[i * 3 + 2] = MIN (255, (pixels[i] & 255) + white);
  }
  return image;
}

static gboolean
check_size (const char *name, int width, int height, GError **error)
{
  if (width <= LARGEST && height <= LARGEST)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: %d × %d pixels; at most %d a side can be used"), name, width,
               height, LARGEST);
  return FALSE;
}

static LimnSource *
load_file (GFile *file, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr (GdkPixbuf) raw = NULL;
  g_autoptr (GdkPixbuf) upright = NULL;

  if (stream == NULL)
    return NULL;
  raw = gdk_pixbuf_new_from_stream (G_INPUT_STREAM (stream), cancellable, error);
  if (raw == NULL) {
    g_prefix_error (error, "%s: ", name);
    return NULL;
  }
  upright = gdk_pixbuf_apply_embedded_orientation (raw);
  if (!check_size (name, gdk_pixbuf_get_width (upright), gdk_pixbuf_get_height (upright), error))
    return NULL;
  return limn_source_new (image_from_pixbuf (upright), name);
}

static void
load_thread (GTask *task, gpointer source, gpointer origin, GCancellable *cancellable)
{
  LimnSource *loaded = NULL;
  GError *error = NULL;

  if (G_IS_FILE (origin))
    loaded = load_file (origin, cancellable, &error);
  else if (check_size (_ ("The picture"), gdk_texture_get_width (origin), gdk_texture_get_height (origin), &error))
    loaded = limn_source_new (image_from_texture (origin), _ ("Dropped picture"));

  if (loaded != NULL)
    g_task_return_pointer (task, loaded, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
limn_source_load_async (GObject *origin, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (G_IS_FILE (origin) || GDK_IS_TEXTURE (origin));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_source_load_async);
  g_task_set_task_data (task, g_object_ref (origin), g_object_unref);
  g_task_run_in_thread (task, load_thread);
}

LimnSource *
limn_source_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
