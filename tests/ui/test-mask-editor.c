/* test-mask-editor.c - strokes, their history, and masks of other sizes, pixel by pixel; no window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/canvas/mask-editor.h"
#include "app/canvas/mask-place.h"

/* ---- Strokes ---- */

static guint8
at (LimnMaskEditor *editor, int x, int y)
{
  return limn_mask_editor_get_pixels (editor)[y * limn_mask_editor_get_width (editor) + x];
}

static LimnMaskEditor *
editor_new (int width, int height, double size, double feather)
{
  LimnMaskEditor *editor = limn_mask_editor_new ();

  limn_mask_editor_reset (editor, width, height, NULL);
  g_object_set (editor, "brush-size", size, "brush-feather", feather, NULL);
  return editor;
}

static void
stroke (LimnMaskEditor *editor, double x0, double y0, double x1, double y1, gboolean erase)
{
  limn_mask_editor_begin_stroke (editor, x0, y0, 1, erase);
  limn_mask_editor_stroke_to (editor, x1, y1, 1);
  limn_mask_editor_end_stroke (editor);
}

static void
test_stroke (void)
{
  g_autoptr (LimnMaskEditor) editor = editor_new (64, 64, 20, 0);

  stroke (editor, 20, 32, 44, 32, FALSE);
  g_assert_cmpint (at (editor, 20, 32), ==, 255);
  g_assert_cmpint (at (editor, 32, 32), ==, 255);
  g_assert_cmpint (at (editor, 32, 23), ==, 255); /* 8.5 from the line, of 10 */
  g_assert_cmpint (at (editor, 32, 20), ==, 0);
  g_assert_cmpint (at (editor, 12, 32), ==, 255);
  g_assert_cmpint (at (editor, 8, 32), ==, 0);
  g_assert_false (limn_mask_editor_is_empty (editor));

  stroke (editor, 32, 0, 32, 64, TRUE);
  g_assert_cmpint (at (editor, 32, 32), ==, 0);
  g_assert_cmpint (at (editor, 14, 32), ==, 255);

  limn_mask_editor_undo (editor);
  g_assert_cmpint (at (editor, 32, 32), ==, 255);
  limn_mask_editor_undo (editor);
  g_assert_true (limn_mask_editor_is_empty (editor));
  g_assert_false (limn_mask_editor_can_undo (editor));
  limn_mask_editor_redo (editor);
  limn_mask_editor_redo (editor);
  g_assert_cmpint (at (editor, 32, 32), ==, 0);
  g_assert_cmpint (at (editor, 14, 32), ==, 255);
  g_assert_false (limn_mask_editor_can_redo (editor));
}

/* The edge of a hard brush is antialiased, and only it. */
static void
test_antialiased (void)
{
  g_autoptr (LimnMaskEditor) editor = editor_new (64, 64, 41, 0);
  int between = 0;

  stroke (editor, 32, 32, 32, 32, FALSE);
  for (int y = 0; y < 64; y++)
    for (int x = 0; x < 64; x++)
      between += at (editor, x, y) > 0 && at (editor, x, y) < 255;
  g_assert_cmpint (between, >, 60);
  g_assert_cmpint (between, <, 220);
}

static void
test_feather (void)
{
  g_autoptr (LimnMaskEditor) soft = editor_new (128, 128, 100, 1);
  g_autoptr (LimnMaskEditor) half = editor_new (128, 128, 100, 0.5);

  stroke (soft, 64, 64, 64, 64, FALSE);
  for (int x = 64; x < 116; x++)
    g_assert_cmpint (at (soft, x, 64), >=, at (soft, x + 1, 64));
  g_assert_cmpint (at (soft, 64, 64), >, 250);
  g_assert_cmpint (at (soft, 89, 64), >, 96);
  g_assert_cmpint (at (soft, 89, 64), <, 160);
  g_assert_cmpint (at (soft, 116, 64), ==, 0);

  stroke (half, 64, 64, 64, 64, FALSE);
  g_assert_cmpint (at (half, 87, 64), ==, 255); /* the inner half is hard */
  g_assert_cmpint (at (half, 100, 64), <, 255);
  g_assert_cmpint (at (half, 100, 64), >, 0);
}

/* A soft stroke that crosses itself is not denser there; a second stroke is. */
static void
test_no_buildup (void)
{
  g_autoptr (LimnMaskEditor) editor = editor_new (128, 128, 60, 1);
  int once, again;

  limn_mask_editor_begin_stroke (editor, 30, 64, 1, FALSE);
  limn_mask_editor_stroke_to (editor, 100, 64, 1);
  once = at (editor, 64, 80);
  for (int i = 0; i < 20; i++)
    limn_mask_editor_stroke_to (editor, i % 2 ? 100 : 30, 64, 1);
  g_assert_cmpint (at (editor, 64, 80), ==, once);
  limn_mask_editor_end_stroke (editor);
  stroke (editor, 30, 64, 100, 64, FALSE);
  again = at (editor, 64, 80);
  g_assert_cmpint (again, >, once);
  g_assert_cmpint (again, <=, 255);
}

static void
test_pressure (void)
{
  g_autoptr (LimnMaskEditor) editor = editor_new (128, 128, 60, 0);

  limn_mask_editor_begin_stroke (editor, 20, 64, 0, FALSE);
  limn_mask_editor_stroke_to (editor, 100, 64, 1);
  limn_mask_editor_end_stroke (editor);
  g_assert_cmpint (at (editor, 20, 80), ==, 0); /* thin where the pen began */
  g_assert_cmpint (at (editor, 100, 80), ==, 255);
}

