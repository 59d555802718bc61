/* test-image.c - fitting pictures, bytes to floats and back, previews.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/image.h"

#include <math.h>
#include <string.h>

static LimnImage *
gradient (int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      guint8 *pixel = image->rgb + ((gsize) y * width + x) * 3;
      pixel[0] = (guint8) (255 * x / MAX (1, width - 1));
      pixel[1] = (guint8) (255 * y / MAX (1, height - 1));
      pixel[2] = 77;
    }
  return image;
}

static const guint8 *
pixel_at (const LimnImage *image, int x, int y)
{
  return image->rgb + ((gsize) y * image->width + x) * 3;
}

static void
test_fit_same (void)
{
  g_autoptr (LimnImage) image = gradient (40, 24);
  g_autoptr (LimnImage) same = limn_image_fit (image, 40, 24);

  g_assert_cmpmem (image->rgb, 40 * 24 * 3, same->rgb, 40 * 24 * 3);
  g_assert_true (image->rgb != same->rgb);
}

/* A wide picture keeps its middle: the ratio of the content does not change. */
static void
test_fit_crop (void)
{
  g_autoptr (LimnImage) image = limn_image_new (300, 100);

  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 300; x++)
      memset (image->rgb + ((gsize) y * 300 + x) * 3, x < 100 ? 0 : x < 200 ? 128 : 255, 3);
  g_autoptr (LimnImage) fit = limn_image_fit (image, 64, 64);
  g_assert_cmpint (fit->width, ==, 64);
  g_assert_cmpint (fit->height, ==, 64);
  /* Away from the cut the middle third is all there is. */
  for (int y = 0; y < 64; y++)
    for (int x = 3; x < 61; x++)
      g_assert_cmpint (pixel_at (fit, x, y)[1], ==, 128);
}

/* Shrinking averages, enlarging interpolates; both keep a linear ramp and never ring out of range. */
/* Of a picture of other shape: the middle; all of it, with black around; all of it, whatever becomes of it. */
static void
test_fit_as (void)
{
  static const struct {
    LimnFit fit;
    int first, last; /* column of black at the left, and the first of it at the right */
    int left;        /* the colour's number in the first column of the picture */
  } cases[] = { { LIMN_FIT_CROP, 0, 64, 1 }, { LIMN_FIT_PAD, 16, 48, 0 }, { LIMN_FIT_STRETCH, 0, 64, 0 } };
  g_autoptr (LimnImage) image = limn_image_new (32, 32);

  for (int i = 0; i < 32 * 32; i++) /* four stripes from top to bottom */
    memset (image->rgb + 3 * i, 60 * (i / 32 / 8) + 50, 3);
  for (guint k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autoptr (LimnImage) fit = limn_image_fit_as (image, 64, 32, cases[k].fit);
    LimnFit found;

    g_assert_true (limn_fit_find (limn_fit_name (cases[k].fit), &found) && found == cases[k].fit);
    for (int x = 0; x < 64; x++) {
      gboolean black = x < cases[k].first || x >= cases[k].last;
      int expected = black ? 0 : 60 * cases[k].left + 50;

      g_assert_cmpint (abs (pixel_at (fit, x, 5)[0] - expected), <=, 2);
    }
  }
}

static void
test_fit_ramp (void)
{
  static const int sizes[] = { 8, 31, 64, 200, 512 };
  g_autoptr (LimnImage) image = gradient (200, 200);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    int size = sizes[i];
    g_autoptr (LimnImage) fit = limn_image_fit (image, size, size);

    for (int y = 0; y < size; y++)
      for (int x = 0; x < size; x++) {
        double u = ((x + 0.5) * 200 / size - 0.5) * 255 / 199, v = ((y + 0.5) * 200 / size - 0.5) * 255 / 199;
        gboolean inner = x > 1 && y > 1 && x < size - 2 && y < size - 2;
        g_assert_true (!inner || fabs (pixel_at (fit, x, y)[0] - CLAMP (u, 0, 255)) <= 1.6);
        g_assert_true (!inner || fabs (pixel_at (fit, x, y)[1] - CLAMP (v, 0, 255)) <= 1.6);
        g_assert_cmpint (pixel_at (fit, x, y)[2], ==, 77);
      }
  }
}

