/* test-source.c - a picture to start from: cut or whole, never stretched, and the truth about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "fake-engine.h"
#include "session/settings/source.h"

/* A picture that says in each pixel where it is. */
static LimnImage *
ramp (int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      guint8 *pixel = image->rgb + ((gsize) y * width + x) * 3;

      pixel[0] = (guint8) (255 * x / MAX (1, width - 1));
      pixel[1] = (guint8) (255 * y / MAX (1, height - 1));
      pixel[2] = 128;
    }
  return image;
}

static const guint8 *
pixel_at (const LimnImage *image, int x, int y)
{
  return image->rgb + ((gsize) y * image->width + x) * 3;
}

static void
test_pad_fit (void)
{
  for (int i = 0; i < 2000; i++) {
    int image_width = g_test_rand_int_range (1, 5000), image_height = g_test_rand_int_range (1, 5000);
    int width = g_test_rand_int_range (1, 300) * 8, height = g_test_rand_int_range (1, 300) * 8;
    LimnCrop inside = limn_pad_fit (image_width, image_height, width, height, g_test_rand_double_range (-0.5, 1.5),
                                    g_test_rand_double_range (0, 1));

    g_assert_cmpint (inside.x, >=, 0);
    g_assert_cmpint (inside.y, >=, 0);
    g_assert_cmpint (inside.width, >, 0);
    g_assert_cmpint (inside.height, >, 0);
    g_assert_cmpint (inside.x + inside.width, <=, width);
    g_assert_cmpint (inside.y + inside.height, <=, height);
    g_assert_true (inside.width == width || inside.height == height);
    if (inside.width > 1 && inside.height > 1) /* the ratio within half a pixel */
      g_assert_true (fabs (inside.width * (double) image_height / image_width - inside.height)
                     <= 0.51 * MAX (1, (double) image_height / image_width));
  }
}

static void
test_pad (void)
{
  g_autoptr (LimnSource) source = limn_source_new (ramp (64, 32), "ramp");
  g_autoptr (LimnImage) padded = limn_source_render (source, 64, 64, 0.5, 0.5, LIMN_SOURCE_PAD);
  g_autoptr (LimnImage) top = limn_source_render (source, 64, 64, 0.5, 0, LIMN_SOURCE_PAD);
  const LimnImage *whole = limn_source_get_image (source);
  int roughness = 0, edge_roughness = 0;

  /* the whole picture is inside, pixel for pixel */
  for (int y = 0; y < 32; y++)
    for (int x = 0; x < 64; x++) {
      g_assert_cmpint (ABS (pixel_at (padded, x, y + 16)[0] - pixel_at (whole, x, y)[0]), <=, 1);
      g_assert_cmpint (ABS (pixel_at (top, x, y)[1] - pixel_at (whole, x, y)[1]), <=, 1);
    }
  /* the border goes on from the edge, ever softer: no step at the seam, and less contrast far away */
  for (int x = 0; x < 64; x++) {
    g_assert_cmpint (pixel_at (padded, x, 15)[1], ==, 0);
    g_assert_cmpint (pixel_at (padded, x, 48)[1], ==, 255);
    g_assert_cmpint (ABS (pixel_at (padded, x, 15)[0] - pixel_at (padded, x, 16)[0]), <=, 4);
    if (x > 0) {
      roughness += ABS (pixel_at (padded, x, 0)[0] - pixel_at (padded, x - 1, 0)[0]);
      edge_roughness += ABS (pixel_at (padded, x, 15)[0] - pixel_at (padded, x - 1, 15)[0]);
    }
  }
  g_assert_cmpint (roughness, <, edge_roughness);
}

/* a stripe at the edge stays near the edge, and is not smeared over the whole border */
static void
test_pad_stripe (void)
{
  LimnImage *image = limn_image_new (40, 20);
  g_autoptr (LimnSource) source = NULL;
  g_autoptr (LimnImage) padded = NULL;

  memset (image->rgb, 0, 40 * 20 * 3);
  for (int y = 0; y < 20; y++)
    memset (image->rgb + ((gsize) y * 40 + 20) * 3, 240, 3);
  source = limn_source_new (image, "stripe");
  padded = limn_source_render (source, 40, 80, 0.5, 0.5, LIMN_SOURCE_PAD);
  g_assert_cmpint (pixel_at (padded, 20, 29)[0], >=, 230);
  g_assert_cmpint (pixel_at (padded, 20, 20)[0], <, 60); /* ten pixels away it is soft */
  g_assert_cmpint (pixel_at (padded, 20, 20)[0], >, 10);
  g_assert_cmpint (pixel_at (padded, 2, 25)[0], ==, 0);
}

static void
test_crop (void)
{
  g_autoptr (LimnSource) source = limn_source_new (ramp (200, 100), "ramp");
  g_autoptr (LimnImage) left = limn_source_render (source, 64, 64, 0, 0.5, LIMN_SOURCE_CROP);
  g_autoptr (LimnImage) right = limn_source_render (source, 64, 64, 1, 0.5, LIMN_SOURCE_CROP);

  g_assert_cmpint (left->width, ==, 64);
  g_assert_cmpint (pixel_at (left, 63, 0)[0], <, 135);
  g_assert_cmpint (pixel_at (right, 0, 0)[0], >, 120);
  g_assert_cmpint (pixel_at (right, 63, 0)[0], >, 248);
}

static void
test_truthful (void)
{
  /* as a 4000 x 3000 photo that was made smaller while it was read */
  g_autoptr (LimnSource) source = limn_source_new_for_file (ramp (400, 300), "photo.jpg", "/x/photo.jpg", 4000, 3000);
  LimnSizeHints hints = limn_source_truthful_hints (source, 1024, 1024, 0.5, 0.5, LIMN_SOURCE_CROP);

  g_assert_cmpstr (limn_source_get_path (source), ==, "/x/photo.jpg");
  g_assert_cmpint (limn_source_get_width (source), ==, 4000);
  g_assert_cmpint (hints.original_width, ==, 4000);
  g_assert_cmpint (hints.original_height, ==, 3000);
  /* resized to 1365.3 x 1024, so that (1365.3 - 1024) / 2 pixels fall away at the left */
  g_assert_cmpint (hints.crop_left, ==, 171);
  g_assert_cmpint (hints.crop_top, ==, 0);
  g_assert_cmpint (hints.target_width, ==, 1024);
  g_assert_cmpint (hints.target_height, ==, 1024);

  hints = limn_source_truthful_hints (source, 1024, 1024, 1, 0.5, LIMN_SOURCE_CROP);
  g_assert_cmpint (hints.crop_left, ==, 341);
  hints = limn_source_truthful_hints (source, 1216, 832, 0.5, 1, LIMN_SOURCE_CROP);
  g_assert_cmpint (hints.crop_left, ==, 0);
  g_assert_cmpint (hints.crop_top, ==, 80); /* 4000 -> 1216: 912 rows, of which 832 are kept */
  hints = limn_source_truthful_hints (source, 1024, 1024, 1, 1, LIMN_SOURCE_PAD);
  g_assert_cmpint (hints.crop_left, ==, 0);
  g_assert_cmpint (hints.crop_top, ==, 0);
  g_assert_cmpint (hints.original_width, ==, 4000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/pad-fit", test_pad_fit);
  g_test_add_func ("/source/pad", test_pad);
  g_test_add_func ("/source/pad-stripe", test_pad_stripe);
  g_test_add_func ("/source/crop", test_crop);
  g_test_add_func ("/source/truthful", test_truthful);
  return g_test_run ();
}
