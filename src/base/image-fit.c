/* image-fit.c - resampling along rows, then along columns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/image-fit.h"

#include <math.h>
#include <string.h>

#include "base/image-pad.h"

#define REACH 3

/* [height, width, channels] */
typedef struct {
  guint8 *values;
  int width, height, channels;
} Pixels;

/* The share of a pixel whose middle is distance away, in pixels, where ratio of them become one; before they are
 * divided by their sum.  0 from REACH * MAX (ratio, 1) on. */
typedef double (*Weigh) (double distance, double ratio);

/* Keys' cubic with a = -1/2 (Catmull-Rom), as imaging programs mean "bicubic"; it widens where it shrinks. */
static double
cubic (double distance, double ratio)
{
  double x = fabs (distance / MAX (ratio, 1));

  if (x < 1)
    return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2)
    return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

static double
sinc (double x)
{
  return fabs (x) < 1e-9 ? 1 : sin (G_PI * x) / (G_PI * x);
}

static double
lanczos (double distance, double ratio)
{
  double x = fabs (distance / MAX (ratio, 1));

  return x < 3 ? sinc (x) * sinc (x / 3) : 0;
}

/* How much of the pixel is covered. */
static double
area (double distance, double ratio)
{
  return MAX (0, MIN (ratio / 2, distance + 0.5) - MAX (-ratio / 2, distance - 0.5));
}

/* What one output pixel reads along one direction. */
typedef struct {
  int first, taps;
  double *weights;
} Tap;

/* For resampling the window [start, start + length) of count pixels to size. */
static Tap *
make_taps (int count, double start, double length, int size, Weigh weigh, double **storage)
{
  double ratio = length / size, reach = REACH * MAX (ratio, 1);
  int most = (int) ceil (reach) * 2 + 4;
  Tap *taps = g_new (Tap, size);

  *storage = g_new0 (double, (gsize) most *size);
  for (int i = 0; i < size; i++) {
    double middle = start + (i + 0.5) * ratio, sum = 0;
    int first = MAX (0, (int) floor (middle - reach)), last = MIN (count - 1, (int) ceil (middle + reach));
    Tap *tap = &taps[i];

    *tap = (Tap){ .first = first, .taps = MIN (last - first + 1, most), .weights = *storage + (gsize) i * most };
    for (int k = 0; k < tap->taps; k++)
      sum += tap->weights[k] = weigh (first + k + 0.5 - middle, ratio);
    for (int k = 0; k < tap->taps; k++)
      tap->weights[k] /= sum;
  }
  return taps;
}

static void
resample_rows (const Pixels *in, const Tap *taps, int width, float *out)
{
  for (int y = 0; y < in->height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < in->channels; c++) {
        const guint8 *row = in->values + ((gsize) y * in->width + taps[x].first) * in->channels + c;
        double sum = 0;
        for (int k = 0; k < taps[x].taps; k++)
          sum += taps[x].weights[k] * row[k * in->channels];
        *out++ = (float) sum;
      }
}

static void
resample_columns (const float *rows, const Tap *taps, const Pixels *out)
{
  gsize stride = (gsize) out->width * out->channels;

  for (int y = 0; y < out->height; y++)
    for (gsize x = 0; x < stride; x++) {
      double sum = 0;
      for (int k = 0; k < taps[y].taps; k++)
        sum += taps[y].weights[k] * rows[(gsize) (taps[y].first + k) * stride + x];
      out->values[y * stride + x] = (guint8) rint (CLAMP (sum, 0, 255));
    }
}

static void
resample_window (const Pixels *in, double x, double y, double width, double height, const Pixels *out, Weigh weigh)
{
  g_autofree double *storage_x = NULL, *storage_y = NULL;
  g_autofree Tap *across = make_taps (in->width, x, width, out->width, weigh, &storage_x);
  g_autofree Tap *down = make_taps (in->height, y, height, out->height, weigh, &storage_y);
  g_autofree float *rows = g_new (float, (gsize) in->height * out->width * in->channels);

  resample_rows (in, across, out->width, rows);
  resample_columns (rows, down, out);
}

/* The window of in of that size, in the middle. */
static void
resample (const Pixels *in, double width, double height, const Pixels *out, Weigh weigh)
{
  resample_window (in, (in->width - width) / 2, (in->height - height) / 2, width, height, out, weigh);
}

/* The largest window of in that has out's shape. */
static void
fit (const Pixels *in, const Pixels *out, Weigh weigh)
{
  double scale = MIN ((double) in->width / out->width, (double) in->height / out->height);

  resample (in, out->width * scale, out->height * scale, out, weigh);
}

LimnImage *
limn_image_fit (const LimnImage *image, int width, int height)
{
  g_return_val_if_fail (image != NULL, NULL);

  if (image->width == width && image->height == height)
    return limn_image_copy (image);
  LimnImage *fitted = limn_image_new (width, height);
  const Pixels in = { image->rgb, image->width, image->height, 3 }, out = { fitted->rgb, width, height, 3 };

  fit (&in, &out, cubic);
  return fitted;
}

