/* window-driver.c - drives the real window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "window-driver.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "common/folder.h"
#include "common/patience.h"

#define TURN 5          /* ms */
#define MOST_SOURCES 20 /* dispatches of a turn: where frames are slow there is always one more */

void
window_driver_init (int *argc, char ***argv)
{
  tests_own_homes ();
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv ("GTK_A11Y", "test", FALSE); /* names are kept, and no bus is needed */
  g_setenv ("ADW_DISABLE_PORTAL", "1", TRUE);
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  /* nothing is drawn with GL, and looking for it loads drivers that leak */
  g_setenv (gtk_get_minor_version () >= 16 ? "GDK_DISABLE" : "GDK_DEBUG",
            gtk_get_minor_version () >= 16 ? "gl,vulkan" : "gl-disable", FALSE);
  if (!gtk_init_check ()) {
    g_printerr ("no display\n");
    exit (g_getenv ("LIMN_REQUIRE_DISPLAY") != NULL ? 1 : 77);
  }
  g_object_set (gtk_settings_get_default (), "gtk-font-name", "Cantarell 11", "gtk-xft-antialias", 1, NULL);
  g_test_init (argc, argv, NULL);
}

void
window_driver_drop_frame (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_data (
      provider, "window.csd, window.solid-csd { margin: 0; padding: 0; border: none; box-shadow: none; }", -1);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_USER);
}

void
window_driver_open (WindowDriver *driver)
{
  GError *error = NULL;

  if (!driver->keep) {
    tests_remove_folder (g_get_user_state_dir ());
    tests_remove_folder (g_get_user_data_dir ());
    tests_remove_folder (g_get_user_cache_dir ());
  }
  driver->parent = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  driver->folder = g_build_filename (driver->parent, "Limn", NULL);
  g_assert_cmpint (g_mkdir (driver->folder, 0755), ==, 0);
  driver->application = limn_application_new (G_APPLICATION_NON_UNIQUE);
  gboolean registered = g_application_register (G_APPLICATION (driver->application), NULL, &error);
  g_assert_no_error (error);
  g_assert_true (registered);
  driver->session = limn_application_get_session (driver->application);
  driver->queue = limn_application_get_queue (driver->application);
  limn_session_set_folder (driver->session, driver->folder);
  GSettings *state = limn_application_get_state (driver->application);
  if (!driver->keep && state != NULL) {
    g_settings_reset (state, "settings");
    g_settings_reset (state, "known-wrong");
  }
  g_application_activate (G_APPLICATION (driver->application));
  driver->window = LIMN_WINDOW (gtk_application_get_active_window (GTK_APPLICATION (driver->application)));
  driver->settings = limn_window_get_settings (driver->window);
}

static gboolean
closed (WindowDriver *driver, gpointer data)
{
  return gtk_application_get_windows (GTK_APPLICATION (driver->application)) == NULL;
}

void
window_driver_close (WindowDriver *driver)
{
  g_action_group_activate_action (G_ACTION_GROUP (driver->application), "quit", NULL);
  window_driver_wait (driver, "the window to close", closed, NULL);
  /* as the application does when it ends; a queue that ended with its last save would write into the next test's
   * world */
  limn_queue_close (driver->queue);
  limn_session_close (driver->session);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&driver->application);
  tests_remove_folder (driver->parent);
  g_clear_pointer (&driver->folder, g_free);
  g_clear_pointer (&driver->parent, g_free);
}

void
window_driver_wait (WindowDriver *driver, const char *what, WindowCondition condition, gpointer data)
{
  gint64 end = g_get_monotonic_time () + TESTS_PATIENCE * G_USEC_PER_SEC;

  while (!condition (driver, data)) {
    if (g_get_monotonic_time () > end)
      g_error ("waited in vain for %s", what);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

/* Time in which this thread did not run, or was busy with a slow frame, does not count: turns are waited for, each of
 * them as long as on a quick machine at least. */
void
window_driver_sleep (WindowDriver *driver, guint ms)
{
  for (guint turns = ms / TURN + 1; turns > 0; turns--) {
    g_usleep (TURN * 1000);
    for (int i = 0; i < MOST_SOURCES && g_main_context_iteration (NULL, FALSE); i++)
      ;
  }
}

void
window_driver_activate (WindowDriver *driver, const char *action)
{
  g_assert_true (g_action_group_has_action (G_ACTION_GROUP (driver->window), action));
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (driver->window), action));
  g_action_group_activate_action (G_ACTION_GROUP (driver->window), action, NULL);
}

gboolean
window_driver_idle (WindowDriver *driver, gpointer data)
{
  return limn_queue_is_loaded (driver->queue) && !limn_session_is_busy (driver->session)
         && limn_queue_get_current (driver->queue) == NULL;
}

typedef struct {
  GtkWidget *widget;
  GskRenderNode *node;
} Drawn;

/* A widget that waits to be drawn again has no contents: then the next frame has. */
static gboolean
drawn (WindowDriver *driver, gpointer data)
{
  Drawn *wanted = data;
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (wanted->widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();

  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (wanted->widget),
                          gtk_widget_get_height (wanted->widget));
  wanted->node = gtk_snapshot_free_to_node (snapshot);
  return wanted->node != NULL;
}

GdkTexture *
window_driver_grab (WindowDriver *driver, GtkWindow *window)
{
  Drawn wanted = { GTK_WIDGET (window), NULL };
  GdkTexture *texture;

  window_driver_wait (driver, "the window to be drawn", drawn, &wanted);
  texture = gsk_renderer_render_texture (
      gtk_native_get_renderer (GTK_NATIVE (window)), wanted.node,
      &GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (wanted.widget), gtk_widget_get_height (wanted.widget)));
  gsk_render_node_unref (wanted.node);
  return texture;
}

GtkWindow *
window_driver_front (WindowDriver *driver)
{
  GList *windows = gtk_window_list_toplevels ();
  GtkWindow *front = GTK_WINDOW (driver->window);

  for (GList *link = windows; link != NULL; link = link->next)
    if (gtk_widget_get_mapped (link->data) && gtk_window_get_transient_for (link->data) == GTK_WINDOW (driver->window))
      front = link->data;
  g_list_free (windows);
  return front;
}

void
window_driver_screenshot (WindowDriver *driver, const char *name)
{
  const char *folder = g_getenv ("LIMN_SCREENSHOT_DIR");
  g_autofree char *path = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (folder == NULL)
    return;
  g_mkdir_with_parents (folder, 0755);
  path = g_strdup_printf ("%s/%s.png", folder, name);
  texture = window_driver_grab (driver, window_driver_front (driver));
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

void
window_driver_screenshot_at_rest (WindowDriver *driver, const char *name)
{
  window_driver_sleep (driver, 350);
  window_driver_screenshot (driver, name);
}

GtkWidget *
window_driver_find (GtkWidget *root, GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (root, type) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = window_driver_find (child, type);
  return found;
}

GtkWidget *
window_driver_find_button (GtkWidget *root, const char *label)
{
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (root) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (root)), label) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = window_driver_find_button (child, label);
  return found;
}

GtkWidget *
window_driver_find_label (GtkWidget *root, const char *text)
{
  GtkWidget *found = NULL;

  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root) && g_str_equal (gtk_label_get_text (GTK_LABEL (root)), text))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = window_driver_find_label (child, text);
  return found;
}

gpointer
window_driver_find_controller (GtkWidget *widget, GType type)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

    if (G_TYPE_CHECK_INSTANCE_TYPE (controller, type))
      return controller;
  }
  g_assert_not_reached ();
}
