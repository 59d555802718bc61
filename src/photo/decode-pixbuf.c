/* decode-pixbuf.c - JPEG, WebP and whatever else gdk-pixbuf has a loader for; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <math.h>

#include "base/error.h"
#include "base/i18n.h"

#define PIECE (64 << 10)

typedef struct {
  int width, height;
  gboolean refused;
} Prepared;

static gboolean
kept_size (int *width, int *height)
{
  double scale = sqrt ((double) LIMN_PHOTO_KEPT / ((double) *width * *height));

  if (scale >= 1)
    return FALSE;
  *width = MAX (1, (int) (*width * scale));
  *height = MAX (1, (int) (*height * scale));
  return TRUE;
}

static void
prepared_cb (GdkPixbufLoader *loader, int width, int height, Prepared *prepared)
{
  *prepared = (Prepared){ width, height, (gint64) width * height > LIMN_PHOTO_PIXELS };
  if (prepared->refused)
    gdk_pixbuf_loader_set_size (loader, 0, 0);
  else if (kept_size (&width, &height))
    gdk_pixbuf_loader_set_size (loader, width, height);
}

static gboolean
write_pieces (GdkPixbufLoader *loader, const guint8 *data, gsize size, const Prepared *prepared, const LimnTick *tick,
              GError **error)
{
  for (gsize at = 0; at < size && !prepared->refused; at += PIECE)
    if (!limn_tick (tick, (double) at / size, error)
        || !gdk_pixbuf_loader_write (loader, data + at, MIN (size - at, PIECE), error))
      return FALSE;
  return TRUE;
}

/* Why it cannot be read, from what the loader says. */
static void
explain (const char *name, const guint8 *data, gsize size, const GError *problem, GError **error)
{
  const LimnPhotoKind *kind = limn_photo_kind (data, size);
  gboolean unknown = problem == NULL || g_error_matches (problem, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_UNKNOWN_TYPE);

  if (unknown && kind != NULL && kind->package != NULL && kind->package[0] != '\0')
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE,
                 _ ("%s: Limn reads %s pictures once Debian's package %s is installed; or convert it to PNG"), name,
                 kind->name, kind->package);
  else if (unknown && kind != NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: Limn cannot read %s pictures: convert it to PNG"), name,
                 kind->name);
  else if (unknown)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: this is not a picture that Limn can read"), name);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", name, problem->message);
}

static void
take_options (LimnPixels *pixels, GdkPixbuf *pixbuf)
{
  const char *orientation = gdk_pixbuf_get_option (pixbuf, "orientation");
  const char *profile = gdk_pixbuf_get_option (pixbuf, "icc-profile");
  gint64 value = orientation != NULL ? g_ascii_strtoll (orientation, NULL, 10) : 1;

  pixels->orientation = value >= 1 && value <= 8 ? (int) value : 1;
  if (profile != NULL) {
    gsize size;
    guchar *data = g_base64_decode (profile, &size);

    pixels->profile = g_bytes_new_take (data, size);
  }
}

/* The loaders of these years leave both out. */
static void
take_webp_tags (LimnPixels *pixels, const guint8 *data, gsize size)
{
  gsize length;
  const guint8 *exif = limn_webp_find (data, size, "EXIF", &length);
  const guint8 *profile;

  pixels->orientation = exif != NULL ? limn_exif_orientation (exif, length) : 1;
  profile = limn_webp_find (data, size, "ICCP", &length);
  if (profile != NULL && pixels->profile == NULL)
    pixels->profile = g_bytes_new (profile, length);
}

static void
take_pixbuf (LimnPixels *pixels, GdkPixbuf *pixbuf)
{
  pixels->width = gdk_pixbuf_get_width (pixbuf);
  pixels->height = gdk_pixbuf_get_height (pixbuf);
  pixels->channels = gdk_pixbuf_get_n_channels (pixbuf);
  pixels->stride = (gsize) gdk_pixbuf_get_rowstride (pixbuf);
  pixels->pixels = gdk_pixbuf_get_pixels (pixbuf);
  pixels->owner = g_object_ref (pixbuf);
  pixels->free_owner = g_object_unref;
}

gboolean
limn_pixels_decode_other (LimnPixels *pixels, const guint8 *data, gsize size, const LimnTick *tick, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GError) problem = NULL;
  const LimnPhotoKind *kind = limn_photo_kind (data, size);
  Prepared prepared = { 0 };
  GdkPixbuf *pixbuf;
  gboolean good;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (prepared_cb), &prepared);
  good = write_pieces (loader, data, size, &prepared, tick, &problem);
  if (!gdk_pixbuf_loader_close (loader, good ? &problem : NULL))
    good = FALSE;
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (g_error_matches (problem, LIMN_ERROR, LIMN_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (prepared.refused) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: %d × %d pixels are more than Limn can open"), pixels->name,
                 prepared.width, prepared.height);
    return FALSE;
  }
  if (!good || pixbuf == NULL) {
    explain (pixels->name, data, size, problem, error);
    return FALSE;
  }
  take_options (pixels, pixbuf);
  take_pixbuf (pixels, pixbuf);
  pixels->file_width = prepared.width;
  pixels->file_height = prepared.height;
  if (kind != NULL && g_str_equal (kind->name, "WebP"))
    take_webp_tags (pixels, data, size);
  if (!gdk_pixbuf_animation_is_static_image (gdk_pixbuf_loader_get_animation (loader)))
    limn_pixels_note (pixels, _ ("It moves; its first picture is used."));
  return TRUE;
}

void
limn_pixels_shrink (LimnPixels *pixels)
{
  int width = pixels->width, height = pixels->height;
  g_autoptr (GdkPixbuf) whole = NULL, small = NULL;

  if (!kept_size (&width, &height))
    return;
  whole = gdk_pixbuf_new_from_data (pixels->pixels, GDK_COLORSPACE_RGB, pixels->channels == 4, 8, pixels->width,
                                    pixels->height, (int) pixels->stride, NULL, NULL);
  small = gdk_pixbuf_scale_simple (whole, width, height, GDK_INTERP_BILINEAR);
  if (small == NULL)
    return;
  pixels->free_owner (pixels->owner);
  take_pixbuf (pixels, small);
}
