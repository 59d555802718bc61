/* test-source.c - the picture to start from and its mask: where they come from, and that they are seen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/canvas/canvas-private.h"
#include "source-fixture.h"

/* ---- Tools ---- */

static void
assert_untouched (WindowFixture *fixture, LimnSettings *before)
{
  const LimnSettingsValues *then = limn_settings_values (before), *now = source_values (fixture);

  g_assert_true (now->source == then->source);
  g_assert_true (now->mask == then->mask);
  g_assert_cmpint (now->width, ==, then->width);
  g_assert_cmpint (now->height, ==, then->height);
  g_assert_cmpint (now->source_fit, ==, then->source_fit);
  g_assert_cmpfloat (now->source_x, ==, then->source_x);
  g_assert_cmpfloat (now->source_y, ==, then->source_y);
  g_assert_cmpfloat (now->strength, ==, then->strength);
}

/* A tool that was left with nothing painted has never been there. */
static void
test_empty_handed (WindowFixture *fixture, gconstpointer data)
{
  static const char *const tools[] = { "edit-mask", "extend-canvas", "paint-over" };
  static const char *const leave[] = { "edit-mask", "extend-canvas", "edit-mask" };
  g_autoptr (LimnSource) source = source_make (256, 192, 90);
  g_autoptr (LimnSettings) before = NULL;
  LimnUndo *undo = fixture->driver.window->undo;

  source_generate (fixture);
  for (int with_source = 0; with_source < 2; with_source++) {
    g_object_set (fixture->driver.settings, "source", with_source ? source : NULL, "width", 256, "height", 128,
                  "source-x", 0.25, "strength", 0.4, NULL);
    limn_undo_commit (undo);
    g_object_set (fixture->driver.settings, "steps", 5 + with_source, NULL);
    limn_undo_commit (undo);
    g_clear_object (&before);
    before = limn_settings_copy (fixture->driver.settings);
    for (guint i = 0; i < G_N_ELEMENTS (tools); i++) {
      source_activate (fixture, tools[i]);
      assert_untouched (fixture, before);
      source_activate (fixture, leave[i]);
      assert_untouched (fixture, before);
      g_assert_false (source_enabled (fixture, "redo"));
    }
    source_activate (fixture, "edit-mask"); /* painted, and thought better of */
    source_stroke (fixture, 30, 30);
    g_assert_nonnull (source_values (fixture)->mask);
    source_activate (fixture, "mask-undo");
    source_activate (fixture, "edit-mask");
    assert_untouched (fixture, before);
    source_activate (fixture, "undo");
    g_assert_cmpint (source_values (fixture)->steps, ==, 4 + with_source); /* the last thing that a person did */
    source_activate (fixture, "redo");
  }
}

/* Not the picture that the last one was made from, and not the mask over that. */
static void
test_on_show (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) rose = source_make (128, 128, 200);
  g_autoptr (LimnImage) result = NULL;

  g_object_set (fixture->driver.settings, "source", rose, NULL);
  source_activate (fixture, "edit-mask"); /* nothing else is on show */
  source_stroke (fixture, 20, 20);
  g_assert_true (source_values (fixture)->source == rose);
  source_generate (fixture);
  result = limn_image_copy (source_shown (fixture));

  source_activate (fixture, "edit-mask");
  g_assert_true (source_values (fixture)->source == rose);
  source_stroke (fixture, 100, 100);
  source_assert_starts_from (fixture, result);
  g_assert_cmpint (limn_mask_get_pixels (source_values (fixture)->mask)[100 * 128 + 100], ==, 255);
  g_assert_cmpint (limn_mask_get_pixels (source_values (fixture)->mask)[20 * 128 + 20], ==, 0);
  source_activate (fixture, "edit-mask");
  source_activate (fixture, "edit-mask"); /* the same picture: its mask goes on */
  g_assert_cmpint (limn_mask_get_pixels (source_values (fixture)->mask)[100 * 128 + 100], ==, 255);
  source_activate (fixture, "edit-mask");

  source_activate (fixture, "undo");
  g_assert_true (source_values (fixture)->source == rose);
  g_assert_cmpint (limn_mask_get_pixels (source_values (fixture)->mask)[20 * 128 + 20], ==, 255);
}

