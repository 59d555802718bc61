/* test-locked.c - the window where its settings cannot be written: it works as ever, and only forgets.
 *
 * A process has one back end of settings: each test is a process of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>
#include <unistd.h>

#include "app/window/window-private.h"
#include "common/patience.h"
#include "window-fixture.h"

/* ---- A back end whose keys an administrator has locked ---- */

typedef GSettingsBackend LockedBackend;
typedef GSettingsBackendClass LockedBackendClass;

static GType locked_backend_get_type (void);
G_DEFINE_TYPE (LockedBackend, locked_backend, G_TYPE_SETTINGS_BACKEND)

static GVariant *
locked_backend_read (GSettingsBackend *backend, const char *key, const GVariantType *type, gboolean default_value)
{
  return NULL;
}

static gboolean
locked_backend_get_writable (GSettingsBackend *backend, const char *key)
{
  return FALSE;
}

static gboolean
locked_backend_write (GSettingsBackend *backend, const char *key, GVariant *value, gpointer origin)
{
  g_variant_unref (g_variant_ref_sink (value));
  return FALSE;
}

static gboolean
locked_backend_write_tree (GSettingsBackend *backend, GTree *tree, gpointer origin)
{
  return FALSE;
}

static void
locked_backend_ignore (GSettingsBackend *backend, const char *name)
{
}

static void
locked_backend_reset (GSettingsBackend *backend, const char *key, gpointer origin)
{
}

static void
locked_backend_class_init (LockedBackendClass *klass)
{
  klass->read = locked_backend_read;
  klass->get_writable = locked_backend_get_writable;
  klass->write = locked_backend_write;
  klass->write_tree = locked_backend_write_tree;
  klass->reset = locked_backend_reset;
  klass->subscribe = locked_backend_ignore;
  klass->unsubscribe = locked_backend_ignore;
}

static void
locked_backend_init (LockedBackend *self)
{
}

/* ---- The window over it ---- */

static void
use_the_window (void)
{
  WindowFixture fixture = { 0 };
  LimnWindow *window;

  window_fixture_open (&fixture, NULL);
  window = fixture.driver.window;
  g_assert_nonnull (window->state);
  g_assert_false (g_settings_is_writable (window->state, "show-controls"));
  g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (window->prompt_group)));
  g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (window->gallery)));
  g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (window->canvas)));

  g_object_set (fixture.driver.settings, "prompt", "a key that is lost", NULL);
  window_driver_activate (&fixture.driver, "generate");
  window_driver_wait (&fixture.driver, "the picture", window_driver_idle, NULL);
  g_assert_nonnull (limn_window_get_texture (window));
  for (int i = 0; i < 2; i++) {
    gboolean shown = adw_flap_get_reveal_flap (window->flap);

    window_driver_activate (&fixture.driver, "show-controls");
    g_assert_true (adw_flap_get_reveal_flap (window->flap) == !shown);
  }
  window_fixture_close (&fixture, NULL);
}

/* GLib warns of each value that it could not write */
static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  return g_strcmp0 (domain, "GLib-GIO") != 0;
}

static void
test_keyfile (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  /* what cannot be made cannot be written, by nobody: a folder in a file */
  g_assert_true (g_file_set_contents (g_get_user_config_dir (), "", 0, NULL));
  g_setenv ("GSETTINGS_BACKEND", "keyfile", TRUE);
  g_test_log_set_fatal_handler (is_fatal, NULL);
  use_the_window ();
}

static void
test_keys (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  g_io_extension_point_implement (G_SETTINGS_BACKEND_EXTENSION_POINT_NAME, locked_backend_get_type (), "locked", 0);
  g_setenv ("GSETTINGS_BACKEND", "locked", TRUE);
  use_the_window ();
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_test_add_func ("/locked/keyfile", test_keyfile);
  g_test_add_func ("/locked/keys", test_keys);
  return g_test_run ();
}
