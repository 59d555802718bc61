/* photo-private.h - a picture on its way from a file's bytes to a LimnPhoto.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "photo/photo.h"

G_BEGIN_DECLS

#define LIMN_PHOTO_PIXELS ((gint64) 1 << 28) /* that are decoded at all */
#define LIMN_PHOTO_KEPT ((gint64) 32 << 20)  /* more are not needed to paint at most 4096 x 4096 of them */
#define LIMN_PHOTO_BYTES ((gsize) 512 << 20) /* of a file */

typedef struct {
  const char *name;            /* for messages */
  int width, height, channels; /* 3, or 4: the last is opacity, not multiplied in */
  gsize stride;
  guint8 *pixels;
  gpointer owner; /* of the pixels */
  GDestroyNotify free_owner;
  int file_width, file_height; /* before anything was made smaller */
  int orientation;             /* Exif's, 1 to 8 */
  GBytes *profile;             /* ICC, or NULL */
  double gamma;                /* of the file: 0.45455 is usual; 0: not said */
  double chromaticities[8];    /* x and y of white, red, green and blue; 0: not said */
  GPtrArray *notes;
} LimnPixels;

/* text: translated; copied. */
void limn_pixels_note (LimnPixels *pixels, const char *text);

/* ---- file.c ---- */

/* All of a file or pipe, LIMN_PHOTO_BYTES at most. */
GBytes *limn_photo_read (const char *path, GError **error);

/* ---- kind.c: what the first bytes say ---- */

typedef struct {
  const char *name;    /* "WebP" */
  const char *package; /* Debian's that reads it, where gdk-pixbuf alone does not; "": none does */
  gsize offset, length;
  const char *magic;
} LimnPhotoKind;

/* NULL: none that is known. */
const LimnPhotoKind *limn_photo_kind (const guint8 *data, gsize size);
/* Whether the end of the file is missing though decoders may not say so, and paint the rest grey or not at all. */
gboolean limn_photo_is_cut (const guint8 *data, gsize size);

/* ---- exif.c ---- */

/* exif: a TIFF header and what follows, after "Exif\0\0" or without.  1 where it does not say. */
int limn_exif_orientation (const guint8 *exif, gsize size);
/* The chunk of that name in a WebP file, or NULL. */
const guint8 *limn_webp_find (const guint8 *data, gsize size, const char *name, gsize *length);

/* ---- decode-png.c, decode-pixbuf.c (decode-none.c) ---- */

gboolean limn_pixels_decode_png (LimnPixels *pixels, const guint8 *data, gsize size, GError **error);
gboolean limn_pixels_decode_other (LimnPixels *pixels, const guint8 *data, gsize size, const LimnTick *tick,
                                   GError **error);
/* decode-pose.c: people as OpenPose's points (pose.h). */
gboolean limn_pixels_decode_pose (LimnPixels *pixels, const guint8 *data, gsize size, GError **error);
/* Makes them fewer where they are more than LIMN_PHOTO_KEPT. */
void limn_pixels_shrink (LimnPixels *pixels);

/* ---- colour-lcms.c (colour-none.c) ---- */

/* What profile, gamma and chromaticities say becomes sRGB; what cannot be honoured is noted. */
gboolean limn_pixels_to_srgb (LimnPixels *pixels, const LimnTick *tick, GError **error);

G_END_DECLS
