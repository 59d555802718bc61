/* test-wrong-kernel.c - the real window over the real engine, on a driver that is wrong about a kernel: a person is
 * told, once, and pictures are right.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/run/device-pill.h"
#include "app/window/notice-bar.h"
#include "common/patience.h"
#include "window-driver.h"

static gboolean
answered (WindowDriver *driver, gpointer data)
{
  return limn_session_get_device (driver->session) != NULL || limn_session_get_device_error (driver->session) != NULL;
}

/* FALSE: there is none, and need not be. */
static gboolean
open_window (WindowDriver *driver)
{
  window_driver_open (driver);
  window_driver_wait (driver, "the device", answered, NULL);
  if (limn_session_get_device (driver->session) == NULL && g_getenv ("LIMN_REQUIRE_GPU") == NULL) {
    g_test_skip (limn_session_get_device_error (driver->session)->message);
    window_driver_close (driver);
    return FALSE;
  }
  g_assert_no_error (limn_session_get_device_error (driver->session));
  return TRUE;
}

static gboolean
is_found (WindowDriver *driver, gpointer data)
{
  return limn_session_get_device (driver->session) != NULL && limn_session_get_device (driver->session)->wrong != NULL;
}

static LimnNoticeBar *
notice_bar (WindowDriver *driver)
{
  return LIMN_NOTICE_BAR (window_driver_find (GTK_WIDGET (driver->window), LIMN_TYPE_NOTICE_BAR));
}

static gboolean
is_told (WindowDriver *driver, gpointer data)
{
  const char *details = limn_notice_bar_get_details (notice_bar (driver));

  return is_found (driver, NULL) && g_strcmp0 (details, limn_session_get_device (driver->session)->wrong) == 0;
}

/* Who looks at the device's name reads it there. */
static void
check_pill (WindowDriver *driver)
{
  GtkWidget *pill = window_driver_find (GTK_WIDGET (driver->window), LIMN_TYPE_DEVICE_PILL);
  const char *tooltip = gtk_widget_get_tooltip_text (pill);

  g_assert_nonnull (strstr (tooltip, limn_session_get_device (driver->session)->wrong));
  g_assert_true (gtk_widget_has_css_class (pill, "warning"));
}

static gboolean
has_model (WindowDriver *driver, gpointer data)
{
  return g_str_has_suffix (limn_settings_values (driver->settings)->model, "mini-sdxl");
}

static void
paint (WindowDriver *driver)
{
  g_autoptr (GFile) model = g_file_new_for_path (LIMN_GOLDEN_DIR "/mini-sdxl");

  limn_window_open_file (driver->window, model);
  window_driver_wait (driver, "the model", has_model, NULL);
  g_object_set (driver->settings, "prompt", "a photo of a fox", "steps", 1, "width", 64, "height", 64, NULL);
  window_driver_activate (driver, "generate");
  window_driver_wait (driver, "the picture", window_driver_idle, NULL);
  g_assert_nonnull (limn_window_get_picture (driver->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Found while a person looks round: told before the first picture, neither after it nor at the next start. */
static void
test_before (void)
{
  WindowDriver driver = { 0 };

  if (!open_window (&driver))
    return;
  window_driver_wait (&driver, "the notice", is_told, NULL);
  g_test_message ("%s", limn_notice_bar_get_details (notice_bar (&driver)));
  g_assert_nonnull (strstr (limn_notice_bar_get_details (notice_bar (&driver)), "its subgroups"));
  g_assert_nonnull (strstr (limn_notice_bar_get_title (notice_bar (&driver)), "driver"));
  check_pill (&driver);
  window_driver_screenshot_at_rest (&driver, "wrong-kernel");
  paint (&driver);
  g_assert_cmpstr (limn_notice_bar_get_title (notice_bar (&driver)), ==, NULL);
  check_pill (&driver);
  window_driver_close (&driver);

  driver.keep = TRUE;
  g_assert_true (open_window (&driver));
  window_driver_wait (&driver, "what is wrong", is_found, NULL);
  check_pill (&driver);
  g_assert_cmpstr (limn_notice_bar_get_title (notice_bar (&driver)), ==, NULL);
  window_driver_close (&driver);
}

/* Found by the first picture, which is painted at once. */
static void
test_after (void)
{
  WindowDriver driver = { 0 };

  if (!open_window (&driver))
    return;
  paint (&driver);
  window_driver_wait (&driver, "the notice", is_told, NULL);
  check_pill (&driver);
  window_driver_close (&driver);
}

int
main (int argc, char *argv[])
{
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "disabled:", TRUE); /* notices of a picture are nobody's business */
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_setenv ("WRONG_KERNEL", "matmul.f16", TRUE);
  g_test_add_func ("/wrong-kernel/before", test_before);
  g_test_add_func ("/wrong-kernel/after", test_after);
  return g_test_run ();
}