static void
test_fit_extremes (void)
{
  static const int from[][2] = { { 1, 1 }, { 1, 500 }, { 4000, 1 }, { 3, 2 }, { 777, 13 } };

  for (guint i = 0; i < G_N_ELEMENTS (from); i++) {
    g_autoptr (LimnImage) image = limn_image_new (from[i][0], from[i][1]);
    memset (image->rgb, 200, (gsize) image->width * image->height * 3);
    g_autoptr (LimnImage) fit = limn_image_fit (image, 72, 64);
    for (int k = 0; k < 72 * 64 * 3; k++)
      g_assert_cmpint (fit->rgb[k], ==, 200);
  }
}

/* How many of [from, to) mask has set, pixels at the ends by their share. */
static double
covered (const guint8 *mask, int width, double left, double right, double top, double bottom)
{
  double sum = 0;

  for (int y = (int) top; y < bottom; y++)
    for (int x = (int) left; x < right; x++)
      sum += mask[y * width + x] / 255.0 * (MIN (x + 1, right) - MAX (x, left)) * (MIN (y + 1, bottom) - MAX (y, top));
  return sum;
}

/* Each pixel is the mean of what it covers, whatever the sizes; what is wholly kept or painted stays so exactly. */
static void
test_mask_fit (void)
{
  for (int trial = 0; trial < 40; trial++) {
    int width = g_test_rand_int_range (8, 60), height = g_test_rand_int_range (8, 60);
    int from_width = g_test_rand_int_range (width, 4 * width), from_height = g_test_rand_int_range (height, 4 * height);
    double ratio = MIN ((double) from_width / width, (double) from_height / height);
    double left = (from_width - width * ratio) / 2, top = (from_height - height * ratio) / 2;
    g_autofree guint8 *mask = g_malloc (from_width * from_height);
    int split = g_test_rand_int_range (0, from_width + 1);

    for (int i = 0; i < from_width * from_height; i++)
      mask[i] = i % from_width < split ? 255 : i / from_width % 7 == 0 ? (guint8) g_test_rand_int_range (0, 256) : 0;
    g_autofree guint8 *fitted = limn_mask_fit (mask, from_width, from_height, width, height);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) {
        double share = covered (mask, from_width, left + x * ratio, MIN (from_width, left + (x + 1) * ratio),
                                top + y * ratio, MIN (from_height, top + (y + 1) * ratio));
        g_assert_cmpfloat_with_epsilon (fitted[y * width + x], 255 * share / (ratio * ratio), 0.51);
      }
  }
}

static void
test_mask_fit_enlarged (void)
{
  static const guint8 mask[] = { 0, 0, 255, 255 };
  g_autofree guint8 *same = limn_mask_fit (mask, 4, 1, 4, 1), *wide = limn_mask_fit (mask, 4, 1, 16, 4);

  g_assert_cmpmem (same, 4, mask, 4);
  for (int y = 0; y < 4; y++)
    g_assert_cmpmem (wide + 16 * y, 16,
                     ((const guint8[]){ 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255 }), 16);
}

static void
test_planes (void)
{
  g_autoptr (LimnImage) image = limn_image_new (16, 16);
  float planes[3 * 256];

  for (int i = 0; i < 256; i++)
    memset (image->rgb + i * 3, i, 3);
  limn_image_to_planes (image, planes);
  g_assert_true (planes[0] == -1 && planes[255] == 1);
  g_autoptr (LimnImage) back = limn_image_from_planes (planes, 16, 16);
  g_assert_cmpmem (image->rgb, 768, back->rgb, 768);

  for (int i = 0; i < 256; i++)
    planes[i] = i % 2 == 0 ? 3e30f : -1.01f;
  g_autoptr (LimnImage) clamped = limn_image_from_planes (planes, 16, 16);
  for (int i = 0; i < 256; i++)
    g_assert_cmpint (clamped->rgb[i * 3], ==, i % 2 == 0 ? 255 : 0);
}

