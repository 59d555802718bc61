/* window-fixture.c - the real window over the fake engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "window-fixture.h"

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, WindowFixture *fixture)
{
  fixture->previews++;
  fixture->last_step = step;
}

static gboolean
is_ready (WindowDriver *driver, gpointer data)
{
  return limn_session_get_device (driver->session) != NULL
         && limn_settings_values (driver->settings)->width == ((WindowFixture *) data)->fake.default_size;
}

void
window_fixture_open (WindowFixture *fixture, gconstpointer unused)
{
  fake_engine_init (&fixture->fake);
  fake_engine_set (&fixture->fake);
  window_driver_open (&fixture->driver);
  fixture->canvas = LIMN_CANVAS (window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_CANVAS));
  g_signal_connect (fixture->driver.session, "preview", G_CALLBACK (preview_cb), fixture);
  window_driver_wait (&fixture->driver, "the device and the starter's size", is_ready, fixture);
}

void
window_fixture_close (WindowFixture *fixture, gconstpointer unused)
{
  window_driver_close (&fixture->driver);
  g_assert_cmpint (fake_engine_counts ().engines_alive, ==, 0);
}

LimnQueueItem *
window_fixture_item (WindowFixture *fixture, guint index)
{
  LimnQueueItem *item = g_list_model_get_item (G_LIST_MODEL (fixture->driver.queue), index);

  g_assert_nonnull (item);
  g_object_unref (item); /* the queue keeps it */
  return item;
}

guint
window_fixture_count_pictures (WindowFixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->driver.folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += name[0] != '.' && g_str_has_suffix (name, ".png"); /* hidden: not whole yet */
  return n;
}

gboolean
window_fixture_says (WindowDriver *driver, gpointer text)
{
  return window_driver_find_label (GTK_WIDGET (driver->window), text) != NULL;
}
