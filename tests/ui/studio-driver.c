/* studio-driver.c - drives Limn from outside.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "studio-driver.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "common/folder.h"
#include "common/patience.h"

#define NAME "io.github.limn_art.Limn"
#define PATH "/io/github/limn_art/Limn"

void
studio_init (int *argc, char ***argv)
{
  gboolean ready = g_getenv ("DISPLAY") != NULL && g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL;

  g_test_init (argc, argv, NULL);
  /* AT-SPI's library warns of objects that are gone by the time it asks for them */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  if (!ready || atspi_init () > 1) {
    g_printerr ("no display or no session bus\n");
    exit (g_getenv ("LIMN_REQUIRE_DISPLAY") != NULL ? 1 : 77);
  }
}

void
studio_wait (Studio *studio, const char *what, StudioCondition condition, gpointer data)
{
  gint64 end = g_get_monotonic_time () + TESTS_PATIENCE * G_USEC_PER_SEC;

  while (!condition (studio, data)) {
    if (g_get_monotonic_time () > end)
      g_error ("waited in vain for %s", what);
    if (studio->pid != 0 && waitpid (studio->pid, NULL, WNOHANG) == studio->pid)
      g_error ("Limn ended while the test waited for %s", what);
    g_usleep (20000);
  }
}

/* ---- The process ---- */

static char **
environment (Studio *studio)
{
  static const char *const folders[][2] = { { "HOME", "" },
                                            { "XDG_STATE_HOME", "state" },
                                            { "XDG_CACHE_HOME", "cache" },
                                            { "XDG_DATA_HOME", "data" },
                                            { "XDG_CONFIG_HOME", "config" } };
  char **env = g_get_environ ();

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *path = g_build_filename (studio->home, folders[i][1], NULL);

    g_mkdir_with_parents (path, 0700);
    env = g_environ_setenv (env, folders[i][0], path, TRUE);
  }
  env = g_environ_setenv (env, "GSETTINGS_BACKEND", "keyfile", TRUE);
  env = g_environ_setenv (env, "GSK_RENDERER", "cairo", TRUE);
  env = g_environ_setenv (env, "GDK_DEBUG", "gl-disable", TRUE); /* GTK before 4.16 */
  env = g_environ_setenv (env, "GDK_DISABLE", "gl,vulkan", TRUE);
  env = g_environ_setenv (env, "ADW_DISABLE_PORTAL", "1", TRUE);
  env = g_environ_setenv (env, "LC_ALL", "C.UTF-8", TRUE);
  env = g_environ_unsetenv (env, "LANGUAGE");
  return g_environ_unsetenv (env, "GTK_A11Y");
}

