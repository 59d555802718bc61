/* decode-png.c - PNG, by file/png; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <string.h>

#include "base/i18n.h"
#include "file/png.h"

gboolean
limn_pixels_decode_png (LimnPixels *pixels, const guint8 *data, gsize size, GError **error)
{
  LimnPngPixels *png = limn_png_read (pixels->name, data, size, error);

  if (png == NULL)
    return FALSE;
  pixels->width = pixels->file_width = png->width;
  pixels->height = pixels->file_height = png->height;
  pixels->channels = png->channels;
  pixels->stride = (gsize) png->width * png->channels;
  pixels->pixels = png->pixels;
  pixels->owner = png;
  pixels->free_owner = (GDestroyNotify) limn_png_pixels_free;
  if (png->exif != NULL)
    pixels->orientation = limn_exif_orientation (g_bytes_get_data (png->exif, NULL), g_bytes_get_size (png->exif));
  if (png->is_srgb)
    return TRUE;
  pixels->profile = png->profile != NULL ? g_bytes_ref (png->profile) : NULL;
  pixels->gamma = png->gamma;
  memcpy (pixels->chromaticities, png->chromaticities, sizeof pixels->chromaticities);
  if (png->bad_profile)
    limn_pixels_note (pixels, _ ("Its colour profile is damaged, and was not used."));
  return TRUE;
}
