/* test-paint-layer.c - paint over a picture: what strokes leave is the formula's, and undoing them restores every byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/paint-layer.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 97, HEIGHT = 71, BYTES = 4 * WIDTH * HEIGHT };

static double
any (double from, double to)
{
  return g_test_rand_double_range (from, to);
}

static guint8
any_byte (void)
{
  return (guint8) g_test_rand_int_range (0, 256);
}

static LimnPaintBrush
any_brush (void)
{
  return (LimnPaintBrush){ .color = { any_byte (), any_byte (), any_byte () },
                           .radius = any (0.5, 20),
                           .opacity = any (0.1, 1),
                           .feather = any (0, 1),
                           .erases = g_test_rand_int_range (0, 4) == 0,
                           .by_size = g_test_rand_bit (),
                           .by_alpha = g_test_rand_bit () };
}

/* Some of it, or all, is beside the layer. */
static void
any_stroke (LimnPaint *paint)
{
  LimnPaintBrush brush = any_brush ();

  limn_paint_begin (paint, &brush, any (-30, WIDTH + 30), any (-30, HEIGHT + 30), any (0, 1));
  for (int i = g_test_rand_int_range (0, 6); i > 0; i--)
    limn_paint_go (paint, any (-30, WIDTH + 30), any (-30, HEIGHT + 30), any (0, 1));
}

/* Undone as often as can be there is no paint; done again, each layer is to the byte as it was.  Strokes that touch
 * nothing are no steps. */
static void
test_undo (void)
{
  for (int i = 0; i < 20; i++) {
    g_autoptr (LimnPaint) paint = limn_paint_new (WIDTH, HEIGHT);
    g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func (g_free);

    g_ptr_array_add (layers, g_memdup2 (limn_paint_pixels (paint), BYTES));
    g_assert_false (limn_paint_undo (paint));
    for (int k = 0; k < 12; k++) {
      any_stroke (paint);
      g_assert_false (limn_paint_undo (paint));
      if (k % 4 == 3) {
        limn_paint_cancel (paint);
        g_assert_cmpmem (limn_paint_pixels (paint), BYTES, layers->pdata[layers->len - 1], BYTES);
        continue;
      }
      limn_paint_end (paint);
      if (k == 6)
        limn_paint_clear (paint);
      g_ptr_array_add (layers, g_memdup2 (limn_paint_pixels (paint), BYTES));
      if (k == 6)
        g_assert_true (limn_paint_undo (paint) && limn_paint_redo (paint));
    }
    for (guint turn = 0; turn < 2; turn++) {
      int undone = 0, redone = 0;

      while (limn_paint_undo (paint))
        undone++;
      g_assert_cmpmem (limn_paint_pixels (paint), BYTES, layers->pdata[0], BYTES);
      for (guint at = 1; limn_paint_redo (paint); redone++)
        while (at < layers->len && memcmp (limn_paint_pixels (paint), layers->pdata[at], BYTES) == 0)
          at++;
      g_assert_cmpint (undone, ==, redone);
      g_assert_cmpint (undone, >, 0);
      g_assert_cmpmem (limn_paint_pixels (paint), BYTES, layers->pdata[layers->len - 1], BYTES);
    }
    /* what is painted after an undoing has no way on */
    g_assert_true (limn_paint_undo (paint));
    limn_paint_clear (paint);
    g_assert_false (limn_paint_redo (paint));
  }
}

/* A hard, wide dab's middle has the brush's opacity alone, so what is there afterwards is known: over, and out. */
static void
test_formula (void)
{
  double before[4] = { 0 };
  g_autoptr (LimnPaint) paint = limn_paint_new (WIDTH, HEIGHT);

  for (int i = 0; i < 3000; i++) {
    LimnPaintBrush brush = any_brush ();
    const guint8 *pixel = limn_paint_pixels (paint) + 4 * (35 * WIDTH + 48);
    double density = rint (255 * brush.opacity) / 255, alpha;

    for (int c = 0; c < 4; c++)
      before[c] = pixel[c] / 255.0;
    brush.radius = 8;
    brush.feather = 0;
    limn_paint_begin (paint, &brush, 48.5, 35.5, 1);
    limn_paint_end (paint);
    alpha = before[3] * (1 - density) + (brush.erases ? 0 : density);
    g_assert_cmpfloat_with_epsilon (pixel[3] / 255.0, alpha, 0.5001 / 255);
    for (int c = 0; c < 3 && !brush.erases; c++) {
      double color = (brush.color[c] / 255.0 * density + before[c] * before[3] * (1 - density)) / alpha;
      g_assert_cmpfloat_with_epsilon (pixel[c] / 255.0, color, 0.5001 / 255);
    }
  }
}