static void
test_whole (void)
{
  g_autoptr (LimnMaskEditor) editor = editor_new (32, 32, 8, 0);
  g_autoptr (LimnMask) mask = NULL;

  stroke (editor, 16, 16, 16, 16, FALSE);
  limn_mask_editor_invert (editor);
  g_assert_cmpint (at (editor, 16, 16), ==, 0);
  g_assert_cmpint (at (editor, 0, 0), ==, 255);
  limn_mask_editor_fill (editor, 255);
  g_assert_cmpint (at (editor, 16, 16), ==, 255);
  mask = limn_mask_editor_copy_mask (editor);
  g_assert_nonnull (mask);
  limn_mask_editor_fill (editor, 0);
  g_assert_null (limn_mask_editor_copy_mask (editor));
  g_assert_cmpint (limn_mask_get_pixels (mask)[0], ==, 255); /* copies do not change */
  limn_mask_editor_undo (editor);
  limn_mask_editor_undo (editor);
  limn_mask_editor_undo (editor);
  g_assert_cmpint (at (editor, 16, 16), ==, 255);
  g_assert_cmpint (at (editor, 0, 0), ==, 0);
}

static void
test_cancelled (void)
{
  g_autoptr (LimnMaskEditor) editor = editor_new (32, 32, 8, 0);

  limn_mask_editor_begin_stroke (editor, 16, 16, 1, FALSE);
  limn_mask_editor_cancel_stroke (editor);
  g_assert_true (limn_mask_editor_is_empty (editor));
  g_assert_false (limn_mask_editor_can_undo (editor));
  stroke (editor, -100, -100, -50, -50, FALSE); /* beside the picture */
  g_assert_false (limn_mask_editor_can_undo (editor));
  stroke (editor, 8, 8, 8, 8, FALSE);
  g_assert_cmpint (at (editor, 16, 16), ==, 0); /* nothing of the cancelled one is left */
}

static void
test_history_bounded (void)
{
  g_autoptr (LimnMaskEditor) editor = editor_new (2048, 2048, 8, 0);
  int undone = 0;

  for (int i = 0; i < 40; i++)
    limn_mask_editor_invert (editor);
  while (limn_mask_editor_can_undo (editor)) {
    limn_mask_editor_undo (editor);
    undone++;
  }
  g_assert_cmpint (undone, >=, 10);
  g_assert_cmpint (undone, <=, 16); /* 64 MiB of 4 MiB each */
}

/* ---- Places ---- */

static void
test_move (void)
{
  LimnMaskPlace from = { 64, 64, -32, 0, 1, 1 }, to = { 128, 64, 0, 0, 1, 1 }, away = { 64, 64, -96, 0, 1, 1 };
  guint8 *pixels = g_malloc0 (64 * 64);
  g_autoptr (LimnMask) mask = NULL;
  g_autoptr (LimnMask) moved = NULL;
  g_autoptr (LimnMask) gone = NULL;
  gboolean lost;

  /* output 10, 20 shows the source's 42, 20 */
  pixels[20 * 64 + 10] = 200;
  mask = limn_mask_new (64, 64, pixels);
  moved = limn_mask_place_move (mask, &from, &to, &lost);
  g_assert_false (lost);
  g_assert_cmpint (limn_mask_get_pixels (moved)[20 * 128 + 42], ==, 200);
  g_assert_cmpint (limn_mask_get_pixels (moved)[20 * 128 + 10], ==, 0);
  gone = limn_mask_place_move (mask, &from, &away, &lost);
  g_assert_true (lost);
  g_assert_true (limn_mask_is_empty (gone));
}

static void
test_move_time (void)
{
  LimnMaskPlace from = { 2048, 2048, 0, 0, 1, 1 }, to = { 2048, 2048, -300.5, 11.25, 1.1, 1.1 };
  guint8 *pixels = g_malloc (2048 * 2048);
  g_autoptr (LimnMask) mask = NULL;
  g_autoptr (LimnMask) moved = NULL;
  gint64 start;

  memset (pixels, 200, 2048 * 2048);
  mask = limn_mask_new (2048, 2048, pixels);
  start = g_get_monotonic_time ();
  moved = limn_mask_place_move (mask, &from, &to, NULL);
  g_test_message ("a mask of 2048² follows the picture in %.1f ms", (g_get_monotonic_time () - start) / 1e3);
  g_assert_cmpint (limn_mask_get_pixels (moved)[1000 * 2048 + 1000], ==, 200);
}

static void
test_scale (void)
{
  guint8 *pixels = g_malloc (16 * 16);
  g_autoptr (LimnMask) mask = NULL;
  g_autoptr (LimnMask) large = NULL;

  memset (pixels, 255, 16 * 16);
  mask = limn_mask_new (16, 16, pixels);
  large = limn_mask_scale (mask, 48, 24, FALSE);
  for (int i = 0; i < 48 * 24; i++) /* also at its very edges */
    g_assert_cmpint (limn_mask_get_pixels (large)[i], ==, 255);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mask/editor/stroke", test_stroke);
  g_test_add_func ("/mask/editor/antialiased", test_antialiased);
  g_test_add_func ("/mask/editor/feather", test_feather);
  g_test_add_func ("/mask/editor/no-buildup", test_no_buildup);
  g_test_add_func ("/mask/editor/pressure", test_pressure);
  g_test_add_func ("/mask/editor/whole", test_whole);
  g_test_add_func ("/mask/editor/cancelled", test_cancelled);
  g_test_add_func ("/mask/editor/history-bounded", test_history_bounded);
  g_test_add_func ("/mask/place/move", test_move);
  g_test_add_func ("/mask/place/scale", test_scale);
  g_test_add_func ("/mask/place/time", test_move_time);
  return g_test_run ();
}
