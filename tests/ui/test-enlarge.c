/* test-enlarge.c - upscalers in the real window: dropped, chosen, painted with, and pictures that are ended in another
 * way once they are painted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/window/window-private.h"
#include "drop-fixture.h"

static char *
make_file (DropFixture *fixture, const char *name)
{
  char *path = drop_path_of (fixture, name);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  return path;
}

static AdwActionRow *
row_of (DropFixture *fixture)
{
  return ADW_ACTION_ROW (window_driver_find (GTK_WIDGET (fixture->driver.window->enlarge_group), ADW_TYPE_ACTION_ROW));
}

static gboolean
says (WindowDriver *driver, gpointer words)
{
  return strstr (adw_action_row_get_subtitle (row_of ((DropFixture *) driver)), words) != NULL;
}

static GtkWidget *
find_button (DropFixture *fixture, const char *label)
{
  GtkWidget *button = window_driver_find_button (GTK_WIDGET (fixture->driver.window->timeline_bar), label);

  return button != NULL && gtk_widget_get_mapped (button) ? button : NULL;
}

static gboolean
offers (WindowDriver *driver, gpointer label)
{
  return find_button ((DropFixture *) driver, label) != NULL;
}

static void
press (DropFixture *fixture, const char *label)
{
  window_driver_wait (&fixture->driver, label, offers, (gpointer) label);
  g_signal_emit_by_name (find_button (fixture, label), "clicked");
}

static gboolean
is_wide (WindowDriver *driver, gpointer width)
{
  LimnPicture *picture = limn_window_get_picture (driver->window);

  return window_driver_idle (driver, NULL) && picture != NULL
         && limn_picture_get_image (picture)->width == GPOINTER_TO_INT (width);
}

static void
set_small (DropFixture *fixture)
{
  g_object_set (fixture->driver.settings, "width", 128, "height", 64, "steps", 4, "new-seed", FALSE, NULL);
}

/* ---- Tests ---- */

/* a file that is dropped is on at once, and says what becomes of the picture */
static void
test_drop (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_file (fixture, "my-upscaler.safetensors");
  g_autofree char *other = make_file (fixture, "my-upscaler-4.safetensors");

  set_small (fixture);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (row_of (fixture))));
  drop_path (fixture, path);
  g_assert_true (drop_values_of (fixture)->use_upscaler);
  g_assert_cmpstr (drop_values_of (fixture)->upscaler, ==, path);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (row_of (fixture))));
  window_driver_wait (&fixture->driver, "the size", says, "256 × 128");
  g_object_set (fixture->driver.settings, "width", 192, NULL);
  g_assert_true (says (&fixture->driver, "384 × 128"));
  window_driver_screenshot_at_rest (&fixture->driver, "enlarge");
  drop_path (fixture, other);
  window_driver_wait (&fixture->driver, "the other's size", says, "768 × 256");
  g_object_set (fixture->driver.settings, "use-upscaler", FALSE, NULL);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (row_of (fixture))));
}

/* what is none says so, and one that is on without a file says what it lacks */
static void
test_lacks (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_file (fixture, "something.safetensors");

  g_object_set (fixture->driver.settings, "use-upscaler", TRUE, NULL);
  g_assert_true (says (&fixture->driver, "None chosen"));
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (row_of (fixture)), "lacks"));
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "a notice", drop_has_notice, NULL);
  g_object_set (fixture->driver.settings, "upscaler", path, NULL);
  window_driver_wait (&fixture->driver, "why not", says, "is no upscaler");
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (row_of (fixture)), "lacks"));
}

/* the run on show is enlarged, by another one, and no more: its steps stay */
static void
test_anew (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *two = make_file (fixture, "my-upscaler.safetensors");
  g_autofree char *four = make_file (fixture, "my-upscaler-4.safetensors");
  g_autoptr (LimnImage) plain = NULL;
  const LimnImage *back;

  set_small (fixture);
  plain = drop_generate (fixture, NULL);
  g_assert_cmpint (plain->width, ==, 128);
  g_assert_null (find_button (fixture, "_Enlarge"));
  drop_path (fixture, two);
  window_driver_wait (&fixture->driver, "the offer", offers, (gpointer) "_Enlarge");
  window_driver_screenshot_at_rest (&fixture->driver, "enlarge-offered");
  fake_engine_set (&fixture->fake); /* counts anew */
  press (fixture, "_Enlarge");
  window_driver_wait (&fixture->driver, "the large picture", is_wide, GINT_TO_POINTER (256));
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  window_driver_screenshot_at_rest (&fixture->driver, "enlarge-done");
  g_object_set (fixture->driver.settings, "upscaler", four, NULL);
  press (fixture, "_Enlarge Anew");
  window_driver_wait (&fixture->driver, "the larger picture", is_wide, GINT_TO_POINTER (512));
  g_object_set (fixture->driver.settings, "use-upscaler", FALSE, NULL);
  press (fixture, "_Take Enlarging Away");
  window_driver_wait (&fixture->driver, "the plain picture", is_wide, GINT_TO_POINTER (128));
  back = limn_picture_get_image (limn_window_get_picture (fixture->driver.window));
  g_assert_true (memcmp (back->rgb, plain->rgb, (gsize) 3 * plain->width * plain->height) == 0);
  g_assert_null (find_button (fixture, "_Enlarge"));
}

