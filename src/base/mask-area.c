/* mask-area.c - see mask-area.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/mask-area.h"

#include <math.h>
#include <string.h>

#include "base/image-fit.h"

/* ---- Which part ---- */

static gboolean
is_blank (const guint8 *row, int width)
{
  return width == 0 || (row[0] == 0 && memcmp (row, row + 1, (gsize) width - 1) == 0);
}

gboolean
limn_mask_box (const guint8 *mask, int width, int height, LimnCrop *box)
{
  int top = 0, bottom = height, left = width, right = 0;

  while (top < bottom && is_blank (mask + (gsize) top * width, width))
    top++;
  while (bottom > top && is_blank (mask + (gsize) (bottom - 1) * width, width))
    bottom--;
  for (int y = top; y < bottom; y++) {
    const guint8 *row = mask + (gsize) y * width;

    for (int x = 0; x < left; x++)
      if (row[x] != 0)
        left = x;
    for (int x = width; x > right; x--)
      if (row[x - 1] != 0)
        right = x;
  }
  *box = (LimnCrop){ left, top, right - left, bottom - top };
  return bottom > top;
}

/* Has [*start, *start + *length) be of length wanted, or all of size, around its middle where that lies within. */
static void
grow (int *start, int *length, int wanted, int size)
{
  wanted = MIN (wanted, size);
  *start = CLAMP (*start - (wanted - *length) / 2, 0, size - wanted);
  *length = wanted;
}

static void
pad (int *start, int *length, int padding, int size)
{
  int end = MIN (*start + *length + padding, size);

  *start = MAX (*start - padding, 0);
  *length = end - *start;
}

/* Where box is in width x height pixels.  What is of their shape but for a pixel fills them. */
static LimnCrop
place_inside (const LimnCrop *box, int width, int height)
{
  double across = (double) width / box->width, down = (double) height / box->height;
  double scale = MIN (across, down);
  LimnCrop inside = { 0, 0, width, height };

  if (fabs (box->width - width / down) <= 1 || fabs (box->height - height / across) <= 1)
    return inside;
  inside.width = CLAMP ((int) lrint (box->width * scale), 1, width);
  inside.height = CLAMP ((int) lrint (box->height * scale), 1, height);
  inside.x = (width - inside.width) / 2;
  inside.y = (height - inside.height) / 2;
  return inside;
}

LimnArea
limn_area_around (const LimnCrop *box, int padding, int image_width, int image_height, int width, int height)
{
  LimnArea area = { .box = *box, .width = width, .height = height };
  LimnCrop *grown = &area.box;

  pad (&grown->x, &grown->width, padding, image_width);
  pad (&grown->y, &grown->height, padding, image_height);
  if ((gint64) grown->width * height > (gint64) grown->height * width)
    grow (&grown->y, &grown->height, (int) lrint ((double) grown->width * height / width), image_height);
  else
    grow (&grown->x, &grown->width, (int) lrint ((double) grown->height * width / height), image_width);
  area.inside = place_inside (grown, width, height);
  return area;
}

gboolean
limn_area_equal (const LimnArea *a, const LimnArea *b)
{
  const LimnCrop *one = &a->box, *other = &b->box;

  return one->x == other->x && one->y == other->y && one->width == other->width && one->height == other->height
         && a->width == b->width && a->height == b->height;
}

/* ---- There and back ---- */

static void
copy_rows (guint8 *to, gsize to_stride, const guint8 *from, gsize from_stride, gsize bytes, int rows)
{
  for (int y = 0; y < rows; y++)
    memcpy (to + y * to_stride, from + y * from_stride, bytes);
}

LimnImage *
limn_area_cut (const LimnArea *area, const LimnImage *image)
{
  const LimnCrop *inside = &area->inside;
  LimnImage *cut = limn_image_window (image, &area->box, inside->width, inside->height), *whole;

  if (inside->width == area->width && inside->height == area->height)
    return cut;
  whole = limn_image_new (area->width, area->height);
  copy_rows (whole->rgb + 3 * ((gsize) inside->y * area->width + inside->x), 3 * (gsize) area->width, cut->rgb,
             3 * (gsize) inside->width, 3 * (gsize) inside->width, inside->height);
  limn_image_fill_border (whole, inside);
  limn_image_free (cut);
  return whole;
}

guint8 *
limn_area_cut_mask (const LimnArea *area, const guint8 *mask, int image_width)
{
  const LimnCrop *box = &area->box, *inside = &area->inside;
  g_autofree guint8 *part = g_malloc ((gsize) box->width * box->height), *cut = NULL;
  guint8 *whole = g_malloc0 ((gsize) area->width * area->height);

  copy_rows (part, box->width, mask + (gsize) box->y * image_width + box->x, image_width, box->width, box->height);
  cut = limn_mask_stretch (part, box->width, box->height, inside->width, inside->height);
  copy_rows (whole + (gsize) inside->y * area->width + inside->x, area->width, cut, inside->width, inside->width,
             inside->height);
  return whole;
}

LimnImage *
limn_area_put (const LimnArea *area, const LimnImage *painted, const LimnImage *image)
{
  const LimnCrop *box = &area->box;
  gsize at = 3 * ((gsize) box->y * image->width + box->x);
  gsize stride = 3 * (gsize) image->width, row = 3 * (gsize) box->width;
  g_autoptr (LimnImage) part = limn_image_window (painted, &area->inside, box->width, box->height);
  LimnImage *whole = limn_image_new (image->width, image->height);

  memcpy (whole->rgb, image->rgb, stride * image->height);
  copy_rows (whole->rgb + at, stride, part->rgb, row, row, box->height);
  if (part->deep == NULL)
    return whole;
  whole->deep = g_new (guint16, stride * image->height);
  for (gsize i = 0; i < stride * image->height; i++)
    whole->deep[i] = (guint16) (257 * whole->rgb[i]);
  for (int y = 0; y < box->height; y++)
    memcpy (whole->deep + at + y * stride, part->deep + y * row, row * sizeof (guint16));
  return whole;
}

guint16
limn_deep_near (double value, guint8 byte)
{
  return (guint16) rint (CLAMP (value, MAX (0, 257 * byte - 128), MIN (65535, 257 * byte + 128)));
}

void
limn_image_put_back (LimnImage *image, const LimnImage *original, const guint8 *mask)
{
  gsize n = (gsize) image->width * image->height;

  g_return_if_fail (image->width == original->width && image->height == original->height);

  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++) {
      guint8 *pixel = &image->rgb[i * 3 + c], kept = original->rgb[i * 3 + c];
      double share = mask[i] / 255.0;

      *pixel = (guint8) ((*pixel * mask[i] + kept * (255 - mask[i]) + 127) / 255);
      if (image->deep != NULL)
        image->deep[i * 3 + c] = limn_deep_near (image->deep[i * 3 + c] * share + kept * 257 * (1 - share), *pixel);
    }
}

gboolean
limn_area_cut_region (const LimnArea *area, int width, int height, LimnRegion *region)
{
  double across = (double) area->inside.width / area->width, down = (double) area->inside.height / area->height;
  double w = area->box.width / across, h = area->box.height / down; /* of what is painted, in the picture */

  return limn_region_cut (region, (area->box.x - (double) area->inside.x / area->width * w) / width,
                          (area->box.y - (double) area->inside.y / area->height * h) / height, w / width, h / height);
}
