/* test-outpaint.c - a picture made larger: what was there stays as it was, and what is new is all masked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "session/settings/outpaint.h"
#include "session/settings/source.h"

static LimnImage *
noise_image (int width, int height, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  LimnImage *image = limn_image_new (width, height);

  for (gsize i = 0; i < (gsize) width * height * 3; i++)
    image->rgb[i] = (guint8) g_rand_int_range (rand, 0, 256);
  return image;
}

/* Left half red, right half blue. */
static LimnImage *
halves (int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  memset (image->rgb, 0, (gsize) width * height * 3);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      image->rgb[((gsize) y * width + x) * 3 + (x < width / 2 ? 0 : 2)] = 200;
  return image;
}

static const guint8 *
pixel (const LimnImage *image, int x, int y)
{
  return image->rgb + ((gsize) y * image->width + x) * 3;
}

static guint8
mask_at (LimnMask *mask, int x, int y)
{
  return limn_mask_get_pixels (mask)[(gsize) y * limn_mask_get_width (mask) + x];
}

static void
assert_inside (const LimnImage *whole, const LimnImage *image, const LimnMargins *margins)
{
  for (int y = 0; y < image->height; y++)
    g_assert_cmpmem (pixel (whole, margins->left, y + margins->top), (gsize) image->width * 3, pixel (image, 0, y),
                     (gsize) image->width * 3);
}

static void
test_exact (void)
{
  static const LimnMargins cases[] = { { 8, 16, 24, 32 }, { 0, 0, 64, 0 }, { 3, 0, 0, 1 }, { 0, 0, 0, 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnImage) image = noise_image (56, 40, i + 1);
    g_autoptr (LimnMask) mask = NULL;
    g_autoptr (LimnImage) whole = limn_outpaint_extend (image, &cases[i], 6, NULL, &mask);

    g_assert_cmpint (whole->width, ==, 56 + cases[i].left + cases[i].right);
    g_assert_cmpint (whole->height, ==, 40 + cases[i].top + cases[i].bottom);
    g_assert_cmpint (limn_mask_get_width (mask), ==, whole->width);
    g_assert_cmpint (limn_mask_get_height (mask), ==, whole->height);
    assert_inside (whole, image, &cases[i]);
  }
}

/* A run reads the source through limn_source_render (): that must not touch a pixel either. */
static void
test_rendered (void)
{
  LimnMargins margins = { 16, 8, 16, 0 };
  g_autoptr (LimnImage) image = noise_image (64, 48, 5);
  LimnImage *whole = limn_outpaint_extend (image, &margins, 4, NULL, NULL);
  g_autoptr (LimnSource) source = limn_source_new (whole, NULL);
  g_autoptr (LimnImage) rendered = limn_source_render (source, 96, 56, 0.5, 0.5, LIMN_SOURCE_CROP);

  assert_inside (rendered, image, &margins);
}

static void
test_mask (void)
{
  LimnMargins margins = { 32, 0, 16, 0 };
  g_autoptr (LimnImage) image = noise_image (128, 64, 2);
  g_autoptr (LimnMask) mask = NULL;
  g_autoptr (LimnImage) whole = limn_outpaint_extend (image, &margins, 8, NULL, &mask);

  g_assert_cmpint (whole->width, ==, 176);
  for (int y = 0; y < 64; y++) {
    for (int x = 0; x < 32; x++)
      g_assert_cmpint (mask_at (mask, x, y), ==, 255);
    for (int x = 160; x < 176; x++)
      g_assert_cmpint (mask_at (mask, x, y), ==, 255);
    /* fades over the overlap, then keeps everything up to the other side's */
    for (int x = 32; x < 40; x++)
      g_assert_cmpint (mask_at (mask, x, y), >=, mask_at (mask, x + 1, y));
    g_assert_cmpint (mask_at (mask, 32, y), >, 200);
    g_assert_cmpint (mask_at (mask, 36, y), >, 0);
    g_assert_cmpint (mask_at (mask, 36, y), <, 255);
    for (int x = 40; x < 152; x++)
      g_assert_cmpint (mask_at (mask, x, y), ==, 0);
  }
}

static void
test_keeps_mask (void)
{
  LimnMargins margins = { 0, 8, 0, 0 };
  g_autoptr (LimnImage) image = noise_image (64, 64, 3);
  guint8 *pixels = g_malloc0 (64 * 64);
  g_autoptr (LimnMask) before = NULL;
  g_autoptr (LimnMask) mask = NULL;
  g_autoptr (LimnImage) whole = NULL;

  pixels[40 * 64 + 20] = 77;
  before = limn_mask_new (64, 64, pixels);
  whole = limn_outpaint_extend (image, &margins, 4, before, &mask);
  g_assert_cmpint (whole->height, ==, 72);
  g_assert_cmpint (mask_at (mask, 20, 48), ==, 77);
  g_assert_cmpint (mask_at (mask, 21, 48), ==, 0);
}

/* The colours beyond an edge are the edge's. */
static void
test_carries_on (void)
{
  LimnMargins margins = { 40, 40, 40, 40 };
  g_autoptr (LimnImage) image = halves (128, 96);
  g_autoptr (LimnImage) whole = limn_outpaint_extend (image, &margins, 4, NULL, NULL);

  for (int y = 50; y < 126; y += 8) {
    g_assert_cmpint (pixel (whole, 38, y)[0], >, 180);
    g_assert_cmpint (pixel (whole, 38, y)[2], <, 20);
    g_assert_cmpint (pixel (whole, 2, y)[0], >, 120);
    g_assert_cmpint (pixel (whole, 2, y)[2], <, 80);
    g_assert_cmpint (pixel (whole, 170, y)[2], >, 180);
    g_assert_cmpint (pixel (whole, 170, y)[0], <, 20);
  }
  g_assert_cmpint (pixel (whole, 60, 38)[0], >, 180);
  g_assert_cmpint (pixel (whole, 150, 138)[2], >, 180);
}

static void
test_small (void)
{
  LimnMargins margins = { 7, 7, 7, 7 };

  for (int side = 1; side < 4; side++) {
    g_autoptr (LimnImage) image = noise_image (side, 1, 9);
    g_autoptr (LimnMask) mask = NULL;
    g_autoptr (LimnImage) whole = limn_outpaint_extend (image, &margins, 4, NULL, &mask);

    assert_inside (whole, image, &margins);
  }
}

static void
test_time (void)
{
  LimnMargins margins = { 256, 256, 256, 256 };
  g_autoptr (LimnImage) image = noise_image (1024, 1024, 4);
  g_autoptr (LimnMask) mask = NULL;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (LimnImage) whole = limn_outpaint_extend (image, &margins, 32, NULL, &mask);

  g_test_message ("1024² to 1536²: %.0f ms", (g_get_monotonic_time () - start) / 1e3);
  g_assert_cmpint (whole->width, ==, 1536);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outpaint/exact", test_exact);
  g_test_add_func ("/outpaint/rendered", test_rendered);
  g_test_add_func ("/outpaint/mask", test_mask);
  g_test_add_func ("/outpaint/keeps-mask", test_keeps_mask);
  g_test_add_func ("/outpaint/carries-on", test_carries_on);
  g_test_add_func ("/outpaint/small", test_small);
  g_test_add_func ("/outpaint/time", test_time);
  return g_test_run ();
}
