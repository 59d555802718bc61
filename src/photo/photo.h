/* photo.h - picture files from anywhere, as the rest of the program wants them: upright, in sRGB, whole.
 *
 * PNG is read by file/png, all else by gdk-pixbuf and the loaders that are installed (JPEG, TIFF, GIF, BMP; with
 * packages of their own WebP, AVIF, HEIF, JPEG XL).  Exif's orientation and colour profiles count in every format; a
 * file that ends too early is an error.  Any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

typedef struct {
  LimnImage *image;  /* transparency laid on white; where the file has over 32 million pixels, fewer of them */
  guint8 *alpha;     /* image's width * height, 255: opaque; NULL: opaque everywhere */
  int width, height; /* of the file, upright */
  GStrv notes;       /* what is not as in the file, a sentence for people each; may be empty */
} LimnPhoto;

/* A regular file, or a pipe until its end.  tick: may be NULL.  Errors name path: LIMN_ERROR_FILE, or
 * LIMN_ERROR_CANCELLED. */
LimnPhoto *limn_photo_load (const char *path, const LimnTick *tick, GError **error);
/* The same of bytes.  name: for messages. */
LimnPhoto *limn_photo_load_bytes (const char *name, GBytes *bytes, const LimnTick *tick, GError **error);
void limn_photo_free (LimnPhoto *photo);
/* Whether a text is meant as people's poses (OpenPose's JSON), which are loaded as the picture that shows them. */
gboolean limn_photo_is_pose (const char *text, gsize size);

/* The pictures that lie in folder itself, by their first bytes: at least one, in the order of their names, numbers by
 * their value; hidden ones are none.  (element-type filename) (transfer full) */
GPtrArray *limn_photo_list (const char *folder, GError **error);

/* What photo says as a mask, as a picture: white is painted anew.
 *
 * Where nothing is transparent these are its colours.  Else it is what lies on the nothing that is painted anew, in any
 * colour; unless that is black and white itself, where white alone counts.  (transfer full) */
LimnImage *limn_photo_to_mask (const LimnPhoto *photo);
/* The other way round, of a picture with holes: white where it is transparent.  (transfer full) */
LimnImage *limn_photo_holes (const LimnPhoto *photo);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPhoto, limn_photo_free)

G_END_DECLS