static void
test_extends_on_show (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) rose = source_make (128, 128, 200);
  g_autoptr (LimnImage) result = NULL;
  const LimnImage *extended;

  g_object_set (fixture->driver.settings, "source", rose, NULL);
  source_activate (fixture, "edit-mask");
  source_stroke (fixture, 20, 20);
  source_generate (fixture);
  result = limn_image_copy (source_shown (fixture));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "extend-by",
                                  g_variant_new ("(iiii)", 0, 0, 64, 0));
  window_driver_wait (&fixture->driver, "the larger picture", source_is_wide, GINT_TO_POINTER (192));
  extended = limn_source_get_image (source_values (fixture)->source);
  for (int y = 0; y < 128; y++)
    g_assert_cmpmem (extended->rgb + (gsize) y * 192 * 3, 100 * 3, result->rgb + (gsize) y * 128 * 3, 100 * 3);
  g_assert_cmpint (limn_mask_get_pixels (source_values (fixture)->mask)[20 * 192 + 20], ==, 0);
  source_activate (fixture, "shrink-canvas");
  g_assert_true (source_values (fixture)->source == rose);
  g_assert_cmpint (limn_mask_get_pixels (source_values (fixture)->mask)[20 * 128 + 20], ==, 255);
}

/* ---- In sight ---- */

static gboolean
is_scrolled_to (WindowDriver *driver, gpointer data)
{
  GtkWidget *group = GTK_WIDGET (driver->window->image_group);
  GtkWidget *scroller = gtk_widget_get_ancestor (group, GTK_TYPE_SCROLLED_WINDOW);
  double x, y;

  return gtk_widget_translate_coordinates (group, scroller, 0, 0, &x, &y) && y >= 0
         && y < gtk_widget_get_height (scroller) / 2.0;
}

/* A picture that is opened is seen, in the controls as well, and is gone again with one click. */
static void
test_opened (WindowFixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;

  source_generate (fixture);
  source_assert_told (fixture);
  for (int i = 0; i < 2; i++) {
    source_open_photo (fixture, "photo.png", 60);
    g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_SOURCE);
    window_driver_wait (&fixture->driver, "the photo on the canvas", source_has_base, NULL);
    window_driver_wait (&fixture->driver, "the controls", is_scrolled_to, NULL);
    g_assert_cmpstr (adw_window_title_get_title (window->picture_title), ==, "photo.png");
    source_assert_told (fixture);
    window_driver_screenshot_at_rest (&fixture->driver, "source-opened");
    source_activate (fixture, i == 0 ? "undo-source" : "undo");
    g_assert_null (source_values (fixture)->source);
    g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_VIEW);
    g_assert_cmpstr (adw_window_title_get_title (window->picture_title), ==, "a red circle");
    source_assert_told (fixture);
  }
  source_activate (fixture, "redo");
  g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_SOURCE);
  source_generate (fixture);
  g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_VIEW); /* the result is what one sees */
  source_assert_told (fixture);
  source_activate (fixture, "clear-image");
  source_assert_told (fixture);
  source_activate (fixture, "undo");
  source_assert_told (fixture);
  g_assert_nonnull (source_values (fixture)->source);
}

static void
test_mask_told (WindowFixture *fixture, gconstpointer data)
{
  LimnMask *mask;

  source_open_photo (fixture, "photo.png", 60);
  source_activate (fixture, "edit-mask");
  source_stroke (fixture, 40, 60);
  source_activate (fixture, "edit-mask");
  source_assert_told (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "source-mask");
  source_generate (fixture);
  source_assert_told (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "source-result");
  mask = g_object_ref (source_values (fixture)->mask);
  source_activate (fixture, "edit-source-mask"); /* the one in force, not one of the result */
  g_assert_true (source_values (fixture)->mask == mask);
  source_stroke (fixture, 90, 60);
  g_assert_cmpint (limn_mask_get_pixels (source_values (fixture)->mask)[60 * 128 + 40], ==, 255);
  source_activate (fixture, "edit-mask");
  source_activate (fixture, "clear-mask");
  g_assert_null (source_values (fixture)->mask);
  source_assert_told (fixture);
  source_activate (fixture, "undo");
  g_assert_nonnull (source_values (fixture)->mask);
  source_assert_told (fixture);
  g_object_unref (mask);
}

/* ---- The brush ---- */

