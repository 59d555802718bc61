/* size-shapes.h - the sizes a model was trained on, as arithmetic.
 *
 * SDXL's buckets are those of Podell et al. 2023, appendix I: sides in multiples of 64 whose area is near 1024 x 1024,
 * of ratios from 1:4 to 4:1.  A model that tells its own sizes (LimnModelInfo.sizes) has those; any other has SDXL's
 * shapes, scaled to its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

#define LIMN_LEAST_SIDE 64 /* pixels that can be painted at all */
#define LIMN_MOST_SIDE 4096

typedef struct {
  int width, height;
  const char *name; /* translated, "Landscape 3∶2"; NULL where it has none */
  int across, down; /* the ratio as it is called, 3 and 2; 0 where it has no name */
} LimnShape;

/* sizes: (element-type LimnSize) those that the model tells, or NULL.
 * (element-type LimnShape) from the tallest to the widest, each once.  (transfer full) */
GArray *limn_shapes_list (int model_width, int model_height, const GArray *sizes);
/* Whether the shapes are known to be those of the model's training. */
gboolean limn_shapes_are_trained (int model_width, int model_height, const GArray *sizes);
/* The shape of shapes whose ratio is nearest. */
LimnShape limn_shapes_nearest (const GArray *shapes, int width, int height);
/* The ratio width:height itself, as exact as multiples of 8 allow, with about the model's area; the very size, rounded
 * down to multiples of 8, where that is no further from it than half or a third more. */
LimnShape limn_shape_exact (int model_width, int model_height, int width, int height);
/* "3∶2", or "1.46∶1" where small numbers do not say it.  (transfer full) */
char *limn_shape_ratio (int width, int height);
/* What to expect outside of what the model knows, in a sentence; NULL: nothing to say.  (transfer full) */
char *limn_shape_advice (int model_width, int model_height, const GArray *sizes, int width, int height);

G_END_DECLS
