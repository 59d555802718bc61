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

void
limn_image_put (LimnImage *image, gsize at, double value)
{
  image->rgb[at] = to_byte (value * 255.0);
  image->deep[at] = limn_deep_near (value * 65535.0, image->rgb[at]);
}

LimnImage *
limn_image_from_planes (const float *planes, int width, int height)
{
  LimnImage *image = limn_image_new (width, height);
  gsize n = (gsize) width * height;

  image->deep = g_new (guint16, 3 * n);
  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++) {
      float value = planes[c * n + i] * 0.5f + 0.5f;

      image->rgb[i * 3 + c] = to_byte (value * 255.0f);
      image->deep[i * 3 + c] = limn_deep_near (value * 65535.0, image->rgb[i * 3 + c]);
    }
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

/* From here on a pixel of a soft mask is one to paint anew. */
#define PAINTED 128

void
limn_image_mask_plane (const guint8 *mask, int factor, int width, int height, float *plane)
{
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      plane[(gsize) y * width + x] = mask[(gsize) y * factor * factor * width + x * factor] >= PAINTED;
}

void
limn_image_hide (const guint8 *mask, gsize n, float *planes)
{
  for (gsize i = 0; i < 3 * n; i++)
    if (mask[i % n] >= PAINTED)
      planes[i] = 0;
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
