/* png.c - reading and writing PNG; libpng's jumps stay inside guarded ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/png.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/read-file.h"
#include "file/atomic-file.h"

#define MAX_SIDE 65535
#define MAX_PIXELS ((guint64) 1 << 27)
#define MAX_FILE_SIZE ((guint64) 1 << 30)
#define MAX_TEXT_SIZE ((guint64) 8 << 20)
#define MAX_TEXTS 64

/* Everything that must outlive a jump lives here, in the frame above the one that is jumped to. */
typedef struct {
  const char *name;
  png_structp png;
  png_infop info;
  char message[256];

  const guint8 *data; /* reading */
  gsize size, at;
  LimnPngPixels *pixels;
  png_bytep *rows;

  const LimnImage *source; /* writing */
  gboolean deep;           /* 16 bits a channel */
  LimnAtomicFile *file;    /* NULL: into bytes */
  GByteArray *bytes;
  png_text *texts;
  guint n_texts;
  GError *error;
} Codec;

G_NORETURN static void
error_cb (png_structp png, png_const_charp message)
{
  Codec *codec = png_get_error_ptr (png);

  g_strlcpy (codec->message, message, sizeof codec->message);
  png_longjmp (png, 1);
}

static void
warning_cb (png_structp png, png_const_charp message)
{
}

/* Nothing here or in body's callees may own memory that only a local variable knows. */
static gboolean
guarded (Codec *codec, void (*body) (Codec *codec))
{
  if (setjmp (png_jmpbuf (codec->png)) != 0)
    return FALSE;
  body (codec);
  return TRUE;
}

static void
read_cb (png_structp png, png_bytep out, size_t size)
{
  Codec *codec = png_get_io_ptr (png);

  if (size > codec->size - codec->at)
    png_error (png, _ ("the file is truncated"));
  memcpy (out, codec->data + codec->at, size);
  codec->at += size;
}

static void
read_header (Codec *codec)
{
  png_structp png = codec->png;

  png_set_read_fn (png, codec, read_cb);
  png_set_user_limits (png, G_MAXINT32, G_MAXINT32);
  png_set_chunk_cache_max (png, MAX_TEXTS);
  png_set_chunk_malloc_max (png, MAX_TEXT_SIZE);
  png_read_info (png, codec->info);
}

static void
read_pixels (Codec *codec)
{
  png_structp png = codec->png;

  png_set_expand (png);
  png_set_scale_16 (png);
  png_set_gray_to_rgb (png);
  png_set_interlace_handling (png);
  png_read_update_info (png, codec->info);
  gsize expected = (gsize) codec->pixels->width * codec->pixels->channels;
  if (png_get_rowbytes (png, codec->info) != expected)
    png_error (png, _ ("unexpected pixel format"));
  png_read_image (png, codec->rows);
  png_read_end (png, codec->info);
}

/* Makes room for the picture that the header announces. */
static gboolean
prepare_pixels (Codec *codec, GError **error)
{
  guint32 width = png_get_image_width (codec->png, codec->info);
  guint32 height = png_get_image_height (codec->png, codec->info);
  gboolean has_alpha = (png_get_color_type (codec->png, codec->info) & PNG_COLOR_MASK_ALPHA) != 0
                       || png_get_valid (codec->png, codec->info, PNG_INFO_tRNS) != 0;
  gsize row = (gsize) width * (has_alpha ? 4 : 3);

  if (width > MAX_SIDE || height > MAX_SIDE || (guint64) width * height > MAX_PIXELS) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE,
                 _ ("%s: a picture of %u x %u pixels is too large, expected at most %d a side and %d million in all"),
                 codec->name, width, height, MAX_SIDE, (int) (MAX_PIXELS / 1000000));
    return FALSE;
  }
  codec->pixels->width = (int) width;
  codec->pixels->height = (int) height;
  codec->pixels->channels = has_alpha ? 4 : 3;
  codec->pixels->pixels = g_try_malloc (row * height);
  if (codec->pixels->pixels == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY, _ ("%s: no memory for %u x %u pixels"), codec->name, width,
                 height);
    return FALSE;
  }
  codec->rows = g_new (png_bytep, height);
  for (guint32 y = 0; y < height; y++)
    codec->rows[y] = codec->pixels->pixels + y * row;
  return TRUE;
}

