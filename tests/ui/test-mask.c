/* test-mask.c - painting a mask and extending the canvas, judged by pixels: of the mask, of the settings, of saved
 * files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <string.h>

#include "app/canvas/canvas-private.h"
#include "app/canvas/mask-place.h"
#include "common/own-time.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 4, NULL);
}

static const LimnSettingsValues *
values (Fixture *fixture)
{
  return limn_settings_values (fixture->driver.settings);
}

static guint8
mask_at (Fixture *fixture, int x, int y)
{
  LimnMask *mask = values (fixture)->mask;

  g_assert_nonnull (mask);
  g_assert_cmpint (limn_mask_get_width (mask), ==, values (fixture)->width);
  g_assert_cmpint (limn_mask_get_height (mask), ==, values (fixture)->height);
  return limn_mask_get_pixels (mask)[y * limn_mask_get_width (mask) + x];
}

/* Every pixel another colour. */
static void
set_source (Fixture *fixture, int width, int height)
{
  LimnImage *image = limn_image_new (width, height);
  g_autoptr (LimnSource) source = NULL;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      guint8 *pixel = image->rgb + ((gsize) y * width + x) * 3;

      pixel[0] = (guint8) x;
      pixel[1] = (guint8) y;
      pixel[2] = (guint8) (x * 3 + y * 7);
    }
  source = limn_source_new (image, "source");
  g_object_set (fixture->driver.settings, "source", source, NULL);
}

static gboolean
has_base (WindowDriver *driver, gpointer data)
{
  return ((Fixture *) data)->canvas->base != NULL;
}

static void
enter (Fixture *fixture)
{
  window_driver_activate (&fixture->driver, "edit-mask");
  window_driver_wait (&fixture->driver, "the picture under the brush", has_base, fixture);
  window_driver_sleep (&fixture->driver, 50); /* the canvas has its size */
}

/* As with a mouse: from one pixel of the picture to another. */
static void
drag (Fixture *fixture, guint button, double x0, double y0, double x1, double y1)
{
  LimnCanvas *canvas = fixture->canvas;
  graphene_rect_t rect = limn_canvas_view_rect (&canvas->view);
  double scale = limn_canvas_view_scale (&canvas->view);

  limn_canvas_drag_begin (canvas, button, rect.origin.x + x0 * scale, rect.origin.y + y0 * scale, 1, FALSE);
  limn_canvas_drag_to (canvas, rect.origin.x + x1 * scale, rect.origin.y + y1 * scale, 1);
  limn_canvas_drag_end (canvas);
}

static void
generate (Fixture *fixture)
{
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static LimnImage *
load_saved (Fixture *fixture)
{
  LimnPicture *picture = limn_window_get_picture (fixture->driver.window);
  GError *error = NULL;
  LimnImage *image;

  g_assert_nonnull (picture);
  image = limn_image_load_png (limn_picture_get_path (picture), NULL, &error);
  g_assert_no_error (error);
  return image;
}

static void
test_paint (Fixture *fixture, gconstpointer data)
{
  GActionGroup *actions = G_ACTION_GROUP (fixture->driver.window);

  g_assert_false (g_action_group_get_action_enabled (actions, "edit-mask"));
  set_source (fixture, 128, 128);
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 20.0, "brush-feather", 0.0, NULL);
  drag (fixture, 1, 40, 64, 80, 64);
  g_assert_cmpint (mask_at (fixture, 60, 64), ==, 255);
  g_assert_cmpint (mask_at (fixture, 60, 80), ==, 0);
  drag (fixture, 3, 60, 64, 60, 64); /* the secondary button erases */
  g_assert_cmpint (mask_at (fixture, 60, 64), ==, 0);
  g_assert_cmpint (mask_at (fixture, 42, 64), ==, 255);
  window_driver_activate (&fixture->driver, "mask-undo");
  g_assert_cmpint (mask_at (fixture, 60, 64), ==, 255);
  window_driver_activate (&fixture->driver, "mask-redo");
  g_assert_cmpint (mask_at (fixture, 60, 64), ==, 0);
  window_driver_activate (&fixture->driver, "mask-erase");
  drag (fixture, 1, 42, 64, 42, 64);
  g_assert_cmpint (mask_at (fixture, 42, 64), ==, 0);
  window_driver_activate (&fixture->driver, "mask-invert");
  g_assert_cmpint (mask_at (fixture, 5, 5), ==, 255);
  window_driver_activate (&fixture->driver, "mask-clear");
  g_assert_null (values (fixture)->mask);
  window_driver_activate (&fixture->driver, "mask-undo");
  g_assert_cmpint (mask_at (fixture, 5, 5), ==, 255);
}