/* a second pass is painted, done anew in another way and taken away; its steps are those of the first */
static void
test_second (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_file (fixture, "my-upscaler.safetensors");
  g_autoptr (LimnImage) plain = NULL;

  set_small (fixture);
  plain = drop_generate (fixture, NULL);
  g_object_set (fixture->driver.settings, "hires", 1.5, NULL);
  fake_engine_set (&fixture->fake); /* counts anew */
  press (fixture, "_Second Pass");
  window_driver_wait (&fixture->driver, "the large picture", is_wide, GINT_TO_POINTER (192));
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_object_set (fixture->driver.settings, "hires", 2.0, NULL);
  press (fixture, "_Second Pass Anew");
  window_driver_wait (&fixture->driver, "the larger picture", is_wide, GINT_TO_POINTER (256));
  window_driver_screenshot_at_rest (&fixture->driver, "second-pass");

  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (row_of (fixture))));
  g_object_set (fixture->driver.settings, "hires-method", "upscaler", NULL);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (row_of (fixture))));
  g_assert_true (says (&fixture->driver, "None chosen"));
  g_assert_null (find_button (fixture, "_Second Pass Anew"));
  g_object_set (fixture->driver.settings, "upscaler", path, NULL);
  window_driver_wait (&fixture->driver, "what for", says, "for the second pass");
  press (fixture, "_Second Pass Anew");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  g_object_set (fixture->driver.settings, "hires", 1.0, NULL);
  press (fixture, "_Take Second Pass Away");
  window_driver_wait (&fixture->driver, "the plain picture", is_wide, GINT_TO_POINTER (128));
}

/* the menu's item turns it on, asks for a file where there is none, and says where there is nothing to do */
static void
test_menu (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_file (fixture, "my-upscaler.safetensors");
  g_autoptr (LimnImage) plain = NULL;

  set_small (fixture);
  g_assert_false (drop_enabled (fixture, "enlarge"));
  plain = drop_generate (fixture, NULL);
  g_assert_true (drop_enabled (fixture, "enlarge"));
  window_driver_activate (&fixture->driver, "enlarge");
  g_assert_true (drop_values_of (fixture)->use_upscaler);
  g_assert_true (window_driver_idle (&fixture->driver, NULL));
  g_object_set (fixture->driver.settings, "upscaler", path, NULL);
  window_driver_activate (&fixture->driver, "enlarge");
  window_driver_wait (&fixture->driver, "the large picture", is_wide, GINT_TO_POINTER (256));
  window_driver_activate (&fixture->driver, "enlarge");
  g_assert_true (window_driver_idle (&fixture->driver, NULL));
}

/* a picture that comes back brings its upscaler; one that was not enlarged turns it off */
static void
test_restore (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_file (fixture, "my-upscaler.safetensors");
  g_autofree char *large = NULL, *plain = NULL;
  g_autoptr (LimnImage) first = NULL, second = NULL;

  set_small (fixture);
  first = drop_generate (fixture, NULL);
  plain = g_strdup (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)));
  g_object_set (fixture->driver.settings, "upscaler", path, "use-upscaler", TRUE, "seed", G_GUINT64_CONSTANT (9), NULL);
  second = drop_generate (fixture, NULL);
  large = g_strdup (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)));
  drop_path (fixture, plain);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_activate (&fixture->driver, "restore-settings");
  g_assert_false (drop_values_of (fixture)->use_upscaler);
  drop_path (fixture, large);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_activate (&fixture->driver, "restore-settings");
  g_assert_true (drop_values_of (fixture)->use_upscaler);
  g_assert_cmpstr (drop_values_of (fixture)->upscaler, ==, path);
  g_assert_cmpint (drop_values_of (fixture)->width, ==, 128);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  DROP_ADD ("/enlarge/drop", test_drop);
  DROP_ADD ("/enlarge/lacks", test_lacks);
  DROP_ADD ("/enlarge/anew", test_anew);
  DROP_ADD ("/enlarge/second", test_second);
  DROP_ADD ("/enlarge/menu", test_menu);
  DROP_ADD ("/enlarge/restore", test_restore);
  return g_test_run ();
}
