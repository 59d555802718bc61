/* source.h - a picture to start from: pixels, where they came from, and which part of them is used.
 *
 * Immutable after construction, so that the window and a worker thread may hold the same one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

#include "base/image-pad.h"
#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SOURCE (limn_source_get_type ())
G_DECLARE_FINAL_TYPE (LimnSource, limn_source, LIMN, SOURCE, GObject)

/* How a picture of another shape is used: cut, or whole with its edges' colours carried on beyond it. */
typedef enum { LIMN_SOURCE_CROP, LIMN_SOURCE_PAD } LimnSourceFit;

/* image: (transfer full).  name: for people, e.g. a file's display name; copied, may be NULL. */
LimnSource *limn_source_new (LimnImage *image, const char *name);
/* The same of a file whose picture may have been made smaller while it was read.  path: copied, may be NULL.  width,
 * height: the file's own, upright; of image's shape within a pixel. */
LimnSource *limn_source_new_for_file (LimnImage *image, const char *name, const char *path, int width, int height);
const LimnImage *limn_source_get_image (LimnSource *self);
const char *limn_source_get_name (LimnSource *self);
/* NULL: not from a file of this machine. */
const char *limn_source_get_path (LimnSource *self);
/* In the file; where the image was made smaller, more than the image's own. */
int limn_source_get_width (LimnSource *self);
int limn_source_get_height (LimnSource *self);
/* Whether both have the same pixels, or are NULL. */
gboolean limn_source_is_same (LimnSource *self, LimnSource *other);

/* width x height pixels of the picture, never stretched.  Crop: what limn_crop_fit () names; pad: limn_pad_fit () with
 * its border filled.  (transfer full) */
LimnImage *limn_source_render (LimnSource *self, int width, int height, double x, double y, LimnSourceFit fit);

/* The size hints that tell a model the truth about limn_source_render ().
 *
 * Podell et al. 2023, section 2.2: the original size is the photo's before any scaling; a training picture is then
 * resized until it just covers the target and cut, and the crop's left and top are the pixels that fell away, counted
 * after the resizing.  So with a cut of crop.width file pixels for width output pixels: original = the file's size;
 * left = crop.x * width / crop.width, top = crop.y * height / crop.height; target = the output.  A padded picture loses
 * nothing: left = top = 0. */
LimnSizeHints limn_source_truthful_hints (LimnSource *self, int width, int height, double x, double y,
                                          LimnSourceFit fit);

G_END_DECLS