static void
test_preview (void)
{
  static const LimnVaeConfig known = {
    .has_rgb_factors = TRUE,
    .rgb_factors = { { 0.5f, 0, 0 }, { 0, 0.5f, 0 }, { 0, 0, 0.5f }, { 0.25f, 0.25f, 0.25f } },
    .rgb_bias = { 0, 0.1f, -0.1f },
  };
  static const LimnVaeConfig unknown;
  float latent[4 * 6];
  guint8 rgb[18];

  for (int i = 0; i < 24; i++)
    latent[i] = (float) sin (i * 1.7) * (i < 12 ? 1 : 100);
  limn_image_preview (&known, latent, 3, 2, rgb);
  for (int i = 0; i < 6; i++) {
    double red = 0.5 * latent[i] + 0.25 * latent[18 + i];
    g_assert_true (fabs (rgb[i * 3] - CLAMP ((red * 0.5 + 0.5) * 255, 0, 255)) <= 0.51);
  }
  limn_image_preview (&unknown, latent, 3, 2, rgb);

  /* The same picture however large its numbers; a flat one is grey. */
  guint8 scaled[18];
  for (int i = 0; i < 24; i++)
    latent[i] *= 8;
  limn_image_preview (&unknown, latent, 3, 2, scaled);
  g_assert_cmpmem (rgb, 18, scaled, 18);
  memset (latent, 0, sizeof latent);
  limn_image_preview (&unknown, latent, 3, 2, rgb);
  for (int i = 0; i < 18; i++)
    g_assert_cmpint (rgb[i], ==, 128);
}

/* A smooth ramp has more than 256 levels, in their order, which rounded are its bytes. */
static void
test_deep (void)
{
  enum { N = 3000 };
  g_autofree float *planes = g_new (float, 3 * N);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  int levels = 1;

  for (int i = 0; i < N; i++) {
    planes[i] = -1.1f + 2.2f * i / N;
    planes[N + i] = (float) g_rand_double_range (random, -1.2, 1.2);
    planes[2 * N + i] = ((float) (i % 255) + 0.5f) / 255.0f * 2 - 1; /* between two bytes */
  }
  g_autoptr (LimnImage) image = limn_image_from_planes (planes, N, 1);
  for (int i = 0; i < 3 * N; i++) {
    double exact = CLAMP (planes[i % 3 * N + i / 3] * 0.5 + 0.5, 0, 1) * 65535;

    g_assert_cmpint ((int) rint (image->deep[i] / 257.0), ==, image->rgb[i]);
    g_assert_cmpfloat (fabs (image->deep[i] - exact), <=, 1);
  }
  for (int i = 1; i < N; i++) {
    g_assert_cmpint (image->deep[3 * i], >=, image->deep[3 * i - 3]);
    levels += image->deep[3 * i] != image->deep[3 * i - 3];
  }
  g_assert_cmpint (levels, >, 2500);
  g_autoptr (LimnImage) copy = limn_image_copy (image);
  g_assert_cmpmem (copy->deep, 3 * N * sizeof (guint16), image->deep, 3 * N * sizeof (guint16));
}

/* What a mask keeps is kept exactly, and what it blends stays what its bytes are. */
static void
test_deep_put_back (void)
{
  for (guint seed = 0; seed < 25; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    float planes[3 * 40];
    guint8 mask[40];
    g_autoptr (LimnImage) original = limn_image_new (8, 5);

    for (int i = 0; i < 3 * 40; i++) {
      planes[i] = (float) g_rand_double_range (random, -1.2, 1.2);
      original->rgb[i] = (guint8) g_rand_int (random);
    }
    for (int i = 0; i < 40; i++)
      mask[i] = (guint8) (i % 3 == 0 ? 0 : i % 3 == 1 ? 255 : g_rand_int (random));
    g_autoptr (LimnImage) image = limn_image_from_planes (planes, 8, 5), before = limn_image_copy (image);
    limn_image_put_back (image, original, mask);
    for (int i = 0; i < 3 * 40; i++) {
      g_assert_cmpint ((int) rint (image->deep[i] / 257.0), ==, image->rgb[i]);
      if (mask[i / 3] == 0)
        g_assert_cmpint (image->deep[i], ==, 257 * original->rgb[i]);
      if (mask[i / 3] == 255)
        g_assert_cmpint (image->deep[i], ==, before->deep[i]);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/fit-same", test_fit_same);
  g_test_add_func ("/image/fit-crop", test_fit_crop);
  g_test_add_func ("/image/fit-as", test_fit_as);
  g_test_add_func ("/image/fit-ramp", test_fit_ramp);
  g_test_add_func ("/image/fit-extremes", test_fit_extremes);
  g_test_add_func ("/image/mask-fit", test_mask_fit);
  g_test_add_func ("/image/mask-fit-enlarged", test_mask_fit_enlarged);
  g_test_add_func ("/image/planes", test_planes);
  g_test_add_func ("/image/deep", test_deep);
  g_test_add_func ("/image/deep-put-back", test_deep_put_back);
  g_test_add_func ("/image/preview", test_preview);
  return g_test_run ();
}