static void
test_over (void)
{
  g_autoptr (LimnPaint) paint = limn_paint_new (WIDTH, HEIGHT);
  g_autoptr (LimnImage) picture = limn_image_new (WIDTH, HEIGHT);

  for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
    picture->rgb[i] = any_byte ();
  for (int i = 0; i < 8; i++) {
    any_stroke (paint);
    limn_paint_end (paint);
    g_autoptr (LimnImage) all = limn_paint_over (paint, picture);
    for (int k = 0; k < 3 * WIDTH * HEIGHT; k++) {
      const guint8 *pixel = limn_paint_pixels (paint) + 4 * (k / 3);
      double alpha = pixel[3] / 255.0;
      g_assert_cmpint (all->rgb[k], ==, (int) rint (pixel[k % 3] * alpha + picture->rgb[k] * (1 - alpha)));
    }
  }
}

/* The same way with few points and with many: a byte's rounding apart. */
static void
test_points (void)
{
  for (int i = 0; i < 60; i++) {
    g_autoptr (LimnPaint) few = limn_paint_new (WIDTH, HEIGHT), many = limn_paint_new (WIDTH, HEIGHT);
    LimnPaintBrush brush = any_brush ();
    double x = any (0, WIDTH), y = any (0, HEIGHT), pressure = any (0, 1);

    brush.erases = FALSE;
    limn_paint_begin (few, &brush, x, y, pressure);
    limn_paint_begin (many, &brush, x, y, pressure);
    for (int k = 0; k < 4; k++) {
      double to_x = any (0, WIDTH), to_y = any (0, HEIGHT), to = any (0, 1);
      int n = g_test_rand_int_range (1, 200);

      limn_paint_go (few, to_x, to_y, to);
      for (int j = 1; j <= n; j++)
        limn_paint_go (many, x + (to_x - x) * j / n, y + (to_y - y) * j / n, pressure + (to - pressure) * j / n);
      limn_paint_go (many, to_x, to_y, to);
      x = to_x, y = to_y, pressure = to;
    }
    for (int k = 3; k < BYTES; k += 4)
      g_assert_cmpint (ABS (limn_paint_pixels (few)[k] - limn_paint_pixels (many)[k]), <=, 1);
  }
}

/* Nothing changes beside what was said to be looked at, nor farther from the way than the brush reaches; all nearer is
 * painted. */
static void
test_extent (void)
{
  for (int i = 0; i < 60; i++) {
    g_autoptr (LimnPaint) paint = limn_paint_new (WIDTH, HEIGHT);
    LimnPaintBrush brush = { .color = { 10, 200, 30 }, .radius = any (2, 12), .opacity = 1 };
    double x0 = any (0, WIDTH), y0 = any (0, HEIGHT), dx = any (-60, 60), dy = any (-60, 60);
    LimnCrop a = limn_paint_begin (paint, &brush, x0, y0, 1), b = limn_paint_go (paint, x0 + dx, y0 + dy, 1);

    limn_paint_end (paint);
    for (int k = 0; k < WIDTH * HEIGHT; k++) {
      int x = k % WIDTH, y = k / WIDTH;
      double along = ((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / (dx * dx + dy * dy);
      double t = CLAMP (along, 0, 1), far = hypot (x + 0.5 - x0 - t * dx, y + 0.5 - y0 - t * dy);
      const guint8 *pixel = limn_paint_pixels (paint) + 4 * k;
      gboolean in_a = x >= a.x && y >= a.y && x < a.x + a.width && y < a.y + a.height;
      gboolean in_b = x >= b.x && y >= b.y && x < b.x + b.width && y < b.y + b.height;

      if (pixel[3] != 0)
        g_assert_true (in_a || in_b);
      if (far > brush.radius + 0.51)
        g_assert_cmpint (pixel[3], ==, 0);
      /* the last dab may be a spacing short of the end */
      if (far < brush.radius - 0.6 - 0.1 * brush.radius)
        g_assert_cmpint (pixel[3], ==, 255);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/paint-layer/undo", test_undo);
  g_test_add_func ("/paint-layer/formula", test_formula);
  g_test_add_func ("/paint-layer/over", test_over);
  g_test_add_func ("/paint-layer/points", test_points);
  g_test_add_func ("/paint-layer/extent", test_extent);
  return g_test_run ();
}
