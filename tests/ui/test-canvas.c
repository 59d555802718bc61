/* test-canvas.c - zooming, previews, and before beside after, judged by the pixels that are drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "app/canvas/canvas-bar.h"
#include "app/canvas/canvas-enlarge.h"
#include "app/canvas/canvas-private.h"
#include "window-fixture.h"

/* ---- Arithmetic ---- */

static LimnCanvasView
view_of (double width, double height, double picture_width, double picture_height)
{
  LimnCanvasView view = { .width = width, .height = height, .margin = 24, .factor = 1 };

  view.picture_width = picture_width;
  view.picture_height = picture_height;
  return view;
}

static void
test_fit (void)
{
  LimnCanvasView view = view_of (848, 648, 1000, 300);
  graphene_rect_t rect = limn_canvas_view_rect (&view);

  g_assert_cmpfloat_with_epsilon (limn_canvas_view_scale (&view), 0.8, 1e-6);
  g_assert_cmpfloat_with_epsilon (rect.origin.x, 24, 1);
  g_assert_cmpfloat_with_epsilon (rect.origin.y, 204, 1);
  g_assert_cmpfloat_with_epsilon (rect.size.width, 800, 1e-3);

  /* a tiny one stays small, in the middle */
  for (int factor = 1; factor <= 2; factor++) {
    view = view_of (848, 648, 128, 96);
    view.factor = factor;
    rect = limn_canvas_view_rect (&view);
    g_assert_cmpfloat_with_epsilon (limn_canvas_view_zoom (&view), 3, 1e-6);
    g_assert_cmpfloat_with_epsilon (rect.origin.x + rect.size.width / 2, 424, 1);
    g_assert_cmpfloat_with_epsilon (rect.origin.y + rect.size.height / 2, 324, 1);
  }
}

/* The pixel under the pointer stays there, whatever is zoomed in what order. */
static void
test_zoom_at_pointer (void)
{
  static const double zooms[] = { 1.15, 2, 7, 31, 3.3, 1.9, 12 };

  for (int factor = 1; factor <= 2; factor++) {
    LimnCanvasView view = view_of (900, 700, 1024, 768);
    double x = 233, y = 411, before_x, before_y, after_x, after_y;

    view.factor = factor;
    for (guint i = 0; i < G_N_ELEMENTS (zooms); i++) {
      limn_canvas_view_to_picture (&view, x, y, &before_x, &before_y);
      limn_canvas_view_zoom_at (&view, zooms[i] * factor, x, y);
      limn_canvas_view_to_picture (&view, x, y, &after_x, &after_y);
      /* within what a device pixel is */
      g_assert_cmpfloat_with_epsilon (before_x, after_x, 1.01 / MIN (zooms[i], 0.8));
      g_assert_cmpfloat_with_epsilon (before_y, after_y, 1.01 / MIN (zooms[i], 0.8));
    }
  }
}

static void
test_pan (void)
{
  LimnCanvasView view = view_of (400, 400, 1000, 1000);
  double x, y;

  limn_canvas_view_pan (&view, 50, 50); /* fitted: stays */
  g_assert_cmpfloat (limn_canvas_view_rect (&view).origin.x, ==, 24);
  limn_canvas_view_zoom_at (&view, 2, 200, 200);
  limn_canvas_view_pan (&view, -100, -40);
  limn_canvas_view_to_picture (&view, 200, 200, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 550, 1);
  g_assert_cmpfloat_with_epsilon (y, 520, 1);
  limn_canvas_view_pan (&view, -1e6, 1e6); /* never lost */
  limn_canvas_view_to_picture (&view, 200, 200, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 1000, 1);
  g_assert_cmpfloat_with_epsilon (y, 0, 1);
}

/* ---- Resampling ---- */

