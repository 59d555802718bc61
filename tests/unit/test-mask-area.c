/* test-mask-area.c - parts of pictures that are painted by themselves: which they are, and the ways there and back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/mask-area.h"
#include "base/regions.h"

#include <math.h>
#include <string.h>

#include "common/any.h"

#define ROUNDS 3000

static int
within (int least, int most)
{
  return g_test_rand_int_range (least, most + 1);
}

static LimnImage *
random_image (int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < 3 * width * height; i++)
    image->rgb[i] = (guint8) g_test_rand_int ();
  return image;
}

/* A few rectangles, of any values.  (transfer full) */
static guint8 *
random_mask (int width, int height)
{
  guint8 *mask = g_malloc0 ((gsize) width * height);

  for (int n = within (1, 3); n > 0; n--) {
    int x = within (0, width - 1), y = within (0, height - 1);
    int right = within (x + 1, width), bottom = within (y + 1, height), value = within (1, 255);

    for (int at = y; at < bottom; at++)
      memset (mask + (gsize) at * width + x, value, (gsize) (right - x));
  }
  return mask;
}

static void
test_box (void)
{
  for (int round = 0; round < ROUNDS / 10; round++) {
    int width = within (1, 60), height = within (1, 60);
    int left = width, right = -1, top = height, bottom = -1;
    g_autofree guint8 *mask = random_mask (width, height);
    LimnCrop box;

    for (int i = 0; i < width * height; i++)
      if (mask[i] != 0) {
        left = MIN (left, i % width);
        right = MAX (right, i % width);
        top = MIN (top, i / width);
        bottom = MAX (bottom, i / width);
      }
    g_assert_true (limn_mask_box (mask, width, height, &box));
    g_assert_cmpint (box.x, ==, left);
    g_assert_cmpint (box.y, ==, top);
    g_assert_cmpint (box.x + box.width - 1, ==, right);
    g_assert_cmpint (box.y + box.height - 1, ==, bottom);
    memset (mask, 0, (gsize) width * height);
    g_assert_false (limn_mask_box (mask, width, height, &box));
  }
}

/* Each side of box: what lies around is there, as far as the picture goes. */
static void
assert_padded (int start, int length, int box_start, int box_length, int padding, int size)
{
  g_assert_cmpint (start, >=, 0);
  g_assert_cmpint (start + length, <=, size);
  g_assert_cmpint (start, <=, MAX (box_start - padding, 0));
  g_assert_cmpint (start + length, >=, MIN (box_start + box_length + padding, size));
}

/* It holds the mask and its padding, lies in the picture, and has the shape of what is painted to a pixel, or all of
 * one of the picture's sides. */
static void
test_around (void)
{
  int shaped = 0, cramped = 0;

  for (int round = 0; round < ROUNDS; round++) {
    int image_width = within (1, 700), image_height = within (1, 700), padding = tests_toss () ? within (0, 90) : 0;
    int width = 8 * within (8, 200), height = 8 * within (8, 200);
    const LimnCrop box = { within (0, image_width - 1), within (0, image_height - 1), 1, 1 };
    LimnCrop mask = box;

    mask.width = within (1, image_width - box.x);
    mask.height = within (1, image_height - box.y);
    const LimnArea area = limn_area_around (&mask, padding, image_width, image_height, width, height);
    double tall = (double) area.box.width * height / width, wide = (double) area.box.height * width / height;

    assert_padded (area.box.x, area.box.width, mask.x, mask.width, padding, image_width);
    assert_padded (area.box.y, area.box.height, mask.y, mask.height, padding, image_height);
    g_assert_cmpint (area.inside.x, >=, 0);
    g_assert_cmpint (area.inside.y, >=, 0);
    g_assert_cmpint (area.inside.x + area.inside.width, <=, width);
    g_assert_cmpint (area.inside.y + area.inside.height, <=, height);
    if (fabs (tall - area.box.height) <= 1 || fabs (wide - area.box.width) <= 1) {
      g_assert_cmpint (area.inside.width, ==, width);
      g_assert_cmpint (area.inside.height, ==, height);
      shaped++;
      continue;
    }
    g_assert_true (area.box.width == image_width || area.box.height == image_height);
    g_assert_true (area.inside.width == width || area.inside.height == height);
    cramped++;
  }
  g_assert_cmpint (shaped, >, ROUNDS / 4);
  g_assert_cmpint (cramped, >, ROUNDS / 20);
}