/* ---- A real mouse, where the X server lends one ---- */

typedef struct {
  void *display;
  int (*motion) (void *display, int screen, int x, int y, unsigned long delay);
  int (*button) (void *display, unsigned int button, int down, unsigned long delay);
  int (*flush) (void *display);
} Mouse;

static gboolean
mouse_open (Mouse *mouse)
{
  void *x11 = dlopen ("libX11.so.6", RTLD_NOW), *xtst = dlopen ("libXtst.so.6", RTLD_NOW);
  void *(*open_display) (const char *name);

  if (x11 == NULL || xtst == NULL)
    return FALSE;
  *(void **) &open_display = dlsym (x11, "XOpenDisplay");
  *(void **) &mouse->flush = dlsym (x11, "XFlush");
  *(void **) &mouse->motion = dlsym (xtst, "XTestFakeMotionEvent");
  *(void **) &mouse->button = dlsym (xtst, "XTestFakeButtonEvent");
  if (open_display == NULL || mouse->flush == NULL || mouse->motion == NULL || mouse->button == NULL)
    return FALSE;
  mouse->display = open_display (NULL);
  return mouse->display != NULL;
}

/* To a pixel of the picture; no window manager has moved the window from the screen's corner. */
static void
mouse_move (Mouse *mouse, Fixture *fixture, double x, double y)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (fixture->canvas));
  graphene_rect_t rect = limn_canvas_view_rect (&fixture->canvas->view);
  double scale = limn_canvas_view_scale (&fixture->canvas->view), left, top, at_x, at_y;

  gtk_native_get_surface_transform (native, &left, &top);
  gtk_widget_translate_coordinates (GTK_WIDGET (fixture->canvas), GTK_WIDGET (native), rect.origin.x + x * scale,
                                    rect.origin.y + y * scale, &at_x, &at_y);
  mouse->motion (mouse->display, -1, (int) (at_x + left), (int) (at_y + top), 0);
  mouse->flush (mouse->display);
  window_driver_sleep (&fixture->driver, 40);
}

static void
mouse_press (Mouse *mouse, Fixture *fixture, guint button, gboolean down)
{
  mouse->button (mouse->display, button, down, 0);
  mouse->flush (mouse->display);
  window_driver_sleep (&fixture->driver, 60);
}

static void
test_mouse (Fixture *fixture, gconstpointer data)
{
  Mouse mouse = { 0 };
  double x, y;

  if (!mouse_open (&mouse)) {
    g_test_skip ("no XTEST");
    return;
  }
  set_source (fixture, 128, 128);
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 16.0, "brush-feather", 0.0, NULL);
  mouse_move (&mouse, fixture, 30, 40);
  mouse_move (&mouse, fixture, 30, 41);
  mouse_press (&mouse, fixture, 1, TRUE);
  for (int i = 0; i <= 10; i++)
    mouse_move (&mouse, fixture, 30 + 6 * i, 41);
  mouse_press (&mouse, fixture, 1, FALSE);
  g_assert_cmpint (mask_at (fixture, 30, 41), ==, 255);
  g_assert_cmpint (mask_at (fixture, 60, 41), ==, 255);
  g_assert_cmpint (mask_at (fixture, 90, 41), ==, 255);
  g_assert_cmpint (mask_at (fixture, 60, 52), ==, 0);
  g_assert_cmpint (mask_at (fixture, 15, 41), ==, 0);
  mouse_move (&mouse, fixture, 60, 41);
  mouse_press (&mouse, fixture, 3, TRUE); /* erases */
  mouse_press (&mouse, fixture, 3, FALSE);
  g_assert_cmpint (mask_at (fixture, 60, 41), ==, 0);

  /* the wheel keeps what is under the pointer */
  limn_canvas_view_to_picture (&fixture->canvas->view, fixture->canvas->pointer_x, fixture->canvas->pointer_y, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 60, 1);
  for (int i = 0; i < 5; i++) {
    mouse_press (&mouse, fixture, 4, TRUE);
    mouse_press (&mouse, fixture, 4, FALSE);
  }
  g_assert_cmpfloat (fixture->canvas->view.zoom, >, 0);
  limn_canvas_view_to_picture (&fixture->canvas->view, fixture->canvas->pointer_x, fixture->canvas->pointer_y, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 60, 1);
  g_assert_cmpfloat_with_epsilon (y, 41, 1);
}

