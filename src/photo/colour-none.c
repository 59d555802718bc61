/* colour-none.c - a build without lcms2; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include "base/i18n.h"

gboolean
limn_pixels_to_srgb (LimnPixels *pixels, const LimnTick *tick, GError **error)
{
  if (pixels->profile != NULL || pixels->gamma != 0 || pixels->chromaticities[0] != 0)
    limn_pixels_note (pixels, _ ("Its colour profile was not used: this build is without lcms2."));
  return TRUE;
}