static GPid
spawn (Studio *studio, const char *file)
{
  const char *argv[] = { g_getenv ("LIMN_PROGRAM"), file, NULL };
  g_auto (GStrv) env = environment (studio);
  GError *error = NULL;
  GPid pid = 0;

  g_assert_nonnull (argv[0]);
  g_spawn_async (NULL, (char **) argv, env, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

static gboolean
has_window (Studio *studio, gpointer data)
{
  return studio_has (studio, ATSPI_ROLE_FRAME, "Limn") && studio_enabled (studio, "generate");
}

void
studio_start (Studio *studio)
{
  studio->pid = spawn (studio, NULL);
  studio_wait (studio, "the window", has_window, NULL);
}

/* into the file where the program keeps them */
static void
keep_settings (Studio *studio, GVariant *settings)
{
  g_autofree char *path = g_build_filename (studio->home, "config", "glib-2.0", "settings", "keyfile", NULL);
  g_autoptr (GVariant) owned = g_variant_ref_sink (settings);
  g_autofree char *text = g_variant_print (owned, TRUE);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  g_key_file_set_value (file, "io/github/limn_art/Limn", "settings", text);
  g_assert_true (g_key_file_save_to_file (file, path, NULL));
}

void
studio_open (Studio *studio, GVariant *settings)
{
  GError *error = NULL;

  *studio = (Studio){ 0 };
  studio->home = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  studio->pictures = g_build_filename (studio->home, "Pictures", "Limn", NULL);
  studio->bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  studio->object = g_strdup (PATH "/window/1");
  if (settings != NULL)
    keep_settings (studio, settings);
  studio_start (studio);
}

void
studio_open_file (Studio *studio, const char *path)
{
  GPid pid = spawn (studio, path);

  waitpid (pid, NULL, 0);
}

static gboolean
has_left (Studio *studio, gpointer data)
{
  g_autoptr (GVariant) owner = g_dbus_connection_call_sync (
      studio->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
      g_variant_new ("(s)", NAME), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  gboolean owned = TRUE;

  if (owner != NULL)
    g_variant_get (owner, "(b)", &owned);
  return !owned;
}

static void
end (Studio *studio, int with)
{
  GPid pid = studio->pid;

  studio->pid = 0;
  kill (pid, with);
  waitpid (pid, NULL, 0);
  studio_wait (studio, "Limn to be gone", has_left, NULL);
}

void
studio_kill (Studio *studio)
{
  end (studio, SIGKILL);
}

static gboolean
has_ended (Studio *studio, gpointer data)
{
  return waitpid (*(GPid *) data, NULL, WNOHANG) != 0;
}

void
studio_close (Studio *studio)
{
  GPid pid = studio->pid;

  studio_activate (studio, "app.quit", NULL);
  studio->pid = 0;
  studio_wait (studio, "Limn to quit", has_ended, &pid);
  studio_wait (studio, "Limn to be gone", has_left, NULL);
  tests_remove_folder (studio->home);
  g_clear_object (&studio->bus);
  g_free (studio->home);
  g_free (studio->pictures);
  g_free (studio->object);
}

/* ---- Actions ---- */

static GVariant *
call (Studio *studio, const char *object, const char *method, GVariant *parameters)
{
  return g_dbus_connection_call_sync (studio->bus, NAME, object, "org.gtk.Actions", method, parameters, NULL,
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL);
}

void
studio_activate (Studio *studio, const char *action, const char *format, ...)
{
  gboolean of_app = g_str_has_prefix (action, "app.");
  GVariantBuilder parameters;
  g_autoptr (GVariant) reply = NULL;

  g_variant_builder_init (&parameters, G_VARIANT_TYPE ("av"));
  if (format != NULL) {
    va_list arguments;

    va_start (arguments, format);
    g_variant_builder_add (&parameters, "v", g_variant_new_va (format, NULL, &arguments));
    va_end (arguments);
  }
  reply = call (studio, of_app ? PATH : studio->object, "Activate",
                g_variant_new ("(sava{sv})", of_app ? action + 4 : action, &parameters, NULL));
  g_assert_nonnull (reply);
}

gboolean
studio_enabled (Studio *studio, const char *action)
{
  g_autoptr (GVariant) reply = call (studio, studio->object, "Describe", g_variant_new ("(s)", action));
  gboolean enabled = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "((bgav))", &enabled, NULL, NULL);
  return enabled;
}

/* ---- The accessibility tree ---- */

static void
unref_object (gpointer *object)
{
  g_clear_object (object);
}

/* any of AT-SPI's types, which have no g_autoptr on Debian 12 */
#define Object __attribute__ ((cleanup (unref_object))) gpointer

/* GTK before 4.10 tells a toggle button as a button. */
static gboolean
has_role (AtspiAccessible *accessible, AtspiRole role)
{
  AtspiRole own = atspi_accessible_get_role (accessible, NULL);

  return role == ATSPI_ROLE_INVALID || own == role
         || (role == ATSPI_ROLE_PUSH_BUTTON && own == ATSPI_ROLE_TOGGLE_BUTTON);
}

static gboolean
is_wanted (AtspiAccessible *accessible, AtspiRole role, const char *name)
{
  g_autofree char *own = NULL;
  Object states = NULL;

  if (!has_role (accessible, role))
    return FALSE;
  own = atspi_accessible_get_name (accessible, NULL);
  if (own == NULL || !g_pattern_match_simple (name, own))
    return FALSE;
  states = atspi_accessible_get_state_set (accessible);
  return atspi_state_set_contains (states, ATSPI_STATE_VISIBLE);
}

static AtspiAccessible *
search (AtspiAccessible *accessible, AtspiRole role, const char *name)
{
  int n;

  if (is_wanted (accessible, role, name))
    return g_object_ref (accessible);
  n = atspi_accessible_get_child_count (accessible, NULL);
  for (int i = 0; i < n; i++) {
    Object owned = atspi_accessible_get_child_at_index (accessible, i, NULL);
    AtspiAccessible *child = owned;
    AtspiAccessible *found = child != NULL ? search (child, role, name) : NULL;

    if (found != NULL)
      return found;
  }
  return NULL;
}

static AtspiAccessible *
peek (Studio *studio, AtspiRole role, const char *name)
{
  Object desktop = atspi_get_desktop (0);
  int n = atspi_accessible_get_child_count (desktop, NULL);

  for (int i = 0; i < n; i++) {
    Object program = atspi_accessible_get_child_at_index (desktop, i, NULL);
    AtspiAccessible *found;

    if (program == NULL || (GPid) atspi_accessible_get_process_id (program, NULL) != studio->pid)
      continue;
    /* the tree changes under the search */
    atspi_accessible_clear_cache (program);
    found = search (program, role, name);
    if (found != NULL)
      return found;
  }
  return NULL;
}

static AtspiAccessible *
find (Studio *studio, AtspiRole role, const char *name)
{
  gint64 end_time = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  AtspiAccessible *found;

  while ((found = peek (studio, role, name)) == NULL) {
    if (g_get_monotonic_time () > end_time)
      g_error ("nothing in the window is called “%s”", name);
    g_usleep (50000);
  }
  return found;
}

void
studio_expect (Studio *studio, AtspiRole role, const char *name)
{
  g_object_unref (find (studio, role, name));
}

gboolean
studio_has (Studio *studio, AtspiRole role, const char *name)
{
  Object found = peek (studio, role, name);

  return found != NULL;
}

void
studio_click (Studio *studio, const char *name)
{
  g_autofree char *pattern = g_strconcat ("*", name, NULL); /* GTK puts the label with its underscore before it */
  Object button = find (studio, ATSPI_ROLE_PUSH_BUTTON, pattern);
  Object action = atspi_accessible_get_action_iface (button);

  g_assert_nonnull (action);
  g_assert_true (atspi_action_do_action (action, 0, NULL));
}

void
studio_type (Studio *studio, const char *name, const char *text)
{
  Object entry = find (studio, ATSPI_ROLE_TEXT, name);
  Object editable = atspi_accessible_get_editable_text_iface (entry);

  g_assert_nonnull (editable);
  g_assert_true (atspi_editable_text_set_text_contents (editable, text, NULL));
}

void
studio_set_value (Studio *studio, const char *name, double value)
{
  Object found = find (studio, ATSPI_ROLE_SPIN_BUTTON, name);
  Object range = atspi_accessible_get_value_iface (found);

  g_assert_nonnull (range);
  g_assert_true (atspi_value_set_current_value (range, value, NULL));
}

/* ---- Files ---- */

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char **) a, *(char **) b);
}

GPtrArray *
studio_pictures (Studio *studio)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (studio->pictures, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".png") && name[0] != '.')
      g_ptr_array_add (paths, g_build_filename (studio->pictures, name, NULL));
  g_ptr_array_sort (paths, by_name);
  return paths;
}

static gboolean
has_pictures (Studio *studio, gpointer data)
{
  g_autoptr (GPtrArray) paths = studio_pictures (studio);

  return paths->len >= *(guint *) data && !studio_enabled (studio, "cancel");
}

GPtrArray *
studio_wait_pictures (Studio *studio, guint n)
{
  studio_wait (studio, "the pictures", has_pictures, &n);
  return studio_pictures (studio);
}