/* The length of the chunk at, or -1 where it does not end before the file does. */
static gint64
chunk_length (const guint8 *data, gsize size, gsize at)
{
  guint32 length = 0;

  if (size - at < 12)
    return -1;
  memcpy (&length, data + at, sizeof length);
  length = GUINT32_FROM_BE (length);
  return length > size - at - 12 ? -1 : (gint64) length;
}

/* libpng makes room for as much as a chunk announces before it reads it: believe none that is longer than the file. */
static gboolean
check_chunks (const char *name, const guint8 *data, gsize size, GError **error)
{
  for (gsize at = 8; at < size;) {
    gint64 length = chunk_length (data, size, at);
    if (length < 0) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: damaged PNG picture: the file is truncated"), name);
      return FALSE;
    }
    if (memcmp (data + at + 4, "IEND", 4) == 0)
      break;
    at += 12 + (gsize) length;
  }
  return TRUE;
}

/* After check_chunks (). */
static gboolean
has_chunk (const guint8 *data, gsize size, const char *type)
{
  for (gsize at = 8; at < size && memcmp (data + at + 4, "IEND", 4) != 0;) {
    if (memcmp (data + at + 4, type, 4) == 0)
      return TRUE;
    at += 12 + (gsize) chunk_length (data, size, at);
  }
  return FALSE;
}

/* tEXt and zTXt are Latin-1, iTXt is UTF-8. */
static char *
text_to_utf8 (const png_text *text)
{
  gboolean utf8 = text->compression == PNG_ITXT_COMPRESSION_NONE || text->compression == PNG_ITXT_COMPRESSION_zTXt;
  gsize length = utf8 ? text->itxt_length : text->text_length;

  if (text->text == NULL)
    return g_strdup ("");
  if (utf8)
    return g_utf8_make_valid (text->text, (gssize) length);
  GString *out = g_string_sized_new (length);
  for (gsize i = 0; i < length && text->text[i] != '\0'; i++)
    g_string_append_unichar (out, (guchar) text->text[i]);
  return g_string_free (out, FALSE);
}

/* What it says of its colours and of how it was held.  A profile that libpng has found damaged is no longer there. */
static void
read_tags (Codec *codec)
{
  LimnPngPixels *pixels = codec->pixels;
  double *xy = pixels->chromaticities;
  png_charp name;
  png_bytep data = NULL;
  png_uint_32 size = 0;
  int method, intent;

  if (png_get_eXIf_1 (codec->png, codec->info, &size, &data) != 0)
    pixels->exif = g_bytes_new (data, size);
  if (png_get_iCCP (codec->png, codec->info, &name, &method, &data, &size) != 0)
    pixels->profile = g_bytes_new (data, size);
  else
    pixels->bad_profile = has_chunk (codec->data, codec->size, "iCCP");
  pixels->is_srgb = pixels->profile == NULL && png_get_sRGB (codec->png, codec->info, &intent) != 0;
  if (has_chunk (codec->data, codec->size, "gAMA"))
    png_get_gAMA (codec->png, codec->info, &pixels->gamma);
  if (has_chunk (codec->data, codec->size, "cHRM"))
    png_get_cHRM (codec->png, codec->info, &xy[0], &xy[1], &xy[2], &xy[3], &xy[4], &xy[5], &xy[6], &xy[7]);
}

static GHashTable *
read_texts (Codec *codec)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  png_textp texts = NULL;
  int n = 0;

  png_get_text (codec->png, codec->info, &texts, &n);
  for (int i = 0; i < n; i++) {
    png_text key = { .compression = PNG_TEXT_COMPRESSION_NONE, .text = texts[i].key };
    key.text_length = strlen (texts[i].key);
    g_hash_table_replace (table, text_to_utf8 (&key), text_to_utf8 (&texts[i]));
  }
  return table;
}

