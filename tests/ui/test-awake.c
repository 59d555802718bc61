/* test-awake.c - the computer is asked not to suspend while something is painted, and only then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "window-fixture.h"

static guint asked, taken_back;

/* GTK's, which finds nobody to ask on a display of a test. */
guint
gtk_application_inhibit (GtkApplication *application, GtkWindow *window, GtkApplicationInhibitFlags flags,
                         const char *reason)
{
  g_assert_cmpint (flags, ==, GTK_APPLICATION_INHIBIT_SUSPEND);
  g_assert_cmpuint (asked, ==, taken_back);
  return ++asked;
}

void
gtk_application_uninhibit (GtkApplication *application, guint cookie)
{
  g_assert_cmpuint (cookie, ==, asked);
  g_assert_cmpuint (++taken_back, ==, asked);
}

static gboolean
is_painting (WindowDriver *driver, gpointer data)
{
  return limn_queue_get_current (driver->queue) != NULL;
}

static gboolean
is_not_painting (WindowDriver *driver, gpointer data)
{
  return limn_queue_get_current (driver->queue) == NULL;
}

static void
paint (WindowFixture *fixture)
{
  g_object_set (fixture->driver.settings, "width", 64, "height", 64, "steps", 4, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "painting", is_painting, NULL);
  g_assert_cmpuint (asked, ==, taken_back + 1);
}

static void
test_painted (WindowFixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (asked, ==, taken_back);
  for (guint i = 0; i < 3; i++) {
    paint (fixture);
    window_driver_wait (&fixture->driver, "painted", window_driver_idle, NULL);
    g_assert_cmpuint (asked, ==, taken_back);
  }
}

static void
test_cancelled (WindowFixture *fixture, gconstpointer data)
{
  fixture->fake.step_us = 60 * G_USEC_PER_SEC;
  fake_engine_set (&fixture->fake);
  paint (fixture);
  window_driver_activate (&fixture->driver, "cancel");
  window_driver_wait (&fixture->driver, "cancelled", window_driver_idle, NULL);
  g_assert_cmpuint (asked, ==, taken_back);
}

/* what waits in a queue that is held back keeps nothing awake */
static void
test_paused (WindowFixture *fixture, gconstpointer data)
{
  paint (fixture);
  limn_queue_append (fixture->driver.queue, fixture->driver.settings, NULL, 0);
  limn_queue_set_paused (fixture->driver.queue, TRUE);
  window_driver_wait (&fixture->driver, "held back", is_not_painting, NULL);
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 1);
  g_assert_cmpuint (asked, ==, taken_back);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  g_test_add ("/awake/painted", WindowFixture, NULL, window_fixture_open, test_painted, window_fixture_close);
  g_test_add ("/awake/cancelled", WindowFixture, NULL, window_fixture_open, test_cancelled, window_fixture_close);
  g_test_add ("/awake/paused", WindowFixture, NULL, window_fixture_open, test_paused, window_fixture_close);
  return g_test_run ();
}
