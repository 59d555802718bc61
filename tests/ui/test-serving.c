/* test-serving.c - other programs paint through the window: its switch in the preferences, and their pictures in its
 * history.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <libsoup/soup.h>
#include <string.h>

#include "app/preferences.h"
#include "app/window/window-private.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

typedef struct {
  guint status; /* 0: nobody answered */
  char *text;
  gboolean done;
  SoupMessage *message;
} Asked;

static void
asked_clear (Asked *asked)
{
  g_clear_pointer (&asked->text, g_free);
  g_clear_object (&asked->message);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Asked, asked_clear)

static void
came_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Asked *asked = data;
  g_autoptr (GBytes) bytes = soup_session_send_and_read_finish (SOUP_SESSION (object), result, NULL);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  asked->status = bytes != NULL ? soup_message_get_status (asked->message) : 0;
  asked->text = g_strndup (text != NULL ? text : "", size);
  asked->done = TRUE;
}

static gboolean
is_answered (WindowDriver *driver, gpointer asked)
{
  return ((Asked *) asked)->done;
}

/* body: NULL for GET. */
static void
ask (Fixture *fixture, guint port, const char *path, const char *body, const char *token, Asked *asked)
{
  g_autoptr (SoupSession) client = soup_session_new_with_options ("proxy-resolver", NULL, NULL);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/sdapi/v1/%s", port, path);
  g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

  asked->message = soup_message_new (body != NULL ? "POST" : "GET", uri);
  if (body != NULL) {
    g_autoptr (GBytes) bytes = g_bytes_new_static (body, strlen (body));

    soup_message_set_request_body_from_bytes (asked->message, "application/json", bytes);
  }
  if (token != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (asked->message), "Authorization", bearer);
  soup_session_send_and_read_async (client, asked->message, G_PRIORITY_DEFAULT, NULL, came_cb, asked);
  window_driver_wait (&fixture->driver, "an answer", is_answered, asked);
}

/* One that nobody had a moment ago. */
static guint
free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();

  return g_socket_listener_add_any_inet_port (listener, NULL, NULL);
}

static GtkWidget *
find_row (GtkWidget *root, const char *title)
{
  if (ADW_IS_PREFERENCES_ROW (root)
      && g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (root)), title) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *row = find_row (child, title);

    if (row != NULL)
      return row;
  }
  return NULL;
}

static gboolean
has_devices (WindowDriver *driver, gpointer preferences)
{
  return find_row (preferences, "Arc A770 Graphics") != NULL;
}

static GtkWindow *
open_preferences (Fixture *fixture)
{
  GtkWindow *preferences;

  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.application), "preferences", NULL);
  preferences = window_driver_front (&fixture->driver);
  g_assert_true (LIMN_IS_PREFERENCES (preferences));
  window_driver_wait (&fixture->driver, "the devices", has_devices, preferences);
  return preferences;
}

static gboolean
is_shown (WindowDriver *driver, gpointer row)
{
  return gtk_widget_get_mapped (row);
}

static gboolean
has_picture (WindowDriver *driver, gpointer data)
{
  return g_list_model_get_n_items (G_LIST_MODEL (driver->window->library)) == 1;
}

static void
test_serving (Fixture *fixture, gconstpointer unused)
{
  GSettings *state = limn_application_get_state (fixture->driver.application);
  guint port = free_port ();
  g_autofree char *number = g_strdup_printf (":%u", port);
  GtkWindow *preferences = open_preferences (fixture);
  AdwActionRow *row = ADW_ACTION_ROW (find_row (GTK_WIDGET (preferences), "Let Other Programs Paint"));
  GtkSwitch *toggle = GTK_SWITCH (window_driver_find (GTK_WIDGET (row), GTK_TYPE_SWITCH));
  g_auto (Asked) before = { 0 }, painted = { 0 }, refused = { 0 }, known = { 0 }, after = { 0 };

  /* off by default, and then nobody listens */
  window_driver_wait (&fixture->driver, "the row", is_shown, row);
  g_assert_false (gtk_switch_get_active (toggle));
  g_settings_set_int (state, "serve-port", (int) port);
  ask (fixture, port, "samplers", NULL, NULL, &before);
  g_assert_cmpuint (before.status, ==, 0);

  gtk_switch_set_active (toggle, TRUE);
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (row), number));
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (row), "all programs and people"));
  window_driver_screenshot_at_rest (&fixture->driver, "serving");
  ask (fixture, port, "txt2img", "{\"prompt\": \"a boat\", \"steps\": 2, \"width\": 64, \"height\": 64, \"seed\": 5}",
       NULL, &painted);
  g_assert_cmpuint (painted.status, ==, 200);
  g_assert_nonnull (strstr (painted.text, "\"images\": [\"iVBOR"));
  window_driver_wait (&fixture->driver, "its picture in the history", has_picture, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->driver.queue)), ==, 1);

  /* what it takes to be answered changes at once */
  g_settings_set_string (state, "serve-token", "opensesame");
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (row), "know the token"));
  ask (fixture, port, "samplers", NULL, NULL, &refused);
  g_assert_cmpuint (refused.status, ==, 401);
  ask (fixture, port, "samplers", NULL, "opensesame", &known);
  g_assert_cmpuint (known.status, ==, 200);

  gtk_switch_set_active (toggle, FALSE);
  ask (fixture, port, "samplers", NULL, "opensesame", &after);
  g_assert_cmpuint (after.status, ==, 0);
  g_assert_null (strstr (adw_action_row_get_subtitle (row), number));
  gtk_window_close (preferences);
}

/* Said where it is switched on. */
static void
test_port_taken (Fixture *fixture, gconstpointer unused)
{
  GSettings *state = limn_application_get_state (fixture->driver.application);
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *number = g_strdup_printf ("%u", port);
  GtkWindow *preferences = open_preferences (fixture);
  AdwActionRow *row = ADW_ACTION_ROW (find_row (GTK_WIDGET (preferences), "Let Other Programs Paint"));

  g_settings_set_int (state, "serve-port", (int) port);
  g_settings_set_boolean (state, "serve", TRUE);
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (row), number));
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (row), "taken by another program"));
  g_settings_reset (state, "serve");
  g_settings_reset (state, "serve-port");
  gtk_window_close (preferences);
}

int
main (int argc, char **argv)
{
  window_driver_init (&argc, &argv);
  g_test_add ("/serving/paint", Fixture, NULL, window_fixture_open, test_serving, window_fixture_close);
  g_test_add ("/serving/port-taken", Fixture, NULL, window_fixture_open, test_port_taken, window_fixture_close);
  return g_test_run ();
}
