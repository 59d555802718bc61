/* regions.h - parts of a picture that are told something of their own, as text and as shares of it.
 *
 * One region a line: where it lies, left, top, width and height as shares of the picture; then, where they are not as
 * usual, its settings; a colon; its prompt.
 *
 *   0,0,0.5,1: a red cube
 *   0.5,0,0.5,1 weight=0.8 start=0.1 end=0.9 negative="a \"cat\"" mask=4x2/1.2.1.4: a blue sphere
 *
 * mask is a picture of its own size over the whole one, row by row in lengths of runs, the first of which is not of the
 * region: all of it that lies within the rectangle is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LIMN_MOST_REGIONS 16
#define LIMN_MOST_REGION_MASK 1024 /* pixels of a mask's side */

typedef struct {
  double x, y, width, height; /* 0..1 */
  int mask_width, mask_height;
  guint8 *mask;      /* NULL: all of the rectangle; else [mask_height, mask_width], 0 or 1 */
  double weight;     /* 0..10: how much it counts beside the others and the picture's prompt */
  double start, end; /* 0..1: it counts in step i of n where start <= i / n and (i + 1) / n <= end */
  char *prompt;
  char *negative; /* NULL: the picture's */
} LimnRegion;

LimnRegion *limn_region_new (double x, double y, double width, double height);
LimnRegion *limn_region_copy (const LimnRegion *region);
void limn_region_free (LimnRegion *region);
/* Whether it says anything at all in some step. */
gboolean limn_region_counts (const LimnRegion *region);
gboolean limn_region_counts_at (const LimnRegion *region, int step, int steps);

/* (element-type LimnRegion), with a function that frees them; NULL with what is wrong, and in which region. */
GPtrArray *limn_regions_read (const char *text, GError **error);
/* As that reads it; prompts become one line.  (transfer full) */
char *limn_regions_write (const GPtrArray *regions);
gboolean limn_regions_check (const char *text, GError **error);
/* All of a picture that a mask "4x2/1.2.1.4" has; NULL where text is none.  (transfer full) */
LimnRegion *limn_region_from_mask (const char *text);
/* The mask alone, "mask=4x2/1.2.1.4". */
void limn_region_append_mask (GString *out, const LimnRegion *region);

/* How much of each of h x w parts of the picture region covers, 0..1.  out: [h, w] */
void limn_region_cover (const LimnRegion *region, int h, int w, float *out);
/* region becomes what is seen of it in a part of the picture, left, top, width and height as shares of that, which may
 * reach beyond it.  FALSE: nothing is. */
gboolean limn_region_cut (LimnRegion *region, double x, double y, double width, double height);
/* Who counts how much: the picture's prompt by base where regions cover all, by 1 where none does; each region by its
 * weight and cover, and all of them by what is left; brought to a sum of 1.
 *
 * regions: [n].  shares: [h, w, n]: from the first on, how much of what stands there so far gives way to it.  means:
 * NULL, or [1 + n]: of the picture's prompt, then of each region, over all the picture. */
void limn_regions_share (const LimnRegion *const *regions, int n, double base, int h, int w, float *shares,
                         double *means);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRegion, limn_region_free)

G_END_DECLS