/* While the picture is enlarged the brush is where the pointer is. */
static void
test_paint_zoomed (Fixture *fixture, gconstpointer data)
{
  set_source (fixture, 128, 128);
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 6.0, "brush-feather", 0.0, NULL);
  limn_canvas_view_zoom_at (&fixture->canvas->view, 12, 200, 150);
  drag (fixture, 1, 30.5, 40.5, 30.5, 40.5);
  g_assert_cmpint (mask_at (fixture, 30, 40), ==, 255);
  g_assert_cmpint (mask_at (fixture, 35, 40), ==, 0);
  g_assert_cmpint (mask_at (fixture, 30, 45), ==, 0);
}

static void
test_inpaint (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) saved = NULL;
  g_autoptr (LimnImage) original = NULL;
  int kept = 0, changed = 0;

  set_source (fixture, 128, 128);
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 40.0, "brush-feather", 0.5, NULL);
  drag (fixture, 1, 50, 64, 80, 64);
  generate (fixture);
  g_assert_cmpint (limn_canvas_get_mode (fixture->canvas), ==, LIMN_CANVAS_VIEW); /* the result is what one sees */
  g_assert_nonnull (values (fixture)->mask);
  saved = load_saved (fixture);
  original = limn_source_render (values (fixture)->source, 128, 128, 0.5, 0.5, LIMN_SOURCE_CROP);
  for (int i = 0; i < 128 * 128; i++) {
    gboolean same = memcmp (saved->rgb + i * 3, original->rgb + i * 3, 3) == 0;

    if (limn_mask_get_pixels (values (fixture)->mask)[i] == 0) {
      g_assert_true (same);
      kept++;
    } else {
      changed += !same;
    }
  }
  g_assert_cmpint (kept, >, 8000);
  g_assert_cmpint (changed, >, 1000);
}

/* What is painted over stays painted over when another part of the picture is used, or another size. */
static void
test_follows (Fixture *fixture, gconstpointer data)
{
  set_source (fixture, 256, 128);
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 16.0, "brush-feather", 0.0, NULL);
  drag (fixture, 1, 64, 64, 64, 64); /* the source's 128, 64 */
  g_object_set (fixture->driver.settings, "source-x", 0.75, NULL);
  g_assert_cmpint (mask_at (fixture, 32, 64), ==, 255);
  g_assert_cmpint (mask_at (fixture, 64, 64), ==, 0);
  g_object_set (fixture->driver.settings, "width", 256, "height", 256, NULL);
  g_assert_cmpint (mask_at (fixture, 64, 128), ==, 255);
  g_assert_cmpint (mask_at (fixture, 72, 128), ==, 255);
  g_assert_cmpint (mask_at (fixture, 90, 128), ==, 0);
  /* back again: as sharp as it was */
  g_object_set (fixture->driver.settings, "width", 128, "height", 128, "source-x", 0.5, NULL);
  g_assert_cmpint (mask_at (fixture, 64, 64), ==, 255);
  g_assert_cmpint (mask_at (fixture, 58, 64), ==, 255);
  g_assert_cmpint (mask_at (fixture, 54, 64), ==, 0);
  set_source (fixture, 128, 128);
  g_assert_null (values (fixture)->mask);
  g_object_set (fixture->driver.settings, "source", NULL, NULL);
  g_assert_cmpint (limn_canvas_get_mode (fixture->canvas), ==, LIMN_CANVAS_VIEW);
}

