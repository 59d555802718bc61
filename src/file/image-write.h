/* image-write.h - pictures as files of each kind that this build can write, with what they say of themselves.
 *
 * All are tagged sRGB.  What a picture says is text by keys: PNG has each in a chunk of its own.  The other kinds have
 * "parameters" as Exif's user comment, where Stable Diffusion web UI and its kin write and read it, and the rest as
 * properties of those names in XMP.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

#define LIMN_IMAGE_QUALITY 90

typedef struct {
  int quality;             /* 1 to 100, which loses nothing where the kind can; 0: LIMN_IMAGE_QUALITY */
  gboolean deep;           /* 16 bits a channel, where kind and picture have them */
  const char *const *text; /* NULL: it says nothing; or key, value, key, value ..., NULL */
} LimnImageHow;

/* A row of the table of kinds. */
typedef struct {
  const char *name;       /* "JPEG" */
  const char *library;    /* what writes it */
  const char *endings[3]; /* ".jpg", the usual first; NULL after the last */
  gboolean has_quality;   /* else it loses nothing */
  gboolean has_deep;
  int most_side;  /* pixels */
  gsize most_tag; /* bytes of Exif, and of XMP; 0: any number */
  /* NULL: not in this build */
  GBytes *(*encode) (const LimnImage *image, const LimnImageHow *how, GError **error);
} LimnImageKind;

/* By index, PNG first; NULL after the last. */
const LimnImageKind *limn_image_kind (guint index);
/* By the ending of path, in any case.  Errors name the endings that can be written: LIMN_ERROR_FILE where no kind has
 * this one, LIMN_ERROR_FORMAT where this build lacks the kind. */
const LimnImageKind *limn_image_kind_of (const char *path, GError **error);
/* ".png, .jpg, ...": those of this build.  (transfer full) */
char *limn_image_endings (void);
/* Whether kind has room for so many pixels, and for text, which may be NULL. */
gboolean limn_image_check (const LimnImageKind *kind, int width, int height, const char *const *text, GError **error);

/* The kind is that of path's ending.  Atomic: a temporary file beside path, fsync, rename; reports a full disk and
 * leaves no half file. */
gboolean limn_image_save (const LimnImage *image, const char *path, const LimnImageHow *how, GError **error);
/* The bytes that such a file has. */
GBytes *limn_image_encode (const LimnImage *image, const LimnImageKind *kind, const LimnImageHow *how, GError **error);

G_END_DECLS
