/* image-write.c - the table of kinds of picture files, and writing one; see image-write.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/image-write-private.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/atomic-file.h"
#include "file/png.h"

#if LIMN_HAVE_JPEG
#define JPEG limn_jpeg_encode
#else
#define JPEG NULL
#endif
#if LIMN_HAVE_WEBP
#define WEBP limn_webp_encode
#else
#define WEBP NULL
#endif
#if LIMN_HAVE_AVIF
#define AVIF limn_avif_encode
#else
#define AVIF NULL
#endif
#if LIMN_HAVE_JXL
#define JXL limn_jxl_encode
#else
#define JXL NULL
#endif

static GBytes *
encode_png (const LimnImage *image, const LimnImageHow *how, GError **error)
{
  return how->deep && image->deep != NULL ? limn_png_encode_deep (image, how->text, error)
                                          : limn_png_encode (image, how->text, error);
}

static const LimnImageKind kinds[] = {
  { "PNG", "libpng", { ".png" }, FALSE, TRUE, 65535, 0, encode_png },
  { "JPEG", "libjpeg", { ".jpg", ".jpeg" }, TRUE, FALSE, 65500, 65533 - 35, JPEG },
  { "WebP", "libwebp", { ".webp" }, TRUE, FALSE, 16383, 0, WEBP },
  { "AVIF", "libavif", { ".avif" }, TRUE, FALSE, 65535, 0, AVIF },
  { "JPEG XL", "libjxl", { ".jxl" }, TRUE, FALSE, 65535, 0, JXL },
};

const LimnImageKind *
limn_image_kind (guint index)
{
  return index < G_N_ELEMENTS (kinds) ? &kinds[index] : NULL;
}

char *
limn_image_endings (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint n = 0; kinds[i].encode != NULL && kinds[i].endings[n] != NULL; n++)
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", kinds[i].endings[n]);
  return g_string_free (list, FALSE);
}

static gboolean
ends_in (const char *path, const char *ending)
{
  gsize length = strlen (path), n = strlen (ending);

  return length > n && path[length - n - 1] != '/' && g_ascii_strcasecmp (path + length - n, ending) == 0;
}

const LimnImageKind *
limn_image_kind_of (const char *path, GError **error)
{
  g_autofree char *known = limn_image_endings ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint n = 0; kinds[i].endings[n] != NULL; n++) {
      if (!ends_in (path, kinds[i].endings[n]))
        continue;
      if (kinds[i].encode != NULL)
        return &kinds[i];
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   _ ("%s: this Limn was built without %s and cannot write %s; it writes %s"), path, kinds[i].library,
                   kinds[i].name, known);
      return NULL;
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: a picture's name ends in one of %s"), path, known);
  return NULL;
}

gboolean
limn_image_check (const LimnImageKind *kind, int width, int height, const char *const *text, GError **error)
{
  g_autoptr (GByteArray) exif = text != NULL && kind->most_tag > 0 ? limn_tags_exif (text) : NULL;
  g_autoptr (GByteArray) xmp = text != NULL && kind->most_tag > 0 ? limn_tags_xmp (text) : NULL;
  gsize largest = MAX (exif != NULL ? exif->len : 0, xmp != NULL ? xmp->len : 0);

  if (MAX (width, height) > kind->most_side) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE,
                 _ ("%d × %d pixels are more than %s holds, which is %d a side: choose PNG or another kind"), width,
                 height, kind->name, kind->most_side);
    return FALSE;
  }
  if (largest > kind->most_tag) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE,
                 _ ("The settings take %d kB, and %s has room for %d: choose another kind, or leave them out"),
                 (int) (largest / 1000), kind->name, (int) (kind->most_tag / 1000));
    return FALSE;
  }
  return TRUE;
}

GBytes *
limn_image_encode (const LimnImage *image, const LimnImageKind *kind, const LimnImageHow *how, GError **error)
{
  LimnImageHow own = *how;

  own.quality = own.quality > 0 ? MIN (own.quality, 100) : LIMN_IMAGE_QUALITY;
  return limn_image_check (kind, image->width, image->height, how->text, error) ? kind->encode (image, &own, error)
                                                                                : NULL;
}

gboolean
limn_image_save (const LimnImage *image, const char *path, const LimnImageHow *how, GError **error)
{
  const LimnImageKind *kind = limn_image_kind_of (path, error);
  g_autoptr (LimnAtomicFile) file = kind != NULL ? limn_atomic_file_new (path, error) : NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) problem = NULL;
  gsize size;

  if (file == NULL)
    return FALSE;
  bytes = limn_image_encode (image, kind, how, &problem);
  if (bytes == NULL) {
    g_set_error (error, problem->domain, problem->code, "%s: %s", path, problem->message);
    return FALSE;
  }
  const void *data = g_bytes_get_data (bytes, &size);
  return limn_atomic_file_write (file, data, size, error) && limn_atomic_file_commit (file, error);
}
