/* size-hints.c
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/size-hints.h"

gboolean
limn_size_hints_equal (const LimnSizeHints *a, const LimnSizeHints *b)
{
  return a->original_width == b->original_width && a->original_height == b->original_height
         && a->crop_left == b->crop_left && a->crop_top == b->crop_top && a->target_width == b->target_width
         && a->target_height == b->target_height;
}

LimnSizeHints
limn_size_hints_resolve (const LimnSizeHints *hints, int width, int height)
{
  LimnSizeHints out = *hints;

  if (out.original_width == 0 || out.original_height == 0) {
    out.original_width = width;
    out.original_height = height;
  }
  if (out.target_width == 0 || out.target_height == 0) {
    out.target_width = width;
    out.target_height = height;
  }
  return out;
}
