/* prompt-fixture.c
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "prompt-fixture.h"

#include <glib/gstdio.h>

void
prompt_fixture_settle (PromptFixture *fixture)
{
  window_driver_sleep (&fixture->driver, 20);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
can_count (WindowDriver *driver, gpointer data)
{
  return limn_prompt_view_get_count (data)[0] != '\0';
}

static gboolean
has_own_size (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->width == 128;
}

void
prompt_fixture_open_window (PromptFixture *fixture)
{
  window_driver_open (&fixture->driver);
  fixture->group = LIMN_PROMPT_GROUP (window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_PROMPT_GROUP));
  g_assert_nonnull (fixture->group);
  fixture->view = limn_prompt_group_get_view (fixture->group, "prompt");
  fixture->buffer = limn_prompt_view_get_buffer (fixture->view);
  window_driver_wait (&fixture->driver, "the vocabulary", can_count, fixture->view);
  window_driver_wait (&fixture->driver, "the starter's size", has_own_size, NULL);
}

void
prompt_fixture_open (PromptFixture *fixture, gconstpointer unused)
{
  g_autofree char *kept = g_build_filename (g_get_user_state_dir (), "limn", "prompts.json", NULL);

  g_unlink (kept);
  fake_engine_init (&fixture->fake);
  fake_engine_set (&fixture->fake);
  prompt_fixture_open_window (fixture);
}

void
prompt_fixture_close (PromptFixture *fixture, gconstpointer unused)
{
  window_driver_close (&fixture->driver);
}