static gboolean
has_file (WindowDriver *driver, gpointer path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->driver.folder, "mask.png", NULL);
  g_autofree guint8 *before = NULL, *fitted = NULL;
  g_autoptr (LimnImage) image = NULL;
  g_autoptr (LimnMask) mask = NULL;
  GError *error = NULL;

  set_source (fixture, 128, 128);
  enter (fixture);
  drag (fixture, 1, 30, 30, 90, 70);
  before = g_memdup2 (limn_mask_get_pixels (values (fixture)->mask), 128 * 128);
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "mask-save-to",
                                  g_variant_new_bytestring (path));
  window_driver_wait (&fixture->driver, "the file", has_file, path);
  image = limn_image_load_png (path, NULL, &error);
  g_assert_no_error (error);
  window_driver_activate (&fixture->driver, "mask-clear");
  g_assert_null (values (fixture)->mask);
  mask = limn_mask_from_image (image, 128, 128);
  limn_mask_editor_load (fixture->canvas->editor, mask);
  g_assert_cmpmem (limn_mask_get_pixels (values (fixture)->mask), 128 * 128, before, 128 * 128);
  g_clear_object (&mask);
  mask = limn_mask_from_image (image, 48, 64); /* as limn-cli takes the file, for that size */
  fitted = limn_mask_fit (before, 128, 128, 48, 64);
  g_assert_cmpmem (limn_mask_get_pixels (mask), 48 * 64, fitted, 48 * 64);
  image->rgb[300] ^= 8; /* a photo is no mask */
  g_assert_null (limn_mask_from_image (image, 128, 128));
}

static gboolean
is_extended (WindowDriver *driver, gpointer width)
{
  return limn_settings_values (driver->settings)->width == GPOINTER_TO_INT (width);
}

static void
test_extend (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) original = NULL;
  g_autoptr (LimnImage) saved = NULL;
  LimnSource *before;

  set_source (fixture, 128, 128);
  before = values (fixture)->source;
  original = limn_image_copy (limn_source_get_image (before));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "extend-by",
                                  g_variant_new ("(iiii)", 32, 0, 64, 16));
  window_driver_wait (&fixture->driver, "the larger picture", is_extended, GINT_TO_POINTER (224));
  g_assert_cmpint (values (fixture)->height, ==, 144);
  g_assert_cmpint (limn_canvas_get_mode (fixture->canvas), ==, LIMN_CANVAS_MASK);
  g_assert_cmpint (mask_at (fixture, 10, 10), ==, 255);
  g_assert_cmpint (mask_at (fixture, 100, 60), ==, 0);
  g_assert_cmpfloat (values (fixture)->strength, >=, 0.8);
  generate (fixture);
  saved = load_saved (fixture);
  g_assert_cmpint (saved->width, ==, 224);
  for (int y = 0; y < 120; y++) /* but for the overlap */
    g_assert_cmpmem (saved->rgb + ((gsize) y * 224 + 32 + 8) * 3, 112 * 3, original->rgb + ((gsize) y * 128 + 8) * 3,
                     112 * 3);
  window_driver_activate (&fixture->driver, "shrink-canvas");
  g_assert_true (values (fixture)->source == before);
  g_assert_cmpint (values (fixture)->width, ==, 128);
  g_assert_cmpint (values (fixture)->height, ==, 128);
  g_assert_null (values (fixture)->mask);
}

