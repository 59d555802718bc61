/* photo.c - from a file to an upright sRGB picture, and to masks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo.h"
#include "photo/photo-private.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

void
limn_photo_free (LimnPhoto *photo)
{
  if (photo == NULL)
    return;
  limn_image_free (photo->image);
  g_free (photo->alpha);
  g_strfreev (photo->notes);
  g_free (photo);
}

/* ---- Pixels ---- */

static void
pixels_clear (LimnPixels *pixels)
{
  if (pixels->owner != NULL)
    pixels->free_owner (pixels->owner);
  g_clear_pointer (&pixels->profile, g_bytes_unref);
  g_ptr_array_unref (pixels->notes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnPixels, pixels_clear)

void
limn_pixels_note (LimnPixels *pixels, const char *text)
{
  g_ptr_array_add (pixels->notes, g_strdup (text));
}

static gboolean
decode (LimnPixels *pixels, const guint8 *data, gsize size, const LimnTick *tick, GError **error)
{
  const LimnPhotoKind *kind = limn_photo_kind (data, size);

  if (kind != NULL && g_str_equal (kind->name, "PNG"))
    return limn_pixels_decode_png (pixels, data, size, error);
  if (limn_photo_is_pose ((const char *) data, size))
    return limn_pixels_decode_pose (pixels, data, size, error);
  if (limn_photo_is_cut (data, size)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: the file ends too early; it may not be wholly copied"),
                 pixels->name);
    return FALSE;
  }
  return limn_pixels_decode_other (pixels, data, size, tick, error);
}

/* ---- Upright ---- */

/* Where a picture's pixel comes from in the stored one: the stored one's corner, and its steps along both sides. */
typedef struct {
  gssize start, across, down;
  gboolean turned; /* its width is the stored height */
} Turn;

/* Exif's orientation says where the stored first row and column are: 6, row at the right, column at the top. */
static Turn
turn_of (const LimnPixels *pixels)
{
  gssize right = pixels->channels, down = (gssize) pixels->stride;
  gssize far_x = right * (pixels->width - 1), far_y = down * (pixels->height - 1);

  switch (pixels->orientation) {
  case 2:
    return (Turn){ far_x, -right, down, FALSE };
  case 3:
    return (Turn){ far_x + far_y, -right, -down, FALSE };
  case 4:
    return (Turn){ far_y, right, -down, FALSE };
  case 5:
    return (Turn){ 0, down, right, TRUE };
  case 6:
    return (Turn){ far_y, -down, right, TRUE };
  case 7:
    return (Turn){ far_x + far_y, -down, -right, TRUE };
  case 8:
    return (Turn){ far_x, down, -right, TRUE };
  default:
    return (Turn){ 0, right, down, FALSE };
  }
}

/* Turns, and lays what is transparent on white. */
static void
finish (LimnPhoto *photo, const LimnPixels *pixels)
{
  Turn turn = turn_of (pixels);
  int width = turn.turned ? pixels->height : pixels->width, height = turn.turned ? pixels->width : pixels->height;
  guint8 *alpha = pixels->channels == 4 ? g_malloc ((gsize) width * height) : NULL;
  guint least = 255;

  photo->image = limn_image_new (width, height);
  photo->width = turn.turned ? pixels->file_height : pixels->file_width;
  photo->height = turn.turned ? pixels->file_width : pixels->file_height;
  for (int y = 0; y < height; y++) {
    const guint8 *from = pixels->pixels + turn.start + y * turn.down;
    guint8 *to = photo->image->rgb + (gsize) y * width * 3;

    for (int x = 0; x < width; x++, from += turn.across, to += 3) {
      guint opacity = alpha != NULL ? from[3] : 255;

      for (int c = 0; c < 3; c++)
        to[c] = (guint8) ((from[c] * opacity + 255 * (255 - opacity) + 127) / 255);
      if (alpha != NULL)
        alpha[(gsize) y * width + x] = (guint8) opacity;
      least = MIN (least, opacity);
    }
  }
  if (least == 255)
    g_clear_pointer (&alpha, g_free);
  photo->alpha = alpha;
}

LimnPhoto *
limn_photo_load_bytes (const char *name, GBytes *bytes, const LimnTick *tick, GError **error)
{
  g_auto (LimnPixels) pixels = { .name = name, .orientation = 1, .notes = g_ptr_array_new_with_free_func (g_free) };
  LimnPhoto *photo;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  if (!decode (&pixels, data, size, tick, error))
    return NULL;
  limn_pixels_shrink (&pixels);
  if (!limn_pixels_to_srgb (&pixels, tick, error))
    return NULL;
  photo = g_new0 (LimnPhoto, 1);
  finish (photo, &pixels);
  g_ptr_array_add (pixels.notes, NULL);
  photo->notes = g_strdupv ((GStrv) pixels.notes->pdata);
  return photo;
}

LimnPhoto *
limn_photo_load (const char *path, const LimnTick *tick, GError **error)
{
  g_autoptr (GBytes) bytes = limn_photo_read (path, error);

  return bytes != NULL ? limn_photo_load_bytes (path, bytes, tick, error) : NULL;
}

/* ---- Masks ---- */

/* Whether what is opaque has both black and white in it, and no colour. */
static gboolean
is_black_and_white (const LimnPhoto *photo)
{
  gsize n = (gsize) photo->image->width * photo->image->height;
  gboolean black = FALSE, white = FALSE;

  for (gsize i = 0; i < n; i++) {
    const guint8 *rgb = photo->image->rgb + 3 * i;

    if (photo->alpha[i] < 255)
      continue;
    if (rgb[0] != rgb[1] || rgb[0] != rgb[2])
      return FALSE;
    black |= rgb[0] == 0;
    white |= rgb[0] == 255;
  }
  return black && white;
}

LimnImage *
limn_photo_to_mask (const LimnPhoto *photo)
{
  LimnImage *mask = limn_image_copy (photo->image);
  gsize n = (gsize) mask->width * mask->height;
  gboolean white_counts;

  if (photo->alpha == NULL)
    return mask;
  white_counts = is_black_and_white (photo);
  for (gsize i = 0; i < n; i++) {
    /* what shines through is white's share of the colour */
    guint8 grey = (guint8) MAX (0, mask->rgb[3 * i] + photo->alpha[i] - 255);

    memset (mask->rgb + 3 * i, white_counts ? grey : photo->alpha[i], 3);
  }
  return mask;
}

LimnImage *
limn_photo_holes (const LimnPhoto *photo)
{
  LimnImage *holes = limn_image_new (photo->image->width, photo->image->height);
  gsize n = (gsize) holes->width * holes->height;

  for (gsize i = 0; photo->alpha != NULL && i < n; i++)
    memset (holes->rgb + 3 * i, 255 - photo->alpha[i], 3);
  return holes;
}
