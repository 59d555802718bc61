/* mask-place.c - masks of other sizes and crops.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-place.h"

#include <math.h>

LimnMaskPlace
limn_mask_place_of (LimnSettings *settings, gboolean all)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  LimnMaskPlace place = { values->width, values->height };
  const LimnImage *image;
  LimnCrop crop;

  if (values->source == NULL)
    return (LimnMaskPlace){ 0 };
  image = limn_source_get_image (values->source);
  if (all)
    return (LimnMaskPlace){ image->width, image->height, 0, 0, 1, 1 };
  if (values->source_fit == LIMN_SOURCE_PAD) {
    crop =
        limn_pad_fit (image->width, image->height, values->width, values->height, values->source_x, values->source_y);
    place.across = (double) crop.width / image->width;
    place.down = (double) crop.height / image->height;
    place.left = crop.x;
    place.top = crop.y;
  } else {
    crop =
        limn_crop_fit (image->width, image->height, values->width, values->height, values->source_x, values->source_y);
    place.across = (double) values->width / crop.width;
    place.down = (double) values->height / crop.height;
    place.left = -crop.x * place.across;
    place.top = -crop.y * place.down;
  }
  return place;
}

gboolean
limn_mask_place_area (LimnSettings *settings, LimnMaskEditor *editor, LimnArea *area)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  int width = limn_mask_editor_get_width (editor), height = limn_mask_editor_get_height (editor);
  LimnCrop box;

  if (values->source == NULL || !limn_mask_area_is_masked (&values->fields)
      || !limn_mask_box (limn_mask_editor_get_pixels (editor), width, height, &box))
    return FALSE;
  *area = limn_area_around (&box, values->mask_padding, width, height, values->width, values->height);
  return TRUE;
}

gboolean
limn_mask_place_equal (const LimnMaskPlace *a, const LimnMaskPlace *b)
{
  return a->width == b->width && a->height == b->height && a->left == b->left && a->top == b->top
         && a->across == b->across && a->down == b->down;
}

/* For one place along a side: two pixels and their shares, 0 for what lies outside. */
typedef struct {
  int first, second;
  float share[2];
} Tap;

static void
make_taps (Tap *taps, int n, double start, double step, double corner, int size)
{
  for (int i = 0; i < n; i++) {
    double at = (i + 0.5 - start) * step + corner;
    int first = (int) floor (CLAMP (at, -2, size + 2) - 0.5);
    double part = CLAMP (at, -2, size + 2) - 0.5 - first;

    /* at an edge the mask goes on for half a pixel, and then there is nothing */
    taps[i].share[0] = (first < 0 && at < 0) || first >= size ? 0 : (float) (1 - part);
    taps[i].share[1] = first + 1 < 0 || (first + 1 >= size && at > size) ? 0 : (float) part;
    taps[i].first = CLAMP (first, 0, size - 1);
    taps[i].second = CLAMP (first + 1, 0, size - 1);
  }
}

static void
resample (const guint8 *from, int width, const Tap *row, const Tap *columns, int n, guint8 *to)
{
  const guint8 *upper = from + (gsize) row->first * width, *lower = from + (gsize) row->second * width;

  for (int i = 0; i < n; i++) {
    const Tap *tap = &columns[i];
    float above = tap->share[0] * upper[tap->first] + tap->share[1] * upper[tap->second];
    float below = tap->share[0] * lower[tap->first] + tap->share[1] * lower[tap->second];

    to[i] = (guint8) (row->share[0] * above + row->share[1] * below + 0.5f);
  }
}

static double
total (LimnMask *mask)
{
  gsize n = (gsize) limn_mask_get_width (mask) * limn_mask_get_height (mask);
  const guint8 *pixels = limn_mask_get_pixels (mask);
  guint64 sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += pixels[i];
  return (double) sum;
}

LimnMask *
limn_mask_place_move (LimnMask *mask, const LimnMaskPlace *from, const LimnMaskPlace *to, gboolean *lost)
{
  guint8 *pixels = g_malloc ((gsize) to->width * to->height);
  g_autofree Tap *columns = g_new (Tap, to->width);
  g_autofree Tap *rows = g_new (Tap, to->height);
  double across = from->across / to->across, down = from->down / to->down;
  LimnMask *moved;

  make_taps (columns, to->width, to->left, across, from->left, from->width);
  make_taps (rows, to->height, to->top, down, from->top, from->height);
  for (int y = 0; y < to->height; y++)
    resample (limn_mask_get_pixels (mask), from->width, &rows[y], columns, to->width, pixels + (gsize) y * to->width);
  moved = limn_mask_new (to->width, to->height, pixels);
  if (lost != NULL)
    *lost = total (moved) * across * down < 0.98 * total (mask);
  return moved;
}

LimnMask *
limn_mask_scale (LimnMask *mask, int width, int height, gboolean all)
{
  return limn_mask_new (width, height,
                        all ? limn_mask_cover (mask, width, height)
                            : limn_mask_fit (limn_mask_get_pixels (mask), limn_mask_get_width (mask),
                                             limn_mask_get_height (mask), width, height));
}

LimnMask *
limn_mask_from_image (const LimnImage *image, int width, int height)
{
  gsize n = (gsize) image->width * image->height;
  g_autofree guint8 *pixels = NULL;

  for (gsize i = 0; i < n * 3; i += 3)
    if (image->rgb[i] != image->rgb[i + 1] || image->rgb[i] != image->rgb[i + 2])
      return NULL;
  pixels = g_malloc (n);
  for (gsize i = 0; i < n; i++)
    pixels[i] = image->rgb[i * 3];
  return limn_mask_new (width, height, limn_mask_fit (pixels, image->width, image->height, width, height));
}

LimnImage *
limn_mask_to_image (LimnMask *mask)
{
  int width = limn_mask_get_width (mask), height = limn_mask_get_height (mask);
  const guint8 *pixels = limn_mask_get_pixels (mask);
  LimnImage *image = limn_image_new (width, height);

  for (gsize i = 0; i < (gsize) width * height; i++)
    image->rgb[i * 3] = image->rgb[i * 3 + 1] = image->rgb[i * 3 + 2] = pixels[i];
  return image;
}
