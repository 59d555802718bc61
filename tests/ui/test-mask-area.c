/* test-mask-area.c - only what is masked is painted: its control, the box over the canvas, the preview and the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/canvas/canvas-private.h"
#include "app/window/window-private.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 4, "width", 128, "height", 128, NULL);
}

static const LimnSettingsValues *
values (Fixture *fixture)
{
  return limn_settings_values (fixture->driver.settings);
}

static void
set_source (Fixture *fixture, int width, int height)
{
  LimnImage *image = limn_image_new (width, height);
  g_autoptr (LimnSource) source = NULL;

  for (int i = 0; i < width * height; i++) {
    image->rgb[3 * i] = (guint8) (i % width / 2);
    image->rgb[3 * i + 1] = (guint8) (i / width);
    image->rgb[3 * i + 2] = 90;
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

static void
choose (Fixture *fixture, const char *area)
{
  g_action_group_change_action_state (G_ACTION_GROUP (fixture->driver.window), "mask-area",
                                      g_variant_new_string (area));
}

static void
stroke (Fixture *fixture, double x0, double y0, double x1, double y1)
{
  GVariantBuilder points;

  g_variant_builder_init (&points, G_VARIANT_TYPE ("a(ddd)"));
  g_variant_builder_add (&points, "(ddd)", x0, y0, 1.0);
  g_variant_builder_add (&points, "(ddd)", x1, y1, 1.0);
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "mask-stroke",
                                  g_variant_builder_end (&points));
}

static void
assert_box (Fixture *fixture, int x, int y, int width, int height)
{
  const LimnCrop *box = &fixture->canvas->area.box;

  g_test_message ("%d, %d: %d x %d", box->x, box->y, box->width, box->height);
  g_assert_cmpint (box->x, ==, x);
  g_assert_cmpint (box->y, ==, y);
  g_assert_cmpint (box->width, ==, width);
  g_assert_cmpint (box->height, ==, height);
}

/* All of the picture is under the brush, in its own size; the box follows mask, padding and size. */
static void
test_box (Fixture *fixture, gconstpointer data)
{
  set_source (fixture, 400, 200);
  choose (fixture, "masked");
  enter (fixture);
  g_assert_cmpint (fixture->canvas->base_width, ==, 400);
  g_assert_cmpint (fixture->canvas->base_height, ==, 200);
  g_assert_cmpint (fixture->canvas->area.width, ==, 0);
  g_object_set (fixture->canvas->editor, "brush-size", 20.0, "brush-feather", 0.0, NULL);
  g_object_set (fixture->driver.settings, "mask-padding", 0, NULL);
  stroke (fixture, 300, 100, 320, 100);
  assert_box (fixture, 290, 80, 40, 40);
  g_object_set (fixture->driver.settings, "mask-padding", 30, NULL);
  assert_box (fixture, 260, 50, 100, 100);
  g_object_set (fixture->driver.settings, "width", 64, NULL);
  assert_box (fixture, 260, 0, 100, 200);
  g_assert_cmpint (fixture->canvas->area.height, ==, 128);
  choose (fixture, "whole");
  g_assert_cmpint (fixture->canvas->area.width, ==, 0);
  g_assert_cmpint (fixture->canvas->base_width, ==, 64);
}

/* The mask stays on the same things of the picture, whichever way they are shown. */
static void
test_moves (Fixture *fixture, gconstpointer data)
{
  LimnMask *mask;

  set_source (fixture, 400, 200);
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 16.0, "brush-feather", 0.0, NULL);
  stroke (fixture, 64, 64, 64, 64); /* the middle, of what was cut to a square of 200 */
  choose (fixture, "masked");
  mask = values (fixture)->mask;
  g_assert_cmpint (limn_mask_get_width (mask), ==, 400);
  g_assert_cmpint (limn_mask_get_height (mask), ==, 200);
  g_assert_cmpint (limn_mask_get_pixels (mask)[100 * 400 + 200], ==, 255);
  g_assert_cmpint (limn_mask_get_pixels (mask)[100 * 400 + 230], ==, 0);
  choose (fixture, "whole");
  mask = values (fixture)->mask;
  g_assert_cmpint (limn_mask_get_width (mask), ==, 128);
  g_assert_cmpint (limn_mask_get_pixels (mask)[64 * 128 + 64], ==, 255);
}

