/* image.c - see image.h and limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/image.h"

#include "file/png.h"

#include <math.h>
#include <string.h>

static guint8
to_byte (double value)
{
  return (guint8) rint (CLAMP (value, 0, 255));
}

LimnImage *
limn_image_from_planes (const float *planes, int width, int height)
{
  LimnImage *image = limn_image_new (width, height);
  gsize n = (gsize) width * height;

  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++)
      image->rgb[i * 3 + c] = to_byte ((planes[c * n + i] * 0.5f + 0.5f) * 255.0f);
  return image;
}

void
limn_image_to_planes (const LimnImage *image, float *planes)
{
  gsize n = (gsize) image->width * image->height;

  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++)
      planes[c * n + i] = image->rgb[i * 3 + c] / 255.0f * 2.0f - 1.0f;
}

void
limn_image_mask_cells (const guint8 *mask, int factor, int width, int height, guint8 *cells)
{
  memset (cells, 0, (gsize) width * height);
  for (int y = 0; y < factor * height; y++)
    for (int x = 0; x < factor * width; x++)
      if (mask[(gsize) y * factor * width + x] != 0)
        cells[(gsize) (y / factor) * width + x / factor] = 1;
}

void
limn_image_put_back (LimnImage *image, const LimnImage *original, const guint8 *mask)
{
  gsize n = (gsize) image->width * image->height;

  g_return_if_fail (image->width == original->width && image->height == original->height);

  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++) {
      guint8 *pixel = &image->rgb[i * 3 + c];
      *pixel = (guint8) ((*pixel * mask[i] + original->rgb[i * 3 + c] * (255 - mask[i]) + 127) / 255);
    }
}

/* The middle of the first three channels and how far they spread around it. */
static void
measure (const float *latent, gsize n, double mean[3], double *spread)
{
  double squares = 0;

  for (int c = 0; c < 3; c++) {
    double sum = 0, own = 0;
    for (gsize i = 0; i < n; i++)
      sum += latent[c * n + i];
    mean[c] = sum / n;
    for (gsize i = 0; i < n; i++)
      own += (latent[c * n + i] - mean[c]) * (latent[c * n + i] - mean[c]);
    squares += own / n;
  }
  *spread = sqrt (squares / 3);
}

static void
preview_plain (const float *latent, gsize n, guint8 *rgb)
{
  double mean[3], spread;

  measure (latent, n, mean, &spread);
  /* Two deviations reach from middle grey to the ends. */
  double scale = spread > 0 ? 127.5 / (2 * spread) : 0;
  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++)
      rgb[i * 3 + c] = to_byte (127.5 + scale * (latent[c * n + i] - mean[c]));
}

void
limn_image_preview (const LimnVaeConfig *vae, const float *latent, int width, int height, guint8 *rgb)
{
  gsize n = (gsize) width * height;

  if (!vae->has_rgb_factors) {
    preview_plain (latent, n, rgb);
    return;
  }
  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++) {
      double value = vae->rgb_bias[c];
      for (guint k = 0; k < G_N_ELEMENTS (vae->rgb_factors); k++)
        value += (double) vae->rgb_factors[k][c] * latent[k * n + i];
      rgb[i * 3 + c] = to_byte ((value * 0.5 + 0.5) * 255);
    }
}

/* Keys' cubic with a = -1/2 (Catmull-Rom), as imaging programs mean "bicubic". */
static double
cubic (double x)
{
  x = fabs (x);
  if (x < 1)
    return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2)
    return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/* What one output pixel reads along one direction. */
typedef struct {
  int first, taps;
  double *weights;
} Tap;

/* For resampling the window [start, start + length) of count pixels to size; the filter widens where it shrinks. */
static Tap *
make_taps (int count, double start, double length, int size, double **storage)
{
  double ratio = length / size, filter = MAX (ratio, 1);
  int most = (int) ceil (2 * filter) * 2 + 4;
  Tap *taps = g_new (Tap, size);

  *storage = g_new0 (double, (gsize) most *size);
  for (int i = 0; i < size; i++) {
    double middle = start + (i + 0.5) * ratio, sum = 0;
    int first = MAX (0, (int) floor (middle - 2 * filter)), last = MIN (count - 1, (int) ceil (middle + 2 * filter));
    Tap *tap = &taps[i];

    *tap = (Tap){ .first = first, .taps = MIN (last - first + 1, most), .weights = *storage + (gsize) i * most };
    for (int k = 0; k < tap->taps; k++)
      sum += tap->weights[k] = cubic ((first + k + 0.5 - middle) / filter);
    for (int k = 0; k < tap->taps; k++)
      tap->weights[k] /= sum;
  }
  return taps;
}

static void
resample_rows (const LimnImage *image, const Tap *taps, int width, float *out)
{
  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++) {
        const guint8 *row = image->rgb + ((gsize) y * image->width + taps[x].first) * 3 + c;
        double sum = 0;
        for (int k = 0; k < taps[x].taps; k++)
          sum += taps[x].weights[k] * row[k * 3];
        out[((gsize) y * width + x) * 3 + c] = (float) sum;
      }
}

static void
resample_columns (const float *rows, const Tap *taps, LimnImage *out)
{
  gsize stride = (gsize) out->width * 3;

  for (int y = 0; y < out->height; y++)
    for (gsize x = 0; x < stride; x++) {
      double sum = 0;
      for (int k = 0; k < taps[y].taps; k++)
        sum += taps[y].weights[k] * rows[(gsize) (taps[y].first + k) * stride + x];
      out->rgb[y * stride + x] = to_byte (sum);
    }
}

LimnImage *
limn_image_fit (const LimnImage *image, int width, int height)
{
  g_return_val_if_fail (image != NULL, NULL);

  if (image->width == width && image->height == height)
    return limn_image_copy (image);

  /* The largest window of the wanted shape, in the middle. */
  double scale = MIN ((double) image->width / width, (double) image->height / height);
  double window_width = width * scale, window_height = height * scale;
  g_autofree double *storage_x = NULL, *storage_y = NULL;
  g_autofree Tap *across = make_taps (image->width, (image->width - window_width) / 2, window_width, width, &storage_x);
  g_autofree Tap *down =
      make_taps (image->height, (image->height - window_height) / 2, window_height, height, &storage_y);
  g_autofree float *rows = g_new (float, (gsize) image->height *width * 3);
  LimnImage *out = limn_image_new (width, height);

  resample_rows (image, across, width, rows);
  resample_columns (rows, down, out);
  return out;
}

gboolean
limn_image_save_png (const LimnImage *image, const char *path, const char *const *text, GError **error)
{
  return limn_png_save (image, path, text, error);
}

LimnImage *
limn_image_load_png (const char *path, GHashTable **text_out, GError **error)
{
  return limn_png_load (path, text_out, error);
}
