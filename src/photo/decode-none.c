/* decode-none.c - a build without gdk-pixbuf; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include "base/error.h"
#include "base/i18n.h"

gboolean
limn_pixels_decode_other (LimnPixels *pixels, const guint8 *data, gsize size, const LimnTick *tick, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE,
               _ ("%s: not a PNG, and this build is without gdk-pixbuf, which reads other formats: convert it to PNG"),
               pixels->name);
  return FALSE;
}

void
limn_pixels_shrink (LimnPixels *pixels)
{
}