/* Known answers: in the middle where there is room, moved inwards at an edge. */
static void
test_known (void)
{
  const LimnCrop middle = { 400, 300, 100, 40 }, corner = { 0, 0, 40, 100 };
  const LimnArea wide = limn_area_around (&middle, 32, 1000, 800, 1024, 1024);
  const LimnArea tall = limn_area_around (&corner, 10, 1000, 800, 1280, 640);

  g_assert_cmpint (wide.box.x, ==, 368);
  g_assert_cmpint (wide.box.y, ==, 238);
  g_assert_cmpint (wide.box.width, ==, 164);
  g_assert_cmpint (wide.box.height, ==, 164);
  g_assert_cmpint (tall.box.x, ==, 0);
  g_assert_cmpint (tall.box.y, ==, 0);
  g_assert_cmpint (tall.box.width, ==, 220);
  g_assert_cmpint (tall.box.height, ==, 110);
}

/* Whatever is painted: what the mask keeps is the original's to the bit, and the picture has its size. */
static void
test_kept (void)
{
  for (int round = 0; round < ROUNDS / 30; round++) {
    int image_width = within (16, 200), image_height = within (16, 200);
    int width = 8 * within (8, 30), height = 8 * within (8, 30);
    g_autoptr (LimnImage) image = random_image (image_width, image_height), painted = random_image (width, height);
    g_autofree guint8 *mask = random_mask (image_width, image_height);
    LimnCrop box;

    g_assert_true (limn_mask_box (mask, image_width, image_height, &box));
    const LimnArea area = limn_area_around (&box, within (0, 40), image_width, image_height, width, height);
    g_autoptr (LimnImage) cut = limn_area_cut (&area, image), whole = limn_area_put (&area, painted, image);
    g_autofree guint8 *cut_mask = limn_area_cut_mask (&area, mask, image_width);

    g_assert_cmpint (cut->width, ==, width);
    g_assert_cmpint (cut->height, ==, height);
    for (int i = 0; i < width * height; i++)
      if (i % width < area.inside.x || i % width >= area.inside.x + area.inside.width || i / width < area.inside.y
          || i / width >= area.inside.y + area.inside.height)
        g_assert_cmpint (cut_mask[i], ==, 0);
    limn_image_put_back (whole, image, mask);
    g_assert_cmpint (whole->width, ==, image_width);
    g_assert_cmpint (whole->height, ==, image_height);
    for (int i = 0; i < image_width * image_height; i++)
      if (mask[i] == 0)
        g_assert_cmpmem (whole->rgb + 3 * i, 3, image->rgb + 3 * i, 3);
  }
}

/* What is painted at the size that it has in the picture comes and goes as it is, deep values as well. */
static void
test_same_size (void)
{
  g_autoptr (LimnImage) image = random_image (200, 160), painted = random_image (96, 64);
  const LimnCrop box = { 50, 40, 96, 64 };
  const LimnArea area = limn_area_around (&box, 0, 200, 160, 96, 64);
  g_autoptr (LimnImage) cut = limn_area_cut (&area, image);

  painted->deep = g_new (guint16, 3 * 96 * 64);
  for (int i = 0; i < 3 * 96 * 64; i++)
    painted->deep[i] = limn_deep_near (within (0, 65535), painted->rgb[i]);
  g_autoptr (LimnImage) whole = limn_area_put (&area, painted, image);
  for (int y = 0; y < 64; y++) {
    gsize at = 3 * ((gsize) (40 + y) * 200 + 50);

    g_assert_cmpmem (cut->rgb + 3 * 96 * y, 3 * 96, image->rgb + at, 3 * 96);
    g_assert_cmpmem (whole->rgb + at, 3 * 96, painted->rgb + 3 * 96 * y, 3 * 96);
    g_assert_cmpmem (whole->deep + at, 6 * 96, painted->deep + 3 * 96 * y, 6 * 96);
  }
  for (int i = 0; i < 3 * 200 * 160; i++)
    g_assert_cmpint ((whole->deep[i] + 128) / 257, ==, whole->rgb[i]);
}