static gboolean
check_signature (const char *name, const guint8 *data, gsize size, GError **error)
{
  const char *format = N_ ("%s: not a PNG picture");

  if (size >= 8 && png_sig_cmp (data, 0, 8) == 0)
    return TRUE;
  if (size == 0)
    format = N_ ("%s: not a PNG picture: the file is empty");
  else if (size >= 3 && memcmp (data, "\377\330\377", 3) == 0)
    format = N_ ("%s: not a PNG picture: it is a JPEG picture");
  else if (size >= 12 && memcmp (data + 8, "WEBP", 4) == 0)
    format = N_ ("%s: not a PNG picture: it is a WebP picture");
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ (format), name);
  return FALSE;
}

void
limn_png_pixels_free (LimnPngPixels *pixels)
{
  if (pixels == NULL)
    return;
  g_free (pixels->pixels);
  g_clear_pointer (&pixels->exif, g_bytes_unref);
  g_clear_pointer (&pixels->profile, g_bytes_unref);
  g_free (pixels);
}

static void
codec_fail (const Codec *codec, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: damaged PNG picture: %s"), codec->name, codec->message);
}

static gboolean
decode (Codec *codec, GError **error)
{
  codec->png = png_create_read_struct (PNG_LIBPNG_VER_STRING, codec, error_cb, warning_cb);
  codec->info = codec->png != NULL ? png_create_info_struct (codec->png) : NULL;
  if (codec->info == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY, _ ("%s: libpng cannot start"), codec->name);
    return FALSE;
  }
  if (!guarded (codec, read_header)) {
    codec_fail (codec, error);
    return FALSE;
  }
  if (!prepare_pixels (codec, error))
    return FALSE;
  if (!guarded (codec, read_pixels)) {
    codec_fail (codec, error);
    return FALSE;
  }
  read_tags (codec);
  return TRUE;
}

/* text_out: NULL, or receives the texts. */
static LimnPngPixels *
read_all (const char *name, const guint8 *data, gsize size, GHashTable **text_out, GError **error)
{
  Codec codec = { .name = name, .data = data, .size = size };

  if (!check_signature (name, data, size, error) || !check_chunks (name, data, size, error))
    return NULL;
  codec.pixels = g_new0 (LimnPngPixels, 1);
  gboolean ok = decode (&codec, error);
  if (ok && text_out != NULL)
    *text_out = read_texts (&codec);
  png_destroy_read_struct (&codec.png, &codec.info, NULL);
  g_free (codec.rows);
  if (!ok)
    g_clear_pointer (&codec.pixels, limn_png_pixels_free);
  return codec.pixels;
}

LimnPngPixels *
limn_png_read (const char *name, const guint8 *data, gsize size, GError **error)
{
  return read_all (name, data, size, NULL, error);
}

