/* outpaint.c - colours for what lies beyond a picture's edges.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/outpaint.h"

#include <math.h>
#include <string.h>

#include "session/settings/source.h"

int
limn_outpaint_overlap (int width, int height)
{
  return CLAMP (MIN (width, height) / 32, 4, 32);
}

/* Pixels from inside the picture to the nearest side that was extended, the corner between two of them rounded. */
static float
depth (int x, int y, int width, int height, const LimnMargins *margins, float overlap)
{
  float dx = overlap, dy = overlap;

  if (margins->left > 0)
    dx = MIN (dx, x + 0.5f);
  if (margins->right > 0)
    dx = MIN (dx, width - x - 0.5f);
  if (margins->top > 0)
    dy = MIN (dy, y + 0.5f);
  if (margins->bottom > 0)
    dy = MIN (dy, height - y - 0.5f);
  dx = overlap - dx;
  dy = overlap - dy;
  return overlap - MIN (overlap, sqrtf (dx * dx + dy * dy));
}

static LimnMask *
extend_mask (int width, int height, const LimnMargins *margins, int overlap, LimnMask *mask)
{
  int new_width = width + margins->left + margins->right, new_height = height + margins->top + margins->bottom;
  guint8 *pixels = g_malloc ((gsize) new_width * new_height);

  memset (pixels, 255, (gsize) new_width * new_height);
  for (int y = 0; y < height; y++) {
    guint8 *row = pixels + (gsize) (y + margins->top) * new_width + margins->left;
    const guint8 *before = mask != NULL ? limn_mask_get_pixels (mask) + (gsize) y * width : NULL;

    for (int x = 0; x < width; x++) {
      float t = overlap > 0 ? 1 - depth (x, y, width, height, margins, overlap) / overlap : 0;
      guint8 value = (guint8) (255 * t * t * (3 - 2 * t) + 0.5f);

      row[x] = before != NULL ? MAX (value, before[x]) : value;
    }
  }
  return limn_mask_new (new_width, new_height, pixels);
}

LimnImage *
limn_outpaint_extend (const LimnImage *image, const LimnMargins *margins, int overlap, LimnMask *mask,
                      LimnMask **mask_out)
{
  LimnCrop inside = { margins->left, margins->top, image->width, image->height };
  LimnImage *whole;

  g_return_val_if_fail (margins->left >= 0 && margins->top >= 0 && margins->right >= 0 && margins->bottom >= 0, NULL);
  g_return_val_if_fail (
      mask == NULL || (limn_mask_get_width (mask) == image->width && limn_mask_get_height (mask) == image->height),
      NULL);

  whole =
      limn_image_new (image->width + margins->left + margins->right, image->height + margins->top + margins->bottom);
  for (int y = 0; y < image->height; y++)
    memcpy (whole->rgb + ((gsize) (y + margins->top) * whole->width + margins->left) * 3,
            image->rgb + (gsize) y * image->width * 3, (gsize) image->width * 3);
  limn_image_fill_border (whole, &inside);
  if (mask_out != NULL)
    *mask_out = extend_mask (image->width, image->height, margins, overlap, mask);
  return whole;
}
