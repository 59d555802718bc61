/* write-webp.c - WebP by libwebp, and the container around what that writes (RFC 9649).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/image-write-private.h"

#include <string.h>
#include <webp/encode.h>

#include "base/error.h"
#include "base/i18n.h"

#define HAS_ICC 0x20
#define HAS_EXIF 0x08
#define HAS_XMP 0x04
#define HEADER 12 /* "RIFF", its length, "WEBP" */
#define MOST_BYTES (G_MAXUINT32 - 64)

static void
add_little (GByteArray *bytes, guint32 number, guint n)
{
  for (guint i = 0; i < n; i++) {
    guint8 byte = (guint8) (number >> 8 * i);

    g_byte_array_append (bytes, &byte, 1);
  }
}

static void
add_chunk (GByteArray *bytes, const char *name, const GByteArray *body)
{
  if (body == NULL)
    return;
  g_byte_array_append (bytes, (const guint8 *) name, 4);
  add_little (bytes, body->len, 4);
  g_byte_array_append (bytes, body->data, body->len);
  add_little (bytes, 0, body->len & 1);
}

/* memory: a file of one chunk, the picture. */
static GBytes *
pack (const LimnImage *image, const LimnImageHow *how, const WebPMemoryWriter *memory)
{
  g_autoptr (GByteArray) exif = limn_tags_exif (how->text), xmp = limn_tags_xmp (how->text);
  g_autoptr (GByteArray) profile = limn_tags_srgb (), extended = g_byte_array_new ();
  GByteArray *bytes = g_byte_array_new ();
  guint32 size;

  add_little (extended, HAS_ICC | HAS_EXIF | (xmp != NULL ? HAS_XMP : 0), 4);
  add_little (extended, (guint32) image->width - 1, 3);
  add_little (extended, (guint32) image->height - 1, 3);
  g_byte_array_append (bytes, memory->mem, HEADER);
  add_chunk (bytes, "VP8X", extended);
  add_chunk (bytes, "ICCP", profile);
  g_byte_array_append (bytes, memory->mem + HEADER, (guint) (memory->size - HEADER));
  add_chunk (bytes, "EXIF", exif);
  add_chunk (bytes, "XMP ", xmp);
  size = GUINT32_TO_LE (bytes->len - 8);
  memcpy (bytes->data + 4, &size, 4);
  return g_byte_array_free_to_bytes (bytes);
}

/* Quality 100 loses nothing. */
static gboolean
configure (WebPConfig *config, int quality)
{
  if (!WebPConfigInit (config))
    return FALSE;
  config->quality = (float) quality;
  config->method = 4;
  config->use_sharp_yuv = quality >= LIMN_IMAGE_QUALITY;
  config->thread_level = 1;
  return quality < 100 || WebPConfigLosslessPreset (config, 6);
}

GBytes *
limn_webp_encode (const LimnImage *image, const LimnImageHow *how, GError **error)
{
  WebPConfig config;
  WebPPicture picture;
  WebPMemoryWriter memory;
  GBytes *bytes = NULL;
  gboolean good = configure (&config, how->quality) && WebPPictureInit (&picture);

  WebPMemoryWriterInit (&memory);
  if (good) {
    picture.use_argb = 1;
    picture.width = image->width;
    picture.height = image->height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &memory;
    if (WebPPictureImportRGB (&picture, image->rgb, 3 * image->width) && WebPEncode (&config, &picture)
        && memory.size > HEADER && memory.size < MOST_BYTES)
      bytes = pack (image, how, &memory);
    else
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("cannot write %s: error %d of its library"), "WebP",
                   (int) picture.error_code);
    WebPPictureFree (&picture);
  } else {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("cannot write %s: error %d of its library"), "WebP", 0);
  }
  WebPMemoryWriterClear (&memory);
  return bytes;
}
