/* colour-lcms.c - from a file's colours to sRGB, by lcms2; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <lcms2.h>
#include <math.h>
#include <string.h>

#include "base/i18n.h"

#define GRID 9      /* colours a side by which a profile is known to be sRGB's own */
#define TOLERANCE 2 /* of 255 */
#define USUAL_GAMMA 0.45455

/* NULL where what the file says makes no sense. */
static cmsHPROFILE
profile_from_numbers (const LimnPixels *pixels)
{
  static const double usual[8] = { 0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06 };
  const double *xy = pixels->chromaticities[0] != 0 ? pixels->chromaticities : usual;
  cmsCIExyY white = { xy[0], xy[1], 1 };
  cmsCIExyYTRIPLE primaries = { { xy[2], xy[3], 1 }, { xy[4], xy[5], 1 }, { xy[6], xy[7], 1 } };
  static const double srgb[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };
  gboolean is_usual = pixels->gamma == 0 || fabs (pixels->gamma - USUAL_GAMMA) < 0.01;
  cmsToneCurve *curve, *curves[3];
  cmsHPROFILE profile;

  for (int i = 0; i < 8; i += 2)
    if (!(xy[i] >= 0 && xy[i + 1] > 0 && xy[i] + xy[i + 1] <= 1.001))
      return NULL;
  if (!is_usual && !(pixels->gamma >= 0.1 && pixels->gamma <= 10))
    return NULL;
  curve = is_usual ? cmsBuildParametricToneCurve (NULL, 4, srgb) : cmsBuildGamma (NULL, 1 / pixels->gamma);
  curves[0] = curves[1] = curves[2] = curve;
  profile = cmsCreateRGBProfile (&white, &primaries, curves);
  cmsFreeToneCurve (curve);
  return profile;
}

/* Whether the transform changes nothing worth speaking of: then the pixels stay to the bit. */
static gboolean
is_identity (cmsHTRANSFORM transform, int channels)
{
  for (int i = 0; i < GRID * GRID * GRID; i++) {
    guint8 in[4] = { (guint8) (i % GRID * 255 / (GRID - 1)), (guint8) (i / GRID % GRID * 255 / (GRID - 1)),
                     (guint8) (i / GRID / GRID * 255 / (GRID - 1)), 255 };
    guint8 out[4] = { 0 };

    cmsDoTransform (transform, in, out, 1);
    for (int c = 0; c < 3; c++)
      if (ABS (in[c] - out[c]) > TOLERANCE)
        return FALSE;
  }
  return TRUE;
}

static gboolean
transform_rgb (LimnPixels *pixels, cmsHTRANSFORM transform, const LimnTick *tick, GError **error)
{
  if (is_identity (transform, pixels->channels))
    return TRUE;
  for (int y = 0; y < pixels->height; y++) {
    guint8 *row = pixels->pixels + (gsize) y * pixels->stride;

    if (!limn_tick (tick, (double) y / pixels->height, error))
      return FALSE;
    cmsDoTransform (transform, row, row, (guint) pixels->width);
  }
  return TRUE;
}

static gboolean
is_grey (const LimnPixels *pixels)
{
  for (int y = 0; y < pixels->height; y++) {
    const guint8 *at = pixels->pixels + (gsize) y * pixels->stride;

    for (int x = 0; x < pixels->width; x++, at += pixels->channels)
      if (at[0] != at[1] || at[0] != at[2])
        return FALSE;
  }
  return TRUE;
}

static void
transform_grey (LimnPixels *pixels, cmsHTRANSFORM transform)
{
  guint8 levels[256], out[256 * 3];

  for (int i = 0; i < 256; i++)
    levels[i] = (guint8) i;
  cmsDoTransform (transform, levels, out, 256);
  for (int y = 0; y < pixels->height; y++) {
    guint8 *at = pixels->pixels + (gsize) y * pixels->stride;

    for (int x = 0; x < pixels->width; x++, at += pixels->channels)
      memset (at, out[3 * at[0]], 3);
  }
}

/* profile: NULL where it cannot be read. */
static gboolean
convert (LimnPixels *pixels, cmsHPROFILE profile, const LimnTick *tick, GError **error)
{
  cmsColorSpaceSignature space = profile != NULL ? cmsGetColorSpace (profile) : 0;
  gboolean grey = space == cmsSigGrayData, fits = space == cmsSigRgbData || (grey && is_grey (pixels));
  cmsUInt32Number format = pixels->channels == 4 ? TYPE_RGBA_8 : TYPE_RGB_8;
  cmsHPROFILE srgb = cmsCreate_sRGBProfile ();
  cmsHTRANSFORM transform = NULL;
  gboolean good = TRUE;

  if (fits)
    transform = cmsCreateTransform (profile, grey ? TYPE_GRAY_8 : format, srgb, grey ? TYPE_RGB_8 : format,
                                    INTENT_PERCEPTUAL, cmsFLAGS_COPY_ALPHA);
  if (transform == NULL)
    limn_pixels_note (pixels, profile != NULL && !fits
                                  ? _ ("Its colour profile is for other colours than it has, and was not used.")
                                  : _ ("Its colour profile is damaged, and was not used."));
  else if (grey)
    transform_grey (pixels, transform);
  else
    good = transform_rgb (pixels, transform, tick, error);
  if (transform != NULL)
    cmsDeleteTransform (transform);
  cmsCloseProfile (srgb);
  return good;
}

gboolean
limn_pixels_to_srgb (LimnPixels *pixels, const LimnTick *tick, GError **error)
{
  cmsHPROFILE profile;
  gboolean good;

  if (pixels->profile != NULL) {
    gsize size;
    const void *data = g_bytes_get_data (pixels->profile, &size);

    profile = data != NULL && size < G_MAXUINT32 ? cmsOpenProfileFromMem (data, (cmsUInt32Number) size) : NULL;
  } else if (pixels->gamma != 0 || pixels->chromaticities[0] != 0) {
    profile = profile_from_numbers (pixels);
  } else {
    return TRUE;
  }
  good = convert (pixels, profile, tick, error);
  if (profile != NULL)
    cmsCloseProfile (profile);
  return good;
}
