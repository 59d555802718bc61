/* image-pad.c - the arithmetic of crops and borders.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/image-pad.h"

#include <string.h>

#include "base/image-fit.h"

static void
place (LimnCrop *crop, int width, int height, double x, double y)
{
  crop->x = (int) ((width - crop->width) * CLAMP (x, 0.0, 1.0) + 0.5);
  crop->y = (int) ((height - crop->height) * CLAMP (y, 0.0, 1.0) + 0.5);
}

LimnCrop
limn_crop_fit (int image_width, int image_height, int width, int height, double x, double y)
{
  LimnCrop crop = { 0, 0, image_width, image_height };
  gint64 wide;

  g_return_val_if_fail (image_width > 0 && image_height > 0 && width > 0 && height > 0, crop);

  wide = (gint64) image_height * width / height;
  if (wide <= image_width)
    crop.width = MAX (1, (int) wide);
  else
    crop.height = MAX (1, (int) ((gint64) image_width * height / width));
  place (&crop, image_width, image_height, x, y);
  return crop;
}

LimnCrop
limn_pad_fit (int image_width, int image_height, int width, int height, double x, double y)
{
  LimnCrop inside = { 0, 0, width, height };
  gint64 tall;

  g_return_val_if_fail (image_width > 0 && image_height > 0 && width > 0 && height > 0, inside);

  tall = ((gint64) width * image_height + image_width / 2) / image_width;
  if (tall <= height)
    inside.height = MAX (1, (int) tall);
  else
    inside.width = (int) CLAMP (((gint64) height * image_width + image_height / 2) / image_height, 1, width);
  place (&inside, width, height, x, y);
  return inside;
}

/* ---- Borders ---- */

/* A line of n pixels, each stride bytes from the last, as sums[c][i]: of the first i. */
typedef struct {
  guint64 *sums[3];
  int n;
} Line;

static void
line_sum (Line *line, const guint8 *pixel, gsize stride)
{
  for (int i = 0; i < line->n; i++, pixel += stride)
    for (int c = 0; c < 3; c++)
      line->sums[c][i + 1] = line->sums[c][i] + pixel[c];
}

static void
line_paint (const Line *line, int reach, guint8 *pixel, gsize stride)
{
  for (int i = 0; i < line->n; i++, pixel += stride) {
    int begin = MAX (0, i - reach), end = MIN (line->n, i + reach + 1);
    guint64 n = (guint64) (end - begin);

    for (int c = 0; c < 3; c++)
      pixel[c] = (guint8) ((line->sums[c][end] - line->sums[c][begin] + n / 2) / n);
  }
}

/* lines: how many to paint, one after another at pixel, pixel + step, ...; the edge lies before the first. */
static void
paint_lines (guint8 *edge, int n, gsize stride, gssize step, int lines)
{
  g_autofree guint64 *sums = g_new0 (guint64, 3 * ((gsize) n + 1));
  Line line = { { sums, sums + n + 1, sums + 2 * ((gsize) n + 1) }, n };

  if (lines <= 0)
    return;
  line_sum (&line, edge, stride);
  for (int i = 1; i <= lines; i++)
    line_paint (&line, i / 2, edge + i * step, stride);
}

void
limn_image_fill_border (LimnImage *image, const LimnCrop *inside)
{
  gssize row;
  guint8 *first, *last;

  g_return_if_fail (inside->x >= 0 && inside->y >= 0 && inside->width > 0 && inside->height > 0);
  g_return_if_fail (inside->x + inside->width <= image->width && inside->y + inside->height <= image->height);

  row = (gssize) image->width * 3;
  first = image->rgb + inside->y * row + inside->x * 3;
  last = first + (inside->width - 1) * 3;
  paint_lines (first, inside->height, (gsize) row, -3, inside->x);
  paint_lines (last, inside->height, (gsize) row, 3, image->width - inside->x - inside->width);

  first = image->rgb + inside->y * row;
  last = first + (inside->height - 1) * row;
  paint_lines (first, image->width, 3, -row, inside->y);
  paint_lines (last, image->width, 3, row, image->height - inside->y - inside->height);
}

LimnImage *
limn_image_pad (const LimnImage *image, int width, int height, double x, double y, LimnBorder border)
{
  LimnCrop inside = limn_pad_fit (image->width, image->height, width, height, x, y);
  g_autoptr (LimnImage) whole = limn_image_fit (image, inside.width, inside.height);
  LimnImage *padded = limn_image_new (width, height);

  memset (padded->rgb, 0, (gsize) 3 * width * height);
  for (int row = 0; row < inside.height; row++)
    memcpy (padded->rgb + ((gsize) (inside.y + row) * width + inside.x) * 3,
            whole->rgb + (gsize) row * inside.width * 3, (gsize) inside.width * 3);
  if (border == LIMN_BORDER_EDGES)
    limn_image_fill_border (padded, &inside);
  return padded;
}