/* A picture of one colour stays so at any size; where its shape does not fit, so does what is around. */
static void
test_one_colour (void)
{
  for (int round = 0; round < 100; round++) {
    int image_width = within (16, 200), image_height = within (16, 200), value = within (0, 255);
    const LimnCrop box = { 0, 0, image_width, image_height };
    const LimnArea area = limn_area_around (&box, 0, image_width, image_height, 8 * within (8, 30), 8 * within (8, 30));
    g_autoptr (LimnImage) image = limn_image_new (image_width, image_height);

    memset (image->rgb, value, (gsize) 3 * image_width * image_height);
    g_autoptr (LimnImage) cut = limn_area_cut (&area, image), whole = limn_area_put (&area, cut, image);
    for (int i = 0; i < 3 * cut->width * cut->height; i++)
      g_assert_cmpint (cut->rgb[i], ==, value);
    g_assert_cmpmem (whole->rgb, 3 * image_width * image_height, image->rgb, 3 * image_width * image_height);
  }
}

/* A region covers of a part what it covers of that part of the picture. */
static void
test_regions (void)
{
  for (int round = 0; round < 200; round++) {
    int w = within (4, 40), h = within (4, 40), x = within (0, w - 2), y = within (0, h - 2);
    int part_w = within (1, w - x), part_h = within (1, h - y);
    g_autoptr (LimnRegion) region =
        limn_region_new (within (0, w - 1) / (double) w, within (0, h - 1) / (double) h, 0, 0);
    g_autofree float *all = g_new (float, w *h), *part = g_new0 (float, part_w *part_h);

    region->width = g_test_rand_double_range (0.01, 1 - region->x);
    region->height = g_test_rand_double_range (0.01, 1 - region->y);
    limn_region_cover (region, h, w, all);
    if (limn_region_cut (region, (double) x / w, (double) y / h, (double) part_w / w, (double) part_h / h))
      limn_region_cover (region, part_h, part_w, part);
    for (int i = 0; i < part_w * part_h; i++) {
      double of_all = (double) all[(y + i / part_w) * w + x + i % part_w];

      g_assert_true (fabs ((double) part[i] - of_all) < 1e-4);
    }
  }
}

/* The same of a drawn one, of which a mask's pixel is a pixel of the part. */
static void
test_drawn_regions (void)
{
  for (int round = 0; round < 50; round++) {
    int w = within (4, 30), h = within (4, 30), x = within (0, w / 2), y = within (0, h / 2);
    g_autoptr (LimnRegion) region = limn_region_new (0, 0, 1, 1);
    g_autofree guint8 *mask = g_malloc ((gsize) w * h);

    for (int i = 0; i < w * h; i++)
      mask[i] = (guint8) tests_toss ();
    region->mask_width = w;
    region->mask_height = h;
    region->mask = g_memdup2 (mask, (gsize) w * h);
    g_assert_true (limn_region_cut (region, (double) x / w, (double) y / h, 0.5, 0.5));
    for (int i = 0; i < w * h; i++)
      g_assert_cmpint (region->mask[i], ==, mask[(y + i / w / 2) * w + x + i % w / 2]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mask-area/box", test_box);
  g_test_add_func ("/mask-area/around", test_around);
  g_test_add_func ("/mask-area/known", test_known);
  g_test_add_func ("/mask-area/kept", test_kept);
  g_test_add_func ("/mask-area/same-size", test_same_size);
  g_test_add_func ("/mask-area/one-colour", test_one_colour);
  g_test_add_func ("/mask-area/regions", test_regions);
  g_test_add_func ("/mask-area/drawn-regions", test_drawn_regions);
  return g_test_run ();
}