/* The edges on the canvas are dragged in steps that a model can paint. */
static void
test_drag_edge (Fixture *fixture, gconstpointer data)
{
  LimnCanvas *canvas = fixture->canvas;
  graphene_rect_t rect;
  double scale, middle;

  set_source (fixture, 128, 128);
  window_driver_activate (&fixture->driver, "extend-canvas");
  window_driver_wait (&fixture->driver, "the picture", has_base, fixture);
  window_driver_sleep (&fixture->driver, 50);
  rect = limn_canvas_view_rect (&canvas->view);
  scale = limn_canvas_view_scale (&canvas->view);
  middle = rect.origin.y + rect.size.height / 2;
  limn_canvas_drag_begin (canvas, 1, rect.origin.x + rect.size.width, middle, 1, FALSE);
  limn_canvas_drag_to (canvas, rect.origin.x + rect.size.width + 21 * scale, middle, 1);
  limn_canvas_drag_end (canvas);
  g_assert_cmpint (limn_canvas_get_margins (canvas).right, ==, 24);
  g_assert_cmpint (limn_canvas_get_margins (canvas).left, ==, 0);
  window_driver_activate (&fixture->driver, "apply-extend");
  window_driver_wait (&fixture->driver, "the larger picture", is_extended, GINT_TO_POINTER (152));
}

static void
test_paint_over (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) first = NULL;
  g_autoptr (LimnImage) second = NULL;

  generate (fixture);
  first = load_saved (fixture);
  g_object_set (fixture->driver.settings, "width", 256, NULL);
  window_driver_activate (&fixture->driver, "paint-over");
  g_assert_cmpint (limn_canvas_get_mode (fixture->canvas), ==, LIMN_CANVAS_MASK);
  window_driver_wait (&fixture->driver, "the picture under the brush", has_base, fixture);
  window_driver_sleep (&fixture->driver, 50);
  drag (fixture, 1, 100, 100, 120, 120);
  g_assert_cmpint (values (fixture)->width, ==, 128);
  generate (fixture);
  second = load_saved (fixture);
  g_assert_cmpmem (first->rgb, 128 * 3 * 40, second->rgb, 128 * 3 * 40);
  g_assert_cmpint (memcmp (first->rgb, second->rgb, 128 * 128 * 3), !=, 0);
}

/* ---- For looking at ---- */

static void
take_shots (Fixture *fixture, const char *style)
{
  LimnMargins margins = { 0, 0, 256, 128 };
  g_autofree char *mask = g_strdup_printf ("mask-%s", style), *extend = g_strdup_printf ("extend-%s", style);
  g_autofree char *extended = g_strdup_printf ("extended-%s", style), *compare = g_strdup_printf ("compare-%s", style);
  g_autofree char *pixels = g_strdup_printf ("pixels-%s", style), *narrow = g_strdup_printf ("narrow-%s", style);

  window_driver_activate (&fixture->driver, "paint-over");
  window_driver_wait (&fixture->driver, "the picture under the brush", has_base, fixture);
  window_driver_sleep (&fixture->driver, 300);
  g_object_set (fixture->canvas->editor, "brush-size", 150.0, "brush-feather", 0.35, NULL);
  drag (fixture, 1, 330, 360, 470, 300);
  drag (fixture, 1, 470, 300, 560, 380);
  fixture->canvas->pointer_inside = TRUE;
  fixture->canvas->pointer_x += 60;
  window_driver_screenshot_at_rest (&fixture->driver, mask);
  limn_canvas_view_zoom_at (&fixture->canvas->view, 8, 260, 260);
  limn_canvas_view_changed (fixture->canvas);
  window_driver_screenshot_at_rest (&fixture->driver, pixels);
  window_driver_activate (&fixture->driver, "edit-mask");
  window_driver_activate (&fixture->driver, "extend-canvas");
  window_driver_wait (&fixture->driver, "the picture", has_base, fixture);
  limn_canvas_set_margins (fixture->canvas, &margins);
  g_signal_emit_by_name (fixture->canvas, "extended");
  window_driver_screenshot_at_rest (&fixture->driver, extend);
  gtk_window_set_default_size (GTK_WINDOW (fixture->driver.window), 768, 700);
  window_driver_activate (&fixture->driver, "edit-mask");
  window_driver_sleep (&fixture->driver, 600);
  window_driver_screenshot_at_rest (&fixture->driver, narrow);
  gtk_window_set_default_size (GTK_WINDOW (fixture->driver.window), 1240, 860);
  window_driver_activate (&fixture->driver, "extend-canvas");
  limn_canvas_set_margins (fixture->canvas, &margins);
  g_signal_emit_by_name (fixture->canvas, "extended");
  window_driver_activate (&fixture->driver, "apply-extend");
  window_driver_sleep (&fixture->driver, 2000);
  window_driver_screenshot_at_rest (&fixture->driver, extended);
  window_driver_activate (&fixture->driver, "shrink-canvas");
  g_object_set (fixture->driver.settings, "seed", G_GUINT64_CONSTANT (9), NULL);
  generate (fixture);
  limn_canvas_set_compare (fixture->canvas, TRUE);
  window_driver_sleep (&fixture->driver, 5500);
  window_driver_screenshot_at_rest (&fixture->driver, compare);
  limn_canvas_set_compare (fixture->canvas, FALSE);
}