/* The first menu button below root that has the icon; NULL: none. */
static GtkWidget *
find_menu (GtkWidget *root, const char *icon)
{
  GtkWidget *found = NULL;

  if (GTK_IS_MENU_BUTTON (root) && g_strcmp0 (gtk_menu_button_get_icon_name (GTK_MENU_BUTTON (root)), icon) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_menu (child, icon);
  return found;
}

static GtkWidget *
find_check (GtkWidget *root, const char *label)
{
  GtkWidget *found = NULL;

  if (GTK_IS_CHECK_BUTTON (root) && g_strcmp0 (gtk_check_button_get_label (GTK_CHECK_BUTTON (root)), label) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_check (child, label);
  return found;
}

/* As a person chooses it. */
static void
test_control (Fixture *fixture, gconstpointer data)
{
  GtkWidget *tools = GTK_WIDGET (fixture->driver.window->mask_tools), *menu, *masked, *whole, *scale;
  GtkAdjustment *padding;

  set_source (fixture, 400, 200);
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 40.0, "brush-feather", 0.0, NULL);
  stroke (fixture, 50, 60, 60, 60);
  menu = find_menu (tools, "limn-area-symbolic");
  g_assert_nonnull (menu);
  gtk_menu_button_popup (GTK_MENU_BUTTON (menu));
  window_driver_sleep (&fixture->driver, 50);
  masked = find_check (menu, "Only masked");
  whole = find_check (menu, "Whole picture");
  scale = window_driver_find (GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (menu))), GTK_TYPE_SCALE);
  padding = gtk_range_get_adjustment (GTK_RANGE (scale));
  g_assert_true (gtk_check_button_get_active (GTK_CHECK_BUTTON (whole)));
  g_assert_false (gtk_widget_is_sensitive (scale));
  gtk_widget_activate (masked);
  g_assert_cmpstr (values (fixture)->mask_area, ==, "masked");
  g_assert_true (gtk_widget_is_sensitive (scale));
  g_assert_cmpint (fixture->canvas->area.width, ==, 128);
  gtk_adjustment_set_value (padding, 48);
  g_assert_cmpint (values (fixture)->mask_padding, ==, 48);
  window_driver_screenshot_at_rest (&fixture->driver, "mask-area-control");
  /* restored, undone or from another program: whatever the setting may be */
  g_object_set (fixture->driver.settings, "mask-area", "whole", "mask-padding", 900, NULL);
  g_assert_true (gtk_check_button_get_active (GTK_CHECK_BUTTON (whole)));
  g_assert_false (gtk_check_button_get_active (GTK_CHECK_BUTTON (masked)));
  g_assert_cmpint (values (fixture)->mask_padding, ==, 900);
  g_assert_cmpfloat (gtk_adjustment_get_value (padding), ==, 900);
}

static void
test_paint (Fixture *fixture, gconstpointer data)
{
  const LimnImage *image, *source;

  set_source (fixture, 400, 200);
  choose (fixture, "masked");
  enter (fixture);
  g_object_set (fixture->canvas->editor, "brush-size", 40.0, "brush-feather", 0.3, NULL);
  stroke (fixture, 300, 100, 330, 110);
  window_driver_sleep (&fixture->driver, 100);
  window_driver_screenshot_at_rest (&fixture->driver, "mask-area");
  fixture->fake.hold_step = 2;
  fake_engine_set (&fixture->fake);
  window_driver_activate (&fixture->driver, "generate");
  while (fixture->last_step < 2)
    window_driver_sleep (&fixture->driver, 5);
  window_driver_sleep (&fixture->driver, 50);
  g_assert_cmpint (fixture->canvas->view.picture_width, ==, 400);
  g_assert_cmpint (fixture->canvas->view.picture_height, ==, 200);
  window_driver_screenshot (&fixture->driver, "mask-area-preview");
  fake_engine_hold (FAKE_NEVER);
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  image = limn_picture_get_image (limn_window_get_picture (fixture->driver.window));
  source = limn_source_get_image (values (fixture)->source);
  g_assert_cmpint (image->width, ==, 400);
  g_assert_cmpint (image->height, ==, 200);
  for (int i = 0; i < 400 * 200; i++)
    if (limn_mask_get_pixels (values (fixture)->mask)[i] == 0)
      g_assert_cmpmem (image->rgb + 3 * i, 3, source->rgb + 3 * i, 3);
  g_assert_cmpint (memcmp (image->rgb, source->rgb, 3 * 400 * 200), !=, 0);
}

/* A picture that was painted larger is painted over in part at the size that is set; as a whole at its own. */
static void
test_paint_over (Fixture *fixture, gconstpointer data)
{
  for (int masked = 1; masked >= 0; masked--) {
    g_object_set (fixture->driver.settings, "source", NULL, "mask", NULL, "width", 256, "height", 256, NULL);
    window_driver_activate (&fixture->driver, "generate");
    window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
    g_object_set (fixture->driver.settings, "width", 128, "height", 128, NULL);
    choose (fixture, masked ? "masked" : "whole");
    window_driver_activate (&fixture->driver, "paint-over");
    window_driver_wait (&fixture->driver, "the picture under the brush", has_base, fixture);
    g_assert_cmpint (fixture->canvas->base_width, ==, 256);
    g_object_set (fixture->canvas->editor, "brush-size", 30.0, "brush-feather", 0.0, NULL);
    stroke (fixture, 100, 100, 120, 120);
    g_assert_cmpint (values (fixture)->width, ==, masked ? 128 : 256);
    g_assert_cmpint (limn_mask_get_width (values (fixture)->mask), ==, 256);
    window_driver_activate (&fixture->driver, "edit-mask");
  }
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
  add ("/mask-area/box", test_box);
  add ("/mask-area/moves", test_moves);
  add ("/mask-area/control", test_control);
  add ("/mask-area/paint", test_paint);
  add ("/mask-area/paint-over", test_paint_over);
  return g_test_run ();
}