static void
test_enlarge (void)
{
  g_autoptr (LimnImage) image = limn_image_new (8, 8);
  g_autoptr (LimnImage) large = NULL;
  int jump = 0;

  for (int i = 0; i < 64 * 3; i++)
    image->rgb[i] = (i / 3 + i / 24) % 2 ? 255 : 0; /* a chessboard: the worst there is */
  large = limn_canvas_enlarge (image, 8);
  g_assert_cmpint (large->width, ==, 64);
  for (int y = 0; y < 64; y++)
    for (int x = 1; x < 64; x++)
      jump = MAX (jump, ABS (large->rgb[(y * 64 + x) * 3] - large->rgb[(y * 64 + x - 1) * 3]));
  g_test_message ("neighbours differ by at most %d", jump);
  g_assert_cmpint (jump, <=, 24); /* blocks would jump by 255 */

  memset (image->rgb, 77, 64 * 3);
  g_clear_pointer (&large, limn_image_free);
  large = limn_canvas_enlarge (image, 5);
  for (int i = 0; i < 40 * 40 * 3; i++) /* one colour stays that colour, to the edge */
    g_assert_cmpint (large->rgb[i], ==, 77);
}

/* What the main loop does after each step. */
static void
test_enlarge_time (void)
{
  g_autoptr (LimnImage) image = limn_image_new (256, 256);
  g_autoptr (LimnImage) large = NULL;
  gint64 start;

  memset (image->rgb, 90, 256 * 256 * 3);
  start = g_get_monotonic_time ();
  large = limn_canvas_enlarge (image, 2);
  g_test_message ("256² to 512²: %.1f ms", (g_get_monotonic_time () - start) / 1e3);
  g_assert_cmpint (large->rgb[0], ==, 90);
}

static void
test_halve (void)
{
  g_autoptr (LimnImage) image = limn_image_new (5, 3);
  g_autoptr (LimnImage) half = NULL;

  for (int i = 0; i < 45; i++)
    image->rgb[i] = (guint8) (i * 5);
  half = limn_canvas_halve (image);
  g_assert_cmpint (half->width, ==, 2);
  g_assert_cmpint (half->height, ==, 1);
  g_assert_cmpint (half->rgb[0], ==, (0 + 15 + 75 + 90 + 2) / 4);
}

static void
test_magnify (void)
{
  g_autoptr (LimnImage) image = limn_image_new (16, 16);
  g_autoptr (LimnImage) seen = NULL;

  for (int i = 0; i < 16 * 16 * 3; i++)
    image->rgb[i] = (guint8) (i * 37);
  seen = limn_canvas_magnify (image, -13, 4, 5.5, 60, 50);
  for (int y = 0; y < 50; y++)
    for (int x = 0; x < 60; x++) {
      int from_x = (int) floor ((x + 0.5 + 13) / 5.5), from_y = MAX (0, (int) floor ((y + 0.5 - 4) / 5.5));

      g_assert_cmpmem (seen->rgb + (y * 60 + x) * 3, 3, image->rgb + (from_y * 16 + from_x) * 3, 3);
    }
}

/* ---- In the window ---- */

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 4, "new-seed", FALSE, NULL);
}

static void
generate (Fixture *fixture, guint64 seed)
{
  g_object_set (fixture->driver.settings, "seed", seed, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  window_driver_sleep (&fixture->driver, 500); /* the stack's transition and the fade */
}

/* The canvas as it is drawn, as the engine's pictures are. */
static LimnImage *
draw (Fixture *fixture)
{
  GtkWidget *widget = GTK_WIDGET (fixture->canvas);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  LimnImage *image = limn_image_new (width, height);
  g_autofree guint8 *pixels = g_malloc ((gsize) width * height * 4);
  g_autoptr (GdkTexture) texture = NULL;
  GskRenderNode *node;

  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 1 }, &GRAPHENE_RECT_INIT (0, 0, width, height));
  GTK_WIDGET_GET_CLASS (widget)->snapshot (widget, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), node,
                                         &GRAPHENE_RECT_INIT (0, 0, width, height));
  gsk_render_node_unref (node);
  gdk_texture_download (texture, pixels, (gsize) width * 4);
  for (gsize i = 0; i < (gsize) width * height; i++)
    for (int c = 0; c < 3; c++)
      image->rgb[i * 3 + c] = pixels[i * 4 + 2 - c];
  return image;
}

static const guint8 *
drawn_at (const LimnImage *drawn, Fixture *fixture, double x, double y)
{
  graphene_rect_t rect = limn_canvas_view_rect (&fixture->canvas->view);
  double scale = limn_canvas_view_scale (&fixture->canvas->view);
  int px = (int) floor (rect.origin.x + x * scale), py = (int) floor (rect.origin.y + y * scale);

  g_assert_cmpint (px, >=, 0);
  g_assert_cmpint (px, <, drawn->width);
  g_assert_cmpint (py, >=, 0);
  g_assert_cmpint (py, <, drawn->height);
  return drawn->rgb + ((gsize) py * drawn->width + px) * 3;
}

