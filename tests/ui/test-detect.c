/* test-detect.c - a detector looks at the picture on show in the real window, and what it finds is painted again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/window/window-private.h"
#include "base/details.h"
#include "drop-fixture.h"

#define FOUND "Found by “my-detector”, and set as detail boxes: 2"
#define NOTHING "“my-detector” finds nothing in this picture"
#define LATER "“my-detector” looks for detail boxes in the picture on show, once there is one"

static gboolean
says (WindowDriver *driver, gpointer text)
{
  return window_driver_find_label (GTK_WIDGET (driver->window), text) != NULL;
}

static char *
make_detector (DropFixture *fixture)
{
  char *path = drop_path_of (fixture, "my-detector.safetensors");

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  return path;
}

static void
paint (DropFixture *fixture)
{
  g_object_set (fixture->driver.settings, "width", 128, "height", 64, "steps", 4, "new-seed", FALSE, NULL);
  g_autoptr (LimnImage) image = drop_generate (fixture, NULL);

  g_assert_cmpint (image->width, ==, 128);
}

static void
find_boxes (DropFixture *fixture, int boxes)
{
  fixture->fake.finds = boxes;
  fake_engine_set (&fixture->fake); /* counts anew */
}

static gboolean
offers (WindowDriver *driver, gpointer label)
{
  GtkWidget *button = window_driver_find_button (GTK_WIDGET (driver->window->timeline_bar), label);

  return button != NULL && gtk_widget_get_mapped (button);
}

/* A detector that is dropped looks at once; its boxes are the settings', which one key takes back, and the end of the
 * run on show is offered with them. */
static void
test_drop (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_detector (fixture);

  paint (fixture);
  find_boxes (fixture, 2);
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "what was found", says, (gpointer) FOUND);
  g_assert_cmpint (fake_engine_counts ().detects, ==, 1);
  g_assert_cmpstr (drop_values_of (fixture)->details, ==, "0,0,0.1,0.5; 0.1,0,0.1,0.5");
  g_assert_true (limn_details_check (drop_values_of (fixture)->details, NULL));
  window_driver_wait (&fixture->driver, "the offer", offers, (gpointer) "_Paint Details");
  window_driver_screenshot_at_rest (&fixture->driver, "detected");
  window_driver_activate (&fixture->driver, "undo");
  g_assert_cmpstr (drop_values_of (fixture)->details, ==, "");
}

/* The button asks the last one again; where nothing is found, what was set stays. */
static void
test_again (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_detector (fixture);

  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "that there is no picture", says, (gpointer) LATER);
  g_assert_false (drop_enabled (fixture, "find-details"));
  paint (fixture);
  g_assert_true (drop_enabled (fixture, "find-details"));
  find_boxes (fixture, 2);
  window_driver_activate (&fixture->driver, "find-details");
  g_assert_false (drop_enabled (fixture, "find-details"));
  window_driver_wait (&fixture->driver, "what was found", says, (gpointer) FOUND);
  find_boxes (fixture, 0);
  window_driver_activate (&fixture->driver, "find-details");
  window_driver_wait (&fixture->driver, "that nothing was found", says, (gpointer) NOTHING);
  g_assert_cmpint (fake_engine_counts ().detects, ==, 1);
  g_assert_true (strlen (drop_values_of (fixture)->details) > 0);
}

/* It can be stopped; what fails is told. */
static void
test_ends (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_detector (fixture);

  paint (fixture);
  fixture->fake.load_us = 60000000;
  find_boxes (fixture, 2);
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "that it looks", says, (gpointer) "“my-detector” looks at the picture");
  g_signal_emit_by_name (window_driver_find_button (GTK_WIDGET (fixture->driver.window), "Cancel"), "clicked");
  g_assert_true (drop_enabled (fixture, "find-details"));
  g_assert_cmpstr (drop_values_of (fixture)->details, ==, "");

  fixture->fake.load_us = 0;
  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_DETAIL;
  find_boxes (fixture, 2);
  window_driver_activate (&fixture->driver, "find-details");
  window_driver_wait (&fixture->driver, "a notice", drop_has_notice, NULL);
  g_assert_cmpstr (drop_values_of (fixture)->details, ==, "");
  fake_engine_init (&fixture->fake);
  fake_engine_set (&fixture->fake);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  DROP_ADD ("/detect/drop", test_drop);
  DROP_ADD ("/detect/again", test_again);
  DROP_ADD ("/detect/ends", test_ends);
  return g_test_run ();
}
