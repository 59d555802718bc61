/* window-fixture.c - the real window over the fake engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "window-fixture.h"

static gboolean
has_own_size (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->width == ((WindowFixture *) data)->fake.default_size;
}

void
window_fixture_open (WindowFixture *fixture)
{
  fake_engine_init (&fixture->fake);
  fake_engine_set (&fixture->fake);
  window_driver_open (&fixture->driver);
  window_driver_wait (&fixture->driver, "the starter's size", has_own_size, fixture);
}

void
window_fixture_close (WindowFixture *fixture)
{
  window_driver_close (&fixture->driver);
  g_assert_cmpint (fake_engine_counts ().engines_alive, ==, 0);
}