static void
assert_near (const guint8 *a, const guint8 *b, int tolerance)
{
  for (int c = 0; c < 3; c++)
    g_assert_cmpint (ABS (a[c] - b[c]), <=, tolerance);
}

/* From 400 % on, every pixel of the picture is a square of one colour. */
static void
test_crisp (Fixture *fixture, gconstpointer data)
{
  const LimnImage *image;
  g_autoptr (LimnImage) drawn = NULL;
  int n = 0;

  generate (fixture, 42);
  image = limn_picture_get_image (limn_window_get_picture (fixture->driver.window));
  limn_canvas_set_zoom (fixture->canvas, 8);
  drawn = draw (fixture);
  for (int y = 60; y < 68; y++)
    for (int x = 60; x < 68; x++)
      for (double dy = 0.07; dy < 1; dy += 0.28)
        for (double dx = 0.07; dx < 1; dx += 0.28, n++)
          assert_near (drawn_at (drawn, fixture, x + dx, y + dy), image->rgb + (y * 128 + x) * 3, 1);
  g_assert_cmpint (n, >, 500);
}

/* What is drawn under the pointer is there after zooming, too. */
static void
test_zoom_drawn (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) before = NULL;
  g_autoptr (LimnImage) after = NULL;
  LimnCanvasBar *bar = LIMN_CANVAS_BAR (window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_CANVAS_BAR));
  gsize i;

  generate (fixture, 42);
  limn_canvas_set_zoom (fixture->canvas, 4);
  before = draw (fixture);
  fixture->canvas->pointer_inside = TRUE;
  fixture->canvas->pointer_x = before->width / 2 - 70;
  fixture->canvas->pointer_y = before->height / 2 + 31;
  i = ((gsize) fixture->canvas->pointer_y * before->width + (gsize) fixture->canvas->pointer_x) * 3;
  g_assert_true (limn_canvas_take_key (fixture->canvas, GDK_KEY_plus, 0));
  g_assert_true (limn_canvas_take_key (fixture->canvas, GDK_KEY_plus, 0));
  g_assert_cmpfloat_with_epsilon (limn_canvas_get_shown_zoom (fixture->canvas), 6.25, 1e-6);
  g_assert_cmpstr (limn_canvas_bar_get_text (bar), ==, "625 %");
  after = draw (fixture);
  assert_near (before->rgb + i, after->rgb + i, 6);
  limn_canvas_take_key (fixture->canvas, GDK_KEY_1, 0);
  g_assert_cmpstr (limn_canvas_bar_get_text (bar), ==, "100 %");
  limn_canvas_take_key (fixture->canvas, GDK_KEY_0, 0);
  g_assert_cmpfloat (limn_canvas_get_shown_zoom (fixture->canvas), >, 2);
  g_assert_false (limn_canvas_take_key (fixture->canvas, GDK_KEY_1, GDK_CONTROL_MASK));
}

typedef struct {
  LimnCanvas *canvas;
  int n;
} Fades;

static void
fade_cb (LimnSession *session, int step, int steps, const LimnImage *image, Fades *fades)
{
  fades->n += fades->canvas->fading != NULL;
}

/* Steps fade into one another, and do not where nothing is to move. */
static void
test_fades (Fixture *fixture, gconstpointer data)
{
  Fades fades = { fixture->canvas };

  g_signal_connect_after (fixture->driver.session, "preview", G_CALLBACK (fade_cb), &fades);
  fixture->fake.step_us = 300000;
  fixture->fake.lockstep = TRUE;
  fake_engine_set (&fixture->fake);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  generate (fixture, 42);
  g_assert_cmpint (fixture->previews, ==, 4);
  g_assert_cmpint (fades.n, >=, 2);
  g_assert_null (fixture->canvas->fading); /* it ended */

  fades.n = 0;
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  generate (fixture, 43);
  g_assert_cmpint (fades.n, ==, 0);
  g_signal_handlers_disconnect_by_data (fixture->driver.session, &fades);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
}