static void
test_brush (WindowFixture *fixture, gconstpointer data)
{
  LimnMaskEditor *editor = limn_mask_mode_get_editor (fixture->driver.window->mask_mode);
  g_autoptr (GString) told = g_string_new (NULL);

  source_open_photo (fixture, "photo.png", 60);
  g_object_set (fixture->driver.settings, "width", 960, "height", 768, NULL);
  source_activate (fixture, "edit-mask");
  g_assert_cmpfloat (limn_mask_editor_get_brush_size (editor), ==, 64);
  source_add_labels (GTK_WIDGET (fixture->driver.window->mask_tools), told);
  g_assert_nonnull (strstr (told->str, "Size | 64 px")); /* before anybody moved it */
  window_driver_wait (&fixture->driver, "the photo", source_has_base, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "source-brush");
  g_object_set (fixture->driver.settings, "width", 480, "height", 768, NULL);
  g_assert_cmpfloat (limn_mask_editor_get_brush_size (editor), ==, 40);
  g_object_set (editor, "brush-size", 100.0, NULL);
  g_object_set (fixture->driver.settings, "width", 768, NULL);
  g_assert_cmpfloat (limn_mask_editor_get_brush_size (editor), ==, 100);
}

#define BLOCK 16 /* pixels: whole squares of the mask's checker */

/* The mean of the canvas's middle. */
static void
read_middle (WindowFixture *fixture, double rgb[3])
{
  g_autoptr (GdkTexture) texture = window_driver_grab (&fixture->driver, GTK_WINDOW (fixture->driver.window));
  GtkWidget *canvas = GTK_WIDGET (fixture->driver.window->canvas);
  gsize stride = (gsize) gdk_texture_get_width (texture) * 4;
  g_autofree guint8 *pixels = g_malloc (stride * (gsize) gdk_texture_get_height (texture));
  double x, y;

  gdk_texture_download (texture, pixels, stride);
  gtk_widget_translate_coordinates (canvas, GTK_WIDGET (fixture->driver.window), gtk_widget_get_width (canvas) / 2.0,
                                    gtk_widget_get_height (canvas) / 2.0, &x, &y);
  for (int c = 0; c < 3; c++) { /* blue comes first */
    rgb[c] = 0;
    for (int i = 0; i < BLOCK * BLOCK; i++)
      rgb[c] +=
          pixels[((gsize) y + (gsize) (i / BLOCK)) * stride + ((gsize) x + (gsize) (i % BLOCK)) * 4 + 2 - (gsize) c]
          / (double) (BLOCK * BLOCK);
  }
}

typedef struct {
  WindowFixture *fixture;
  double tint[3];
} Tinted;

static gboolean
is_tinted (WindowDriver *driver, gpointer data)
{
  const Tinted *tinted = data;
  double rgb[3];
  gboolean same = TRUE;

  read_middle (tinted->fixture, rgb);
  for (int c = 0; c < 3; c++)
    same = same && ABS (rgb[c] - tinted->tint[c]) <= 6;
  return same;
}

static void
test_color (WindowFixture *fixture, gconstpointer data)
{
  GActionGroup *actions = G_ACTION_GROUP (fixture->driver.window);
  g_autoptr (GVariant) state = NULL;
  Tinted red = { fixture, { 0 } }, green = { fixture, { 0 } };

  source_open_photo (fixture, "photo.png", 200);
  source_activate (fixture, "edit-mask");
  source_activate (fixture, "mask-fill");
  source_activate (fixture, "edit-mask");
  window_driver_wait (&fixture->driver, "the photo", source_has_base, NULL);
  window_driver_sleep (&fixture->driver, 1000); /* one page has given way to the other */
  read_middle (fixture, red.tint);
  g_action_group_activate_action (actions, "mask-color", g_variant_new_string ("green"));
  window_driver_sleep (&fixture->driver, 100);
  read_middle (fixture, green.tint);
  g_assert_cmpfloat (green.tint[1], >, red.tint[1] + 40);
  g_assert_cmpfloat (green.tint[0], <, red.tint[0] - 40);
  window_driver_screenshot_at_rest (&fixture->driver, "source-green");

  source_restart (fixture);
  actions = G_ACTION_GROUP (fixture->driver.window);
  state = g_action_group_get_action_state (actions, "mask-color");
  g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "green");
  window_driver_wait (&fixture->driver, "the picture of last time", source_is_kept, NULL);
  window_driver_wait (&fixture->driver, "its mask in green", is_tinted, &green);
  g_action_group_activate_action (actions, "mask-color", g_variant_new_string ("red"));
}

static void
add (const char *path, void (*test) (WindowFixture *, gconstpointer))
{
  g_test_add (path, WindowFixture, NULL, source_fixture_open, test, window_fixture_close);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  add ("/source/empty-handed", test_empty_handed);
  add ("/source/on-show", test_on_show);
  add ("/source/extends-on-show", test_extends_on_show);
  add ("/source/opened", test_opened);
  add ("/source/mask-told", test_mask_told);
  add ("/source/brush", test_brush);
  add ("/source/color", test_color);
  return g_test_run ();
}