static guint8
on_white (guint value, guint alpha)
{
  return (guint8) ((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

LimnImage *
limn_png_load_memory (const char *name, const guint8 *data, gsize size, GHashTable **text_out, GError **error)
{
  g_autoptr (LimnPngPixels) pixels = read_all (name, data, size, text_out, error);

  if (pixels == NULL)
    return NULL;
  LimnImage *image = limn_image_new (pixels->width, pixels->height);
  gsize n = (gsize) image->width * image->height;
  if (pixels->channels == 3)
    memcpy (image->rgb, pixels->pixels, 3 * n);
  for (gsize i = 0; pixels->channels == 4 && i < n; i++) {
    const guint8 *in = pixels->pixels + 4 * i;
    for (guint c = 0; c < 3; c++)
      image->rgb[3 * i + c] = on_white (in[c], in[3]);
  }
  return image;
}

LimnImage *
limn_png_load (const char *path, GHashTable **text_out, GError **error)
{
  gsize size;
  g_autofree char *data = limn_read_file (path, MAX_FILE_SIZE, _ ("a folder, expected a PNG picture"),
                                          _ ("over 1 GB, too large for a picture"), &size, error);

  return data != NULL ? limn_png_load_memory (path, (const guint8 *) data, size, text_out, error) : NULL;
}

static void
write_cb (png_structp png, png_bytep data, size_t size)
{
  Codec *codec = png_get_io_ptr (png);

  if (codec->file == NULL)
    g_byte_array_append (codec->bytes, data, (guint) size);
  else if (!limn_atomic_file_write (codec->file, data, size, &codec->error))
    png_error (png, _ ("write error"));
}

static void
flush_cb (png_structp png)
{
}

static void
write_picture (Codec *codec)
{
  const LimnImage *image = codec->source;
  png_structp png = codec->png;

  png_set_write_fn (png, codec, write_cb, flush_cb);
  png_set_IHDR (png, codec->info, (png_uint_32) image->width, (png_uint_32) image->height, codec->deep ? 16 : 8,
                PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB (png, codec->info, PNG_sRGB_INTENT_PERCEPTUAL);
  if (codec->n_texts > 0)
    png_set_text (png, codec->info, codec->texts, (int) codec->n_texts);
  png_write_info (png, codec->info);
  if (codec->deep && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    png_set_swap (png);
  for (int y = 0; y < image->height; y++) {
    gsize at = (gsize) y * image->width * 3;

    png_write_row (png, codec->deep ? (png_const_bytep) (image->deep + at) : image->rgb + at);
  }
  png_write_end (png, codec->info);
}

/* NULL where a character has no place in a tEXt chunk. */
static char *
latin1_or_null (const char *utf8)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = utf8; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (c != '\n' && (c < 0x20 || (c > 0x7e && c < 0xa0) || c > 0xff))
      return NULL;
    g_string_append_c (out, (char) c);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* keep: owns the converted strings. */
static void
prepare_texts (Codec *codec, const char *const *text, GPtrArray *keep)
{
  guint n = text != NULL ? g_strv_length ((GStrv) text) / 2 : 0;

  codec->texts = g_new0 (png_text, n);
  codec->n_texts = n;
  for (guint i = 0; i < n; i++) {
    g_autofree char *valid = g_utf8_make_valid (text[2 * i + 1], -1);
    char *latin1 = latin1_or_null (valid);
    char *value = latin1 != NULL ? latin1 : g_steal_pointer (&valid);
    g_ptr_array_add (keep, value);
    codec->texts[i].key = (char *) text[2 * i];
    codec->texts[i].text = value;
    codec->texts[i].compression = latin1 != NULL ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    codec->texts[i].lang = (char *) "";
    codec->texts[i].lang_key = (char *) "";
  }
}

static gboolean
encode (Codec *codec, const char *const *text, GError **error)
{
  g_autoptr (GPtrArray) keep = g_ptr_array_new_with_free_func (g_free);
  gboolean ok;

  codec->png = png_create_write_struct (PNG_LIBPNG_VER_STRING, codec, error_cb, warning_cb);
  codec->info = codec->png != NULL ? png_create_info_struct (codec->png) : NULL;
  if (codec->info == NULL) {
    png_destroy_write_struct (&codec->png, NULL);
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY, _ ("%s: libpng cannot start"), codec->name);
    return FALSE;
  }
  prepare_texts (codec, text, keep);
  ok = guarded (codec, write_picture);
  png_destroy_write_struct (&codec->png, &codec->info);
  g_free (codec->texts);
  if (ok)
    return TRUE;
  if (codec->error != NULL)
    g_propagate_error (error, g_steal_pointer (&codec->error));
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot write PNG: %s"), codec->name, codec->message);
  return FALSE;
}

gboolean
limn_png_save (const LimnImage *image, const char *path, const char *const *text, GError **error)
{
  g_autoptr (LimnAtomicFile) file = limn_atomic_file_new (path, error);
  Codec codec = { .name = path, .source = image, .file = file };

  return file != NULL && encode (&codec, text, error) && limn_atomic_file_commit (file, error);
}

static GBytes *
encode_bytes (const LimnImage *image, gboolean deep, const char *const *text, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Codec codec = { .name = "PNG", .source = image, .deep = deep, .bytes = bytes };

  return encode (&codec, text, error) ? g_byte_array_free_to_bytes (g_steal_pointer (&bytes)) : NULL;
}

GBytes *
limn_png_encode (const LimnImage *image, const char *const *text, GError **error)
{
  return encode_bytes (image, FALSE, text, error);
}

GBytes *
limn_png_encode_deep (const LimnImage *image, const char *const *text, GError **error)
{
  g_return_val_if_fail (image->deep != NULL, NULL);
  return encode_bytes (image, TRUE, text, error);
}
