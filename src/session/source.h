/* source.h - a picture to start from: pixels, where they came from, and which part of them is used.
 *
 * Immutable after construction, so that the window and a worker thread may hold the same one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SOURCE (limn_source_get_type ())
G_DECLARE_FINAL_TYPE (LimnSource, limn_source, LIMN, SOURCE, GObject)

/* How a picture of another shape is used: cut, or whole with its edges' colours carried on beyond it. */
typedef enum { LIMN_SOURCE_CROP, LIMN_SOURCE_PAD } LimnSourceFit;

/* image: (transfer full).  name: for people, e.g. a file's display name; copied, may be NULL. */
LimnSource *limn_source_new (LimnImage *image, const char *name);
const LimnImage *limn_source_get_image (LimnSource *self);
const char *limn_source_get_name (LimnSource *self);

/* The largest rectangle of ratio width:height inside a picture of image_width x image_height pixels.  x, y: 0..1, where it
 * sits along the side that is cut (0.5: the middle). */
typedef struct {
  int x, y, width, height;
} LimnCrop;

LimnCrop limn_crop_fit (int image_width, int image_height, int width, int height, double x, double y);

/* The part of the picture that limn_crop_fit () names, scaled to width x height.  (transfer full) */
LimnImage *limn_source_render (LimnSource *self, int width, int height, double x, double y);

G_END_DECLS
