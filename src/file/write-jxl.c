/* write-jxl.c - JPEG XL by libjxl.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/image-write-private.h"

#include <string.h>

#include <jxl/encode.h>
#include <jxl/thread_parallel_runner.h>

#include "base/error.h"
#include "base/i18n.h"

#define PIECE (1 << 16)

/* What cjxl takes a quality as libjpeg counts it for. */
static float
distance (int quality)
{
  if (quality >= 100)
    return 0;
  return quality >= 30 ? 0.1f + (float) (100 - quality) * 0.09f
                       : 53.0f / 3000 * (float) (quality * quality) - 23.0f / 20 * (float) quality + 25;
}

static gboolean
add_tags (JxlEncoder *encoder, const LimnImageHow *how)
{
  g_autoptr (GByteArray) exif = limn_tags_exif (how->text), xmp = limn_tags_xmp (how->text);
  g_autoptr (GByteArray) box = g_byte_array_new ();

  limn_tags_add_32 (box, 0); /* before the header of TIFF stands nothing */
  g_byte_array_append (box, exif->data, exif->len);
  return JxlEncoderUseBoxes (encoder) == JXL_ENC_SUCCESS
         && JxlEncoderAddBox (encoder, "Exif", box->data, box->len, JXL_FALSE) == JXL_ENC_SUCCESS
         && (xmp == NULL || JxlEncoderAddBox (encoder, "xml ", xmp->data, xmp->len, JXL_FALSE) == JXL_ENC_SUCCESS);
}

static gboolean
add_picture (JxlEncoder *encoder, const LimnImage *image, const LimnImageHow *how)
{
  const JxlPixelFormat format = { 3, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0 };
  JxlEncoderFrameSettings *frame = JxlEncoderFrameSettingsCreate (encoder, NULL);
  JxlColorEncoding colour;
  JxlBasicInfo info;

  JxlEncoderInitBasicInfo (&info);
  info.xsize = (uint32_t) image->width;
  info.ysize = (uint32_t) image->height;
  info.bits_per_sample = 8;
  info.uses_original_profile = how->quality >= 100;
  JxlColorEncodingSetToSRGB (&colour, JXL_FALSE);
  return JxlEncoderSetBasicInfo (encoder, &info) == JXL_ENC_SUCCESS
         && JxlEncoderSetColorEncoding (encoder, &colour) == JXL_ENC_SUCCESS && add_tags (encoder, how)
         && (how->quality < 100 ? JxlEncoderSetFrameDistance (frame, distance (how->quality))
                                : JxlEncoderSetFrameLossless (frame, JXL_TRUE))
                == JXL_ENC_SUCCESS
         && JxlEncoderAddImageFrame (frame, &format, image->rgb, 3 * (gsize) image->width * image->height)
                == JXL_ENC_SUCCESS;
}

/* NULL: it failed. */
static GByteArray *
take_output (JxlEncoder *encoder)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  JxlEncoderStatus status = JXL_ENC_NEED_MORE_OUTPUT;

  JxlEncoderCloseInput (encoder);
  while (status == JXL_ENC_NEED_MORE_OUTPUT) {
    guint before = bytes->len;
    size_t room = PIECE;

    g_byte_array_set_size (bytes, before + PIECE);
    uint8_t *at = bytes->data + before;
    status = JxlEncoderProcessOutput (encoder, &at, &room);
    g_byte_array_set_size (bytes, before + PIECE - (guint) room);
  }
  return status == JXL_ENC_SUCCESS ? g_steal_pointer (&bytes) : NULL;
}

GBytes *
limn_jxl_encode (const LimnImage *image, const LimnImageHow *how, GError **error)
{
  JxlEncoder *encoder = JxlEncoderCreate (NULL);
  void *threads = JxlThreadParallelRunnerCreate (NULL, JxlThreadParallelRunnerDefaultNumWorkerThreads ());
  GByteArray *bytes = NULL;

  if (encoder != NULL && threads != NULL
      && JxlEncoderSetParallelRunner (encoder, JxlThreadParallelRunner, threads) == JXL_ENC_SUCCESS
      && add_picture (encoder, image, how))
    bytes = take_output (encoder);
  if (bytes == NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("cannot write %s: error %d of its library"), "JPEG XL",
                 encoder != NULL ? (int) JxlEncoderGetError (encoder) : 0);
  if (encoder != NULL)
    JxlEncoderDestroy (encoder);
  if (threads != NULL)
    JxlThreadParallelRunnerDestroy (threads);
  return bytes != NULL ? g_byte_array_free_to_bytes (bytes) : NULL;
}
