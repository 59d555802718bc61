/* write-jpeg.c - JPEG by libjpeg; its jumps stay inside guarded ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/image-write-private.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h wants it */
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/error.h"
#include "base/i18n.h"

#define FULL_COLOUR 90 /* from this quality on colours are as fine as brightness */
#define EXIF_MARK "Exif\0"
#define XMP_MARK "http://ns.adobe.com/xap/1.0/"
#define ICC_MARK "ICC_PROFILE\0\1\1"

/* Everything that must outlive a jump. */
typedef struct {
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  jmp_buf jump;
  const LimnImage *image;
  const LimnImageHow *how;
  GByteArray *exif, *xmp, *profile;
  unsigned char *data;
  unsigned long size;
  char message[JMSG_LENGTH_MAX];
} Codec;

G_NORETURN static void
exit_cb (j_common_ptr jpeg)
{
  Codec *codec = jpeg->client_data;

  jpeg->err->format_message (jpeg, codec->message);
  longjmp (codec->jump, 1);
}

static void
message_cb (j_common_ptr jpeg)
{
}

static void
write_mark (Codec *codec, int marker, const char *mark, gsize length, const GByteArray *bytes)
{
  if (bytes == NULL)
    return;
  jpeg_write_m_header (&codec->jpeg, marker, (unsigned) (length + bytes->len));
  for (gsize i = 0; i < length; i++)
    jpeg_write_m_byte (&codec->jpeg, (guint8) mark[i]);
  for (guint i = 0; i < bytes->len; i++)
    jpeg_write_m_byte (&codec->jpeg, bytes->data[i]);
}

static void
write_picture (Codec *codec)
{
  struct jpeg_compress_struct *jpeg = &codec->jpeg;
  const LimnImage *image = codec->image;

  jpeg_mem_dest (jpeg, &codec->data, &codec->size);
  jpeg->image_width = (JDIMENSION) image->width;
  jpeg->image_height = (JDIMENSION) image->height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults (jpeg);
  jpeg_set_quality (jpeg, codec->how->quality, TRUE);
  jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = codec->how->quality >= FULL_COLOUR ? 1 : 2;
  jpeg->optimize_coding = TRUE;
  jpeg_simple_progression (jpeg);
  jpeg_start_compress (jpeg, TRUE);
  write_mark (codec, JPEG_APP0 + 1, EXIF_MARK, sizeof EXIF_MARK, codec->exif);
  write_mark (codec, JPEG_APP0 + 1, XMP_MARK, sizeof XMP_MARK, codec->xmp);
  write_mark (codec, JPEG_APP0 + 2, ICC_MARK, sizeof ICC_MARK - 1, codec->profile);
  while (jpeg->next_scanline < jpeg->image_height) {
    JSAMPROW row = image->rgb + (gsize) jpeg->next_scanline * image->width * 3;

    jpeg_write_scanlines (jpeg, &row, 1);
  }
  jpeg_finish_compress (jpeg);
}

/* Nothing here or in body may own memory that only a local variable knows. */
static gboolean
guarded (Codec *codec)
{
  if (setjmp (codec->jump) != 0)
    return FALSE;
  jpeg_create_compress (&codec->jpeg);
  write_picture (codec);
  return TRUE;
}

GBytes *
limn_jpeg_encode (const LimnImage *image, const LimnImageHow *how, GError **error)
{
  g_autoptr (GByteArray) exif = limn_tags_exif (how->text), xmp = limn_tags_xmp (how->text);
  g_autoptr (GByteArray) profile = limn_tags_srgb ();
  Codec codec = { .image = image, .how = how, .exif = exif, .xmp = xmp, .profile = profile };
  GBytes *bytes = NULL;

  codec.jpeg.err = jpeg_std_error (&codec.errors);
  codec.errors.error_exit = exit_cb;
  codec.errors.output_message = message_cb;
  codec.jpeg.client_data = &codec;
  if (guarded (&codec))
    bytes = g_bytes_new (codec.data, codec.size);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("cannot write %s: %s"), "JPEG", codec.message);
  jpeg_destroy_compress (&codec.jpeg);
  free (codec.data);
  return bytes;
}