static void
test_before_after (Fixture *fixture, gconstpointer data)
{
  GActionGroup *actions = G_ACTION_GROUP (fixture->driver.window);
  g_autoptr (LimnPicture) first = NULL;
  g_autoptr (LimnImage) drawn = NULL;
  const LimnImage *before, *after;

  generate (fixture, 3);
  g_assert_false (g_action_group_get_action_enabled (actions, "before-after"));
  first = g_object_ref (limn_window_get_picture (fixture->driver.window));
  generate (fixture, 50);
  before = limn_picture_get_image (first);
  after = limn_picture_get_image (limn_window_get_picture (fixture->driver.window));
  window_driver_activate (&fixture->driver, "before-after");
  limn_canvas_set_zoom (fixture->canvas, 4);
  drawn = draw (fixture);
  assert_near (drawn_at (drawn, fixture, 50.5, 64.5), before->rgb + (64 * 128 + 50) * 3, 1);
  assert_near (drawn_at (drawn, fixture, 80.5, 64.5), after->rgb + (64 * 128 + 80) * 3, 1);
  g_assert_cmpint (memcmp (before->rgb, after->rgb, 128 * 128 * 3), !=, 0);
  window_driver_activate (&fixture->driver, "before-after");
  g_clear_pointer (&drawn, limn_image_free);
  drawn = draw (fixture);
  assert_near (drawn_at (drawn, fixture, 50.5, 64.5), after->rgb + (64 * 128 + 50) * 3, 1);
}

static gboolean
can_compare (WindowDriver *driver, gpointer data)
{
  return ((Fixture *) data)->canvas->before != NULL;
}

/* Where there is a picture to start from, that is the one before. */
static void
test_before_source (Fixture *fixture, gconstpointer data)
{
  LimnImage *image = limn_image_new (128, 128);
  g_autoptr (LimnSource) source = limn_source_new (image, NULL);
  g_autoptr (LimnImage) drawn = NULL;

  memset (image->rgb, 0, 128 * 128 * 3);
  for (int i = 0; i < 128 * 128; i++)
    image->rgb[i * 3 + 1] = 200;
  g_object_set (fixture->driver.settings, "source", source, NULL);
  generate (fixture, 3);
  window_driver_wait (&fixture->driver, "the picture before", can_compare, fixture);
  limn_canvas_set_zoom (fixture->canvas, 4);
  limn_canvas_hold_compare (fixture->canvas, TRUE);
  drawn = draw (fixture);
  assert_near (drawn_at (drawn, fixture, 50.5, 64.5), image->rgb, 1);
  limn_canvas_hold_compare (fixture->canvas, FALSE);
}

/* The line between the two is dragged. */
static void
test_divider (Fixture *fixture, gconstpointer data)
{
  LimnCanvas *canvas = fixture->canvas;
  graphene_rect_t rect;

  generate (fixture, 3);
  generate (fixture, 50);
  limn_canvas_set_compare (canvas, TRUE);
  rect = limn_canvas_view_rect (&canvas->view);
  limn_canvas_drag_begin (canvas, 1, rect.origin.x + rect.size.width / 2, rect.origin.y + 40, 1, FALSE);
  limn_canvas_drag_to (canvas, rect.origin.x + rect.size.width / 4, rect.origin.y + 40, 1);
  limn_canvas_drag_end (canvas);
  g_assert_cmpfloat_with_epsilon (canvas->divider, 0.25, 0.01);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, window_fixture_close);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  g_test_add_func ("/canvas/view/fit", test_fit);
  g_test_add_func ("/canvas/view/zoom-at-pointer", test_zoom_at_pointer);
  g_test_add_func ("/canvas/view/pan", test_pan);
  g_test_add_func ("/canvas/enlarge", test_enlarge);
  g_test_add_func ("/canvas/enlarge-time", test_enlarge_time);
  g_test_add_func ("/canvas/halve", test_halve);
  g_test_add_func ("/canvas/magnify", test_magnify);
  add ("/canvas/window/crisp", test_crisp);
  add ("/canvas/window/zoom-drawn", test_zoom_drawn);
  add ("/canvas/window/fades", test_fades);
  add ("/canvas/window/before-after", test_before_after);
  add ("/canvas/window/before-source", test_before_source);
  add ("/canvas/window/divider", test_divider);
  return g_test_run ();
}