static void
test_shots (Fixture *fixture, gconstpointer data)
{
  if (g_getenv ("LIMN_SCREENSHOT_DIR") == NULL) {
    g_test_skip ("LIMN_SCREENSHOT_DIR is not set");
    return;
  }
  g_object_set (fixture->driver.settings, "new-seed", FALSE, "seed", G_GUINT64_CONSTANT (42), "width", 1024, "height",
                768, NULL);
  fixture->fake.step_us = 600000;
  fake_engine_set (&fixture->fake);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_sleep (&fixture->driver, 2200);
  window_driver_screenshot_at_rest (&fixture->driver, "preview");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  fixture->fake.step_us = 2000;
  fake_engine_set (&fixture->fake);
  gtk_window_set_default_size (GTK_WINDOW (fixture->driver.window), 1240, 860);
  generate (fixture);
  take_shots (fixture, "light");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  take_shots (fixture, "dark");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
}

/* ---- Time ---- */

/* What the main thread spends on each event of a stroke over a picture of that side, in us. */
static double
stroke_cost (Fixture *fixture, int side)
{
  LimnCanvas *canvas = fixture->canvas;
  gint64 start;

  g_object_set (fixture->driver.settings, "width", side, "height", side, NULL);
  set_source (fixture, 512, 512);
  enter (fixture);
  g_object_set (canvas->editor, "brush-size", 240.0, "brush-feather", 0.5, NULL);
  limn_canvas_drag_begin (canvas, 1, 150, 300, 1, FALSE);
  start = tests_own_time ();
  for (int i = 0; i < 60; i++) {
    GtkSnapshot *snapshot = gtk_snapshot_new ();

    limn_canvas_drag_to (canvas, 150 + i * 6, 300 + 60 * (i % 3), 1);
    GTK_WIDGET_GET_CLASS (canvas)->snapshot (GTK_WIDGET (canvas), snapshot);
    g_clear_pointer (&(GskRenderNode *){ gtk_snapshot_free_to_node (snapshot) }, gsk_render_node_unref);
  }
  start = tests_own_time () - start;
  limn_canvas_drag_end (canvas);
  g_test_message ("%d², brush of 240: a stroke event takes %.1f ms", side, start / 60e3);
  return start / 60.0;
}

/* a stroke costs what it touches, not what the picture has: of 2048² are 16 times as many pixels */
static void
test_stroke_time (Fixture *fixture, gconstpointer data)
{
  double small = stroke_cost (fixture, 512);

  window_driver_activate (&fixture->driver, "edit-mask");
  g_assert_cmpfloat (stroke_cost (fixture, 2048), <, 6 * small);
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
  add ("/mask/window/paint", test_paint);
  add ("/mask/window/mouse", test_mouse);
  add ("/mask/window/paint-zoomed", test_paint_zoomed);
  add ("/mask/window/inpaint", test_inpaint);
  add ("/mask/window/follows", test_follows);
  add ("/mask/window/files", test_files);
  add ("/mask/window/extend", test_extend);
  add ("/mask/window/drag-edge", test_drag_edge);
  add ("/mask/window/paint-over", test_paint_over);
  add ("/mask/window/stroke-time", test_stroke_time);
  add ("/mask/window/shots", test_shots);
  return g_test_run ();
}
