/* write-avif.c - AVIF by libavif and its AV1 encoder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/image-write-private.h"

#include <avif/avif.h>

#include "base/error.h"
#include "base/i18n.h"

#define SPEED 6

/* Quality 100 loses nothing: green, blue and red as they are. */
static avifResult
fill (avifImage *avif, const LimnImage *image, const LimnImageHow *how)
{
  g_autoptr (GByteArray) exif = limn_tags_exif (how->text), xmp = limn_tags_xmp (how->text);
  avifRGBImage rgb;

  avif->colorPrimaries = AVIF_COLOR_PRIMARIES_BT709;
  avif->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
  avif->matrixCoefficients = how->quality >= 100 ? AVIF_MATRIX_COEFFICIENTS_IDENTITY : AVIF_MATRIX_COEFFICIENTS_BT601;
  avif->yuvRange = AVIF_RANGE_FULL;
  avifImageSetMetadataExif (avif, exif->data, exif->len);
  if (xmp != NULL)
    avifImageSetMetadataXMP (avif, xmp->data, xmp->len);
  avifRGBImageSetDefaults (&rgb, avif);
  rgb.format = AVIF_RGB_FORMAT_RGB;
  rgb.depth = 8;
  rgb.pixels = image->rgb;
  rgb.rowBytes = (uint32_t) image->width * 3;
  return avifImageRGBToYUV (avif, &rgb);
}

static int
quantizer (int quality)
{
  return AVIF_QUANTIZER_WORST_QUALITY - quality * AVIF_QUANTIZER_WORST_QUALITY / 100;
}

GBytes *
limn_avif_encode (const LimnImage *image, const LimnImageHow *how, GError **error)
{
  gboolean full = how->quality >= LIMN_IMAGE_QUALITY;
  avifImage *avif =
      avifImageCreate (image->width, image->height, 8, full ? AVIF_PIXEL_FORMAT_YUV444 : AVIF_PIXEL_FORMAT_YUV420);
  avifEncoder *encoder = avifEncoderCreate ();
  avifRWData out = AVIF_DATA_EMPTY;
  avifResult result = avif != NULL && encoder != NULL ? fill (avif, image, how) : AVIF_RESULT_UNKNOWN_ERROR;
  GBytes *bytes = NULL;

  if (result == AVIF_RESULT_OK) {
    encoder->minQuantizer = encoder->maxQuantizer = quantizer (how->quality);
    encoder->speed = SPEED;
    encoder->maxThreads = (int) g_get_num_processors ();
    result = avifEncoderWrite (encoder, avif, &out);
  }
  if (result == AVIF_RESULT_OK)
    bytes = g_bytes_new (out.data, out.size);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("cannot write %s: %s"), "AVIF", avifResultToString (result));
  avifRWDataFree (&out);
  if (encoder != NULL)
    avifEncoderDestroy (encoder);
  if (avif != NULL)
    avifImageDestroy (avif);
  return bytes;
}
