/* shots.c - takes the window's screenshots: before, during and after a picture, light and dark.
 *
 * Built twice: "shots" over the real engine and "shots-fake" over the fake one.  $LIMN_SCREENSHOT_DIR says where they go,
 * $LIMN_SHOTS_MODEL which model is opened (the starter where it is not set), the locale and $LANGUAGE in which language.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "window-driver.h"

#include "base/i18n.h"

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, int *last)
{
  *last = step;
}

static gboolean
reached (WindowDriver *driver, gpointer data)
{
  const int *last = data;

  return *last >= limn_settings_values (driver->settings)->steps * 2 / 3;
}

static gboolean
has_texture (WindowDriver *driver, gpointer data)
{
  return limn_window_get_texture (driver->window) != NULL && limn_window_get_picture (driver->window) != NULL;
}

static void
take (WindowDriver *driver, const char *suffix, guint64 seed)
{
  g_autofree char *during = g_strdup_printf ("during%s", suffix);
  g_autofree char *after = g_strdup_printf ("after%s", suffix);
  int last = 0;
  gulong handler = g_signal_connect (driver->session, "preview", G_CALLBACK (preview_cb), &last);

  g_object_set (driver->settings, "prompt", "a red circle above a blue square on a yellow background", "new-seed",
                FALSE, "seed", seed, NULL);
  window_driver_activate (driver, "generate");
  window_driver_wait (driver, "a preview", reached, &last);
  window_driver_screenshot (driver, during);
  window_driver_wait (driver, "the picture", window_driver_idle, NULL);
  window_driver_wait (driver, "the canvas", has_texture, NULL);
  window_driver_screenshot_at_rest (driver, after);
  g_signal_handler_disconnect (driver->session, handler);
  window_driver_sleep (driver, 4500); /* the toast */
}

static void
expand (GtkWidget *widget)
{
  if (ADW_IS_EXPANDER_ROW (widget))
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (widget), TRUE);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    expand (child);
}

static void
take_other (WindowDriver *driver, GActionGroup *group, const char *action, const char *name)
{
  GtkWindow *other;

  g_action_group_activate_action (group, action, NULL);
  window_driver_sleep (driver, 800);
  window_driver_screenshot_at_rest (driver, name);
  other = window_driver_front (driver);
  if (other != GTK_WINDOW (driver->window))
    gtk_window_close (other);
  window_driver_sleep (driver, 200);
}

/* every control, in a window as tall as they need */
static void
take_controls (WindowDriver *driver)
{
  LimnImage *image = limn_image_fit (limn_picture_get_image (limn_window_get_picture (driver->window)), 384, 216);
  g_autoptr (LimnSource) source = limn_source_new (image, "holiday-by-the-sea.jpg");

  g_object_set (driver->settings, "source", source, "use-refiner", TRUE, "separate-negative", TRUE, "crop-left", 64,
                "original-width", 512, "original-height", 512, "negative", "blurry, low contrast", NULL);
  expand (GTK_WIDGET (driver->window));
  gtk_window_set_default_size (GTK_WINDOW (driver->window), 1180, 2300);
  window_driver_sleep (driver, 600);
  window_driver_screenshot_at_rest (driver, "controls");
  gtk_window_set_default_size (GTK_WINDOW (driver->window), 760, 700);
  window_driver_sleep (driver, 600);
  window_driver_activate (driver, "generate"); /* the refiner has no model */
  window_driver_wait (driver, "the refusal", window_driver_idle, NULL);
  window_driver_screenshot_at_rest (driver, "notice-narrow");
  g_action_group_change_action_state (G_ACTION_GROUP (driver->window), "show-controls", g_variant_new_boolean (FALSE));
  window_driver_sleep (driver, 600);
  window_driver_screenshot_at_rest (driver, "narrow");
}

int
main (int argc, char *argv[])
{
  const char *model = g_getenv ("LIMN_SHOTS_MODEL");
  WindowDriver driver = { 0 };

  window_driver_init (&argc, &argv);
  limn_i18n_init ();
  if (g_getenv ("LIMN_SCREENSHOT_DIR") == NULL) {
    g_printerr ("set LIMN_SCREENSHOT_DIR\n");
    return 77;
  }
  window_driver_open (&driver);
  gtk_window_set_default_size (GTK_WINDOW (driver.window), 1180, 800);
  if (model != NULL) {
    g_autoptr (GFile) file = g_file_new_for_path (model);

    limn_window_open_file (driver.window, file);
  }
  window_driver_sleep (&driver, 1500);
  window_driver_screenshot_at_rest (&driver, "before");
  take (&driver, "", 42);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  take (&driver, "-dark", 7);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_LIGHT);
  take_other (&driver, G_ACTION_GROUP (driver.application), "preferences", "preferences");
  take_other (&driver, G_ACTION_GROUP (driver.window), "show-help-overlay", "shortcuts");
  take_other (&driver, G_ACTION_GROUP (driver.application), "about", "about");
  take_controls (&driver);
  window_driver_close (&driver);
  return 0;
}
