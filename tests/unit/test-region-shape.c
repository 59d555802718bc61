/* test-region-shape.c - regions that are painted: what a stroke covers is of them, and nothing else changes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/region-shape.h"

#include <math.h>
#include <string.h>

static double
any (double from, double to)
{
  return g_test_rand_double_range (from, to);
}

static LimnRegion *
any_region (void)
{
  double x = any (0, 0.7), y = any (0, 0.7);

  return limn_region_new (x, y, any (0.1, 1 - x), any (0.1, 1 - y));
}

/* How far a point is from a stroke's line, in widths of the picture, by trying many of its points. */
static double
distance (const LimnRegionStroke *stroke, double x, double y)
{
  double least = G_MAXDOUBLE;

  for (int i = 0; i <= 2000; i++) {
    double dx = x - (stroke->x0 + (stroke->x1 - stroke->x0) * i / 2000);
    double dy = (y - (stroke->y0 + (stroke->y1 - stroke->y0) * i / 2000)) / stroke->aspect;
    least = MIN (least, hypot (dx, dy));
  }
  return least;
}

static gboolean
is_in (const LimnRegion *region, double x, double y)
{
  if (x < region->x || y < region->y || x >= region->x + region->width || y >= region->y + region->height)
    return FALSE;
  return region->mask == NULL
         || region->mask[(int) (y * region->mask_height) * region->mask_width + (int) (x * region->mask_width)] != 0;
}

/* At the middles of pixels that are not at an edge of the stroke. */
static void
test_strokes (void)
{
  for (int i = 0; i < 40; i++) {
    g_autoptr (LimnRegion) region = any_region (), before = NULL;
    double aspect = exp (any (-1.2, 1.2));

    for (int k = 0; k < 4; k++) {
      LimnRegionStroke stroke = { any (-0.2, 1.2), any (-0.2, 1.2), any (-0.2, 1.2),   any (-0.2, 1.2),
                                  any (0.01, 0.2), aspect,          g_test_rand_bit () };

      if (k == 0)
        stroke.x1 = stroke.x0, stroke.y1 = stroke.y0;
      limn_region_free (before);
      before = limn_region_copy (region);
      limn_region_paint (region, &stroke);
      g_assert_cmpint (MAX (region->mask_width, region->mask_height), ==, LIMN_REGION_SHAPE);
      g_assert_cmpfloat_with_epsilon ((double) region->mask_width / region->mask_height / aspect, 1, 0.02);
      for (int n = 0; n < 300; n++) {
        int px = g_test_rand_int_range (0, region->mask_width), py = g_test_rand_int_range (0, region->mask_height);
        double x = (px + 0.5) / region->mask_width, y = (py + 0.5) / region->mask_height;
        double far = distance (&stroke, x, y);

        if (fabs (far - stroke.radius) < 0.002)
          continue;
        g_assert_cmpint (is_in (region, x, y), ==, far < stroke.radius ? !stroke.erases : is_in (before, x, y));
      }
      if (!limn_region_fit (region))
        break;
    }
  }
}

/* What is fit is no larger than what is there, and as much; a mask of nothing stays. */
static void
test_fit (void)
{
  for (int i = 0; i < 100; i++) {
    g_autoptr (LimnRegion) region = any_region ();
    const LimnRegionStroke stroke = { any (0, 1), any (0, 1), any (0, 1), any (0, 1), any (0.01, 0.3), 1.5, TRUE };
    float before[64 * 64], after[64 * 64];

    limn_region_paint (region, &stroke);
    limn_region_cover (region, 64, 64, before);
    gboolean left = limn_region_fit (region);
    limn_region_cover (region, 64, 64, after);
    double sum = 0;
    for (int k = 0; k < 64 * 64; k++) {
      g_assert_cmpfloat_with_epsilon (before[k], after[k], 1e-5);
      sum += after[k];
    }
    g_assert_cmpint (left, ==, sum > 0);
    if (!left)
      continue;
    g_autoptr (LimnRegion) again = limn_region_copy (region);
    g_assert_true (limn_region_fit (again));
    g_assert_cmpfloat_with_epsilon (again->x, region->x, 1e-9);
    g_assert_cmpfloat_with_epsilon (again->width, region->width, 1e-9);
  }
}

/* Moved by whole pixels and back, the mask is to the bit as before; what is in it is where it was moved to. */
static void
test_moved (void)
{
  for (int i = 0; i < 60; i++) {
    g_autoptr (LimnRegion) region = limn_region_new (0.3, 0.3, 0.3, 0.3), before = NULL, there = NULL;
    const LimnRegionStroke stroke = { any (0.3, 0.6), any (0.3, 0.6), any (0.3, 0.6), any (0.3, 0.6), 0.05, 1, TRUE };
    double dx = g_test_rand_int_range (-40, 41) / 256.0, dy = g_test_rand_int_range (-40, 41) / 256.0;

    limn_region_paint (region, &stroke);
    g_assert_true (limn_region_fit (region));
    before = limn_region_copy (region);
    limn_region_move (region, before, before->x + dx, before->y + dy, before->width, before->height);
    for (int n = 0; n < 200; n++) {
      double x = (g_test_rand_int_range (60, 196) + 0.5) / 256, y = (g_test_rand_int_range (60, 196) + 0.5) / 256;
      g_assert_cmpint (is_in (region, x + dx, y + dy), ==, is_in (before, x, y));
    }
    there = limn_region_copy (region);
    limn_region_move (region, there, before->x, before->y, before->width, before->height);
    g_assert_cmpmem (region->mask, 256 * 256, before->mask, 256 * 256);
    /* no rectangle at all leaves what there is */
    limn_region_move (region, before, 0.5, 0.5, 0, 0.2);
    g_assert_cmpmem (region->mask, 256 * 256, before->mask, 256 * 256);
  }
}

/* What is painted can be written and read. */
static void
test_written (void)
{
  g_autoptr (GPtrArray) regions = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_region_free);

  for (int i = 0; i < 8; i++) {
    LimnRegion *region = any_region ();
    const LimnRegionStroke stroke = { any (0, 1), any (0, 1), any (0, 1), any (0, 1), 0.05, exp (any (-2, 2)), FALSE };

    region->prompt = (g_free (region->prompt), g_strdup ("a cat"));
    limn_region_paint (region, &stroke);
    g_assert_true (limn_region_fit (region));
    g_ptr_array_add (regions, region);
  }
  g_autofree char *text = limn_regions_write (regions);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) again = limn_regions_read (text, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < regions->len; i++) {
    const LimnRegion *a = regions->pdata[i], *b = again->pdata[i];

    g_assert_cmpint (a->mask_width, ==, b->mask_width);
    g_assert_cmpmem (a->mask, (gsize) a->mask_width * a->mask_height, b->mask, (gsize) b->mask_width * b->mask_height);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/region-shape/strokes", test_strokes);
  g_test_add_func ("/region-shape/fit", test_fit);
  g_test_add_func ("/region-shape/moved", test_moved);
  g_test_add_func ("/region-shape/written", test_written);
  return g_test_run ();
}