LimnImage *
limn_image_around (const LimnImage *image, int across, int down)
{
  LimnImage *whole = limn_image_new (image->width + 2 * across, image->height + 2 * down);

  for (int y = 0; y < whole->height; y++)
    for (int x = 0; x < whole->width; x++) {
      int from_x = (x - across % image->width + image->width) % image->width;
      int from_y = (y - down % image->height + image->height) % image->height;

      memcpy (whole->rgb + ((gsize) y * whole->width + x) * 3,
              image->rgb + ((gsize) from_y * image->width + from_x) * 3, 3);
    }
  return whole;
}

#define LANCZOS_BEYOND 16 /* pixels that a window reads beyond its end, where it is not made smaller by much */

LimnImage *
limn_image_fit_lanczos (const LimnImage *image, int width, int height, gboolean across, gboolean down)
{
  g_return_val_if_fail (image != NULL, NULL);

  g_autoptr (LimnImage) whole = limn_image_around (image, across ? LANCZOS_BEYOND : 0, down ? LANCZOS_BEYOND : 0);
  LimnImage *fitted = limn_image_new (width, height);
  const Pixels in = { whole->rgb, whole->width, whole->height, 3 }, out = { fitted->rgb, width, height, 3 };
  double scale = MIN ((double) image->width / width, (double) image->height / height);

  resample (&in, width * scale, height * scale, &out, lanczos);
  return fitted;
}

static const char *const fits[] = { "crop", "pad", "stretch" };

const char *
limn_fit_name (LimnFit fit)
{
  return fits[fit];
}

gboolean
limn_fit_find (const char *name, LimnFit *fit)
{
  for (guint i = 0; i < G_N_ELEMENTS (fits); i++)
    if (g_strcmp0 (name, fits[i]) == 0) {
      *fit = (LimnFit) i;
      return TRUE;
    }
  return FALSE;
}

/* Its pixels as they are. */
static LimnImage *
cut (const LimnImage *image, const LimnCrop *window)
{
  LimnImage *part = limn_image_new (window->width, window->height);
  gsize row = 3 * (gsize) window->width;

  if (image->deep != NULL)
    part->deep = g_new (guint16, row * window->height);
  for (int y = 0; y < window->height; y++) {
    gsize from = 3 * ((gsize) (window->y + y) * image->width + window->x);

    memcpy (part->rgb + y * row, image->rgb + from, row);
    if (image->deep != NULL)
      memcpy (part->deep + y * row, image->deep + from, row * sizeof (guint16));
  }
  return part;
}

LimnImage *
limn_image_window (const LimnImage *image, const LimnCrop *window, int width, int height)
{
  g_return_val_if_fail (window->x >= 0 && window->y >= 0 && window->x + window->width <= image->width
                            && window->y + window->height <= image->height,
                        NULL);

  if (window->width == width && window->height == height)
    return cut (image, window);
  LimnImage *part = limn_image_new (width, height);
  const Pixels in = { image->rgb, image->width, image->height, 3 }, out = { part->rgb, width, height, 3 };

  resample_window (&in, window->x, window->y, window->width, window->height, &out, cubic);
  return part;
}

/* All of it, whatever becomes of its shape. */
static LimnImage *
stretch (const LimnImage *image, int width, int height)
{
  const LimnCrop all = { 0, 0, image->width, image->height };

  return limn_image_window (image, &all, width, height);
}

LimnImage *
limn_image_fit_as (const LimnImage *image, int width, int height, LimnFit fit)
{
  if (fit == LIMN_FIT_CROP || (image->width == width && image->height == height))
    return limn_image_fit (image, width, height);
  if (fit == LIMN_FIT_STRETCH)
    return stretch (image, width, height);
  return limn_image_pad (image, width, height, 0.5, 0.5, LIMN_BORDER_BLACK);
}

/* whole: all of it, whatever becomes of its shape; else what fit () takes. */
static guint8 *
resample_mask (const guint8 *mask, int from_width, int from_height, int width, int height, gboolean whole)
{
  g_return_val_if_fail (mask != NULL, NULL);

  if (from_width == width && from_height == height)
    return g_memdup2 (mask, (gsize) width * height);
  guint8 *resampled = g_malloc ((gsize) width * height);
  const Pixels in = { (guint8 *) mask, from_width, from_height, 1 }, out = { resampled, width, height, 1 };

  if (whole)
    resample (&in, from_width, from_height, &out, area);
  else
    fit (&in, &out, area);
  return resampled;
}

guint8 *
limn_mask_fit (const guint8 *mask, int from_width, int from_height, int width, int height)
{
  return resample_mask (mask, from_width, from_height, width, height, FALSE);
}

guint8 *
limn_mask_stretch (const guint8 *mask, int from_width, int from_height, int width, int height)
{
  return resample_mask (mask, from_width, from_height, width, height, TRUE);
}

void
limn_size_fit (int photo_width, int photo_height, int *width, int *height)
{
  double area = (double) *width * *height;
  int grain = area >= 512 * 512 ? 64 : 8;
  double scale = MIN (1, sqrt (area / ((double) photo_width * photo_height)));

  *width = CLAMP ((int) lrint (photo_width * scale / grain) * grain, 64, 4096);
  *height = CLAMP ((int) lrint (photo_height * scale / grain) * grain, 64, 4096);
}
